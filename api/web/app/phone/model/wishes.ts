// wishes.ts: from what a form holds, by names, to what the engine writes, by numbers.
import type { Wish } from '../../../peer/authoring.ts';
import type { Bytes } from '../../../peer/bytes.ts';
import type { CborValue } from '../../../peer/cbor_value.ts';
import { choiceOf, type TypeInfo } from './catalog.ts';
import { refTo } from './entry.ts';

/** What a field is to hold; null and the empty text leave it out. */
export type Value =
  | { readonly text: string }
  | { readonly number: number | null }
  | { readonly flag: boolean }
  /** By its code; of a state as well. */
  | { readonly code: string }
  /** By the key of the record. */
  | { readonly ref: string }
  | { readonly raw: CborValue | null };

/** A put of these fields. Throws if the schema knows a name or a code not. */
export function wishFor(
  type: TypeInfo,
  place: { readonly scope: string; readonly id: Bytes },
  values: Readonly<Record<string, Value>>,
): Wish {
  const fields = new Map<number, CborValue>();
  for (const [name, value] of Object.entries(values)) {
    const written = cborOf(type, place.scope, name, value);
    if (written !== null) fields.set(type.numberOf(name), written);
  }
  return { kind: 'put', type: type.number, ...place, fields };
}
function cborOf(type: TypeInfo, scope: string, name: string, value: Value): CborValue | null {
  if ('text' in value) return plainText(value.text) || null;
  if ('number' in value) return value.number;
  if ('flag' in value) return value.flag;
  if ('code' in value) return value.code ? choiceOf(type.field(name), value.code).number : null;
  if ('ref' in value) return value.ref ? refTo(value.ref, scope) : null;
  return value.raw;
}
/** As the nodes keep texts: NFC, without white space at both ends. */
export const plainText = (text: string): string => text.normalize('NFC').trim();
