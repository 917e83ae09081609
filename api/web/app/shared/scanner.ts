// scanner.ts: QR codes from the camera, or from a picture or text that somebody chose.
import { readCode } from './qr_reader.ts';

export interface Scan {
  stop(): void;
}
/** Between two looks, in milliseconds. */
const kPause = 100;

/** Without a camera that a page may use (none, or no https) people choose a picture, or paste the line. */
export const canScan = (): boolean => navigator.mediaDevices?.getUserMedia !== undefined;

/**
 * Shows what the camera sees, and hands each code that it sees to `read`, until that answers true or the
 * scan is stopped. Rejects where the camera is missing or was refused.
 */
export async function startScan(
  video: HTMLVideoElement,
  read: (text: string) => boolean,
): Promise<Scan> {
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { facingMode: 'environment', width: { ideal: 1280 } },
  });
  let stopped = false;
  const stop = (): void => {
    stopped = true;
    stream.getTracks().forEach((track) => track.stop());
  };
  video.srcObject = stream;
  await video.play();
  const look = async (): Promise<void> => {
    if (stopped) return;
    const text = await readCode(video).catch(() => null);
    if (stopped) return;
    if (text !== null && read(text)) return stop();
    setTimeout(() => void look(), kPause);
  };
  void look();
  return { stop };
}

/** What a file says: a text as it is, a picture by its QR code. Null: nothing could be read in it. */
export async function readFileText(file: File): Promise<string | null> {
  if (!file.type.startsWith('image/'))
    return file.size < 64 << 10 ? (await file.text()).trim() : null;
  const picture = await createImageBitmap(file).catch(() => null);
  if (!picture) return null;
  return readCode(picture).finally(() => picture.close());
}
