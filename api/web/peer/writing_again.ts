// writing_again.ts: what was set aside (putback.ts) and didn't come back from the peers is written again
// under new names (sync/EXCHANGE.md, "What is written again").
import { successionOf } from './authoring.ts';
import { clockIn, intakeOf, nextIncarnation, selfIn, type Base, type Self } from './base.ts';
import { hex, sameBytes, type Bytes } from './bytes.ts';
import {
  compareVersions,
  feedOf,
  type Base as ChangeBase,
  type Change,
  type ChangeSet,
  type Header,
  type VersionId,
} from './change_set.ts';
import { readChangeSet, readHeader } from './change_set_reader.ts';
import { writeChangeSet } from './change_set_writer.ts';
import { catchesUpIn } from './cloned.ts';
import { isFollowed, type HybridClock } from './clock.ts';
import { kEmptyTip, type FeedTip } from './feed.ts';
import { SigningKey } from './keys.ts';
import { kObject, type LogObject, type Verdict } from './messages.ts';
import { feedId, kDomain, nameOf, type Incarnation } from './names.ts';
import { incarnationsIn, type Incarnations } from './own.ts';
import { readParcel, writeParcel, type Opening } from './parcel.ts';
import { asideIn } from './putback.ts';
import { Refused } from './refused.ts';
import { reaches } from './scope.ts';
import { placeOf } from './standing.ts';
import type { Tx } from './store.ts';
import { kValue } from './values.ts';

/**
 * To be called after an exchange. Answers with how many sets it put into the log; none, while something
 * of what this store lost is still to come. Those of a scope that was lost and whose key is gone stay
 * aside; so does what this phone's own intake refuses. Then the rest is written, and it rejects with why.
 */
export async function writeAgain(base: Base): Promise<number> {
  const isToWrite = async (tx: Tx): Promise<boolean> => {
    const isAny = (await asideIn(tx)).length > 0 || (await tx.count('evidence')) > 0;
    return isAny && !(await catchesUpIn(tx));
  };
  if (!(await base.store.read(isToWrite))) return 0;
  const back = await base.store.change(async (tx) => {
    await takeUpBrought(tx, await selfIn(tx, base.known));
    return takeBack(tx, base);
  });
  const refused = new Map<string, Refused>();
  for (;;) {
    const desk = await base.store.read((tx) => deskIn(tx, base, refused));
    const objects: LogObject[] = [];
    const writer = new Rewriter(desk);
    for (const one of desk.aside) objects.push(await writer.again(one));
    const bad = objects.length > 0 ? await put(base, desk, objects) : null;
    const parcel = bad && desk.aside[bad.index]?.parcel;
    if (parcel) {
      refused.set(hex(parcel), new Refused(bad.refused ?? 'internal', bad.detail));
      continue;
    }
    for (const why of refused.values()) throw why;
    return back + objects.length;
  }
}
/** All of them, or none: then answers with what was refused first. */
async function put(base: Base, desk: Desk, objects: LogObject[]): Promise<Verdict | null> {
  let bad: Verdict | null = null;
  const taken = base.store.change(async (tx) => {
    const { verdicts } = await intakeOf(tx, base, desk.self).take(objects, null);
    bad = verdicts[0] ?? null;
    if (bad) throw new Refused(bad.refused ?? 'internal', bad.detail);
    await keepAside(tx, desk.left);
    await tx.put('values', { name: kValue.incarnations, value: desk.incarnations });
    const value = Math.max(desk.clock.newest, (await clockIn(tx, base.wall)).newest);
    await tx.put('values', { name: kValue.clock, value });
  });
  await taken.catch((error: unknown) => {
    if (!bad) throw error;
  });
  return bad;
}
async function keepAside(tx: Tx, value: readonly Bytes[]): Promise<void> {
  if (value.length > 0) await tx.put('values', { name: kValue.aside, value });
  else await tx.remove('values', kValue.aside);
}

