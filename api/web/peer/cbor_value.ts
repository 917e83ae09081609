// cbor_value.ts: values of fields as JavaScript has them, both ways. Signed bodies aren't written or
// read through these: they have layouts of their own (change_set_encoder.ts and others).
import { compareBytes, concat, sameBytes, utf8, type Bytes } from './bytes.ts';
import { CborReader, kCommitmentTag, kInt63Max } from './cbor_reader.ts';
import { demand, Refused } from './refused.ts';

/** What stands in signed bytes for a value that must stay erasable (PROTOCOL.md §6). */
export class Commitment {
  constructor(readonly hash: Bytes) {}
}

/** Integers are numbers up to 2^53 − 1, and bigint beyond. */
export type CborValue =
  | number
  | bigint
  | string
  | boolean
  | null
  | Bytes
  | Commitment
  | CborValue[]
  | CborMap;
export class CborMap extends Map<CborValue, CborValue> {}

/** The head of an item: `major` 0 to 7, and its number in the shortest form. */
export function head(major: number, argument: number | bigint): Bytes {
  const value = BigInt(argument);
  if (value < 24n) return Uint8Array.of((major << 5) | Number(value));
  const size = value < 1n << 8n ? 1 : value < 1n << 16n ? 2 : value < 1n << 32n ? 4 : 8;
  const bytes = new Uint8Array(1 + size);
  bytes[0] = (major << 5) | (24 + Math.log2(size));
  for (let i = 0; i < size; ++i) bytes[size - i] = Number((value >> BigInt(8 * i)) & 255n);
  return bytes;
}
export const encodeInt = (value: number | bigint): Bytes =>
  value < 0 ? head(1, -1n - BigInt(value)) : head(0, value);
export const encodeBytes = (bytes: Bytes): Bytes => concat(head(2, bytes.length), bytes);
export const encodeText = (text: string): Bytes => concat(head(3, utf8(text).length), utf8(text));
/** `items`, each encoded already. */
export const encodeList = (items: readonly Bytes[]): Bytes =>
  concat(head(4, items.length), ...items);
export const kNull: Bytes = Uint8Array.of(0xf6);
export const kTrue: Bytes = Uint8Array.of(0xf5);

/** Entries whose values are encoded already; sorts them by the encodings of their keys. */
export function encodeMap(entries: ReadonlyArray<readonly [key: Bytes, value: Bytes]>): Bytes {
  const sorted = [...entries].sort(([a], [b]) => compareBytes(a, b));
  sorted.forEach(([key], i) => {
    const before = sorted[i - 1];
    demand(!before || !sameBytes(before[0], key), 'bad_value', 'a key stands twice');
  });
  return concat(head(5, sorted.length), ...sorted.flat());
}
/** A map of integer keys, from which entries without a value are left out. */
export function encodeFields(
  entries: ReadonlyArray<readonly [key: number | bigint, value: Bytes | null]>,
): Bytes {
  return encodeMap(
    entries.flatMap(([key, value]) => (value ? [[encodeInt(key), value] as const] : [])),
  );
}

/** Throws bad_value for what has no form here: a fraction, a number beyond 64 bits, half a character. */
export function encodeValue(value: CborValue): Bytes {
  if (value === null) return kNull;
  if (value === true) return kTrue;
  if (value === false) return Uint8Array.of(0xf4);
  if (typeof value === 'string') return encodeWhole(value);
  if (typeof value === 'number' || typeof value === 'bigint') return encodeWholeNumber(value);
  if (value instanceof Uint8Array) return encodeBytes(value);
  if (value instanceof Commitment) return concat(head(6, kCommitmentTag), encodeBytes(value.hash));
  if (value instanceof CborMap) {
    return encodeMap([...value].map(([key, item]) => [encodeValue(key), encodeValue(item)]));
  }
  return encodeList(value.map(encodeValue));
}
function encodeWhole(text: string): Bytes {
  // Half of a surrogate pair would be written as U+FFFD, and read back as another text.
  demand(
    !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text),
    'bad_value',
    'half a character',
  );
  return encodeText(text);
}
function encodeWholeNumber(value: number | bigint): Bytes {
  demand(
    typeof value === 'bigint' || Number.isSafeInteger(value),
    'bad_value',
    `${value} is no whole number up to 2^53 − 1`,
  );
  demand(
    value <= kInt63Max && value >= -kInt63Max - 1n,
    'bad_value',
    `${value} has more than 64 bits`,
  );
  return encodeInt(value);
}

/** One item and nothing behind it. Throws malformed. */
export function decodeValue(bytes: Bytes): CborValue {
  const reader = new CborReader(bytes);
  reader.item();
  reader.end();
  return build(bytes, { at: 0 });
}

/** Builds from bytes that were checked by a CborReader. */
function build(bytes: Bytes, cursor: { at: number }): CborValue {
  const [major, argument] = rawHead(bytes, cursor);
  const length = Number(argument);
  if (major === 0) return narrow(argument);
  if (major === 1) return narrow(-1n - argument);
  if (major === 2) return slice(bytes, cursor, length);
  if (major === 3)
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(slice(bytes, cursor, length));
  if (major === 4) return Array.from({ length }, () => build(bytes, cursor));
  if (major === 5) return buildMap(bytes, cursor, length);
  if (major === 6) return new Commitment(build(bytes, cursor) as Bytes);
  if (length === 22) return null;
  if (length === 20 || length === 21) return length === 21;
  throw new Refused('malformed', 'no value that is used here');
}
function buildMap(bytes: Bytes, cursor: { at: number }, count: number): CborMap {
  const map = new CborMap();
  for (let i = 0; i < count; ++i) {
    const key = build(bytes, cursor);
    map.set(key, build(bytes, cursor));
  }
  return map;
}
function rawHead(bytes: Bytes, cursor: { at: number }): [number, bigint] {
  const first = bytes[cursor.at++] ?? 0;
  const info = first & 31;
  if (info < 24) return [first >> 5, BigInt(info)];
  let argument = 0n;
  for (const byte of slice(bytes, cursor, 2 ** (info - 24)))
    argument = (argument << 8n) | BigInt(byte);
  return [first >> 5, argument];
}
function slice(bytes: Bytes, cursor: { at: number }, length: number): Bytes {
  cursor.at += length;
  return bytes.slice(cursor.at - length, cursor.at);
}
function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Calls `found` with the hash of each commitment in an item, in the order of its bytes. */
export function eachCommitment(item: Bytes, found: (hash: Bytes) => void): void {
  walk(decodeValue(item), found);
}
function walk(value: CborValue, found: (hash: Bytes) => void): void {
  if (value instanceof Commitment) found(value.hash);
  else if (Array.isArray(value)) value.forEach((item) => walk(item, found));
  else if (value instanceof CborMap) {
    for (const [key, item] of value) {
      walk(key, found);
      walk(item, found);
    }
  }
}
