// What this phone wrote and somebody settled otherwise stays to be seen (I4): by whom, when, what counts now.
import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Base } from '../base.ts';
import { kKind } from '../change_set.ts';
import { conflictsOf, replacedIn, sawReplaced, type ShownReplaced } from '../conflicts.ts';
import { newsSince } from '../folds.ts';
import type { Seen } from '../seen.ts';
import { kBegin, kNote, noteOf, on, recordId, type City, type WrittenSet } from './support/city.ts';
import { joinedPhone, type JoinedPhone } from './support/phone_base.ts';

const kRecord = recordId('a');
type Fields = Parameters<typeof noteOf>[1];
let city: City;
let base: Base;
let phone: JoinedPhone;
let first: WrittenSet;
let count = 0;
beforeEach(async () => {
  phone = await joinedPhone(`replaced ${++count}`, { now: kBegin });
  ({ city, base } = phone);
  first = city.office.write([noteOf(kRecord, { 1: '原来', 2: [null, 1], 3: 1 })]);
  await take(first);
});
async function take(...sets: readonly WrittenSet[]): Promise<void> {
  const objects = sets.map(({ object }) => object);
  expect(await phone.take(objects, city.office.id)).toEqual([]);
}
async function all(): Promise<Seen[]> {
  const { records } = await newsSince(base, null);
  return [...records.values()].filter((seen): seen is Seen => seen !== null);
}
const replaced = async (): Promise<ShownReplaced[]> => replacedIn(base, await all());
const write = (
  author: City['phone'],
  fields: Fields,
  after: readonly WrittenSet[],
  more: { readonly later?: number; readonly life?: number } = {},
): WrittenSet =>
  author.write([{ ...noteOf(kRecord, fields, on(...after)), life: more.life ?? 0 }], {
    stamp: kBegin + (more.later ?? 0) * 1e6,
  });
const remove = (author: City['phone'], ...after: readonly WrittenSet[]): WrittenSet =>
  author.write([{ type: kNote, id: kRecord, kind: kKind.remove, fields: [], base: on(...after) }]);

