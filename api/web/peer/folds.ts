// folds.ts: what records add up to, kept: after a change only those that it touched are folded anew
// (noting.ts says which), and a page that starts reads what is kept. The same as folding all, always:
// where there is any doubt (none was kept, by another version of this engine, other rules) all is.
import { allAtOnce } from './all_at_once.ts';
import { newestPolicy, type Base } from './base.ts';
import { hex, randomBytes } from './bytes.ts';
import type { MergeRules } from './merge.ts';
import { kValue } from './values.ts';
import { packSeen, unpackSeen } from './packing.ts';
import { recordKeys, seenRecord } from './records.ts';
import { nameOfKey, type Seen } from './seen.ts';
import { kNoSchema, mergeRulesOf, readSchema } from './schema.ts';
import { valueOf, type FoldRow, type Tx } from './store.ts';

/** Raised whenever the same rows come to look otherwise: merge.ts, settled.ts, records.ts, packing.ts. */
export const kFoldsAs = 3;
/** Up to so many each is looked up by itself; beyond, the store is read once. */
const kEachMost = 8;
/** Beyond, all are folded anew, in portions, so that the page goes on answering. */
const kFewMost = 400;
const kPortion = 50;

/** Up to where somebody knows what is kept. */
export interface Known {
  /** Of another life nothing may be compared. */
  readonly life: string;
  readonly turn: number;
}
export interface News {
  readonly known: Known;
  /** All that is here; else only what looks otherwise now. */
  readonly isAll: boolean;
  /** `type/scope/id` → the record; null: nothing of it is here any more. Removed ones stand in it. */
  readonly records: ReadonlyMap<string, Seen | null>;
}
/** In the store, as kValue.folded. Where there is none nothing is kept. */
interface Mark extends Known {
  readonly as: number;
  /** False while the first folding of this life is under way. */
  readonly whole: boolean;
}
/** What folding needs of a phone. */
export type FoldBase = Pick<Base, 'store' | 'known'>;
type RulesOf = (type: number) => MergeRules;

/** See Phone.news. */
export async function newsSince(base: FoldBase, before: Known | null): Promise<News> {
  const atOnce = await base.store.read((tx) => readNews(tx, before));
  return atOnce ?? base.store.alone('folding', () => foldUntilKept(base, before));
}
async function foldUntilKept(base: FoldBase, before: Known | null): Promise<News> {
  for (;;) {
    const isDone = await base.store.change((tx) => foldFew(tx, base));
    if (!isDone) await foldAll(base);
    const news = await base.store.read((tx) => readNews(tx, before));
    if (news) return news;
  }
}
/** Null: something has to be folded first. */
async function readNews(tx: Tx, before: Known | null): Promise<News | null> {
  const mark = await markIn(tx);
  if (!mark?.whole || (await tx.find('folds', 'stale', 1, 1)).length > 0) return null;
  const isAll = before?.life !== mark.life;
  const rows = isAll ? await tx.all('folds') : await tx.above('folds', 'turn', before.turn);
  const records = new Map(
    rows.map(({ record, seen }) => [record, seen && unpackSeen(record, seen)]),
  );
  return { known: { life: mark.life, turn: mark.turn }, isAll, records };
}
/** Null also where another version of this engine kept it. */
async function markIn(tx: Tx): Promise<Mark | null> {
  const mark = await valueOf<Mark>(tx, kValue.folded);
  return mark?.as === kFoldsAs ? mark : null;
}
const keepMark = (tx: Tx, mark: Mark): Promise<void> =>
  tx.put('values', { name: kValue.folded, value: mark });

/** Folds what has changed. False, and nothing is done: all has to be. */
async function foldFew(tx: Tx, base: FoldBase): Promise<boolean> {
  const mark = await markIn(tx);
  if (!mark?.whole) return false;
  const stale = await tx.find('folds', 'stale', 1, kFewMost + 1);
  if (stale.length > kFewMost) return false;
  const rules = await rulesIn(tx, base);
  const rows = stale.length > kEachMost ? await allAtOnce(tx) : tx;
  const turn = mark.turn + 1;
  for (const { record } of stale) await tx.put('folds', await fold(rows, record, turn, rules));
  await keepMark(tx, { ...mark, turn });
  return true;
}
/** Does nothing if something made it doubtful meanwhile; what changed meanwhile stays to be folded. */
async function foldAll(base: FoldBase): Promise<void> {
  const mark: Mark = { as: kFoldsAs, life: hex(randomBytes(8)), turn: 1, whole: false };
  // From here on changes are noted.
  await base.store.change(async (tx) => {
    await tx.clear('folds');
    await keepMark(tx, mark);
  });
  const { rows, rules } = await base.store.read(async (tx) => ({
    rows: await allAtOnce(tx),
    rules: await rulesIn(tx, base),
  }));
  const folds: FoldRow[] = [];
  for (const record of await recordKeys(rows)) {
    folds.push(await fold(rows, record, mark.turn, rules));
    if (folds.length % kPortion === 0) await new Promise((done) => setTimeout(done));
  }
  await base.store.change(async (tx) => {
    if ((await markIn(tx))?.life !== mark.life) return;
    const changed = new Set((await tx.find('folds', 'stale', 1)).map(({ record }) => record));
    const kept = folds.filter(({ record }) => !changed.has(record));
    await Promise.all(kept.map((row) => tx.put('folds', row)));
    await keepMark(tx, { ...mark, whole: true });
  });
}
async function fold(rows: Tx, record: string, turn: number, rules: RulesOf): Promise<FoldRow> {
  const name = nameOfKey(record);
  const seen = await seenRecord(rows, name, rules(name.type));
  return { record, turn, stale: 0, seen: seen && packSeen(seen) };
}
/** By the schema in the store: another tab may have learnt it. */
export async function rulesIn(tx: Tx, base: FoldBase): Promise<RulesOf> {
  const json = await valueOf<unknown>(tx, kValue.schema);
  const schema = json ? readSchema(json) : kNoSchema;
  const policy = await newestPolicy(tx, base.known);
  const known = new Map<number, MergeRules>();
  return (type) => {
    const rules = known.get(type) ?? mergeRulesOf(schema, type, policy);
    known.set(type, rules);
    return rules;
  };
}
