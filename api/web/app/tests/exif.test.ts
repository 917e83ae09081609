// Where a photo was taken, in the bytes that programs read it from.
import { describe, expect, it } from 'vitest';
import { withPlace } from '../phone/model/exif.ts';

const kJpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xdb, 1, 2, 3);

describe('the place in a photo', () => {
  it('stands in a segment behind the beginning, and the rest stays', () => {
    const made = withPlace(kJpeg, { latitude: 35.5, longitude: -113.25, accuracy: 4 });
    const view = new DataView(made.buffer, made.byteOffset);
    const size = view.getUint16(4);
    expect([view.getUint16(0), view.getUint16(2)]).toEqual([0xffd8, 0xffe1]);
    expect(made.slice(4 + size)).toEqual(kJpeg.slice(2));
    const tiff = 12;
    const gps = tiff + view.getUint32(tiff + 18);
    const letter = (entry: number): string =>
      String.fromCharCode(view.getUint8(gps + 2 + 12 * entry + 8));
    const degrees = (entry: number): number => {
      const at = tiff + view.getUint32(gps + 2 + 12 * entry + 8);
      const part = (i: number): number =>
        view.getUint32(at + 8 * i) / view.getUint32(at + 8 * i + 4);
      return part(0) + part(1) / 60 + part(2) / 3600;
    };
    expect([letter(0), letter(2)]).toEqual(['N', 'W']);
    expect(degrees(1)).toBeCloseTo(35.5, 5);
    expect(degrees(3)).toBeCloseTo(113.25, 5);
  });
  it('is not written into what is no JPEG', () => {
    const png = Uint8Array.of(0x89, 0x50);
    expect(withPlace(png, { latitude: 1, longitude: 1, accuracy: 1 })).toBe(png);
  });
});
