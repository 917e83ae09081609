// What was changed in two places at once, in words: both versions of the same fields, and what happened to this phone's.
import { describe, expect, it } from 'vitest';
import type { ShownConflict, ShownReplaced, Side } from '../../peer/conflicts.ts';
import type { Seen, Shown } from '../../peer/seen.ts';
import { Catalog } from '../phone/model/catalog.ts';
import {
  isOwn,
  nowAndThen,
  readAlike,
  versionsOf,
  whatHappened,
} from '../phone/model/conflicts.ts';

const label = (text: string) => ({ zh: text, en: text });
const values = [
  { number: 1, code: 'open', label: label('待整改') },
  { number: 2, code: 'closed', label: label('已销号') },
];
const type = Catalog.of({
  types: [
    {
      number: 73,
      name: 'finding',
      label: label('问题'),
      state: 'status',
      fields: [
        { number: 1, name: 'place', type: 'text', label: label('具体位置') },
        { number: 2, name: 'status', type: 'state', label: label('状态'), values },
        { number: 3, name: 'photos', type: 'blobs', label: label('照片') },
      ],
    },
  ],
}).type('finding');
const side = (own: boolean, fields: Array<[number, Shown]>, more: Partial<Side> = {}): Side => ({
  author: own ? '手机' : '社区',
  own,
  at: 0,
  trusted: true,
  removes: false,
  fields: new Map(fields),
  ...more,
});
const record: Seen = {
  name: { type: 73, scope: '410700', id: new Uint8Array(16) },
  removed: false,
  fields: new Map(),
  conflicts: [],
  replaced: [],
  confirmed: true,
};
const conflict = (
  winner: Side,
  losers: Side[],
  more: Partial<ShownConflict> = {},
): ShownConflict => ({
  record,
  cell: 1,
  isVoid: false,
  winner,
  losers,
  ...more,
});
const linesOf = (of: ShownConflict) =>
  versionsOf(of, type, () => '').map(({ lines }) =>
    lines.map((line) => `${line.label}=${line.text}`),
  );

describe('versions', () => {
  it('say the same fields of each, also what one of them emptied', () => {
    const of = conflict(side(false, []), [side(true, [[1, '3号楼']])]);
    expect(linesOf(of)).toEqual([['具体位置=（空）'], ['具体位置=3号楼']]);
    const emptied = conflict(side(false, [[1, '3号楼']]), [side(true, [[1, null]])]);
    expect(linesOf(emptied)).toEqual([['具体位置=3号楼'], ['具体位置=（空）']]);
  });
  it('say a state by its name, and photos by their number', () => {
    const state = conflict(side(false, [[2, [1, 2]]]), [side(true, [[2, [1, 1]]])]);
    expect(linesOf(state)).toEqual([['状态=已销号'], ['状态=待整改']]);
    const [one, two] = [new Uint8Array([1]), new Uint8Array([2])];
    const photos = conflict(side(false, [[3, [one]]]), [side(true, [[3, [two]]])]);
    expect(linesOf(photos)).toEqual([['照片=1 张照片'], ['照片=1 张照片']]);
    expect(readAlike(versionsOf(photos, type, () => ''))).toBe(true);
    expect(readAlike(versionsOf(state, type, () => ''))).toBe(false);
  });
  it('of a removal say nothing but that', () => {
    const gone = side(false, [], { removes: true });
    const of = conflict(gone, [side(true, [[1, '3号楼']])], { cell: 0 });
    expect(linesOf(of)).toEqual([[], ['具体位置=3号楼']]);
    expect(versionsOf(of, type, () => '').map(({ stands }) => stands)).toEqual([true, false]);
  });
});
describe('what happened', () => {
  const [ours, theirs] = [side(true, [[1, '甲']]), side(false, [[1, '乙']])];
  it.each([
    [conflict(theirs, [ours]), '本机的另存着', true],
    [conflict(ours, [theirs]), '目前本机的生效', true],
    [conflict(theirs, [theirs]), '两处同时改了', false],
    [conflict(theirs, [ours], { cell: 0 }), '已在别处被删除', true],
    [conflict(theirs, [ours], { isVoid: true }), '本机的这次变更没有生效', true],
    [conflict(theirs, [theirs], { isVoid: true }), '状态已不是原来的', false],
  ])('is told as this phone’s holder sees it (%#)', (of, words, own) => {
    expect(whatHappened(of)[0]).toContain(words);
    expect(isOwn(of)).toBe(own);
  });
});
describe('what was settled otherwise', () => {
  const replaced = (fields: Array<[number, Shown]>, removed = false): ShownReplaced => ({
    record,
    key: 'one',
    cell: 1,
    own: side(true, [[1, '3号楼']]),
    by: side(false, []),
    now: { removed, fields: new Map(fields) },
    isSeen: false,
  });
  const spelled = (of: ShownReplaced) => {
    const { now, then } = nowAndThen(of, type, () => '');
    return [now, then].map((lines) => lines.map((line) => `${line.label}=${line.text}`));
  };
  it('says what counts now and what was written here, field by field', () => {
    expect(spelled(replaced([[1, '4号楼']]))).toEqual([['具体位置=4号楼'], ['具体位置=3号楼']]);
    expect(spelled(replaced([]))).toEqual([['具体位置=（空）'], ['具体位置=3号楼']]);
  });
  it('of a record that was removed only the latter', () => {
    expect(spelled(replaced([], true))).toEqual([[], ['具体位置=3号楼']]);
  });
});
