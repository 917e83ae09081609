// zstd_frame.ts: one zstd frame (RFC 8878), bounded before and while it is opened: what stands in
// it was chosen by somebody else. Writing puts bytes in stored blocks: a phone compresses nothing,
// since what it sends is small and mostly hashes.
import { Decompress } from 'fzstd';
import { concat, type Bytes } from './bytes.ts';
import { demand, Refused } from './refused.ts';

export const kWindowMax = 8 << 20;
const kMagic = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd);
const kBlockMax = 128 << 10;

/**
 * What one frame holds. `most`: bytes, checked while decompressing. Throws malformed (no frame,
 * something behind it, a window over 8 MiB), too_large.
 */
export function openZstd(frame: Bytes, most: number): Bytes {
  checkFrame(frame);
  const found: Bytes[] = [];
  let size = 0;
  const stream = new Decompress((chunk) => {
    size += chunk.length;
    demand(size <= most, 'too_large', `over ${most} bytes decompressed`);
    found.push(chunk.slice());
  });
  try {
    stream.push(frame, true);
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new Refused('malformed', 'no zstd frame');
  }
  return concat(...found);
}

/** Is it one frame with a bounded window, to its last byte? The blocks' lengths say so. */
function checkFrame(frame: Bytes): void {
  const byte = (at: number): number => {
    const found = frame[at];
    demand(found !== undefined, 'malformed', 'a zstd frame that is cut short');
    return found;
  };
  demand(
    kMagic.every((value, i) => byte(i) === value),
    'malformed',
    'no zstd frame',
  );
  let at = 4 + headerBytes(byte);
  for (let last = false; !last; ) {
    const header = byte(at) | (byte(at + 1) << 8) | (byte(at + 2) << 16);
    const kind = (header >> 1) & 3;
    last = (header & 1) === 1;
    demand(kind !== 3, 'malformed', 'a reserved kind of zstd block');
    at += 3 + (kind === 1 ? 1 : header >> 3);
  }
  if ((byte(4) & 4) !== 0) at += 4;
  demand(at === frame.length, 'malformed', 'a zstd frame and nothing behind it');
}
/** Of the header behind the magic; refuses a window over 8 MiB. */
function headerBytes(byte: (at: number) => number): number {
  const descriptor = byte(4);
  const isSingle = (descriptor & 32) !== 0;
  const sizeFlag = descriptor >> 6;
  const sizeBytes = sizeFlag === 0 ? (isSingle ? 1 : 0) : 1 << sizeFlag;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const at = 5 + (isSingle ? 0 : 1) + dictionaryBytes;
  const window = isSingle ? contentSize(byte, at, sizeBytes) : windowSize(byte(5));
  demand(window <= kWindowMax, 'malformed', 'a zstd window over 8 MiB');
  return at - 4 + sizeBytes;
}
function windowSize(byte: number): number {
  const base = 2 ** (10 + (byte >> 3));
  return base + (base / 8) * (byte & 7);
}
function contentSize(byte: (at: number) => number, at: number, bytes: number): number {
  let size = 0;
  for (let i = 0; i < bytes; ++i) size += byte(at + i) * 256 ** i;
  return bytes === 2 ? size + 256 : size;
}

/** A frame of stored blocks. */
export function storeZstd(content: Bytes): Bytes {
  // Window of 128 KiB (17 = 10 + 7), no content size, no checksum.
  const parts: Bytes[] = [kMagic, Uint8Array.of(0, 7 << 3)];
  for (let at = 0; at === 0 || at < content.length; at += kBlockMax) {
    const block = content.subarray(at, at + kBlockMax);
    const header = (block.length << 3) | (at + kBlockMax >= content.length ? 1 : 0);
    parts.push(Uint8Array.of(header & 255, (header >> 8) & 255, header >> 16), block);
  }
  return concat(...parts);
}
