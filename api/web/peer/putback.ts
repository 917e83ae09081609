// putback.ts: this store was put back to an earlier state (a restored profile, a copied phone), and
// wrote numbers that a peer knows as something else (sync/EXCHANGE.md, "Sessions, and disks that were
// rolled back"). What isn't confirmed is set aside, the peer's own comes in, and what didn't come
// back is written again under new names: no fork leaves this phone, and nothing is lost.
import { clockIn, intakeOf, selfIn, type Base, type Self } from './base.ts';
import { hex, unhex, type Bytes } from './bytes.ts';
import {
  compareVersions,
  feedOf,
  type Base as ChangeBase,
  type Change,
  type ChangeSet,
  type VersionId,
} from './change_set.ts';
import { readChangeSet } from './change_set_reader.ts';
import { writeChangeSet } from './change_set_writer.ts';
import { catchesUpIn } from './cloned.ts';
import { isFollowed, type HybridClock } from './clock.ts';
import { kEmptyTip, type FeedTip } from './feed.ts';
import { SigningKey } from './keys.ts';
import { kObject, type LogObject } from './messages.ts';
import { feedId, kDomain, nameOf, type Incarnation } from './names.ts';
import { incarnationsIn } from './own.ts';
import { kValue } from './values.ts';
import { readParcel, writeParcel, type Parcel } from './parcel.ts';
import { valueOf, type SetRow, type Tx } from './store.ts';

/** Parcels that were taken out, in the order in which they were written. */
const asideIn = async (tx: Tx): Promise<readonly Bytes[]> =>
  (await valueOf<readonly Bytes[]>(tx, kValue.aside)) ?? [];

/** Takes out of the log what the hub hasn't confirmed of this feed of ours. */
export async function setAside(tx: Tx, feed: Bytes): Promise<void> {
  const row = await tx.get('feeds', hex(feed));
  if (!row) return;
  const sets = (await tx.find('sets', 'feed', row.feed)).sort((a, b) => (a.seq < b.seq ? -1 : 1));
  const first = await firstInDoubt(tx, sets);
  const kept = first < 0 ? sets : sets.slice(0, first);
  const aside = sets.slice(kept.length);
  const parcels = (await dropSets(tx, feed, aside)).map(({ bytes }) => bytes);
  await tx.put('values', { name: kValue.aside, value: [...(await asideIn(tx)), ...parcels] });
}
/**
 * Takes the last sets of a feed out of the log; it ends before them. Answers with their parcels, and
 * who brought them (an author id in hexadecimal; empty: written here).
 */
export async function dropSets(
  tx: Tx,
  feed: Bytes,
  last: readonly SetRow[],
): Promise<Array<{ readonly bytes: Bytes; readonly from: string }>> {
  const dropped = [];
  for (const set of last) dropped.push(await takeOut(tx, set));
  const row = await tx.get('feeds', hex(feed));
  const left = (await tx.find('sets', 'feed', hex(feed))).sort((a, b) => (a.seq < b.seq ? -1 : 1));
  const end = left[left.length - 1];
  const tip = end ? tipAt(end) : (row?.covered ?? null);
  if (row && tip) await tx.put('feeds', { ...row, ...tip });
  else await tx.remove('feeds', hex(feed));
  return dropped;
}
/** From the first that was written here and isn't confirmed: what came back from a peer is known there. */
async function firstInDoubt(tx: Tx, sets: readonly SetRow[]): Promise<number> {
  for (const [i, { confirmed, arrival }] of sets.entries()) {
    if (confirmed === null && (await tx.get('log', arrival))?.from === '') return i;
  }
  return -1;
}
async function takeOut(tx: Tx, set: SetRow): Promise<{ bytes: Bytes; from: string }> {
  const from = (await tx.get('log', set.arrival))?.from ?? '';
  const openings = (await tx.find('openings', 'set', set.name)).sort(
    (a, b) => a.ordinal - b.ordinal,
  );
  for (const { ordinal } of openings) await tx.remove('openings', [set.name, ordinal]);
  await tx.remove('sets', set.name);
  await tx.remove('log', set.arrival);
  return { bytes: writeParcel({ body: set.body, signature: set.signature, openings }), from };
}
function tipAt(row: SetRow): FeedTip {
  const { changes } = readChangeSet(row.body);
  return {
    seq: row.seq,
    hash: unhex(row.name),
    stamp: changes[changes.length - 1]?.stamp ?? kEmptyTip.stamp,
  };
}

/**
 * To be called after an exchange. Answers with how many sets were written again; none, while something
 * of what this store lost is still to come.
 */
