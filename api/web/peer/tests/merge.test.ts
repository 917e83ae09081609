// The rules of sync/MERGE.md.
import { describe, expect, it } from 'vitest';
import { Commitment, decodeValue, encodeValue, type CborValue } from '../cbor_value.ts';
import { kKind, kNoBase, type Base, type VersionId } from '../change_set.ts';
import { RecordState, type Merged, type MergeRules, type Version } from '../merge.ts';

const rules: MergeRules = {
  cellOf: (field) => (field === 2 || field === 3 ? 60001 : field),
  stateField: 2,
  rule: {
    type: 72,
    writers: 0,
    removers: 0,
    fields: new Map(),
    stateField: 2,
    moves: [
      { from: 1n, to: 2n, roles: 0, rank: 0 },
      { from: 1n, to: 3n, roles: 0, rank: 5 },
    ],
  },
};
const feed = (letter: string): Uint8Array => new Uint8Array(32).fill(letter.charCodeAt(0));
/** `a1`: number 1 of feed a. */
const named = (name: string): VersionId => ({
  feed: feed(name[0] ?? 'a'),
  seq: BigInt(name.slice(1)),
  index: 0,
});
const on = (...names: readonly string[]): Base => ({ all: names.map(named), cells: new Map() });
interface Given {
  readonly base?: Base;
  readonly kind?: number;
  readonly life?: number;
  readonly at?: number;
  readonly trusted?: boolean;
}
function version(
  name: string,
  fields: Record<number, CborValue>,
  { base = kNoBase, kind = kKind.put, life = 0, at = 0, trusted = true }: Given = {},
): Version {
  const id = named(name);
  const change = {
    type: 72,
    id: new Uint8Array(16),
    kind,
    stamp: at,
    base,
    life,
    fields: Object.entries(fields).map(([number, value]) => ({
      number: Number(number),
      value: encodeValue(value),
    })),
  };
  return { change, key: { trusted, time: at || Number(id.seq), version: id } };
}
const merged = (...versions: readonly Version[]): Merged =>
  new RecordState(versions, rules).merged();
const values = ({ fields }: Merged): Record<number, CborValue> =>
  Object.fromEntries(fields.map(({ number, value }) => [number, decodeValue(value)]));
const losers = ({ conflicts }: Merged): Array<[number, number, boolean]> =>
  conflicts.map((conflict) => [conflict.cell, conflict.losers.length, conflict.isVoid]);

