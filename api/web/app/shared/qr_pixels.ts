// qr_pixels.ts: finds and reads a QR code in pixels, for browsers that can't by themselves. Loaded only
// there and then (qr_reader.ts): it is larger than what needs it.
import { decodeQR } from 'qr/decode.js';

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Four bytes each, red first. */
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** For what it tries beyond the first look, in milliseconds. */
const kTimeMost = 150;

/** The text of the code in it, wherever it stands; null: none can be read. */
export function readPixels({ width, height, data }: Pixels): string | null {
  try {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.length);
    return decodeQR({ width, height, data: bytes }, { timeLimit: kTimeMost });
  } catch {
    // It says by an error that it found none, and has no other way to say anything.
    return null;
  }
}
