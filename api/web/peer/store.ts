// store.ts: what the phone keeps, and the promise of whoever keeps it. store_idb.ts is the browser's.
import { hex, type Bytes } from './bytes.ts';
import type { Checkpoint } from './change_set.ts';
import type { FeedTip } from './feed.ts';
import type { Incarnation } from './names.ts';
import type { PackedSeen } from './packing.ts';

/** Where a change set stands. `later`: it waits for an upgrade of this phone, in its place. */
export type SetState = 'counts' | 'held' | 'later';

/** A change set that has its place in its feed. */
export interface SetRow {
  /** Its name, in hexadecimal. */
  readonly name: string;
  readonly arrival: number;
  readonly feed: string;
  readonly seq: bigint;
  /** `feed/seq`: two sets under one number can't both be here. */
  readonly place: string;
  readonly scope: string;
  readonly audience: number;
  readonly author: string;
  readonly body: Bytes;
  readonly signature: Bytes;
  readonly state: SetState;
  /** Held: the name of the reason. */
  readonly reason: string | null;
  /** The feed, if it is held; else null, which stands in no index. */
  readonly heldOf: string | null;
  /** By the hub's receipt that counts for it; null: none is here. */
  readonly confirmed: Confirmed | null;
  /** `type/scope/id` of each record that it touches. */
  readonly records: readonly string[];
  /** Of ours: what the peer made of it, once it was sent. */
  readonly sent: Sent | null;
  /** 1: written here; a number, since IndexedDB indexes no flags. */
  readonly own: 0 | 1;
}
export interface Confirmed {
  readonly checkpoint: Checkpoint;
  /** Its clock, or that of what it had seen, was far ahead. */
  readonly flagged: boolean;
}
export interface Sent {
  /** Microseconds since 1970 UTC, by our clock. */
  readonly at: number;
  /** Null: accepted. */
  readonly refused: string | null;
  readonly detail: string;
}
export interface OpeningRow {
  readonly set: string;
  readonly ordinal: number;
  readonly salt: Bytes;
  readonly value: Bytes;
  /** The commitment's hash, in hexadecimal; index. */
  readonly commitment: string;
  readonly type: number;
  readonly field: number;
  /** `type/scope/id`. */
  readonly record: string;
}
export interface FeedRow {
  readonly feed: string;
  readonly author: string;
  readonly scope: string;
  readonly audience: number;
  readonly incarnation: Incarnation;
  readonly seq: bigint;
  readonly hash: Bytes;
  readonly stamp: number;
  /** Receipts that are here cover it up to this number, also what hasn't come yet. */
  readonly receiptedTo: bigint;
  /** Every set that is here up to this number has its receipt, none later than this one. */
  readonly confirmedTo: bigint;
  readonly confirmedBy: Checkpoint | null;
  /** Up to there a snapshot stands for its change sets; null: none does. */
  readonly covered: FeedTip | null;
}
/** A part of a snapshot, as it came. */
export interface PartRow {
  readonly name: string;
  readonly snapshot: string;
  readonly number: number;
  readonly isLast: boolean;
  readonly bytes: Bytes;
}
/** The snapshot of a scope and audience that stands. */
export interface SnapshotRow {
  /** `scope/audience`. */
  readonly name: string;
  readonly snapshot: string;
  readonly checkpoint: Checkpoint;
  /** Feed → number up to which it stands for the change sets. */
  readonly covered: ReadonlyMap<string, bigint>;
}
/** What a snapshot says of one record (snapshot_state.ts). */
export interface SeedRow {
  readonly name: string;
  readonly record: string;
  /** `scope/audience` of the snapshot. */
  readonly group: string;
  readonly state: Bytes;
}
/** One entry of this phone's log: what arrived and was accepted, in that order. */
export interface LogRow {
  readonly arrival: number;
  readonly kind: number;
  /** A parcel's change set; of any other object its own name. Held once each. */
  readonly name: string;
  readonly scope: string;
  readonly audience: number;
  /** Who wrote it; empty where nobody in particular did. */
  readonly author: string;
  /** Who brought it (an author id); empty: this phone. */
  readonly from: string;
  /** Null: a parcel, which is put together from its set and openings; or a part of a snapshot. */
  readonly bytes: Bytes | null;
}
export interface WaitingRow {
  readonly name: string;
  readonly reason: string;
  /** What it waits for: `certificate/…`, `policy/…`, `place/feed/seq`, `upgrade`. Index. */
  readonly for: string;
  readonly bytes: Bytes;
  readonly from: string;
}
/** What was refused, or lost its place to another; bounded. */
export interface EvidenceRow {
  readonly name: string;
  readonly reason: string;
  readonly detail: string;
  readonly bytes: Bytes;
  readonly from: string;
  readonly at: number;
}
export interface ReceiptRow {
  readonly name: string;
  readonly feed: string;
  readonly from: bigint;
  readonly to: bigint;
  readonly last: Bytes;
  readonly clockFlagged: readonly bigint[];
  readonly checkpoint: Checkpoint;
  /** Of the certificate that signed it. */
  readonly signer: string;
}
export interface RulingRow {
  readonly name: string;
  /** Of the change set; index. */
  readonly set: string;
  readonly approved: boolean;
  readonly reason: string | null;
  readonly time: number;
  readonly signer: string;
}
/** What a record's rows add up to, kept (folds.ts). */
export interface FoldRow {
  /** `type/scope/id`. */
  readonly record: string;
  /** When it was folded: counted on at each folding. */
  readonly turn: number;
  /** 1: something of it has changed since; a number, since IndexedDB indexes no flags. */
  readonly stale: 0 | 1;
  /** As packing.ts packs it; null: stale, or nothing of it is here. */
  readonly seen: PackedSeen | null;
}
export interface NamedBytes {
  readonly name: string;
  readonly bytes: Bytes;
}
/** Anything else, by name: see own.ts and peer_memory.ts. */
export interface ValueRow {
  readonly name: string;
  readonly value: unknown;
}
export interface DraftRow {
  readonly id: string;
  readonly changedAt: number;
  /** The form's own; nobody here looks into it. */
  readonly content: unknown;
}

