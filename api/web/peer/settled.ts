// settled.ts: which of this phone's versions stood in a conflict that somebody else has settled since. Told by
// the signed changes alone: what whoever settled it knew is merged once more, as it was then.
import { hex } from './bytes.ts';
import { compareVersions, kKind, type Field, type VersionId } from './change_set.ts';
import {
  compareKeys,
  RecordState,
  type Conflict,
  type MergeRules,
  type OrderKey,
  type Seed,
  type Version,
} from './merge.ts';

/** One version of this phone that met others at once, and the change that settled it. */
export interface Settlement {
  /** 0: the version met a removal. */
  readonly cell: number;
  readonly own: OrderKey;
  /** What that version said of the cell. */
  readonly fields: readonly Field[];
  readonly by: OrderKey;
}
export interface History {
  /** As RecordState takes them. */
  readonly versions: readonly Version[];
  readonly seeds: readonly Seed[];
  /** Feeds that this phone wrote, in hexadecimal. */
  readonly ownFeeds: ReadonlySet<string>;
}

/**
 * One for each version of this phone and cell, whichever way it was settled; none where this phone has
 * written on since. Where two settled the same apart, the one with the greater key is named.
 */
export function settlementsOf(history: History, rules: MergeRules): Settlement[] {
  const { versions, ownFeeds } = history;
  const isOwn = ({ version }: OrderKey): boolean => ownFeeds.has(hex(version.feed));
  const own = versions.filter(({ key }) => isOwn(key));
  if (own.length === 0) return [];
  const found = new Map<string, Settlement>();
  for (const by of versions) {
    const names = namesOf(by);
    // A conflict has two sides at least, and whoever settles it names both.
    if (isOwn(by.key) || names.length < 2) continue;
    const met = own.filter(({ key }) => names.some((name) => isSame(name, key.version)));
    if (met.length === 0) continue;
    const { conflicts } = new RecordState(knownTo(by, versions), rules, history.seeds).merged();
    for (const version of met) {
      for (const conflict of conflicts) {
        if (!settles(by, version, conflict, rules)) continue;
        const before = found.get(placeOf(version.key, conflict.cell));
        if (before && compareKeys(before.by, by.key) > 0) continue;
        found.set(placeOf(version.key, conflict.cell), {
          cell: conflict.cell,
          own: version.key,
          fields: fieldsIn(version, conflict.cell, rules),
          by: by.key,
        });
      }
    }
  }
  return [...found.values()].filter((one) => !isWrittenOn(one, own, versions, rules));
}
const placeOf = ({ version }: OrderKey, cell: number): string =>
  `${hex(version.feed)}/${version.seq}/${version.index}/${cell}`;
const isSame = (a: VersionId, b: VersionId): boolean => compareVersions(a, b) === 0;

function settles(by: Version, own: Version, conflict: Conflict, rules: MergeRules): boolean {
  const { cell, winner, losers } = conflict;
  const sides = [winner, ...losers.map(({ key }) => key)].map(({ version }) => version);
  const isSide = sides.some((side) => isSame(side, own.key.version));
  if (!isSide || own.change.kind === kKind.remove || !reaches(by, cell, own, rules)) return false;
  const named = namesOf(by, cell);
  const sidesNamed = sides.filter((side) => named.some((name) => isSame(name, side)));
  return sidesNamed.length >= 2 && sidesNamed.some((side) => isSame(side, own.key.version));
}
/** A removal, and what begins the next life, say something of all that stood before. */
const reaches = ({ change }: Version, cell: number, own: Version, rules: MergeRules): boolean =>
  change.kind === kKind.remove ||
  change.life > own.change.life ||
  change.fields.some(({ number }) => rules.cellOf(number) === cell);
const fieldsIn = ({ change }: Version, cell: number, { cellOf }: MergeRules): Field[] =>
  change.fields.filter(({ number }) => cell === 0 || cellOf(number) === cell);

/** What a version names for a cell; without one, for any. */
function namesOf({ change, key }: Version, cell: number | null = null): VersionId[] {
  const { all, cells } = change.base;
  const everything = cell === null || cell === 0 || change.kind === kKind.remove;
  const named = everything ? [...all, ...[...cells.values()].flat()] : (cells.get(cell) ?? all);
  return named.filter((name) => !isSame(name, key.version));
}
/** What its author surely knew: what it names, what came before that in its feed, what those name, and so on. */
function knownTo(version: Version, versions: readonly Version[]): Version[] {
  const marks = new Map<string, VersionId>();
  const known = new Set<Version>();
  const raise = (name: VersionId): void => {
    const before = marks.get(hex(name.feed));
    if (!before || compareVersions(before, name) < 0) marks.set(hex(name.feed), name);
  };
  namesOf(version).forEach(raise);
  for (let before = -1; before !== known.size; ) {
    before = known.size;
    for (const one of versions) {
      const mark = marks.get(hex(one.key.version.feed));
      const isBehind = mark && compareVersions(one.key.version, mark) <= 0;
      if (known.has(one) || !(isBehind || isEarlierOf(one, version))) continue;
      known.add(one);
      namesOf(one).forEach(raise);
    }
  }
  known.delete(version);
  return versions.filter((one) => known.has(one));
}
const isEarlierOf = (one: Version, version: Version): boolean =>
  hex(one.key.version.feed) === hex(version.key.version.feed) &&
  compareVersions(one.key.version, version.key.version) < 0;

/** This phone said something of the cell again, having the settlement before it. */
function isWrittenOn(
  { cell, by, own: lost }: Settlement,
  own: readonly Version[],
  versions: readonly Version[],
  rules: MergeRules,
): boolean {
  const before = own.find(({ key }) => isSame(key.version, lost.version));
  return own.some(
    (later) =>
      before !== undefined &&
      reaches(later, cell, before, rules) &&
      knownTo(later, versions).some(({ key }) => isSame(key.version, by.version)),
  );
}
