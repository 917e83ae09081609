// What was set aside is written again under new names, as old as it was (sync/EXCHANGE.md, "What is
// written again").
import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Base, Self } from '../base.ts';
import { CertificateBook } from '../book.ts';
import { hex, type Bytes } from '../bytes.ts';
import { kRole } from '../certificate.ts';
import type { ChangeSet } from '../change_set.ts';
import { readChangeSet } from '../change_set_reader.ts';
import type { MergeRules } from '../merge.ts';
import { kFirstIncarnation, type Incarnation } from '../names.ts';
import { incarnationsIn, type Incarnations } from '../own.ts';
import { asideIn } from '../putback.ts';
import { seenRecord } from '../records.ts';
import { decodeValue } from '../cbor_value.ts';
import { kValue } from '../values.ts';
import { writeAgain } from '../writing_again.ts';
import {
  certify,
  type City,
  kBegin,
  kCompound,
  kNote,
  noteOf,
  on,
  recordId,
  type WrittenSet,
} from './support/city.ts';
import { joinedPhone, type JoinedPhone } from './support/phone_base.ts';

const kMinute = 60_000_000;
const kDay = 24 * 60 * kMinute;
const at = (minutes: number): number => kBegin + minutes * kMinute;
const rules: MergeRules = { cellOf: (field) => field, stateField: null, rule: null };
const id = recordId('a');
/** The incarnation of now: the store was put back. */
const ours: Incarnation = { number: 1n, nonce: new Uint8Array(16).fill(1) };
let city: City;
let base: Base;
let self: Self;
let phone: JoinedPhone;
let clock: { now: number };
let count = 0;

beforeEach(async () => {
  clock = { now: at(60) };
  phone = await joinedPhone(`written again ${++count}`, clock);
  ({ city, base, self } = phone);
  const value: Incarnations = { all: [kFirstIncarnation, ours], reason: 'restored', began: at(50) };
  await base.store.change((tx) => tx.put('values', { name: kValue.incarnations, value }));
});

const take = (object: WrittenSet['object'], from: Bytes | null): Promise<unknown[]> =>
  phone.take([object], from);
/** An edit of the note, made on these. */
const edit = (text: string, ...sets: readonly WrittenSet[]) => noteOf(id, { 1: text }, on(...sets));
async function officeWrites(text: string, minutes: number, ...sets: WrittenSet[]) {
  const written = city.office.write([edit(text, ...sets)], { stamp: at(minutes) });
  expect(await take(written.object, city.office.id)).toEqual([]);
  return written;
}
/** This phone wrote it before it found out; it is out of the log. */
async function setAside(...sets: readonly WrittenSet[]): Promise<void> {
  await base.store.change(async (tx) => {
    const value = [...(await asideIn(tx)), ...sets.map(({ object }) => object.bytes)];
    await tx.put('values', { name: kValue.aside, value });
  });
}
const lost = (text: string, minutes: number, ...sets: readonly WrittenSet[]): WrittenSet =>
  city.phone.write([edit(text, ...sets)], { stamp: at(minutes) });
/** The note, and what it won over. */
async function shown(): Promise<[unknown, unknown[]]> {
  const name = { type: kNote, scope: kCompound, id };
  const seen = await base.store.read((tx) => seenRecord(tx, name, rules));
  const losers = seen?.conflicts.flatMap((one) => one.losers) ?? [];
  const texts = losers.flatMap(({ fields }) => fields.map(({ value }) => decodeValue(value)));
  return [seen?.fields.get(1), texts];
}
/** Sets of this phone in the log, in their order. */
async function written(): Promise<ChangeSet[]> {
  const rows = await base.store.read((tx) => tx.all('sets'));
  const own = rows.filter((row) => row.own === 1).sort((a, b) => a.arrival - b.arrival);
  return own.map(({ body }) => readChangeSet(body));
}
const stamps = async (): Promise<number[]> =>
  (await written()).flatMap(({ changes }) =>
    changes.map(({ stamp }) => (stamp - kBegin) / kMinute),
  );
