// carry.ts: files for an office that this phone has no line to, and files from there.
import type { Certificate } from '../../../peer/certificate.ts';
import { codesOf, kCodedBytesMax } from '../../../peer/bundle_codes.ts';
import type { Imported } from '../../../peer/carrying.ts';
import { Refused } from '../../../peer/refused.ts';
import { sizeText } from '../../shared/formats.ts';
import { engine } from './engine.ts';
import { usePhone } from './phone.ts';

export interface Parcel {
  readonly file: File;
}
async function recipients(): Promise<readonly Certificate[]> {
  return (await engine()).phone.recipients();
}
/** Sealed: nobody but its recipient can read it. */
async function make(recipient: Certificate): Promise<Parcel> {
  const bytes = await (await engine()).phone.makeBundle(recipient.hash);
  const day = new Date().toISOString().slice(0, 16).replace(/[-:T]/g, '');
  return {
    file: new File([bytes], `linli-phone-${day}.linli`, { type: 'application/octet-stream' }),
  };
}
/**
 * The texts of the QR codes that show it, without photos: as a rule those are too large. Rejects with
 * too_large.
 */
async function makeCodes(recipient: Certificate): Promise<readonly string[]> {
  const bytes = await (await engine()).phone.makeBundle(recipient.hash, false);
  if (bytes.length > kCodedBytesMax) {
    const size = sizeText(bytes.length);
    throw new Refused(
      'too_large',
      `共 ${size}，二维码最多 64 KiB，请改用文件。 It has ${size}, and codes hold 64 KiB: make the file.`,
    );
  }
  return codesOf(bytes);
}
async function take(files: readonly File[]): Promise<Imported> {
  const parts: Uint8Array[] = [];
  for (const file of files) parts.push(new Uint8Array(await file.arrayBuffer()));
  const imported = await (await engine()).phone.takeBundle(parts);
  await usePhone().refresh();
  return imported;
}
export const canShare = (file: File): boolean => navigator.canShare?.({ files: [file] }) ?? false;
export const useCarry = () => ({ recipients, make, makeCodes, take });
