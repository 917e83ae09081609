// tables.ts: the records that pages read, type by type. News go only into the tables that they are of:
// what lists work out of the others stays.
import { computed, shallowRef, type ComputedRef, type ShallowRef } from 'vue';
import type { Known, News } from '../../../peer/folds.ts';
import type { Seen } from '../../../peer/seen.ts';
import type { Catalog, TypeInfo } from '../model/catalog.ts';
import { Entry } from '../model/entry.ts';

/** What pages read; everything else on the phone waits unread. */
export const kTypes = [
  'org_unit',
  'compound',
  'company',
  'service_contract',
  'staff',
  'template',
  'campaign',
  'inspection',
  'finding',
  'notice',
  'rectification',
  'course',
  'session',
  'attendance',
  'rule_setting',
  'calendar_year',
] as const;
export type TypeName = (typeof kTypes)[number];

type Entries = ReadonlyMap<string, Entry>;
interface Table {
  /** In the order of their keys. */
  readonly entries: ShallowRef<Entries>;
  readonly list: ComputedRef<readonly Entry[]>;
}
const tables = new Map<TypeName, Table>(
  kTypes.map((name) => {
    const entries = shallowRef<Entries>(new Map());
    return [name, { entries, list: computed(() => [...entries.value.values()]) }];
  }),
);
/** The types' numbers, as this catalog has them. */
interface Numbered {
  readonly catalog: Catalog;
  readonly types: ReadonlyMap<number, TypeName>;
}
const numbered = shallowRef<Numbered | null>(null);
let known: Known | null = null;
/** By their keys, those that were removed as well. */
const contested = new Map<string, Seen>();
const withReplaced = new Map<string, Seen>();

/** Up to where these tables know what the store holds, of records as `catalog` has them; null: not at all. */
export const knownTo = (catalog: Catalog): Known | null =>
  numbered.value?.catalog === catalog ? known : null;

/** Takes in what `knownTo` didn't know. */
export function takeNews(catalog: Catalog, news: News): void {
  if (numbered.value?.catalog !== catalog) numbered.value = numberedBy(catalog);
  const { types } = numbered.value;
  if (news.isAll) forgetConflicts();
  const sorted = new Map<TypeName, Map<string, Seen | null>>(
    news.isAll ? kTypes.map((name) => [name, new Map<string, Seen | null>()]) : [],
  );
  for (const [key, seen] of news.records) {
    if (seen && seen.conflicts.length > 0) contested.set(key, seen);
    else contested.delete(key);
    if (seen && seen.replaced.length > 0) withReplaced.set(key, seen);
    else withReplaced.delete(key);
    const name = types.get(typeIn(key));
    if (!name) continue;
    const there = sorted.get(name);
    if (there) there.set(key, seen);
    else sorted.set(name, new Map([[key, seen]]));
  }
  for (const [name, records] of sorted) {
    const { entries } = tableOf(name);
    entries.value = withNews(news.isAll ? new Map() : entries.value, records, catalog.type(name));
  }
  known = news.known;
}
const numberedBy = (catalog: Catalog): Numbered => ({
  catalog,
  types: new Map(kTypes.map((name) => [catalog.type(name).number, name])),
});
function withNews(
  before: Entries,
  news: ReadonlyMap<string, Seen | null>,
  type: TypeInfo,
): Entries {
  const now = new Map(before);
  let added = false;
  for (const [key, seen] of news) {
    if (!seen || seen.removed) now.delete(key);
    else {
      added ||= !now.has(key);
      now.set(key, new Entry(type, seen));
    }
  }
  return added ? new Map([...now].sort(([a], [b]) => (a < b ? -1 : 1))) : now;
}
/** Records that have versions which contradict each other. */
export const inConflict = (): readonly Seen[] => [...contested.values()];
/** Records in which somebody settled otherwise than this phone wrote. */
export const settledOtherwise = (): readonly Seen[] => [...withReplaced.values()];
function forgetConflicts(): void {
  contested.clear();
  withReplaced.clear();
}
export function forgetAll(): void {
  known = null;
  forgetConflicts();
  for (const { entries } of tables.values()) entries.value = new Map();
}

export const list = (type: TypeName): readonly Entry[] => tableOf(type).list.value;
export function find(key: string): Entry | null {
  const name = numbered.value?.types.get(typeIn(key));
  return (name && tableOf(name).entries.value.get(key)) ?? null;
}
const typeIn = (key: string): number => Number(key.slice(0, key.indexOf('/')));
function tableOf(name: TypeName): Table {
  const found = tables.get(name);
  if (!found) throw new Error(`no table of ${name}`);
  return found;
}