export async function writeAgain(base: Base): Promise<number> {
  const isToWrite = async (tx: Tx): Promise<boolean> =>
    (await asideIn(tx)).length > 0 && !(await catchesUpIn(tx));
  if (!(await base.store.read(isToWrite))) return 0;
  const { aside, self, incarnation, clock, tips } = await base.store.read(async (tx) => {
    const parcels = await missing(tx, await asideIn(tx));
    const { all } = await incarnationsIn(tx);
    const newest = all[all.length - 1];
    return {
      aside: parcels,
      self: await selfIn(tx, base.known),
      incarnation: newest,
      clock: await clockIn(tx, base.wall),
      tips: new Map((await tx.all('feeds')).map((row) => [row.feed, row as FeedTip])),
    };
  });
  if (!incarnation) return 0;
  const writer = new Rewriter(self, incarnation, clock, tips, base.wall());
  const objects: LogObject[] = [];
  for (const parcel of aside) objects.push(await writer.again(parcel));
  await base.store.change(async (tx) => {
    await intakeOf(tx, base, self).take(objects, null);
    await tx.remove('values', kValue.aside);
    await tx.put('values', {
      name: kValue.clock,
      value: Math.max(clock.newest, (await clockIn(tx, base.wall)).newest),
    });
  });
  return objects.length;
}
/** Those that the peer didn't bring back. */
async function missing(tx: Tx, parcels: readonly Bytes[]): Promise<Parcel[]> {
  const found: Parcel[] = [];
  for (const parcel of parcels.map(readParcel)) {
    if (!(await tx.get('sets', hex(nameOf(kDomain.changeSet, parcel.body))))) found.push(parcel);
  }
  return found;
}

/** Signs the same changes under new names, each base that named one of them renamed as well. */
class Rewriter {
  private readonly renamed: Array<{ from: VersionId; to: VersionId }> = [];

  constructor(
    private readonly self: Self,
    private readonly incarnation: Incarnation,
    private readonly clock: HybridClock,
    private readonly tips: Map<string, FeedTip>,
    private readonly now: number,
  ) {}

  async again({ body, openings }: Parcel): Promise<LogObject> {
    const before = readChangeSet(body);
    const { incarnation } = this;
    const feed = feedId({
      city: before.city,
      author: before.author,
      scope: before.scope,
      audience: before.audience,
      incarnation,
    });
    const tip = this.tips.get(hex(feed)) ?? kEmptyTip;
    const stamps = this.stampsAfter(tip, before);
    const seq = tip.seq + 1n;
    const changes = before.changes.map((change, index): Change => {
      this.renamed.push({
        from: { feed: feedOf(before), seq: before.seq, index },
        to: { feed, seq, index },
      });
      return { ...change, stamp: stamps[index] ?? change.stamp, base: this.rename(change.base) };
    });
    const set: ChangeSet = {
      ...before,
      certificate: this.self.certificate.hash,
      incarnation,
      seq,
      prev: seq > 1n ? tip.hash : null,
      timeBase: stamps[0] ?? before.timeBase,
      succession: seq === 1n ? this.successionOf(before) : null,
      changes,
    };
    const written = writeChangeSet(set);
    this.tips.set(hex(feed), {
      seq,
      hash: nameOf(kDomain.changeSet, written),
      stamp: stamps[stamps.length - 1] ?? tip.stamp,
    });
    const signed = await new SigningKey(this.self.identity.keys.signing).signBody(
      kDomain.changeSet,
      written,
    );
    return { kind: kObject.parcel, bytes: writeParcel({ ...signed, openings }) };
  }
  /**
   * As they were, unless something was written in the new incarnation meanwhile, or they were given by a
   * clock that stood ahead: what is written next has to come after them.
   */
  private stampsAfter(tip: FeedTip, { changes }: ChangeSet): number[] {
    const first = changes[0]?.stamp ?? 0;
    const last = changes[changes.length - 1]?.stamp ?? 0;
    return first > tip.stamp && isFollowed(last, this.now)
      ? changes.map(({ stamp }) => stamp)
      : changes.map(() => this.clock.next());
  }
  private rename(base: ChangeBase): ChangeBase {
    const cells = [...base.cells].map(
      ([cell, versions]) => [cell, this.renameAll(versions)] as const,
    );
    return { all: this.renameAll(base.all), cells: new Map(cells) };
  }
  private renameAll(versions: readonly VersionId[]): VersionId[] {
    const named = versions.map(
      (version) =>
        this.renamed.find(({ from }) => compareVersions(from, version) === 0)?.to ?? version,
    );
    return named.sort(compareVersions);
  }
  private successionOf(before: ChangeSet): ChangeSet['succession'] {
    const feed = feedOf(before);
    const tip = this.tips.get(hex(feed));
    return { reason: 'restored', feed, seq: tip?.seq ?? 0n, head: tip?.hash ?? new Uint8Array(32) };
  }
}
