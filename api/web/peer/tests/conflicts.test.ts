// Conflicts as people read them: who wrote what, when, on both sides, and none once somebody has settled it (I4).
import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Base } from '../base.ts';
import type { Bytes } from '../bytes.ts';
import { kKind } from '../change_set.ts';
import { conflictsOf, type ShownConflict } from '../conflicts.ts';
import { newsSince } from '../folds.ts';
import { Hidden, type Seen } from '../seen.ts';
import {
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

const kRecord = recordId('a');
let city: City;
let base: Base;
let phone: JoinedPhone;
let count = 0;
beforeEach(async () => {
  phone = await joinedPhone(`conflicts ${++count}`, { now: kBegin });
  ({ city, base } = phone);
});
async function take(...sets: readonly WrittenSet[]): Promise<void> {
  const objects = sets.map(({ object }) => object);
  expect(await phone.take(objects, city.office.id)).toEqual([]);
}
async function conflicts(): Promise<ShownConflict[]> {
  const { records } = await newsSince(base, null);
  return conflictsOf(
    base,
    [...records.values()].filter((seen): seen is Seen => seen !== null),
  );
}
const note = (
  author: City['phone'],
  fields: Parameters<typeof noteOf>[1],
  more: {
    readonly after?: WrittenSet;
    readonly later?: number;
  } = {},
): WrittenSet =>
  author.write([noteOf(kRecord, fields, more.after && on(more.after))], {
    stamp: kBegin + (more.later ?? 0) * 1e6,
  });
const opened = (id: Bytes, text: string) => city.phone.personal(id, 4, text);

describe('conflicts', () => {
  it('show both values, who wrote them, and when', async () => {
    const first = note(city.office, { 1: '原来' });
    const ours = note(city.phone, { 1: '手机写的' }, { after: first, later: 10 });
    const theirs = note(city.office, { 1: '社区写的' }, { after: first, later: 20 });
    await take(first, ours, theirs);
    const [found, ...more] = await conflicts();
    expect(more).toEqual([]);
    expect(found).toMatchObject({
      record: { name: { type: kNote, scope: kCompound, id: kRecord } },
      cell: 1,
      isVoid: false,
    });
    expect(found?.winner).toEqual({
      author: city.office.certificate.name,
      own: false,
      at: kBegin + 20e6,
      trusted: true,
      removes: false,
      fields: new Map([[1, '社区写的']]),
    });
    expect(found?.losers).toEqual([
      {
        author: city.phone.certificate.name,
        own: true,
        at: kBegin + 10e6,
        trusted: true,
        removes: false,
        fields: new Map([[1, '手机写的']]),
      },
    ]);
  });

  it('end when somebody who saw both has written', async () => {
    const first = note(city.office, { 1: '原来' });
    const ours = note(city.phone, { 1: '甲' }, { after: first });
    const theirs = note(city.office, { 1: '乙' }, { after: first });
    await take(first, ours, theirs);
    expect(await conflicts()).toHaveLength(1);
    await take(city.office.write([noteOf(kRecord, { 1: '甲' }, on(ours, theirs))]));
    expect(await conflicts()).toEqual([]);
  });

  it('open what was committed to, and say what can’t be', async () => {
    const first = note(city.office, { 1: '原来' });
    const ours = note(city.phone, { 4: opened(kRecord, '张三') }, { after: first, later: 1 });
    // Committed to by the office, and its value isn't given.
    const value = city.phone.personal(kRecord, 4, '不给');
    const theirs = note(city.office, { 4: value }, { after: first, later: 2 });
    await take(first, ours, theirs);
    const [found] = await conflicts();
    expect(found?.losers[0]?.fields).toEqual(new Map([[4, '张三']]));
    expect(found?.winner.fields.get(4)).toBeInstanceOf(Hidden);
  });

  it('tell of an edit that met a removal', async () => {
    const first = note(city.office, { 1: '原来', 2: [null, 1] });
    const removal = { type: kNote, id: kRecord, kind: kKind.remove, fields: [], base: on(first) };
    const ours = note(city.phone, { 1: '还在改' }, { after: first });
    const gone = city.office.write([removal]);
    await take(first, ours, gone);
    const [met] = await conflicts();
    expect(met).toMatchObject({ cell: 0, winner: { removes: true, own: false } });
    expect(met?.losers).toMatchObject([{ own: true, removes: false }]);
    expect(met?.losers[0]?.fields.get(1)).toBe('还在改');
  });

  it('tell of a move from a state that wasn’t current', async () => {
    const first = note(city.office, { 2: [null, 1] });
    const wrong = note(city.phone, { 2: [2, 1] }, { after: first });
    await take(first, wrong);
    const [found] = await conflicts();
    expect(found).toMatchObject({ cell: 2, isVoid: true, winner: { own: false } });
    expect(found?.winner.fields.get(2)).toEqual([null, 1]);
    expect(found?.losers).toMatchObject([{ own: true }]);
    expect(found?.losers[0]?.fields.get(2)).toEqual([2, 1]);
  });
});
