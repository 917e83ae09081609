// packing.ts: a record as it was seen, in a form that IndexedDB keeps and gives back.
import type { Bytes } from './bytes.ts';
import { Hidden, nameOfKey, type Seen } from './seen.ts';

/** A record without its name. Where `hides`, each Hidden in it is a plain object. */
export interface PackedSeen {
  readonly hides: boolean;
  readonly content: unknown;
}
interface PackedHidden {
  readonly hidden: Hidden['why'];
}

export function packSeen({ name: _, ...rest }: Seen): PackedSeen {
  const found = { hides: false };
  const content = packed(rest, found);
  return { hides: found.hides, content };
}
export function unpackSeen(record: string, { hides, content }: PackedSeen): Seen {
  const seen = (hides ? unpacked(content) : content) as Omit<Seen, 'name'>;
  return { name: nameOfKey(record), ...seen };
}

function packed(value: unknown, found: { hides: boolean }): unknown {
  if (value instanceof Hidden) {
    found.hides = true;
    return { hidden: value.why } satisfies PackedHidden;
  }
  if (value instanceof Uint8Array) return alone(value);
  return each(value, (item) => packed(item, found));
}
/** What is a part of a change set's bytes would be kept with all of them. */
const alone = (bytes: Bytes): Bytes =>
  bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
function unpacked(value: unknown): unknown {
  if (value instanceof Uint8Array) return value;
  if (isObject(value) && 'hidden' in value) return new Hidden((value as PackedHidden).hidden);
  return each(value, unpacked);
}
/** The same with each part of it replaced. */
function each(value: unknown, replace: (item: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(replace);
  if (value instanceof Map)
    return new Map([...value].map(([key, item]) => [replace(key), replace(item)]));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replace(item)]));
}
const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !(value instanceof Map);
