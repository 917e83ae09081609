// signature.ts: Ed25519 as suite 1 checks it (sync/PROTOCOL.md §2), and what travels signed.
//
// Checking is not left to WebCrypto: browsers differ in which odd keys and points they let pass, and
// two nodes that disagree about one signature hold different records for ever.
import { ed25519 } from '@noble/curves/ed25519.js';
import { concat, utf8, type Bytes } from './bytes.ts';
import { CborReader } from './cbor_reader.ts';
import { encodeBytes, encodeList } from './cbor_value.ts';
import type { Domain } from './names.ts';
import { demand } from './refused.ts';

/** `[body, signature]`, as everything signed travels. */
export interface SignedBody {
  readonly body: Bytes;
  readonly signature: Bytes;
}

/** Strict: canonical S and key, neither key nor R of small order. Never throws. */
export function verifies(key: Bytes, message: Bytes, signature: Bytes): boolean {
  if (key.length !== 32 || signature.length !== 64) return false;
  try {
    if (ed25519.Point.fromHex(signature.slice(0, 32), false).isSmallOrder()) return false;
    return ed25519.verify(signature, message, key, { zip215: false });
  } catch {
    return false; // not a point of the curve
  }
}
/** Did `key` sign this body under this domain? Never throws. */
export function isSignedBy(key: Bytes, domain: Domain, signed: SignedBody): boolean {
  return verifies(key, concat(utf8(domain), signed.body), signed.signature);
}
/** Throws bad_signature unless `key` signed this body under this domain. */
export function checkSigned(key: Bytes, domain: Domain, signed: SignedBody): void {
  demand(isSignedBy(key, domain, signed), 'bad_signature', `not signed by its key under ${domain}`);
}

/** Throws malformed. `bodyMost`: bytes of body. */
export function readSigned(bytes: Bytes, bodyMost = bytes.length): SignedBody {
  const reader = new CborReader(bytes);
  const signed = reader.tuple(2, 2, () => {
    const body = reader.bytes(0, bytes.length);
    demand(body.length <= bodyMost, 'too_large', `${body.length} bytes, ${bodyMost} at most`);
    return { body, signature: reader.bytes(64) };
  });
  reader.end();
  return signed;
}
export function writeSigned(signed: SignedBody): Bytes {
  return encodeList([encodeBytes(signed.body), encodeBytes(signed.signature)]);
}
