// conflicts.ts: a record's conflicts as people read them: every version of what was changed at once, who
// wrote it, and when; and what of this phone was replaced when somebody settled one. Which version stands
// is merge.ts's.
import type { Base, Self } from './base.ts';
import { selfIn } from './base.ts';
import { hex, sameBytes, unhex } from './bytes.ts';
import { rulesIn } from './folds.ts';
import type { Conflict, Leaf, MergeRules, OrderKey } from './merge.ts';
import { shownField } from './records.ts';
import type { Seen, Shown } from './seen.ts';
import { valueOf, type Tx } from './store.ts';
import { kValue } from './values.ts';

/** One version of what was changed at once. */
export interface Side {
  /** As its author's newest certificate says; empty: none is here. */
  readonly author: string;
  /** It was written with this phone's key. */
  readonly own: boolean;
  /** Microseconds since 1970 UTC. */
  readonly at: number;
  /** False: the hub called its author's clock unsure. */
  readonly trusted: boolean;
  /** It deletes the record. */
  readonly removes: boolean;
  /** What it says of the fields that are in conflict; null: it empties the field. */
  readonly fields: ReadonlyMap<number, Shown>;
}
export interface ShownConflict {
  readonly record: Seen;
  /** With the record, this names it as long as it lasts. */
  readonly cell: number;
  /** A state was moved that wasn't current any more: these moves don't count. */
  readonly isVoid: boolean;
  readonly winner: Side;
  /** Kept aside, the next in order first. May be empty where the winner itself is void. */
  readonly losers: readonly Side[];
}

/** What this phone wrote, and somebody settled otherwise. */
export interface ShownReplaced {
  readonly record: Seen;
  /** Names it for ever. */
  readonly key: string;
  readonly cell: number;
  readonly own: Side;
  /** Who settled it, and when. */
  readonly by: Writer;
  /** What the record says of it now; without fields if it was removed. */
  readonly now: { readonly removed: boolean; readonly fields: ReadonlyMap<number, Shown> };
  /** A person at this phone has seen it. */
  readonly isSeen: boolean;
}

/** Those of these records. Throws unauthorised, if this phone has joined no city. */
export function conflictsOf(base: Base, records: readonly Seen[]): Promise<ShownConflict[]> {
  return base.store.read(async (tx) => {
    const self = await selfIn(tx, base.known);
    const rules = await rulesIn(tx, base);
    const found: ShownConflict[] = [];
    for (const seen of records) {
      for (const conflict of seen.conflicts)
        found.push(await show(tx, self, seen, conflict, rules(seen.name.type)));
    }
    return found;
  });
}
async function show(
  tx: Tx,
  self: Self,
  seen: Seen,
  conflict: Conflict,
  rules: MergeRules,
): Promise<ShownConflict> {
  const { cell, isVoid } = conflict;
  const removes = cell === 0;
  const standing = removes
    ? []
    : [...seen.fields].filter(([field]) => rules.cellOf(field) === cell);
  const winner = {
    ...(await writer(tx, self, conflict.winner)),
    removes,
    fields: new Map(standing),
  };
  const losers: Side[] = [];
  for (const leaf of conflict.losers) losers.push(await loser(tx, self, seen, leaf));
  return { record: seen, cell, isVoid, winner, losers };
}
async function loser(tx: Tx, self: Self, { name }: Seen, leaf: Leaf): Promise<Side> {
  const fields = new Map<number, Shown>();
  for (const field of leaf.fields) fields.set(field.number, await shownField(tx, name, field));
  return { ...(await writer(tx, self, leaf.key)), removes: false, fields };
}
export type Writer = Pick<Side, 'author' | 'own' | 'at' | 'trusted'>;
async function writer(tx: Tx, { identity, book }: Self, key: OrderKey): Promise<Writer> {
  const { trusted, time: at, version } = key;
  const author = (await tx.get('feeds', hex(version.feed)))?.author;
  if (!author) return { author: '', own: false, at, trusted };
  const subject = unhex(author);
  const own = sameBytes(subject, identity.subject);
  return { author: book.newestOf(subject)?.name ?? '', own, at, trusted };
}

/** In these records, newest first. Throws unauthorised, if this phone has joined no city. */
export function replacedIn(base: Base, records: readonly Seen[]): Promise<ShownReplaced[]> {
  return base.store.read(async (tx) => {
    const self = await selfIn(tx, base.known);
    const rules = await rulesIn(tx, base);
    const seen = new Set(await seenIn(tx));
    const found: ShownReplaced[] = [];
    for (const record of records) {
      const { cellOf } = rules(record.name.type);
      for (const { cell, own, by, fields } of record.replaced) {
        const key = `${hex(own.version.feed)}/${own.version.seq}/${own.version.index}/${cell}`;
        const isAbout = ([number]: [number, Shown]): boolean =>
          cell === 0 ? fields.has(number) : cellOf(number) === cell;
        const now = record.removed ? [] : [...record.fields].filter(isAbout);
        found.push({
          record,
          key,
          cell,
          own: { ...(await writer(tx, self, own)), removes: false, fields },
          by: await writer(tx, self, by),
          now: { removed: record.removed, fields: new Map(now) },
          isSeen: seen.has(key),
        });
      }
    }
    return found.sort((a, b) => b.by.at - a.by.at);
  });
}
/** A person has seen those of these keys. */
export function sawReplaced(base: Base, keys: readonly string[]): Promise<void> {
  return base.store.change(async (tx) => {
    const value = [...new Set([...(await seenIn(tx)), ...keys])];
    await tx.put('values', { name: kValue.replacedSeen, value });
  });
}
const seenIn = async (tx: Tx): Promise<readonly string[]> =>
  (await valueOf<readonly string[]>(tx, kValue.replacedSeen)) ?? [];
