// today.ts: what is to be done today, from the records on the phone.
import type { Entry } from './entry.ts';
import { isOpen } from './finding.ts';
import { metresBetween } from './rules.ts';

const kToCarryOut = ['planned', 'started', 'returned'];
/** Inspections that wait for somebody to carry them out, the earliest first. */
export const toInspect = (inspections: readonly Entry[]): Entry[] =>
  inspections
    .filter((entry) => kToCarryOut.includes(entry.code('status')))
    .sort((a, b) => (a.integer('started_at') ?? 0) - (b.integer('started_at') ?? 0));
/** Findings that stand, those that are due first in front. */
export const openFindings = (findings: readonly Entry[]): Entry[] =>
  findings.filter(isOpen).sort((a, b) => (a.integer('due_on') ?? 0) - (b.integer('due_on') ?? 0));
/** Notices that wait for an answer or for being closed, those that are due first in front. */
export const openNotices = (notices: readonly Entry[]): Entry[] =>
  notices
    .filter((entry) => entry.code('status') !== 'closed')
    .sort((a, b) => (a.integer('due_on') ?? 0) - (b.integer('due_on') ?? 0));
export const isOverdue = (finding: Entry, today: number): boolean =>
  isOpen(finding) && (finding.integer('due_on') ?? today) < today;

/** Those of `entries` whose last day is this one. */
export const dueOn = (day: number, entries: readonly Entry[]): Entry[] =>
  entries.filter((entry) => entry.integer('due_on') === day);

/** By distance from here, those without a place behind; or by name. */
export function inOrder(
  compounds: readonly Entry[],
  here: { latitude: number; longitude: number } | null,
  language: string,
): Entry[] {
  const byName = (a: Entry, b: Entry): number => a.title().localeCompare(b.title(), language);
  if (!here) return [...compounds].sort(byName);
  const far = new Map(
    compounds.map((entry) => {
      const place = entry.place('location');
      return [entry, place ? metresBetween(place, here) : Infinity];
    }),
  );
  const metres = (entry: Entry): number => far.get(entry) ?? Infinity;
  return [...compounds].sort((a, b) =>
    metres(a) === metres(b) ? byName(a, b) : metres(a) - metres(b),
  );
}
export function metresTo(
  compound: Entry,
  here: { latitude: number; longitude: number } | null,
): number | null {
  const place = compound.place('location');
  return place && here ? metresBetween(place, here) : null;
}
