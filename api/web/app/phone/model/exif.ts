// exif.ts: writes where a photo was taken into it, where somebody wants that: the least EXIF that says so
// (CIPA DC-008: a TIFF header, one directory that points to the GPS directory).
import { concat, type Bytes } from '../../../peer/bytes.ts';
import type { Fix } from './inspection.ts';

const kAscii = 2;
const kLong = 4;
const kRational = 5;

/** `jpeg` begins with its two bytes SOI; another thing is answered with as it is. */
export function withPlace(jpeg: Bytes, fix: Fix): Bytes {
  if (jpeg[0] !== 0xff || jpeg[1] !== 0xd8) return jpeg;
  const tiff = tiffWith(fix);
  const size = 2 + 6 + tiff.length;
  const marker = Uint8Array.of(0xff, 0xe1, size >> 8, size & 255, 0x45, 0x78, 0x69, 0x66, 0, 0);
  return concat(jpeg.subarray(0, 2), marker, tiff, jpeg.subarray(2));
}
function tiffWith({ latitude, longitude }: Fix): Bytes {
  const kGps = 8 + 2 + 12 + 4;
  const kValues = kGps + 2 + 4 * 12 + 4;
  const bytes = new Uint8Array(kValues + 48);
  const view = new DataView(bytes.buffer);
  const entry = (at: number, tag: number, type: number, count: number, value: number): void => {
    view.setUint16(at, tag);
    view.setUint16(at + 2, type);
    view.setUint32(at + 4, count);
    view.setUint32(at + 8, value);
  };
  bytes.set([0x4d, 0x4d, 0, 42, 0, 0, 0, 8]);
  view.setUint16(8, 1);
  entry(10, 0x8825, kLong, 1, kGps);
  view.setUint16(kGps, 4);
  entry(kGps + 2, 1, kAscii, 2, (latitude < 0 ? 0x53 : 0x4e) << 24);
  entry(kGps + 14, 2, kRational, 3, kValues);
  entry(kGps + 26, 3, kAscii, 2, (longitude < 0 ? 0x57 : 0x45) << 24);
  entry(kGps + 38, 4, kRational, 3, kValues + 24);
  writeDegrees(view, kValues, Math.abs(latitude));
  writeDegrees(view, kValues + 24, Math.abs(longitude));
  return bytes;
}
/** Degrees, minutes, seconds, each a fraction. */
function writeDegrees(view: DataView, at: number, value: number): void {
  const seconds = Math.round(value * 3600 * 100);
  const parts = [
    [Math.floor(seconds / 360_000), 1],
    [Math.floor(seconds / 6000) % 60, 1],
    [seconds % 6000, 100],
  ] as const;
  parts.forEach(([top, bottom], i) => {
    view.setUint32(at + 8 * i, top);
    view.setUint32(at + 8 * i + 4, bottom);
  });
}
