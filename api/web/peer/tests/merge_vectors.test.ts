// What changes of one record add up to, as every other node has it: tests/vectors/merge.json.
import { expect, it } from 'vitest';
import { hex } from '../bytes.ts';
import { feedOf, type VersionId } from '../change_set.ts';
import { readChangeSet } from '../change_set_reader.ts';
import { RecordState, type MergeRules, type Version } from '../merge.ts';
import { versionsIn } from '../records.ts';
import type { SetRow } from '../store.ts';
import { Vector } from './support/vectors.ts';

const vector = Vector.of('merge');
const record = { type: vector.number('type'), id: vector.bytes('id') };

function rulesOf(rules: Vector): MergeRules {
  const groups = rules.in('groups').raw() as Record<string, number>;
  const moves = rules.in('moves').raw() as Array<[number | null, number, number]>;
  const stateField = rules.number('state_field');
  return {
    cellOf: (field) => groups[field] ?? field,
    stateField,
    rule: {
      type: record.type,
      writers: 0,
      removers: 0,
      fields: new Map(),
      stateField,
      moves: moves.map(([from, to, rank]) => ({
        from: from === null ? null : BigInt(from),
        to: BigInt(to),
        roles: 0,
        rank,
      })),
    },
  };
}
const rules = rulesOf(vector.in('rules'));

/** By the way on which all change sets of the store are read. */
function versionOf(set: Vector): Version {
  const body = set.bytes('body');
  const checkpoint = { epoch: 1n, size: 1n, root: new Uint8Array(32), time: 0 };
  const flagged = set.text('flagged') === 'true';
  const row = { body, confirmed: { checkpoint, flagged } } as SetRow;
  const [version, ...more] = versionsIn(row, record);
  if (!version || more.length > 0) throw new Error('one change in each');
  expect(hex(version.key.version.feed)).toBe(hex(feedOf(readChangeSet(body))));
  return version;
}
interface Named {
  readonly name: string;
  readonly version: Version;
}
const isAt = (a: VersionId, b: VersionId): boolean =>
  hex(a.feed) === hex(b.feed) && a.seq === b.seq && a.index === b.index;

function mergedAs(state: RecordState, sets: readonly Named[]): unknown {
  const name = (at: VersionId): string | undefined =>
    sets.find(({ version }) => isAt(version.key.version, at))?.name;
  const { life, removed, fields, conflicts } = state.merged();
  return {
    life,
    removed,
    fields: fields.map(({ number, value }) => [number, hex(value)]),
    conflicts: conflicts.map(({ cell, winner, losers, isVoid }) => ({
      cell,
      winner: name(winner.version),
      losers: losers.map(({ key }) => name(key.version)),
      void: isVoid,
    })),
  };
}
/** Every order in which each feed's come in theirs. */
function* ordersOf(left: readonly Named[], order: readonly Named[] = []): Generator<Named[]> {
  if (left.length === 0) yield [...order];
  for (const one of left) {
    const { feed, seq } = one.version.key.version;
    const isNext = left.every(({ version: { key } }) => {
      const other = key.version;
      return hex(other.feed) !== hex(feed) || other.seq >= seq;
    });
    if (isNext)
      yield* ordersOf(
        left.filter((other) => other !== one),
        [...order, one],
      );
  }
}

it.each(
  vector
    .in('cases')
    .list()
    .map((each) => [each.text('name'), each] as const),
)('%s', (_, each) => {
  const sets = each
    .in('sets')
    .list()
    .map((set) => ({ name: set.text('name'), version: versionOf(set) }));
  for (const order of ordersOf(sets)) {
    const state = new RecordState(
      order.map(({ version }) => version),
      rules,
    );
    expect(mergedAs(state, sets)).toEqual(each.in('merged').raw());
    if (!each.has('names')) continue;
    const named = sets.filter(({ name }) => (each.in('names').raw() as string[]).includes(name));
    const base = state.baseFor([1]).all.map(({ feed, seq }) => `${hex(feed)}/${seq}`);
    const wanted = named.map(
      ({ version: { key } }) => `${hex(key.version.feed)}/${key.version.seq}`,
    );
    expect(base).toEqual(wanted.sort());
  }
});