describe('an ordinary cell', () => {
  const a1 = version('a1', { 1: '1' });
  it('a descendant beats its ancestors whatever the stamps', () => {
    expect(
      values(
        merged(
          version('a1', { 1: '1' }, { at: 99 }),
          version('b1', { 1: '2' }, { base: on('a1'), at: 1 }),
        ),
      ),
    ).toEqual({ 1: '2' });
  });
  it('of two apart the later wins, and the other is listed; who names both settles it', () => {
    const [b1, c1] = [
      version('b1', { 1: '2' }, { base: on('a1'), at: 9 }),
      version('c1', { 1: '3' }, { base: on('a1'), at: 8 }),
    ];
    expect([values(merged(a1, b1, c1)), losers(merged(a1, b1, c1))]).toEqual([
      { 1: '2' },
      [[1, 1, false]],
    ]);
    const a2 = version('a2', { 1: '3' }, { base: on('b1', 'c1') });
    expect([values(merged(a1, b1, c1, a2)), losers(merged(a1, b1, c1, a2))]).toEqual([
      { 1: '3' },
      [],
    ]);
    const b2 = version('b2', { 1: '4' }, { base: on('b1'), at: 1 });
    expect(losers(merged(a1, b1, c1, a2, b2))).toEqual([[1, 1, false]]);
  });
  it('leaves that say the same are no conflict, and all of them are named by the next', () => {
    const [b1, c1] = [
      version('b1', { 1: '333' }, { base: on('a1'), at: 9 }),
      version('c1', { 1: '333' }, { base: on('a1'), at: 8 }),
    ];
    const state = new RecordState([a1, c1, b1], rules);
    expect([values(state.merged()), losers(state.merged())]).toEqual([{ 1: '333' }, []]);
    expect(state.baseFor([1]).all).toEqual([named('b1'), named('c1')]);
    const d1 = version('d1', { 1: '334' }, { base: on('a1'), at: 7 });
    expect(losers(merged(a1, b1, c1, d1))).toEqual([[1, 2, false]]);
    const [none, cleared] = [
      version('b1', { 1: null, 5: 'x' }, { base: on('a1') }),
      version('c1', { 1: null }, { base: on('a1'), kind: kKind.clear }),
    ];
    expect(losers(merged(a1, none, cleared))).toEqual([]);
  });
  it('three that say the same are none either; of several losers the greatest key comes first', () => {
    const same = ['b1', 'c1', 'd1'].map((name, i) =>
      version(name, { 1: '333' }, { base: on('a1'), at: 7 + i }),
    );
    const other = version('e1', { 1: '334' }, { base: on('a1'), at: 8 });
    for (const given of [same, [...same].reverse()]) {
      expect(losers(merged(a1, ...given))).toEqual([]);
      const [conflict] = merged(other, a1, ...given).conflicts;
      expect(conflict?.losers.map(({ key }) => [key.version, key.time])).toEqual([
        [named('e1'), 8],
        [named('c1'), 8],
        [named('b1'), 7],
      ]);
    }
  });
  it('a commitment says what its bytes say', () => {
    const by = (name: string, salt: number): Version =>
      version(name, { 1: new Commitment(new Uint8Array(32).fill(salt)) }, { base: on('a1') });
    expect(losers(merged(a1, by('b1', 1), by('c1', 1)))).toEqual([]);
    expect(losers(merged(a1, by('b1', 1), by('c1', 2)))).toEqual([[1, 1, false]]);
  });
  it('a flagged clock ranks below every other', () => {
    expect(
      values(
        merged(
          version('a1', { 1: 'now' }, { at: 1 }),
          version('b1', { 1: 'from the future' }, { at: 999, trusted: false }),
        ),
      ),
    ).toEqual({ 1: 'now' });
  });
  it('one that is named before it comes is superseded when it comes', () => {
    expect(losers(merged(version('b1', { 1: '2' }, { base: on('a1') }), a1))).toEqual([]);
  });
  it("other fields aren't touched, a null empties", () => {
    const all = merged(
      version('a1', { 1: '1', 5: 'x' }),
      version('b1', { 1: null }, { kind: kKind.clear, base: on('a1') }),
    );
    expect(values(all)).toEqual({ 5: 'x' });
  });
});

