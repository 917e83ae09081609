// commitment.ts: personal values (sync/PROTOCOL.md §6): a salted hash stands in signed bytes, value
// and salt travel beside and can be destroyed.
import { concat, randomBytes, sameBytes, utf8, type Bytes } from './bytes.ts';
import { CborReader } from './cbor_reader.ts';
import { encodeBytes, encodeInt, encodeList, encodeText } from './cbor_value.ts';
import { kDomain, keyedHash } from './names.ts';

/** Where a value stands; within the hash, so that it can't be opened anywhere else. */
export interface ValuePlace {
  readonly city: Bytes;
  readonly type: number;
  readonly scope: string;
  readonly id: Bytes;
  readonly field: number;
}
/** What opens a commitment. `value` is one CBOR item, without commitments in it. */
export interface Secret {
  readonly salt: Bytes;
  readonly value: Bytes;
}

/** The commitment that `secret` opens at `place`: 32 bytes. */
export function commitmentTo(place: ValuePlace, secret: Secret): Bytes {
  const where = encodeList([
    encodeInt(place.type),
    encodeText(place.scope),
    encodeBytes(place.id),
    encodeInt(place.field),
  ]);
  return keyedHash(secret.salt, utf8(kDomain.value), place.city, where, secret.value);
}
/** A fresh salt and the commitment. Throws malformed if `value` isn't one item, or holds a commitment. */
export function commit(place: ValuePlace, value: Bytes): Secret & { hash: Bytes } {
  const reader = new CborReader(value, false);
  reader.item();
  reader.end();
  const secret = { salt: randomBytes(32), value };
  return { ...secret, hash: commitmentTo(place, secret) };
}
export function opens(place: ValuePlace, hash: Bytes, secret: Secret): boolean {
  return sameBytes(commitmentTo(place, secret), hash);
}
/** As it stands in a field: tag 41070 on the hash. */
export const committed = (hash: Bytes): Bytes =>
  concat(Uint8Array.of(0xd9, 0xa0, 0x6e), encodeBytes(hash));