describe('what was replaced', () => {
  it('says who settled it and when, what counts now, and what this phone wrote', async () => {
    const ours = write(city.phone, { 1: '手机写的' }, [first], { later: 10 });
    const theirs = write(city.office, { 1: '社区写的' }, [first], { later: 5 });
    await take(ours, theirs);
    expect(await replaced()).toEqual([]);
    await take(write(city.hub, { 1: '社区写的' }, [ours, theirs], { later: 60 }));
    expect(await conflictsOf(base, await all())).toEqual([]);
    expect(await replaced()).toMatchObject([
      {
        record: { name: { id: kRecord } },
        cell: 1,
        by: { author: city.hub.certificate.name, own: false, at: kBegin + 60e6, trusted: true },
        own: { own: true, at: kBegin + 10e6, fields: new Map([[1, '手机写的']]) },
        now: { removed: false, fields: new Map([[1, '社区写的']]) },
        isSeen: false,
      },
    ]);
  });
  it('is told also if the phone hears of the conflict and of its end at once', async () => {
    const ours = write(city.phone, { 1: '手机写的' }, [first]);
    const theirs = write(city.office, { 1: '社区写的' }, [first]);
    await take(ours, theirs, write(city.office, { 1: '第三种' }, [ours, theirs]));
    expect(await replaced()).toMatchObject([{ now: { fields: new Map([[1, '第三种']]) } }]);
  });
  it('is nothing where this phone’s version was chosen, or the same was said', async () => {
    const ours = write(city.phone, { 1: '手机写的', 2: [1, 2] }, [first]);
    const theirs = write(city.office, { 1: '社区写的' }, [first]);
    await take(ours, theirs, write(city.office, { 1: '手机写的' }, [ours, theirs]));
    expect(await replaced()).toEqual([]);
  });
  it('is nothing where somebody went on from what this phone wrote', async () => {
    const ours = write(city.phone, { 1: '手机写的' }, [first]);
    const next = write(city.office, { 1: '接着写的' }, [ours]);
    // Names two, of which one came before the other.
    await take(ours, next, write(city.hub, { 1: '再接着', 5: '甲' }, [ours, next]));
    expect(await replaced()).toEqual([]);
  });
  it('is nothing any more once it was set back, or this phone has written on', async () => {
    const ours = write(city.phone, { 1: '手机写的' }, [first]);
    const theirs = write(city.office, { 1: '社区写的' }, [first]);
    const settled = write(city.office, { 1: '社区写的' }, [ours, theirs]);
    await take(ours, theirs, settled);
    expect(await replaced()).toHaveLength(1);
    const back = write(city.office, { 1: '手机写的' }, [settled]);
    await take(back);
    expect(await replaced()).toEqual([]);
    const once = write(city.office, { 1: '又改' }, [back]);
    await take(once);
    expect(await replaced()).toHaveLength(1);
    await take(write(city.phone, { 1: '看过再写' }, [once]));
    expect(await replaced()).toEqual([]);
  });
  it('is what a move says that was void, once the state was moved on', async () => {
    const wrong = write(city.phone, { 2: [2, 1] }, [first], { later: 1 });
    await take(wrong);
    expect(await conflictsOf(base, await all())).toHaveLength(1);
    await take(write(city.office, { 2: [1, 2] }, [first, wrong], { later: 2 }));
    expect(await replaced()).toMatchObject([
      { cell: 2, own: { fields: new Map([[2, [2, 1]]]) }, now: { fields: new Map([[2, [1, 2]]]) } },
    ]);
  });
  it('is an edit that met a removal which was kept', async () => {
    const ours = write(city.phone, { 1: '还在改' }, [first]);
    const gone = remove(city.office, first);
    await take(ours, gone);
    expect(await replaced()).toEqual([]);
    await take(remove(city.office, ours, gone));
    expect(await replaced()).toMatchObject([
      { cell: 0, own: { fields: new Map([[1, '还在改']]) }, now: { removed: true } },
    ]);
  });
  it('and of one that began anew what was left out', async () => {
    const ours = write(city.phone, { 1: '还在改' }, [first]);
    const gone = remove(city.office, first);
    const anew: Fields = { 2: [null, 1], 3: 1 };
    const revived = write(city.office, { 1: '还在改', ...anew }, [ours, gone], { life: 1 });
    await take(ours, gone, revived);
    expect(await replaced()).toEqual([]);
    await take(write(city.office, { 1: '另写的' }, [revived], { life: 1 }));
    expect(await replaced()).toMatchObject([
      { cell: 0, now: { removed: false, fields: new Map([[1, '另写的']]) } },
    ]);
  });
  it('opens what was committed to, and compares that', async () => {
    const [one, same, other] = [
      city.phone.personal(kRecord, 4, '张三'),
      city.office.personal(kRecord, 4, '张三'),
      city.office.personal(kRecord, 4, '李四'),
    ];
    const ours = write(city.phone, { 4: one }, [first]);
    const theirs = write(city.office, { 4: other }, [first]);
    await take(ours, theirs);
    const chosen = write(city.office, { 4: same }, [ours, theirs]);
    await take(chosen);
    expect(await replaced()).toEqual([]);
    await take(write(city.office, { 4: other }, [chosen]));
    expect(await replaced()).toMatchObject([
      { own: { fields: new Map([[4, '张三']]) }, now: { fields: new Map([[4, '李四']]) } },
    ]);
  });
  it('is kept as seen once a person has seen it', async () => {
    const ours = write(city.phone, { 1: '甲', 5: '乙' }, [first]);
    const theirs = write(city.office, { 1: '丙', 5: '丁' }, [first]);
    await take(ours, theirs, write(city.office, { 1: '丙', 5: '丁' }, [ours, theirs]));
    const [one, two, ...more] = await replaced();
    expect([one?.isSeen, two?.isSeen, more]).toEqual([false, false, []]);
    await sawReplaced(base, [one?.key ?? '']);
    await sawReplaced(base, [one?.key ?? '']);
    expect((await replaced()).map(({ key, isSeen }) => [key, isSeen])).toEqual([
      [one?.key, true],
      [two?.key, false],
    ]);
  });
});
