// qr_reader.ts: reads the QR code in a picture or in what a camera sees, with the browser's own detector
// where it has one that works, else with ours (qr_pixels.ts).

interface Detector {
  detect(source: CanvasImageSource): Promise<ReadonlyArray<{ rawValue: string }>>;
}
interface DetectorClass {
  new (options: { formats: string[] }): Detector;
  getSupportedFormats?: () => Promise<readonly string[]>;
}
/** Null: none; it is known once it was looked for, or has failed. */
let own: Promise<Detector | null> | null = null;

async function findDetector(): Promise<Detector | null> {
  const Class = (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector;
  if (!Class) return null;
  // On many phones it is there, and can read nothing: its maker's services are missing.
  const formats = (await Class.getSupportedFormats?.().catch(() => [])) ?? [];
  return formats.includes('qr_code') ? new Class({ formats: ['qr_code'] }) : null;
}

/** Longer sides in pixels to look at: one for a camera, which tries again; more for a photo. */
const kVideoSides = [800];
const kPhotoSides = [1000, 1600, 500];

/** Null: no code can be read in it. */
export async function readCode(source: HTMLVideoElement | ImageBitmap): Promise<string | null> {
  const detector = await (own ??= findDetector());
  if (detector) {
    try {
      return (await detector.detect(source))[0]?.rawValue ?? null;
    } catch {
      own = Promise.resolve(null);
    }
  }
  const { readPixels } = await import('./qr_pixels.ts');
  const isVideo = 'videoWidth' in source;
  const [width, height] = isVideo
    ? [source.videoWidth, source.videoHeight]
    : [source.width, source.height];
  for (const side of isVideo ? kVideoSides : kPhotoSides) {
    const pixels = pixelsOf(source, width, height, Math.min(1, side / Math.max(width, height)));
    const text = pixels && readPixels(pixels);
    if (text) return text;
  }
  return null;
}
function pixelsOf(
  source: CanvasImageSource,
  width: number,
  height: number,
  scale: number,
): ImageData | null {
  const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
  if (w === 0 || h === 0) return null;
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [w, h];
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  pen?.drawImage(source, 0, 0, w, h);
  return pen?.getImageData(0, 0, w, h) ?? null;
}