const kWrittenAgain = 'written_again';
/**
 * Sets of ours that somebody brought, of a branch that gave way: the hub has confirmed another one under
 * their number. Each once.
 */
async function takeUpBrought(tx: Tx, { identity }: Self): Promise<void> {
  const brought = (await tx.all('evidence'))
    .filter(({ reason }) => reason === 'fork' || reason === kWrittenAgain)
    .map((row) => ({ row, body: readParcel(row.bytes).body }))
    .map(({ row, body }) => ({ row, body, header: readHeader(body) }))
    .filter(({ header }) => sameBytes(header.author, identity.subject))
    .sort((a, b) => (a.header.seq < b.header.seq ? -1 : 1));
  const name = (body: Bytes): string => hex(nameOf(kDomain.changeSet, body));
  const done = new Set(
    brought.filter(({ row }) => row.reason === kWrittenAgain).map(({ body }) => name(body)),
  );
  const aside = [...(await asideIn(tx))];
  for (const { row, body, header } of brought) {
    const held = (await tx.find('sets', 'place', placeOf(feedOf(header), header.seq), 1))[0];
    const goesOnWithOne = header.prev !== null && done.has(hex(header.prev));
    if (!held?.confirmed && !goesOnWithOne) continue;
    if (!done.has(name(body))) aside.push(row.bytes);
    done.add(name(body));
    if (row.reason === 'fork') await tx.put('evidence', { ...row, reason: kWrittenAgain });
  }
  await keepAside(tx, aside);
}
/**
 * Forgets what came back; what stood behind it goes in as it is: so others know it. Answers with how
 * many those are.
 */
async function takeBack(tx: Tx, base: Base): Promise<number> {
  const intake = intakeOf(tx, base, await selfIn(tx, base.known));
  const left: Bytes[] = [];
  let taken = 0;
  for (const bytes of await asideIn(tx)) {
    const { body } = readParcel(bytes);
    if (await tx.get('sets', hex(nameOf(kDomain.changeSet, body)))) continue;
    const isTaken =
      (await goesOn(tx, readHeader(body))) &&
      (await intake.take([{ kind: kObject.parcel, bytes }], null)).verdicts.length === 0;
    if (isTaken) taken += 1;
    else left.push(bytes);
  }
  await keepAside(tx, left);
  return taken;
}
async function goesOn(tx: Tx, header: Header): Promise<boolean> {
  const end = await tx.get('feeds', hex(feedOf(header)));
  const isNext = end !== undefined && header.seq === end.seq + 1n;
  return isNext && header.prev !== null && sameBytes(header.prev, end.hash);
}

interface Aside {
  readonly parcel: Bytes;
  readonly set: ChangeSet;
  readonly openings: readonly Opening[];
  /** Under which it is written again. */
  readonly certificate: Bytes;
}
interface Desk {
  readonly self: Self;
  readonly clock: HybridClock;
  /** Microseconds since 1970 UTC. */
  readonly now: number;
  readonly incarnations: Incarnations;
  readonly incarnation: Incarnation;
  /** Where each feed ends; those that are written here go on. */
  readonly ends: Map<string, FeedTip>;
  readonly aside: readonly Aside[];
  /** Parcels that can't be signed, or are refused. */
  readonly left: readonly Bytes[];
}
async function deskIn(tx: Tx, base: Base, refused: ReadonlyMap<string, Refused>): Promise<Desk> {
  const self = await selfIn(tx, base.known);
  const [aside, left]: [Aside[], Bytes[]] = [[], []];
  for (const bytes of await asideIn(tx)) {
    const { body, openings } = readParcel(bytes);
    const set = readChangeSet(body);
    const certificate = certificateFor(self, set);
    if (certificate && !refused.has(hex(bytes)))
      aside.push({ parcel: bytes, set, openings, certificate });
    else left.push(bytes);
  }
  const [now, clock] = [base.wall(), await clockIn(tx, base.wall)];
  const ends = new Map((await tx.all('feeds')).map((row) => [row.feed, row as FeedTip]));
  const common = { self, clock, now, ends, aside, left };
  const before = await incarnationsIn(tx);
  const fits = (incarnation: Incarnation): boolean =>
    aside.every(({ set }) => {
      const end = ends.get(hex(feedId({ ...set, incarnation })));
      return !end || !keepsStamps(set, now) || firstStamp(set) > end.stamp;
    });
  const current = before.all[before.all.length - 1];
  if (current && fits(current)) return { ...common, incarnations: before, incarnation: current };
  // Written in this one meanwhile. Stamps only ascend within a feed, and with later ones what is written
  // again would win over what was written after it.
  const incarnation = await nextIncarnation(tx, self.identity.subject);
  const all = [...before.all, incarnation];
  const began = Math.max(now, clock.newest);
  return { ...common, incarnations: { ...before, all, reason: 'restored', began }, incarnation };
}
/**
 * That of now; in a scope that was lost meanwhile the one it was written under: so it waits at the hub
 * for approval, as what was still unsent does. Null: the key of that one is gone.
 */
