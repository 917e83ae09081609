// The day's list as places to go to: what is due first in front, or the nearest.
import { describe, expect, it } from 'vitest';
import { unhex } from '../../peer/bytes.ts';
import type { Seen } from '../../peer/seen.ts';
import { Catalog } from '../phone/model/catalog.ts';
import { Entry } from '../phone/model/entry.ts';
import { stopsOf, type Held } from '../phone/model/stops.ts';

const label = { zh: '', en: '' };
const field = (number: number, name: string, type: string, codes: string[] = []) => ({
  number,
  name,
  type,
  label,
  values: codes.map((code, i) => ({ number: i + 1, code, label })),
});
const type = (number: number, name: string, state: string[], more: ReturnType<typeof field>[]) => ({
  number,
  name,
  label,
  title: 'name',
  state: 'status',
  fields: [
    field(1, 'name', 'text'),
    field(2, 'compound', 'ref'),
    field(3, 'location', 'geo'),
    field(4, 'due_on', 'date'),
    field(5, 'started_at', 'time'),
    field(6, 'status', 'state', state),
    ...more,
  ],
});
const catalog = Catalog.of({
  types: [
    type(11, 'compound', ['in_service'], []),
    type(20, 'inspection', ['planned', 'reviewed'], []),
    type(21, 'finding', ['open', 'closed'], []),
    type(22, 'notice', ['sent', 'closed'], []),
  ],
});
const kToday = 20_000;
const id = (n: number) => unhex(n.toString(16).padStart(32, '0'));
function entry(name: string, n: number, values: Record<string, unknown>): Entry {
  const info = catalog.type(name);
  const fields = new Map(Object.entries(values).map(([key, value]) => [info.numberOf(key), value]));
  const seen = { name: { type: info.number, scope: 's', id: id(n) }, fields, confirmed: true };
  return new Entry(info, seen as unknown as Seen);
}
const compound = (n: number, location?: [number, number]) =>
  entry('compound', n, { name: `样例家园${n}`, ...(location ? { location } : {}) });
const of = (n: number) => ({ compound: [11, id(n)] });
const planned = { status: [0, 1] };
const held = (more: Partial<Held>): Held => ({
  compounds: [
    compound(1, [353000000, 1139000000]),
    compound(2, [353100000, 1139000000]),
    compound(3),
  ],
  inspections: [],
  findings: [],
  notices: [],
  ...more,
});
const told = (stops: ReturnType<typeof stopsOf>) =>
  stops.map(({ number, compound, waits }) => `${number} ${compound.title()} ${waits}`);

describe('the stops of a day', () => {
  it('put what is late first, then what is due, planned, open, and the rest', () => {
    const compounds = [1, 2, 3, 4, 5, 6].map((n) => compound(n));
    const stops = stopsOf(
      held({
        compounds,
        inspections: [entry('inspection', 30, { ...of(4), ...planned })],
        findings: [
          entry('finding', 40, { ...of(2), due_on: kToday, status: [0, 1] }),
          entry('finding', 41, { ...of(6), due_on: kToday - 1, status: [0, 1] }),
          entry('finding', 42, { ...of(5), due_on: kToday - 3, status: [0, 1] }),
          entry('finding', 43, { ...of(1), due_on: kToday - 9, status: [0, 2] }),
        ],
        notices: [entry('notice', 50, { ...of(3), due_on: kToday + 4, status: [0, 1] })],
      }),
      kToday,
      null,
      'zh',
    );
    expect(told(stops)).toEqual([
      '1 样例家园5 late',
      '2 样例家园6 late',
      '3 样例家园2 due',
      '4 样例家园4 planned',
      '5 样例家园3 open',
      '6 样例家园1 none',
    ]);
    expect(stops[3]?.plan?.key).toContain(`/s/`);
    expect(stops.map(({ open }) => open)).toEqual([1, 1, 1, 0, 1, 0]);
  });
  it('go from the nearest on, those without a position last', () => {
    const near = { latitude: 35.311, longitude: 113.9 };
    const names = stopsOf(held({}), kToday, near, 'zh').map(({ compound }) => compound.title());
    expect(names).toEqual(['样例家园2', '样例家园1', '样例家园3']);
  });
  it('take the place of the last inspection where the compound has none', () => {
    const begun = (n: number, at: number, location: [number, number]) =>
      entry('inspection', n, { ...of(3), started_at: at, location, status: [0, 2] });
    const stops = stopsOf(
      held({
        inspections: [
          begun(31, 5, [353200000, 1139200000]),
          begun(32, 9, [353300000, 1139300000]),
          begun(33, 7, [353400000, 1139400000]),
        ],
      }),
      kToday,
      null,
      'zh',
    );
    const third = stops.find(({ compound }) => compound.title() === '样例家园3');
    expect(third?.place).toEqual({ latitude: 35.33, longitude: 113.93 });
    expect(third?.isGuess).toBe(true);
    expect(stops.filter(({ isGuess }) => isGuess)).toHaveLength(1);
  });
});
