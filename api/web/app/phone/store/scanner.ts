// scanner.ts: reads QR codes with the browser's own detector, from the camera or from a picture.

interface Detector {
  detect(source: CanvasImageSource | Blob): Promise<ReadonlyArray<{ rawValue: string }>>;
}
type DetectorClass = new (options: { formats: string[] }) => Detector;
export interface Scan {
  stop(): void;
}
const detectorClass = (): DetectorClass | undefined =>
  (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector;

/** Some browsers have none: then people paste the line. */
export const canScan = (): boolean =>
  detectorClass() !== undefined && navigator.mediaDevices?.getUserMedia !== undefined;

/** Rejects where the camera is missing or was refused. */
export async function startScan(
  video: HTMLVideoElement,
  read: (text: string) => void,
): Promise<Scan> {
  const Detector = detectorClass();
  if (!Detector) throw new Error('no detector');
  const detector = new Detector({ formats: ['qr_code'] });
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { facingMode: 'environment' },
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
    const [code] = await detector.detect(video).catch(() => []);
    if (code && !stopped) {
      stop();
      return read(code.rawValue);
    }
    setTimeout(() => void look(), 150);
  };
  void look();
  return { stop };
}

/** What a file says: a text as it is, a picture by its QR code. Null: nothing could be read in it. */
export async function readFileText(file: File): Promise<string | null> {
  if (!file.type.startsWith('image/'))
    return file.size < 64 << 10 ? (await file.text()).trim() : null;
  const Detector = detectorClass();
  if (!Detector) return null;
  const picture = await createImageBitmap(file).catch(() => null);
  if (!picture) return null;
  const [code] = await new Detector({ formats: ['qr_code'] }).detect(picture).catch(() => []);
  return code?.rawValue ?? null;
}