function certificateFor({ book, certificate: now, identity }: Self, set: Header): Bytes | null {
  if (reaches(now, set.scope) && ((now.audiences >>> set.audience) & 1) === 1) return now.hash;
  const then = book.find(set.certificate);
  const isOurs = then && sameBytes(then.signingKey, identity.keys.signing.publicKey);
  return isOurs ? then.hash : null;
}
const firstStamp = ({ changes }: ChangeSet): number => changes[0]?.stamp ?? 0;
/** What a clock stamped ahead gets new ones: its stamps say nothing, and what follows had to come after them. */
const keepsStamps = ({ changes }: ChangeSet, now: number): boolean =>
  isFollowed(changes[changes.length - 1]?.stamp ?? 0, now);

/** Signs the same changes under new names, each base that named one of them renamed as well. */
class Rewriter {
  private readonly renamed: Array<{ from: VersionId; to: VersionId }> = [];

  constructor(private readonly desk: Desk) {}

  async again({ set: before, openings, certificate }: Aside): Promise<LogObject> {
    const { incarnation, incarnations, self } = this.desk;
    const feed = feedId({ ...before, incarnation });
    const end = this.desk.ends.get(hex(feed)) ?? kEmptyTip;
    const stamps = this.stampsAfter(end, before);
    const seq = end.seq + 1n;
    const changes = before.changes.map((change, index): Change => {
      const base = this.rename(change.base);
      this.renamed.push({
        from: { feed: feedOf(before), seq: before.seq, index },
        to: { feed, seq, index },
      });
      return { ...change, stamp: stamps[index] ?? change.stamp, base };
    });
    const endOf = (one: Bytes): Promise<FeedTip | undefined> =>
      Promise.resolve(this.desk.ends.get(hex(one)));
    const set: ChangeSet = {
      ...before,
      certificate,
      incarnation,
      seq,
      prev: seq > 1n ? end.hash : null,
      timeBase: stamps[0] ?? before.timeBase,
      succession: seq === 1n ? await successionOf(incarnations, before, endOf) : null,
      changes,
    };
    const written = writeChangeSet(set);
    const stamp = stamps[stamps.length - 1] ?? end.stamp;
    this.desk.ends.set(hex(feed), { seq, hash: nameOf(kDomain.changeSet, written), stamp });
    const key = new SigningKey(self.identity.keys.signing);
    const signed = await key.signBody(kDomain.changeSet, written);
    return { kind: kObject.parcel, bytes: writeParcel({ ...signed, openings }) };
  }
  /** As they were, as far as its feed goes along. */
  private stampsAfter(end: FeedTip, set: ChangeSet): number[] {
    return firstStamp(set) > end.stamp && keepsStamps(set, this.desk.now)
      ? set.changes.map(({ stamp }) => stamp)
      : set.changes.map(() => this.desk.clock.next());
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
}