const incarnations = async (): Promise<[number, string]> => {
  const { all, reason } = await base.store.read(incarnationsIn);
  return [all.length, reason];
};
const aside = async (): Promise<number> => (await base.store.read(asideIn)).length;

describe('what is written again', () => {
  it("doesn't win over an edit made after it, and is listed beside it", async () => {
    const made = await officeWrites('起初', 1);
    await setAside(lost('先改', 10, made));
    await officeWrites('后改', 20, made);
    expect(await writeAgain(base)).toBe(1);
    expect(await shown()).toEqual(['后改', ['先改']]);
    expect([await stamps(), await aside(), await writeAgain(base)]).toEqual([[10], 0, 0]);
  });
  it('nor over one that was made on it, and names it by its old name', async () => {
    const made = await officeWrites('起初', 1);
    const first = lost('先改', 10, made);
    await setAside(first);
    await officeWrites('看过才改', 20, first);
    expect(await writeAgain(base)).toBe(1);
    expect(await shown()).toEqual(['看过才改', ['先改']]);
  });
  it('wins over one made before it', async () => {
    const made = await officeWrites('起初', 1);
    await officeWrites('先改', 10, made);
    await setAside(lost('后改', 20, made));
    expect(await writeAgain(base)).toBe(1);
    expect(await shown()).toEqual(['后改', ['先改']]);
  });
  it('nor over one that this phone itself wrote meanwhile: one more incarnation begins', async () => {
    const made = await officeWrites('起初', 1);
    await setAside(lost('先改', 10, made));
    const later = city.phone.write([edit('后来自己改', made)], {
      stamp: at(55),
      incarnation: ours,
    });
    expect(await take(later.object, null)).toEqual([]);
    expect(await writeAgain(base)).toBe(1);
    expect(await shown()).toEqual(['后来自己改', ['先改']]);
    expect([await stamps(), await incarnations()]).toEqual([
      [55, 10],
      [3, 'restored'],
    ]);
    const [, again] = await written();
    // It goes on from the feed that was the newest.
    expect(again?.succession).toMatchObject({ reason: 'restored', feed: later.feed, seq: 1n });
  });
  it('each names the others by their new names, and is signed in the incarnation of now', async () => {
    const first = lost('一', 10);
    await setAside(first, lost('二', 11, first));
    expect(await writeAgain(base)).toBe(2);
    expect(await shown()).toEqual(['二', []]);
    const sets = await written();
    expect(sets.map(({ incarnation, seq }) => [incarnation.number, seq])).toEqual([
      [1n, 1n],
      [1n, 2n],
    ]);
    expect([await stamps(), await incarnations()]).toEqual([
      [10, 11],
      [2, 'restored'],
    ]);
  });
  it('what a clock stamped ahead is stamped by the clock of now', async () => {
    await setAside(city.phone.write([edit('来自未来')], { stamp: kBegin + 400 * kDay }));
    expect(await writeAgain(base)).toBe(1);
    expect([await shown(), await stamps()]).toEqual([['来自未来', []], [60]]);
  });
  it('what stood behind a set that came back stays what it was; that one is forgotten', async () => {
    const [first, next] = [lost('一', 10), lost('二', 11)];
    await setAside(first, next);
    expect(await take(first.object, city.office.id)).toEqual([]);
    expect(await writeAgain(base)).toBe(1);
    const rows = await base.store.read((tx) => tx.all('sets'));
    expect(rows.filter(({ own }) => own === 1).map(({ name }) => name)).toEqual(
      [first, next].map(({ name }) => hex(name)),
    );
    expect(await aside()).toBe(0);
  });
  it('nothing while something is still to come back', async () => {
    await setAside(lost('一', 10));
    await base.store.change((tx) => tx.put('values', { name: kValue.catchingUp, value: true }));
    expect([await writeAgain(base), await aside()]).toEqual([0, 1]);
  });
  it('what this phone itself would refuse stays aside and says so, and the rest is written', async () => {
    const first = lost('一', 8);
    const forbidden = city.phone.write([noteOf(id, { 9: '只有社区可写' })], { stamp: at(9) });
    await setAside(first, forbidden, lost('二', 10));
    for (let i = 0; i < 2; ++i) {
      await expect(writeAgain(base)).rejects.toMatchObject({ reason: 'forbidden' });
      expect([await aside(), await stamps()]).toEqual([1, [8, 10]]);
    }
    expect(await incarnations()).toEqual([2, 'restored']);
  });
});

