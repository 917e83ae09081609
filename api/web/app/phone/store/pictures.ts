// pictures.ts: photos, from the camera to the phone's store and onto the page. A photo is made smaller
// before it is kept, by drawing it anew: nothing of what a camera writes beside it stays, its place least
// of all, unless that is wanted.
import { ref } from 'vue';
import { Refused } from '../../../peer/refused.ts';
import { keep, kept } from '../../shared/kept.ts';
import { withPlace } from '../model/exif.ts';
import type { Fix } from '../model/inspection.ts';
import { engine } from './engine.ts';
import { useSync } from './sync.ts';

/** Longer side, pixels; enough to read a label. */
const kSideMost = 1600;
const kQuality = 0.8;
/** A picture beyond this takes more memory than an old phone has. */
const kFileBytesMost = 50 << 20;

const withLocation = ref(kept('photo place') === true);
function setWithLocation(wanted: boolean): void {
  withLocation.value = wanted;
  keep('photo place', wanted);
}

/** Keeps a photo and answers with its name. Rejects with too_large, bad_input (no picture), disk_full. */
async function add(file: Blob, fix: Fix | null): Promise<string> {
  if (file.size > kFileBytesMost) {
    throw new Refused('too_large', '照片超过 50 MiB。 The photo is over 50 MiB.');
  }
  const small = await makeSmall(file);
  const bytes = new Uint8Array(await small.arrayBuffer());
  const content = withLocation.value && fix ? withPlace(bytes, fix) : bytes;
  return (await engine()).phone.keepFile(content);
}
async function makeSmall(file: Blob): Promise<Blob> {
  const picture = await createImageBitmap(file).catch(() => null);
  if (!picture) throw notAPicture();
  const scale = Math.min(1, kSideMost / Math.max(picture.width, picture.height));
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  const canvas = new OffscreenCanvas(width, height);
  const pen = canvas.getContext('2d');
  if (!pen) throw notAPicture();
  pen.drawImage(picture, 0, 0, width, height);
  picture.close();
  return canvas.convertToBlob({ type: 'image/jpeg', quality: kQuality });
}
const notAPicture = (): Refused =>
  new Refused(
    'bad_input',
    '这张照片无法读取（可能是 HEIC），请用 JPEG 或直接拍照。 This picture can’t be read (HEIC, perhaps): use JPEG, or take it here.',
  );

/** To be shown; the caller revokes it. Null: it isn't here, and no node gave it. */
async function show(name: string): Promise<string | null> {
  const { phone } = await engine();
  let bytes = await phone.fileHere(name);
  const url = useSync().lastNode.value;
  if (!bytes && url !== null && navigator.onLine) {
    bytes = await phone.fetchFile(url, name).catch(() => null);
  }
  return bytes ? URL.createObjectURL(new Blob([bytes], { type: 'image/jpeg' })) : null;
}

/** Lets go of one that no record names. */
async function remove(name: string): Promise<void> {
  await (await engine()).phone.dropFile(name);
}

export const usePictures = () => ({ add, show, remove, withLocation, setWithLocation });
