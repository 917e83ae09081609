// bundle_frames.ts: what stands in a bundle's chunks, one behind the other (sync/BUNDLE.md, "Frames").
import { concat, type Bytes } from './bytes.ts';
import { demand } from './refused.ts';

export const kFrame = { manifest: 1, objects: 2, blob: 3, piece: 4, end: 5 } as const;
/** Bytes of frames in each chunk of the stream; the last one may have fewer. */
export const kChunkBytes = 65_536;
const kFrameBytesMax = (8 << 20) + (128 << 10);

export interface Frame {
  readonly kind: number;
  readonly payload: Bytes;
}
/** Throws malformed, too_large. */
export function framesOf(bytes: Bytes): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at < bytes.length; ) {
    demand(bytes.length - at >= 5, 'malformed', 'a frame that is cut short');
    const kind = bytes[at] ?? 0;
    const length = new DataView(bytes.buffer, bytes.byteOffset + at + 1, 4).getUint32(0);
    demand(length <= kFrameBytesMax, 'too_large', 'a frame over its limit');
    demand(length <= bytes.length - at - 5, 'malformed', 'a frame that is cut short');
    frames.push({ kind, payload: bytes.subarray(at + 5, at + 5 + length) });
    at += 5 + length;
  }
  return frames;
}

/** A frame as it stands in the chunks. */
export function frameBytes({ kind, payload }: Frame): Bytes {
  const head = new Uint8Array(5);
  head[0] = kind;
  new DataView(head.buffer).setUint32(1, payload.length);
  return concat(head, payload);
}
