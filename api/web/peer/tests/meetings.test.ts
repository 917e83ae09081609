// When a set of our own that came from elsewhere shows another phone with our key, and when it may be
// what this store lost (sync/EXCHANGE.md, "Two machines with one key").
import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, it } from 'vitest';
import { intakeOf, type Base, type Self } from '../base.ts';
import { randomBytes } from '../bytes.ts';
import { clonedSince, goOnAlone, meetOwn, stopUnlessAlone } from '../cloned.ts';
import type { Checkpoint } from '../change_set.ts';
import { kFirstIncarnation, type Incarnation } from '../names.ts';
import { incarnationsIn, type Incarnations } from '../own.ts';
import { kValue } from '../values.ts';
import { City, kBegin, noteOf, recordId, type WrittenSet } from './support/city.ts';
import { baseOf, selfOf } from './support/phone_base.ts';

const kMinute = 60_000_000;
let city: City;
let base: Base;
let self: Self;
let clock: { now: number };
let count = 0;
/** The incarnation of now. */
const ours: Incarnation = { number: 1n, nonce: new Uint8Array(16).fill(1) };

beforeEach(async () => {
  city = new City();
  clock = { now: kBegin };
  base = await baseOf(`meetings ${++count}`, clock);
  self = await selfOf(city, city.hub, city.office, city.phone);
  base.known.book = self.book;
  const value: Incarnations = { all: [kFirstIncarnation, ours], reason: 'restored', began: kBegin };
  await base.store.change(async (tx) => {
    await tx.put('values', { name: kValue.incarnations, value });
    await tx.put('values', { name: kValue.identity, value: self.identity });
    await intakeOf(tx, base, self).take([city.policySet], city.office.id);
  });
});

/** Written here, in the incarnation of now. */
async function write(given?: Incarnation): Promise<WrittenSet> {
  const { all } = await base.store.read(incarnationsIn);
  const incarnation = given ?? all[all.length - 1] ?? ours;
  const written = city.phone.write([noteOf(recordId('a'), { 1: '一' })], { incarnation });
  const { verdicts } = await base.store.change((tx) =>
    intakeOf(tx, base, self).take([written.object], null),
  );
  expect(verdicts).toEqual([]);
  return written;
}
/** Its receipt, by a head of this size. */
const confirm = (set: WrittenSet, size: bigint): Promise<unknown> =>
  base.store.change((tx) =>
    intakeOf(tx, base, self).take([city.hub.receipt(set, size)], city.office.id),
  );
async function writeConfirmed(size: bigint): Promise<void> {
  await confirm(await write(), size);
}
const head = (size: bigint, epoch = 1n): Checkpoint => ({
  epoch,
  size,
  root: new Uint8Array(32),
  time: kBegin,
});
/** A set of our own comes from elsewhere, of an incarnation that was never begun here unless it is given. */
const meet = (
  seen: Checkpoint | null,
  incarnation: Incarnation = { number: 0n, nonce: randomBytes(16) },
): Promise<void> =>
  base.store.change((tx) => meetOwn(tx, base, self, [{ incarnation, stamp: kBegin, seen }], false));
async function isStopped(): Promise<boolean> {
  await stopUnlessAlone(base);
  return (await base.store.read(clonedSince)) !== null;
}
const catchUp = (value: boolean): Promise<void> =>
  base.store.change((tx) => tx.put('values', { name: kValue.catchingUp, value }));