/** An attachment whose content is here. */
export interface BlobRow {
  /** Its hash, in hexadecimal. */
  readonly name: string;
  readonly size: number;
  /** Microseconds since 1970 UTC. */
  readonly at: number;
  /** 1: made here. */
  readonly own: 0 | 1;
  /** `peer/epoch` of each node that said that it has it. */
  readonly delivered: readonly string[];
}

export interface Rows {
  sets: SetRow;
  openings: OpeningRow;
  feeds: FeedRow;
  log: LogRow;
  waiting: WaitingRow;
  evidence: EvidenceRow;
  receipts: ReceiptRow;
  rulings: RulingRow;
  parts: PartRow;
  snapshots: SnapshotRow;
  seeds: SeedRow;
  folds: FoldRow;
  revocations: NamedBytes;
  certificates: NamedBytes;
  policies: NamedBytes;
  erased: NamedBytes;
  values: ValueRow;
  drafts: DraftRow;
  blobs: BlobRow;
  /** Of blobs, and of those on their way (`….part`): apart, so that lists don't read them. */
  contents: NamedBytes;
}
export type Table = keyof Rows;
export type Key = string | number | Array<string | number>;

/** Indexes: table → name → is it of a list? */
export const kIndexes = {
  sets: ['place', 'records', 'feed', 'own', 'heldOf'],
  openings: ['commitment', 'set'],
  feeds: ['author'],
  log: ['name'],
  waiting: ['for'],
  evidence: ['at'],
  receipts: ['feed'],
  rulings: ['set'],
  parts: ['snapshot'],
  seeds: ['record', 'group'],
  folds: ['stale', 'turn'],
} as const;

export type Alone = 'writing' | 'syncing' | 'folding';

/** Within one transaction. */
export interface Tx {
  get<T extends Table>(table: T, key: Key): Promise<Rows[T] | undefined>;
  put<T extends Table>(table: T, row: Rows[T]): Promise<void>;
  remove(table: Table, key: Key): Promise<void>;
  clear(table: Table): Promise<void>;
  all<T extends Table>(table: T): Promise<Array<Rows[T]>>;
  count(table: Table): Promise<number>;
  /** Rows whose index has this key, `most` of them. */
  find<T extends Table>(table: T, index: string, key: Key, most?: number): Promise<Array<Rows[T]>>;
  /** Rows whose index has a greater number than this. */
  above<T extends Table>(table: T, index: string, number: number): Promise<Array<Rows[T]>>;
  /** Log rows behind `arrival`, oldest first, until `take` answers false. */
  logAfter(arrival: number, take: (row: LogRow) => boolean): Promise<void>;
  /** The greatest arrival number; 0 if the log is empty. */
  newestArrival(): Promise<number>;
}
/**
 * Keeps rows. `change` answers once everything that `work` did is durable (I1), or rejects and has
 * changed nothing. `work` may await nothing but the transaction's own calls.
 */
export interface Store {
  read<R>(work: (tx: Tx) => Promise<R>): Promise<R>;
  change<R>(work: (tx: Tx) => Promise<R>): Promise<R>;
  /**
   * One at a time of its kind, among all that have this store open, other tabs as well. Kinds, so
   * that saving a form never waits for a slow line. Not from within another of its kind.
   */
  alone<R>(kind: Alone, work: () => Promise<R>): Promise<R>;
  close(): void;
}

/** A value that was put under this name; null if there is none. */
export async function valueOf<T>(tx: Tx, name: string): Promise<T | null> {
  const row = await tx.get('values', name);
  return row ? (row.value as T) : null;
}

/** A record's name as rows and indexes have it. */
export const recordKey = (type: number, scope: string, id: Bytes): string =>
  `${type}/${scope}/${hex(id)}`;
/** An erased value, by the place that its commitment is made of. */
export const erasedKey = (record: string, field: number, commitment: string): string =>
  `${record}/${field}/${commitment}`;
