// change_set.ts: what one author signs at once (sync/PROTOCOL.md §4): a header, and 1 to 2,000
// changes to records of one scope. change_set_reader.ts and change_set_writer.ts know its bytes.
import { compareBytes, type Bytes } from './bytes.ts';
import { eachCommitment } from './cbor_value.ts';
import { feedId, type Incarnation } from './names.ts';

export const kChangeSetBytesMax = 1 << 20;
export const kChangesMax = 2000;
export const kOffsetMax = 86_400_000_000;
export const kVersionsMax = 64;
export const kFieldMax = 65535;

/** What a change is: put gives values, clear empties, remove deletes, erase destroys personal values. */
export const kKind = { put: 0, clear: 1, remove: 2, erase: 3 } as const;

/** What one change made of the cells it touched: named by feed, number, and place in its set. */
export interface VersionId {
  readonly feed: Bytes;
  readonly seq: bigint;
  readonly index: number;
}
/** The versions that a change was made on: the same for every cell, but for those listed. */
export interface Base {
  readonly all: readonly VersionId[];
  readonly cells: ReadonlyMap<number, readonly VersionId[]>;
}
export interface Field {
  readonly number: number;
  /** One CBOR item, in which commitments may stand. */
  readonly value: Bytes;
}
export interface Change {
  readonly type: number;
  readonly id: Bytes;
  readonly kind: number;
  /** Microseconds since 1970 UTC. */
  readonly stamp: number;
  readonly fields: readonly Field[];
  readonly base: Base;
  readonly life: number;
}
/** A signed tree head of the hub (§8): everything up to `size` was there at `time`. */
export interface Checkpoint {
  readonly epoch: bigint;
  readonly size: bigint;
  readonly root: Bytes;
  readonly time: number;
}
/** Which feed this one goes on from: the first set of every later incarnation says it. */
export interface Succession {
  readonly reason: string;
  readonly feed: Bytes;
  readonly seq: bigint;
  readonly head: Bytes;
}
/** A change set without its changes. What isn't there is null. */
export interface Header {
  readonly city: Bytes;
  readonly author: Bytes;
  readonly certificate: Bytes;
  readonly scope: string;
  readonly audience: number;
  readonly incarnation: Incarnation;
  readonly seq: bigint;
  readonly prev: Bytes | null;
  readonly seen: Checkpoint | null;
  readonly policy: Bytes | null;
  readonly schema: bigint;
  readonly timeBase: number;
  readonly actor: Bytes | null;
  readonly action: Bytes | null;
  readonly origin: string | null;
  readonly blind: Bytes | null;
  readonly succession: Succession | null;
}
export interface ChangeSet extends Header {
  readonly changes: readonly Change[];
}

export const kNoBase: Base = { all: [], cells: new Map() };
export const feedOf = (set: Header): Bytes => feedId(set);

/** Ascending by feed, number, place. */
export function compareVersions(a: VersionId, b: VersionId): number {
  const feeds = compareBytes(a.feed, b.feed);
  if (feeds !== 0) return feeds;
  if (a.seq !== b.seq) return a.seq < b.seq ? -1 : 1;
  return a.index - b.index;
}

/** A commitment's place: its ordinal, from 0, counts all of the set in the order of the bytes. */
export interface CommitmentPlace {
  readonly change: number;
  readonly field: number;
  readonly hash: Bytes;
}
/** Of values only: the hashes that an erasure lists are no commitments. */
export function commitmentsOf(set: ChangeSet): CommitmentPlace[] {
  const places: CommitmentPlace[] = [];
  set.changes.forEach(({ fields }, change) => {
    for (const { number, value } of fields) {
      eachCommitment(value, (hash) => places.push({ change, field: number, hash }));
    }
  });
  return places;
}