describe('meeting our own', () => {
  it('three that have heard of what was written here since are another phone', async () => {
    await meet(null);
    for (const size of [1n, 2n]) {
      await writeConfirmed(size);
      await meet(head(size));
      expect(await isStopped()).toBe(false);
    }
    await writeConfirmed(3n);
    await meet(head(7n));
    expect(await isStopped()).toBe(true);
  });
  it('many that know nothing of it are what was lost', async () => {
    for (const seen of [head(4n), head(99n, 2n), null]) {
      await meet(seen);
      for (const size of [5n, 6n, 7n, 8n]) {
        await writeConfirmed(size);
        await meet(seen);
      }
      expect(await isStopped()).toBe(false);
    }
  });
  it('several in a row count once: nothing was written here between', async () => {
    await meet(null);
    await writeConfirmed(1n);
    for (let i = 0; i < 10; ++i) await meet(head(9n));
    expect(await isStopped()).toBe(false);
  });
  it('so do several of one page', async () => {
    await meet(null);
    await writeConfirmed(1n);
    const page = Array.from({ length: 10 }, () => ({
      incarnation: { number: 0n, nonce: randomBytes(16) },
      stamp: kBegin,
      seen: head(9n),
    }));
    await base.store.change((tx) => meetOwn(tx, base, self, page, false));
    expect(await isStopped()).toBe(false);
  });
  it('what was written here and is not confirmed, or is of an earlier incarnation, shows nothing', async () => {
    await meet(null);
    for (let i = 0; i < 4; ++i) {
      await write();
      await confirm(await write(kFirstIncarnation), 1n);
      await meet(head(9n));
    }
    expect(await isStopped()).toBe(false);
  });
  it('an incarnation that this store began is no other phone', async () => {
    await meet(null, kFirstIncarnation);
    for (const size of [1n, 2n, 3n, 4n]) {
      await writeConfirmed(size);
      await meet(head(9n), kFirstIncarnation);
    }
    expect(await isStopped()).toBe(false);
  });
  it('three within an hour, by our clock', async () => {
    await meet(null);
    for (const size of [1n, 2n, 3n, 4n]) {
      await writeConfirmed(size);
      await meet(head(9n));
      clock.now += 40 * kMinute;
      expect(await isStopped()).toBe(false);
    }
    for (const size of [5n, 6n, 7n]) {
      await writeConfirmed(size);
      await meet(head(9n));
      clock.now += 5 * kMinute;
    }
    expect(await isStopped()).toBe(true);
  });
  it('a clock that was set back begins the hour anew', async () => {
    await meet(null);
    for (const size of [1n, 2n]) {
      await writeConfirmed(size);
      await meet(head(9n));
    }
    clock.now -= 24 * 60 * kMinute;
    await writeConfirmed(3n);
    await meet(head(9n));
    expect(await isStopped()).toBe(false);
  });
  it('while it catches up it goes on until the sixth, and then stops at once', async () => {
    await catchUp(true);
    await meet(null);
    for (const size of [1n, 2n, 3n, 4n, 5n]) {
      await writeConfirmed(size);
      await meet(head(9n));
      expect(await isStopped()).toBe(false);
    }
    await writeConfirmed(6n);
    await meet(head(9n));
    expect(await base.store.read(clonedSince)).not.toBeNull();
  });
  it('it stops at the third once it has caught up', async () => {
    await catchUp(true);
    await meet(null);
    for (const size of [1n, 2n, 3n]) {
      await writeConfirmed(size);
      await meet(head(9n));
    }
    expect(await isStopped()).toBe(false);
    await catchUp(false);
    expect(await isStopped()).toBe(true);
  });
  it('a person says that it is the only one: it is counted from the beginning', async () => {
    await meet(null);
    for (const size of [1n, 2n, 3n]) {
      await writeConfirmed(size);
      await meet(head(9n));
    }
    expect(await isStopped()).toBe(true);
    // Meanwhile a bundle brings one more.
    await writeConfirmed(4n);
    await meet(head(9n));
    await goOnAlone(base);
    await catchUp(false);
    for (const size of [5n, 6n]) {
      await writeConfirmed(size);
      await meet(head(9n));
      expect(await isStopped()).toBe(false);
    }
  });
  it('one stamped after our incarnation began stops it, but for ten minutes and a clock that was set right', async () => {
    const at = (stamp: number): Promise<void> =>
      base.store.change((tx) =>
        meetOwn(tx, base, self, [{ incarnation: kFirstIncarnation, stamp, seen: null }], false),
      );
    await at(kBegin + 10 * kMinute);
    expect(await isStopped()).toBe(false);
    const setRight = { from: 1n, left: kBegin + 60 * kMinute };
    await base.store.change((tx) =>
      tx.put('values', {
        name: kValue.incarnations,
        value: { all: [kFirstIncarnation, ours], reason: 'clock', began: kBegin, setRight },
      }),
    );
    await at(kBegin + 60 * kMinute);
    expect(await isStopped()).toBe(false);
    await at(kBegin + 71 * kMinute);
    expect(await isStopped()).toBe(true);
  });
});
