// snapshot.ts: a part of a snapshot (sync/PROTOCOL.md §8): what the change sets of one scope and
// audience add up to, by the hub's word. It travels with zeros where commitments stand, and beside it
// what fills them; only then its signature can be checked.
import { hex, type Bytes } from './bytes.ts';
import { CborReader } from './cbor_reader.ts';
import { kTimeMax, readCheckpoint } from './change_set_reader.ts';
import type { Checkpoint } from './change_set.ts';
import { commitmentTo, type Secret } from './commitment.ts';
import { Layout, need, readScope, type Found } from './layout.ts';
import { feedId, type Incarnation } from './names.ts';
import { readAudience } from './receipt.ts';
import { demand } from './refused.ts';
import type { SignedBody } from './signature.ts';
import { readState } from './snapshot_state.ts';
import { openZstd } from './zstd_frame.ts';

const kBodyBytesMax = 1 << 20;
const kFeedsMax = 4000;
const kMark = Uint8Array.of(0xd9, 0xa0, 0x6e, 0x58, 0x20);

/** Up to this number of the feed the snapshot stands for its change sets. */
export interface CoveredFeed {
  readonly author: Bytes;
  readonly incarnation: Incarnation;
  readonly feed: Bytes;
  readonly seq: bigint;
  readonly hash: Bytes;
  readonly stamp: number;
}
export interface SnapshotRecord {
  readonly type: number;
  readonly id: Bytes;
  readonly changed: number;
  /** See readState. */
  readonly state: Bytes;
  /** Where it lies in the body. */
  readonly at: number;
}
export interface ErasedValue {
  readonly record: number;
  readonly field: number;
  readonly commitment: Bytes;
}
export interface SnapshotPart {
  readonly city: Bytes;
  readonly certificate: Bytes;
  readonly scope: string;
  readonly audience: number;
  /** Its time names the snapshot. */
  readonly checkpoint: Checkpoint;
  readonly number: number;
  readonly isLast: boolean;
  readonly feeds: readonly CoveredFeed[];
  readonly records: readonly SnapshotRecord[];
  readonly erased: readonly ErasedValue[];
}
/** A value that came beside a part. */
export interface PartOpening extends Secret {
  readonly record: number;
  readonly field: number;
  readonly commitment: Bytes;
}
export interface OpenedPart {
  readonly part: SnapshotPart;
  readonly signed: SignedBody;
  readonly openings: readonly PartOpening[];
}

/** Doesn't check the signature. Throws too_large, malformed, unknown_critical. */
export function openPart(object: Bytes): OpenedPart {
  const { packed, signature, places } = readObject(object);
  const body = openZstd(packed, kBodyBytesMax);
  const blank = readPart(body);
  const openings: PartOpening[] = [];
  const found = placesIn(body);
  demand(found.length === places.length, 'malformed', 'as many commitments as places');
  found.forEach((at, i) => {
    const place = places[i];
    if (!place) return;
    const opening = 'hash' in place ? null : openingAt(blank, at, place);
    if (opening) openings.push(opening);
    body.set('hash' in place ? place.hash : (opening?.commitment ?? new Uint8Array(32)), at);
  });
  const part = readPart(body);
  part.records.forEach(({ state }) => readState(state));
  return { part, signed: { body, signature }, openings };
}
type Place = { readonly hash: Bytes } | (Secret & { readonly field: number });

