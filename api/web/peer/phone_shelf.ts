// phone_shelf.ts: this phone's log, as the exchange with one peer sees it.
import type { Certificate } from './certificate.ts';
import { kRight } from './certificate.ts';
import { hex, sameBytes, unhex, type Bytes } from './bytes.ts';
import {
  kEpochLost,
  kNoMemory,
  type HeldFeed,
  type Page,
  type PeerMemory,
  type Settled,
  type Shelf,
} from './exchange.ts';
import { kObject, type Frontier, type LogObject } from './messages.ts';
import { writeParcel } from './parcel.ts';
import { mayRead } from './scope.ts';
import { protectionOf, type Schema } from './schema.ts';
import { placeOf } from './standing.ts';
import { valueOf, type LogRow, type SetRow, type Store, type Tx } from './store.ts';

export interface ShelfParts {
  readonly store: Store;
  readonly peer: Certificate;
  readonly self: Bytes;
  readonly schema: Schema;
  /** Makes one step of the exchange durable (phone.ts). */
  readonly settle: (step: Settled) => Promise<void>;
}

export class PhoneShelf implements Shelf {
  constructor(private readonly parts: ShelfParts) {}

  settle(step: Settled): Promise<void> {
    return this.parts.settle(step);
  }
  newest(): Promise<number> {
    return this.parts.store.read((tx) => tx.newestArrival());
  }
  hashAt(feed: Bytes, seq: bigint): Promise<Bytes | null> {
    return this.parts.store.read(async (tx) => {
      const row = (await tx.find('sets', 'place', placeOf(feed, seq), 1))[0];
      return row ? unhex(row.name) : null;
    });
  }

  outgoing(after: number, regive: number, most: number): Promise<Page> {
    return this.parts.store.read(async (tx) => {
      const rows = await this.rowsToGive(tx, after, regive);
      const objects: LogObject[] = [];
      const arrivals: number[] = [];
      let bytes = 0;
      for (const row of rows) {
        // One object always goes, however large.
        if (bytes > 0 && bytes >= most) {
          return { objects, arrivals, upTo: arrivals[arrivals.length - 1] ?? after, more: true };
        }
        const object = await this.objectOf(tx, row);
        if (!object) continue;
        objects.push(object);
        arrivals.push(row.arrival);
        bytes += object.bytes.length;
      }
      return { objects, arrivals, upTo: await tx.newestArrival(), more: false };
    });
  }
  private async rowsToGive(tx: Tx, after: number, regive: number): Promise<LogRow[]> {
    const rows: LogRow[] = [];
    await tx.logAfter(after, (row) => {
      if (this.isForPeer(row, row.arrival <= regive)) rows.push(row);
      return true;
    });
    return rows;
  }
  /** What it wrote or brought it has, unless it lost its own; receipts and rulings are the hub's to give. */
  private isForPeer(row: LogRow, all: boolean): boolean {
    const { peer } = this.parts;
    if (!mayRead(peer, row.scope, row.audience)) return false;
    // A part is taken from who gave it; what its change sets were can't be given from it.
    if (row.kind === kObject.snapshotPart) return false;
    if (all) return true;
    if (row.kind === kObject.receipt || row.kind === kObject.ruling) return false;
    const subject = hex(peer.subject);
    return row.author !== subject && row.from !== subject;
  }
  private async objectOf(tx: Tx, row: LogRow): Promise<LogObject | null> {
    if (row.bytes) return { kind: row.kind, bytes: row.bytes };
    const set = await tx.get('sets', row.name);
    return set ? { kind: row.kind, bytes: await this.parcelOf(tx, set) } : null;
  }
  private async parcelOf(tx: Tx, set: SetRow): Promise<Bytes> {
    const openings = (await tx.find('openings', 'set', set.name))
      .filter(({ type, field }) => this.mayOpen(type, field))
      .sort((a, b) => a.ordinal - b.ordinal);
    return writeParcel({ body: set.body, signature: set.signature, openings });
  }
  /** Least data (I6): enforced where it leaves. */
  private mayOpen(type: number, field: number): boolean {
    const protection = protectionOf(this.parts.schema, type, field);
    return protection !== 'personal' || (this.parts.peer.rights & kRight.personal) !== 0;
  }

  feeds(theirs: boolean): Promise<HeldFeed[]> {
    return this.parts.store.read(async (tx) => {
      const given = new Set<string>();
      for (const row of await this.rowsToGive(tx, 0, theirs ? Number.MAX_SAFE_INTEGER : 0)) {
        const set = row.kind === kObject.parcel ? await tx.get('sets', row.name) : undefined;
        if (set) given.add(set.feed);
      }
      const rows = await tx.all('feeds');
      const self = hex(this.parts.self);
      return rows
        .filter(({ feed }) => given.has(feed))
        .map((row) => ({
          tip: { feed: unhex(row.feed), seq: row.seq, hash: row.hash },
          own: row.author === self,
        }));
    });
  }
  resumeAfter(known: readonly Frontier[], theirs: boolean): Promise<number> {
    return this.parts.store.read(async (tx) => {
      const upTo = new Map<string, bigint>();
      for (const frontier of known) {
        const ours = (await tx.find('sets', 'place', placeOf(frontier.feed, frontier.seq), 1))[0];
        const tip = ours ? null : await tx.get('feeds', hex(frontier.feed));
        // A frontier whose hash isn't ours counts as unknown; who knows more of it lacks nothing.
        const isKnown = ours
          ? sameBytes(unhex(ours.name), frontier.hash)
          : frontier.seq > (tip?.seq ?? frontier.seq);
        if (isKnown) upTo.set(hex(frontier.feed), frontier.seq);
      }
      for (const row of await this.rowsToGive(tx, 0, theirs ? Number.MAX_SAFE_INTEGER : 0)) {
        const set = row.kind === kObject.parcel ? await tx.get('sets', row.name) : undefined;
        if (set && set.seq > (upTo.get(set.feed) ?? 0n)) return row.arrival - 1;
      }
      return tx.newestArrival();
    });
  }
}

// ---- What is kept of a peer ----------------------------------------------------------------------

/** By its author id. */
export const memoryName = (subject: Bytes): string => `${kMemoryStem}${hex(subject)}`;
const kMemoryStem = 'peer/';
/** `under`: the peer's certificate by which was decided what it may read. */
type KeptMemory = PeerMemory & { readonly under?: Bytes };

/**
 * What is kept of this peer. Under another certificate than then it may read more: it is asked what it
 * has, so that what was passed over is given to it.
 */
export async function memoryOf(tx: Tx, peer: Certificate): Promise<PeerMemory> {
  const kept = await valueOf<KeptMemory>(tx, memoryName(peer.subject));
  if (!kept) return kNoMemory;
  const { under, ...memory } = kept;
  const isSame = under !== undefined && sameBytes(under, peer.hash);
  return isSame || memory.pushedEpoch === 0n ? memory : { ...memory, pushedEpoch: kEpochLost };
}
/** Of every peer. */
export async function changeMemories(
  tx: Tx,
  change: (memory: PeerMemory) => PeerMemory,
): Promise<void> {
  for (const { name, value } of await tx.all('values')) {
    if (name.startsWith(kMemoryStem))
      await tx.put('values', { name, value: change(value as KeptMemory) });
  }
}
export async function keepMemory(tx: Tx, peer: Certificate, memory: PeerMemory): Promise<void> {
  const value: KeptMemory = { ...memory, under: peer.hash };
  await tx.put('values', { name: memoryName(peer.subject), value });
}
