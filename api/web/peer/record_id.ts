// record_id.ts: ids of records (sync/PROTOCOL.md §4): random in the order of time, or made of a natural
// key, so that two phones without a line write the same record when they mean the same.
import { concat, randomBytes, utf8, type Bytes } from './bytes.ts';
import {
  encodeBytes,
  encodeInt,
  encodeList,
  encodeText,
  encodeValue,
  type CborValue,
} from './cbor_value.ts';
import { hash } from './names.ts';

/** A UUIDv7 (RFC 9562). `now`: microseconds since 1970 UTC. */
export function newRecordId(now: number): Bytes {
  const id = randomBytes(16);
  const milliseconds = BigInt(Math.floor(now / 1000));
  for (let i = 0; i < 6; ++i) id[i] = Number((milliseconds >> BigInt(8 * (5 - i))) & 255n);
  id[6] = 0x70 | ((id[6] ?? 0) & 0x0f);
  id[8] = 0x80 | ((id[8] ?? 0) & 0x3f);
  return id;
}

/**
 * Of a type with a natural key. `values`: of the key's fields, in its order. `author`: where two
 * records of one key are kept apart (`keep_both`), else null. Throws bad_value as encodeValue does.
 */
export function derivedRecordId(
  city: Bytes,
  type: number,
  scope: string,
  values: readonly CborValue[],
  author: Bytes | null,
): Bytes {
  const parts = [
    encodeBytes(city),
    encodeInt(type),
    encodeText(scope),
    encodeList(values.map(keyValue)),
  ];
  if (author) parts.push(encodeBytes(author));
  return hash(concat(utf8('linli/record-id/1'), encodeList(parts))).slice(0, 16);
}
/** Codes are upper case, by ASCII only, in no locale. */
function keyValue(value: CborValue): Bytes {
  if (typeof value !== 'string') return encodeValue(value);
  const text = value
    .normalize('NFC')
    .trim()
    .replace(/[a-z]/g, (letter) => letter.toUpperCase());
  return encodeValue(text);
}