function readObject(object: Bytes): { packed: Bytes; signature: Bytes; places: Place[] } {
  const reader = new CborReader(object, false);
  const parts = reader.tuple(2, 3, (count) => ({
    packed: reader.bytes(0, object.length),
    signature: reader.bytes(64),
    places: count === 3 ? readPlaces(reader, object.length) : [],
  }));
  reader.end();
  return parts;
}
function readPlaces(reader: CborReader, most: number): Place[] {
  return reader.list(1, most, () => {
    if (!reader.isArray()) return { hash: reader.bytes(32) };
    return reader.tuple(3, 3, () => ({
      field: reader.small(1, 65535),
      salt: reader.bytes(32),
      value: reader.itemApart(),
    }));
  });
}
/** Where 32 bytes of a commitment stand, from the left, each time on behind the last place. */
function placesIn(body: Bytes): number[] {
  const found: number[] = [];
  for (let at = 0; at + kMark.length + 32 <= body.length; ) {
    if (kMark.every((byte, i) => body[at + i] === byte)) {
      found.push(at + kMark.length);
      at += kMark.length + 32;
    } else {
      at += 1;
    }
  }
  return found;
}
/** The commitment is made of the opening, and of the record in whose state the place lies. */
function openingAt(
  part: SnapshotPart,
  at: number,
  place: Secret & { readonly field: number },
): PartOpening {
  const record = part.records.findIndex((one) => at >= one.at && at < one.at + one.state.length);
  const found = part.records[record];
  demand(found !== undefined, 'malformed', 'an opening outside of every record');
  const { salt, value, field } = place;
  const where = { city: part.city, type: found.type, scope: part.scope, id: found.id, field };
  return { record, field, salt, value, commitment: commitmentTo(where, { salt, value }) };
}

/** Throws malformed, unknown_critical. */
export function readPart(body: Bytes): SnapshotPart {
  const layout = new Layout(body);
  const { reader } = layout;
  const found: Found<SnapshotPart> = {};
  let feeds: Array<Omit<CoveredFeed, 'feed'>> | undefined;
  layout.keys({
    1: () => (found.city = reader.bytes(32)),
    2: () => (found.certificate = reader.bytes(32)),
    3: () => (found.scope = readScope(reader)),
    4: () => (found.audience = readAudience(layout)),
    5: () => (found.checkpoint = readCheckpoint(reader)),
    6: () => (found.number = reader.small(0, 0xffffffff)),
    7: () => (found.isLast = reader.yes()),
    8: () => (feeds = flat(reader, 6, kFeedsMax, () => readFeed(reader))),
    9: () => (found.records = flat(reader, 4, body.length, () => readRecord(reader))),
    10: () => (found.erased = flat(reader, 3, body.length, () => readErasedValue(reader))),
  });
  const [city, scope, audience] = [
    need(found.city, 'the city'),
    need(found.scope, 'the scope'),
    need(found.audience, 'the audience'),
  ];
  const records = found.records ?? [];
  const part: SnapshotPart = {
    city,
    scope,
    audience,
    certificate: need(found.certificate, "the signer's certificate"),
    checkpoint: need(found.checkpoint, 'the checkpoint'),
    number: need(found.number, 'its number'),
    isLast: found.isLast ?? false,
    records,
    erased: found.erased ?? [],
    feeds: need(feeds, 'the feeds').map((one) => ({
      ...one,
      feed: feedId({ city, scope, audience, author: one.author, incarnation: one.incarnation }),
    })),
  };
  demand(
    part.erased.every(({ record }) => record < records.length),
    'malformed',
    'an erased value of no record',
  );
  layout.finish();
  return part;
}
function flat<T>(reader: CborReader, size: number, most: number, one: () => T): T[] {
  return reader.tuple(0, most * size, (count) => {
    demand(count % size === 0, 'malformed', `a flat array of groups of ${size}`);
    return Array.from({ length: count / size }, one);
  });
}
function readFeed(reader: CborReader): Omit<CoveredFeed, 'feed'> {
  const author = reader.bytes(16);
  const incarnation = { number: reader.int(0n), nonce: reader.bytes(16) };
  return {
    author,
    incarnation,
    seq: reader.int(1n),
    hash: reader.bytes(32),
    stamp: reader.small(0, kTimeMax),
  };
}
function readRecord(reader: CborReader): SnapshotRecord {
  const [type, id, changed] = [
    reader.small(0, 0xffffffff),
    reader.bytes(16),
    reader.small(0, kTimeMax),
  ];
  const state = reader.bytes(0, kBodyBytesMax);
  return { type, id, changed, state, at: reader.position - state.length };
}
function readErasedValue(reader: CborReader): ErasedValue {
  return {
    record: reader.small(0, 0xffffffff),
    field: reader.small(0, 0xffffffff),
    commitment: reader.bytes(32),
  };
}

/** Which snapshot a part is of. */
export function snapshotName({ scope, audience, checkpoint }: SnapshotPart): string {
  const { epoch, size, root, time } = checkpoint;
  return `${scope}/${audience}/${epoch}/${size}/${time}/${hex(root)}`;
}
