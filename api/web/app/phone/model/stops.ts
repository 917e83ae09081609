// stops.ts: the day's list as places to go to: each compound once, with what waits there, what is due first in front.
import type { Text } from '../../shared/language.ts';
import type { Entry, Place } from './entry.ts';
import { metresBetween } from './rules.ts';
import { openFindings, openNotices, toInspect } from './today.ts';

/** What waits at a compound: the most pressing of it. In this order they are gone to. */
export const kWaits = ['late', 'due', 'planned', 'open', 'none'] as const;
export type Waits = (typeof kWaits)[number];
export const kWaitTexts: Readonly<Record<Waits, Text>> = {
  late: ['已逾期', 'Overdue'],
  due: ['今天到期', 'Due today'],
  planned: ['待检查', 'To inspect'],
  open: ['有待办', 'Something open'],
  none: ['无待办', 'Nothing open'],
};
export interface Stop {
  readonly compound: Entry;
  /** From 1 on, as the list goes. */
  readonly number: number;
  readonly waits: Waits;
  /** The inspection that is planned there, if one is. */
  readonly plan: Entry | null;
  /** Findings and notices that stand. */
  readonly open: number;
  readonly place: Place | null;
  /** The compound's record has no position: it is that of the last inspection there. */
  readonly isGuess: boolean;
}
export interface Held {
  readonly compounds: readonly Entry[];
  readonly inspections: readonly Entry[];
  readonly findings: readonly Entry[];
  readonly notices: readonly Entry[];
}

/** `near`: the nearest to it first, in place of what is due first; those without a position come last then. */
export function stopsOf(held: Held, today: number, near: Place | null, language: string): Stop[] {
  const plans = firstOfEach(toInspect(held.inspections));
  const due = byCompound([...openFindings(held.findings), ...openNotices(held.notices)]);
  const begun = firstOfEach(lastBegun(held.inspections));
  const stops = held.compounds.map((compound) => {
    const days = (due.get(compound.key) ?? []).map((entry) => entry.integer('due_on') ?? Infinity);
    const plan = plans.get(compound.key) ?? null;
    const own = compound.place('location');
    const first = days.reduce((a, b) => Math.min(a, b), Infinity);
    return {
      compound,
      waits: waitsOf(first, days.length, plan, today),
      plan,
      open: days.length,
      place: own ?? begun.get(compound.key)?.place('location') ?? null,
      isGuess: own === null,
      first,
    };
  });
  const far = ({ place }: { place: Place | null }): number =>
    near && place ? metresBetween(near, place) : Infinity;
  const pressing = (a: (typeof stops)[number], b: (typeof stops)[number]): number =>
    kWaits.indexOf(a.waits) - kWaits.indexOf(b.waits) ||
    difference(a.first, b.first) ||
    difference(startOf(a.plan), startOf(b.plan)) ||
    a.compound.title().localeCompare(b.compound.title(), language);
  return stops
    .map((stop) => ({ stop, far: far(stop) }))
    .sort((a, b) => difference(a.far, b.far) || pressing(a.stop, b.stop))
    .map(({ stop: { first: _, ...stop } }, i) => ({ ...stop, number: i + 1 }));
}
function waitsOf(first: number, count: number, plan: Entry | null, today: number): Waits {
  if (first < today) return 'late';
  if (first === today) return 'due';
  if (plan) return 'planned';
  return count > 0 ? 'open' : 'none';
}
/** Also of what is infinite on both sides. */
const difference = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);
const startOf = (entry: Entry | null): number => entry?.integer('started_at') ?? Infinity;
const lastBegun = (inspections: readonly Entry[]): Entry[] =>
  inspections
    .filter((entry) => entry.place('location') !== null)
    .sort((a, b) => (b.integer('started_at') ?? 0) - (a.integer('started_at') ?? 0));

function byCompound(entries: readonly Entry[]): Map<string, Entry[]> {
  const found = new Map<string, Entry[]>();
  for (const entry of entries) {
    const key = entry.ref('compound');
    const there = found.get(key);
    if (there) there.push(entry);
    else found.set(key, [entry]);
  }
  return found;
}
function firstOfEach(entries: readonly Entry[]): Map<string, Entry> {
  const found = new Map<string, Entry>();
  for (const entry of entries) {
    const key = entry.ref('compound');
    if (!found.has(key)) found.set(key, entry);
  }
  return found;
}