describe('what is written again of a scope that was lost', () => {
  const elsewhere = (): Bytes =>
    certify(
      city.book.city,
      { key: city.office.key, hash: city.office.certificate.hash },
      city.phone.key,
      {
        role: kRole.device,
        paths: ['410700/410702/jiedu/b'],
        serial: 2,
        before: city.phone.certificate.hash,
      },
    );
  it('goes over under the certificate of then', async () => {
    await setAside(lost('一', 10));
    self.book.add(elsewhere());
    expect(await writeAgain(base)).toBe(1);
    expect((await written()).map(({ certificate }) => hex(certificate))).toEqual([
      hex(city.phone.certificate.hash),
    ]);
    expect(await aside()).toBe(0);
  });
  it('stays aside if that one is gone, beside what can be written', async () => {
    const place = { scope: '410700/410702/jiedu/b', stamp: at(11) };
    const here = new Uint8Array(16).fill(7);
    const signed = elsewhere();
    // A store that knows of itself the certificate of now alone.
    const book = CertificateBook.of(city.root);
    for (const one of [city.hub.signed, city.office.signed, signed]) book.add(one);
    base.known.book = book;
    await base.store.change((tx) => tx.remove('certificates', hex(city.phone.certificate.hash)));
    await setAside(lost('一', 10), city.phone.write([noteOf(here, { 1: '二' })], place));
    expect([await writeAgain(base), await aside()]).toEqual([1, 1]);
    expect((await written()).map(({ scope }) => scope)).toEqual([place.scope]);
    expect([await writeAgain(base), await aside(), await incarnations()]).toEqual([
      0,
      1,
      [2, 'restored'],
    ]);
  });
});

describe('a branch of ours that gave way', () => {
  it('is written again once, and what goes on with it', async () => {
    const made = city.phone.write([noteOf(recordId('c'), { 1: '共同的' })], { stamp: at(5) });
    expect(await take(made.object, null)).toEqual([]);
    const [known, brought] = city.phone.branches(
      (phone) => phone.write([edit('留下的')], { stamp: at(10) }),
      (phone) => phone.write([noteOf(recordId('b'), { 1: '带来的' })], { stamp: at(11) }),
    );
    const next = city.phone.write([noteOf(recordId('b'), { 1: '接着写' }, on(brought))], {
      stamp: at(12),
    });
    expect(await take(known.object, null)).toEqual([]);
    for (const { object } of [brought, next])
      expect(await take(object, city.office.id)).toEqual(['fork']);
    // Nobody knows yet which of the two counts.
    expect(await writeAgain(base)).toBe(0);
    expect(await take(city.hub.receipt(known, 1n), city.office.id)).toEqual([]);
    expect([await writeAgain(base), await writeAgain(base)]).toEqual([2, 0]);
    expect(await take(brought.object, city.office.id)).toEqual(['fork']);
    expect(await writeAgain(base)).toBe(0);
    const name = { type: kNote, scope: kCompound, id: recordId('b') };
    const seen = await base.store.read((tx) => seenRecord(tx, name, rules));
    expect([seen?.fields.get(1), seen?.conflicts]).toEqual(['接着写', []]);
    expect((await shown())[0]).toBe('留下的');
  });
});