describe('the state', () => {
  const a1 = version('a1', { 2: [null, 1], 3: 'begun' });
  it('the same move made twice is no conflict; one with another reason is', () => {
    const open = (name: string, reason?: string): Version =>
      version(name, { 2: [1, 2], ...(reason ? { 3: reason } : {}) }, { base: on('a1') });
    expect(losers(merged(a1, open('b1'), open('c1')))).toEqual([]);
    expect(losers(merged(a1, open('b1'), open('c1', 'why')))).toEqual([[60001, 1, false]]);
  });
  it('a void one is listed whatever it says', () => {
    const open = (name: string, ...base: readonly string[]): Version =>
      version(name, { 2: [1, 2] }, { base: on(...base) });
    const all = merged(a1, version('z1', { 5: 'x' }), open('b1', 'a1'), open('d1', 'z1'));
    expect(losers(all)).toEqual([[60001, 1, true]]);
  });
  it('an emptied field of the group and one that is not given say the same', () => {
    const open = (name: string, more: Record<number, CborValue>): Version =>
      version(name, { 2: [1, 2], ...more }, { base: on('a1') });
    expect(losers(merged(a1, open('b1', { 3: null }), open('c1', {})))).toEqual([]);
    expect(losers(merged(a1, open('b1', { 3: null }), open('c1', { 3: 'x' })))).toEqual([
      [60001, 1, false],
    ]);
  });
  it('a move on what it names is valid; the group is replaced whole', () => {
    expect(values(merged(a1, version('b1', { 2: [1, 2] }, { base: on('a1') })))).toEqual({
      2: [1, 2],
    });
  });
  it('a move from another state is void, however late', () => {
    const all = merged(a1, version('b1', { 2: [2, 3] }, { base: on('a1'), at: 99 }));
    expect([values(all)[2], losers(all)]).toEqual([[null, 1], [[60001, 1, true]]]);
  });
  it('the group without a move is void', () => {
    const all = merged(a1, version('b1', { 3: 'reset' }, { base: on('a1'), at: 99 }));
    expect([values(all)[3], losers(all)]).toEqual(['begun', [[60001, 1, true]]]);
  });
  it('between valid moves the rank decides, then the order key', () => {
    const [b1, c1] = [
      version('b1', { 2: [1, 2] }, { base: on('a1'), at: 99 }),
      version('c1', { 2: [1, 3] }, { base: on('a1'), at: 2 }),
    ];
    expect(values(merged(a1, b1, c1))[2]).toEqual([1, 3]);
  });
  it("a move on what hasn't come yet is taken as valid", () => {
    expect(values(merged(a1, version('c1', { 2: [2, 3] }, { base: on('b1'), at: 99 })))[2]).toEqual(
      [2, 3],
    );
  });
  it('a beginning on a valid one is void', () => {
    expect(losers(merged(a1, version('b1', { 2: [null, 1] }, { base: on('a1') })))).toEqual([
      [60001, 1, true],
    ]);
  });
});

describe('lives', () => {
  const a1 = version('a1', { 1: '1' });
  const gone = version('a2', {}, { kind: kKind.remove, base: on('a1') });
  it('removed, and edits that met it are listed', () => {
    const all = merged(a1, gone, version('b1', { 1: '2' }, { base: on('a1') }));
    expect([all.removed, losers(all)]).toEqual([true, [[0, 1, false]]]);
    expect(losers(merged(a1, gone))).toEqual([]);
  });
  it('an edit that met it is listed though another says the same, the later one first', () => {
    const edits = ['b1', 'c1'].map((name, i) =>
      version(name, { 1: '2' }, { base: on('a1'), at: 5 + i }),
    );
    const listed = merged(a1, ...edits, gone).conflicts[0]?.losers;
    expect(listed?.map(({ key }) => key.version)).toEqual([named('c1'), named('b1')]);
    const apart = [
      version('b1', { 5: 'x' }, { base: on('a1'), at: 9 }),
      version('c1', { 1: '2' }, { base: on('a1'), at: 5 }),
    ];
    const [met] = merged(a1, ...apart, gone).conflicts;
    expect(met?.losers.map(({ key }) => key.version)).toEqual([named('b1'), named('c1')]);
    // One that the removal names is settled by it.
    const knowing = version('a2', {}, { kind: kKind.remove, base: on('a1', 'c1') });
    expect(losers(merged(a1, ...edits, knowing))).toEqual([[0, 1, false]]);
  });
  it('a put that names the removal begins the next, without the fields of before', () => {
    const all = merged(
      version('a1', { 1: '1', 5: 'x' }),
      gone,
      version('b1', { 1: 'anew' }, { base: on('a2'), life: 1 }),
    );
    expect([all.removed, all.life, values(all)]).toEqual([false, 1, { 1: 'anew' }]);
  });
  it("of a life that hasn't begun nothing shows", () => {
    expect(values(merged(a1, version('b1', { 1: 'x' }, { life: 1 })))).toEqual({ 1: '1' });
  });
  it("an author names all leaves: of an edit its cells', of a removal everything", () => {
    const state = new RecordState(
      [version('a1', { 1: '1' }), version('b1', { 1: '2' }), version('c1', { 5: 'x' })],
      rules,
    );
    expect(state.baseFor([1]).all).toEqual([named('a1'), named('b1')]);
    expect(state.baseForAll().all).toEqual([named('a1'), named('b1'), named('c1')]);
    expect(new RecordState([a1, gone], rules).baseForAll().all).toEqual([named('a1'), named('a2')]);
  });
});
