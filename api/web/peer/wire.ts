// wire.ts: what goes over the line (sync/EXCHANGE.md, "Layout"): one byte, and a signed message.
import { concat, type Bytes } from './bytes.ts';
import { demand, Refused } from './refused.ts';
import { readSigned, writeSigned, type SignedBody } from './signature.ts';
import { openZstd } from './zstd_frame.ts';

export const kMessageBytesMax = 8 << 20;
enum Coding {
  plain = 0,
  zstd = 1,
}

/** Plain: every receiver takes both. */
export const pack = (signed: SignedBody): Bytes =>
  concat(Uint8Array.of(Coding.plain), writeSigned(signed));

/** Doesn't check the signature. Throws malformed, too_large. */
export function unpack(wire: Bytes): SignedBody {
  const content = wire.subarray(1);
  if (wire[0] === Coding.plain) {
    demand(content.length <= kMessageBytesMax, 'too_large', 'a message over 8 MiB');
    return readSigned(content);
  }
  if (wire[0] === Coding.zstd) return readSigned(openZstd(content, kMessageBytesMax));
  throw new Refused('malformed', 'neither plain nor zstd');
}
