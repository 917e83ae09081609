// parcel.ts: a change set as it travels (sync/PROTOCOL.md §5): body, signature, and the values that
// the receiver may read.
import type { Bytes } from './bytes.ts';
import { CborReader } from './cbor_reader.ts';
import { encodeBytes, encodeInt, encodeList } from './cbor_value.ts';
import { commitmentsOf, type ChangeSet } from './change_set.ts';
import { opens, type Secret } from './commitment.ts';
import { demand } from './refused.ts';

export const kParcelBytesMax = 3 << 19; // 1.5 MiB
const kOrdinalMax = 1_048_575;

/** `ordinal`: which of the set's commitments it opens, from 0. */
export interface Opening extends Secret {
  readonly ordinal: number;
}
export interface Parcel {
  readonly body: Bytes;
  readonly signature: Bytes;
  readonly openings: readonly Opening[];
}

/** Doesn't read the body, nor check an opening against its commitment. Throws too_large, malformed. */
export function readParcel(bytes: Bytes): Parcel {
  demand(
    bytes.length <= kParcelBytesMax,
    'too_large',
    `${bytes.length} bytes, ${kParcelBytesMax} at most`,
  );
  const reader = new CborReader(bytes, false);
  const parcel = reader.tuple(2, 3, (places) => {
    const body = reader.bytes(0, bytes.length);
    const signature = reader.bytes(64);
    return { body, signature, openings: places === 3 ? readOpenings(reader, bytes.length) : [] };
  });
  reader.end();
  return parcel;
}
function readOpenings(reader: CborReader, most: number): Opening[] {
  let before = -1;
  return reader.list(1, most, () =>
    reader.tuple(3, 3, () => {
      const ordinal = reader.small(0, kOrdinalMax);
      demand(ordinal > before, 'malformed', 'openings ascend, none twice');
      before = ordinal;
      return { ordinal, salt: reader.bytes(32), value: reader.itemApart() };
    }),
  );
}
/** Throws too_large: then the author splits the set. */
export function writeParcel(parcel: Parcel): Bytes {
  const places = [encodeBytes(parcel.body), encodeBytes(parcel.signature)];
  if (parcel.openings.length > 0) {
    places.push(
      encodeList(
        parcel.openings.map(({ ordinal, salt, value }) =>
          encodeList([encodeInt(ordinal), encodeBytes(salt), value]),
        ),
      ),
    );
  }
  const bytes = encodeList(places);
  demand(
    bytes.length <= kParcelBytesMax,
    'too_large',
    `${bytes.length} bytes, ${kParcelBytesMax} at most`,
  );
  return bytes;
}

/**
 * Of `openings` those that fit their commitments. One that doesn't says nothing about the set: it is
 * left out, and asked for elsewhere.
 */
export function fittingOpenings(set: ChangeSet, openings: readonly Opening[]): Opening[] {
  if (openings.length === 0) return [];
  const places = commitmentsOf(set);
  return openings.filter((opening) => {
    const place = places[opening.ordinal];
    const change = place && set.changes[place.change];
    if (!change) return false;
    return opens(
      { city: set.city, type: change.type, scope: set.scope, id: change.id, field: place.field },
      place.hash,
      opening,
    );
  });
}
