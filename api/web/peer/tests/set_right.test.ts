// A clock that stood ahead and was set right: which of this phone's feeds say that it was the wrong one
// (sync/EXCHANGE.md, "Clocks").
import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, it } from 'vitest';
import { intakeOf, type Base, type Self } from '../base.ts';
import { kFirstIncarnation, type Incarnation } from '../names.ts';
import type { Incarnations } from '../own.ts';
import { footingIn, keepFooting, type Footing } from '../set_right.ts';
import { kValue } from '../values.ts';
import { City, kBegin, noteOf, recordId, type WriteAt, type WrittenSet } from './support/city.ts';
import { baseOf, selfOf } from './support/phone_base.ts';

const kMinute = 60_000_000;
const kDay = 24 * 60 * kMinute;
const second: Incarnation = { number: 1n, nonce: new Uint8Array(16).fill(1) };
let city: City;
let base: Base;
let self: Self;
let clock: { now: number };
let count = 0;
let size = 0n;

beforeEach(async () => {
  city = new City();
  clock = { now: kBegin };
  size = 0n;
  base = await baseOf(`set right ${++count}`, clock);
  self = await selfOf(city, city.hub, city.office, city.phone);
  base.known.book = self.book;
  await base.store.change(async (tx) => {
    await tx.put('values', { name: kValue.identity, value: self.identity });
    await intakeOf(tx, base, self).take([city.policySet], city.office.id);
  });
});

/** Written here with the clock ahead by that much; the clock is right again. */
async function writeAhead(by: number, at: WriteAt = {}): Promise<WrittenSet> {
  const stamp = kBegin + by;
  const written = city.phone.write([noteOf(recordId('a'), { 1: `${by}` })], { stamp, ...at });
  await base.store.change(async (tx) => {
    const { verdicts } = await intakeOf(tx, base, self).take([written.object], null);
    expect(verdicts).toEqual([]);
    await tx.put('values', { name: kValue.clock, value: stamp });
  });
  return written;
}
/** The hub says of it that it is from the future. */
const flag = (set: WrittenSet): Promise<unknown> =>
  base.store.change((tx) =>
    intakeOf(tx, base, self).take(
      [city.hub.receipt(set, ++size, { clockFlagged: [set.set.seq] })],
      city.office.id,
    ),
  );
/** It began anew already, because of a clock that was set right. */
const beganAnew = (left: number): Promise<void> =>
  base.store.change((tx) => {
    const value: Incarnations = {
      all: [kFirstIncarnation, second],
      reason: 'clock',
      began: kBegin,
      setRight: { from: second.number, left: kBegin + left },
    };
    return tx.put('values', { name: kValue.incarnations, value });
  });
const footing = (): Promise<Footing> =>
  base.store.read((tx) => footingIn(tx, base.wall, self.identity.subject));
/** Incarnations, and whether what is written now is stamped by the clock. */
async function writesNow(): Promise<[number, boolean]> {
  const { clock: hybrid, incarnations } = await footing();
  return [incarnations.all.length, hybrid.next() < clock.now + 11 * kMinute];
}

describe('a clock that was set right', () => {
  it('what the hub has flagged begins anew, and says from which incarnation on and what was left', async () => {
    await flag(await writeAhead(40 * kDay));
    const { incarnations } = await footing();
    expect(incarnations).toMatchObject({
      reason: 'clock',
      began: kBegin,
      setRight: { from: 1n, left: kBegin + 40 * kDay },
    });
    expect(await writesNow()).toEqual([2, true]);
  });
  it('ten minutes are no wrong clock', async () => {
    await flag(await writeAhead(10 * kMinute));
    expect(await writesNow()).toEqual([1, true]);
  });
  it('without a word of the hub the feed goes on', async () => {
    await writeAhead(40 * kDay);
    expect(await writesNow()).toEqual([1, false]);
  });
  it('it is the last set of a feed that counts', async () => {
    await flag(await writeAhead(40 * kDay));
    await writeAhead(41 * kDay);
    expect(await writesNow()).toEqual([1, false]);
  });
  it('any feed of ours will do, of another audience', async () => {
    await flag(await writeAhead(40 * kDay, { audience: 1 }));
    await writeAhead(41 * kDay);
    expect(await writesNow()).toEqual([2, true]);
  });
  it('one of an earlier incarnation will do: nothing is waited for as long as that day is still to come', async () => {
    await flag(await writeAhead(40 * kDay));
    await beganAnew(40 * kDay);
    await writeAhead(20 * kDay, { incarnation: second });
    expect(await writesNow()).toEqual([3, true]);
    clock.now = kBegin + 5 * kDay;
    expect(await writesNow()).toEqual([3, true]);
  });
  it('and not once that day has come', async () => {
    await flag(await writeAhead(4 * kDay));
    await beganAnew(4 * kDay);
    await writeAhead(20 * kDay, { incarnation: second });
    clock.now = kBegin + 5 * kDay;
    expect(await writesNow()).toEqual([2, false]);
  });
  it('what was left behind alone begins nothing', async () => {
    await flag(await writeAhead(40 * kDay));
    await beganAnew(40 * kDay);
    await base.store.change((tx) => tx.put('values', { name: kValue.clock, value: kBegin }));
    expect(await writesNow()).toEqual([2, true]);
  });
  it('what was only heard of, by a clock that stood ahead as well, is let go of', async () => {
    await writeAhead(5 * kMinute);
    await base.store.change((tx) =>
      tx.put('values', { name: kValue.clock, value: kBegin + 40 * kDay }),
    );
    const now = await footing();
    expect([now.incarnations.all.length, now.clock.next()]).toEqual([1, kBegin + 5 * kMinute + 1]);
    await base.store.change((tx) => keepFooting(tx, base.wall, now));
    expect(await writesNow()).toEqual([1, true]);
  });
});
