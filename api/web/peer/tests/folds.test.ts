// What is kept of folding always equals folding all anew: random histories, read by several tabs at random moments.
import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, it } from 'vitest';
import { encodeBytes, encodeList } from '../cbor_value.ts';
import { commitmentsOf, kKind } from '../change_set.ts';
import { newestPolicy, type Known as Read } from '../base.ts';
import { kFoldsAs, newsSince, type Known } from '../folds.ts';
import { Intake } from '../intake.ts';
import type { LogObject } from '../messages.ts';
import { kValue } from '../values.ts';
import { readParcel, writeParcel } from '../parcel.ts';
import { setAside } from '../putback.ts';
import { recordKeys, seenRecord } from '../records.ts';
import { nameOfKey, type Seen } from '../seen.ts';
import { kNoSchema, mergeRulesOf, readSchema } from '../schema.ts';
import { valueOf, type Store } from '../store.ts';
import { openStore } from '../store_idb.ts';
import {
  City,
  kBegin,
  kCompound,
  kNote,
  noteOf,
  on,
  recordId,
  type Author,
  type PartChange,
  type WrittenSet,
} from './support/city.ts';

type Random = (below: number) => number;
type Records = Map<string, Seen>;
const kRecords = 6;
let city: City;
beforeEach(() => {
  city = new City();
});

/** One page with this store open: knows what it has read so far. */
class Tab {
  readonly shown: Records = new Map();
  /** Records that came as news, all in all. */
  heard = 0;
  private known: Known | null = null;
  private readonly read: Read = { book: null, policies: new Map(), heard: new Map() };
  constructor(readonly store: Store) {}
  static async of(name: string): Promise<Tab> {
    return new Tab(await openStore(name));
  }
  async look(): Promise<Records> {
    const news = await newsSince({ store: this.store, known: this.read }, this.known);
    if (news.isAll) this.shown.clear();
    for (const [key, seen] of news.records) {
      this.heard += 1;
      if (seen) this.shown.set(key, seen);
      else this.shown.delete(key);
    }
    this.known = news.known;
    return this.shown;
  }
  take(...objects: readonly LogObject[]): Promise<unknown> {
    const book = city.bookOf(city.hub, city.office, city.phone);
    return this.store.change(async (tx) => {
      const context = { book, policies: new Map(), self: city.phone.id, now: kBegin };
      await new Intake(tx, context).take(objects, city.office.id);
    });
  }
}
/** Each record for itself, from nothing that is kept. */
function foldedAnew(store: Store): Promise<Records> {
  return store.read(async (tx) => {
    const json = await valueOf<unknown>(tx, kValue.schema);
    const schema = json ? readSchema(json) : kNoSchema;
    const policy = await newestPolicy(tx, { book: null, policies: new Map(), heard: new Map() });
    const found: Records = new Map();
    for (const key of await recordKeys(tx)) {
      const name = nameOfKey(key);
      const seen = await seenRecord(tx, name, mergeRulesOf(schema, name.type, policy));
      if (seen) found.set(key, seen);
    }
    return found;
  });
}
async function expectTheSame(tab: Tab): Promise<void> {
  expect(await tab.look()).toEqual(await foldedAnew(tab.store));
}

function generator(seed: number): Random {
  let state = seed * 7919 + 1;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) % below;
  };
}
const pick = <T>(items: readonly T[], random: Random): T => items[random(items.length)] as T;

/** Edits that meet, removals, new lives, erasures, receipts, rulings, branches and ends of keys. */
function history(random: Random): LogObject[] {
  const authors = [city.office, city.phone, city.hub];
  const written: WrittenSet[] = [];
  const objects: LogObject[] = [
    city.policySet,
    city.published(city.office, city.hub),
    city.published(city.phone, city.office),
  ];
  const add = (set: WrittenSet): void => {
    written.push(set);
    objects.push(set.object);
  };
  const write = (author: Author, stamp?: number): WrittenSet =>
    author.write([change(author, written, random)], stamp ? { stamp } : {});
  for (let step = 0; step < 30; ++step) {
    const what = random(14);
    const author = pick(authors, random);
    if (what < 6 || written.length === 0) add(write(author, random(4) === 0 ? kBegin + 9e9 : 0));
    else if (what < 10) objects.push(word(pick(written, random), step, random));
    else if (what === 10) author.branches(write, write).forEach(add);
    else if (what === 11) objects.push(...erasure(pick(written, random)));
    else if (what === 12) objects.push(unopened(pick(written, random)));
    else
      add(city.office.write(Array.from({ length: 12 }, (_, i) => noteOf(id(i), { 1: `批${i}` }))));
  }
  objects.push(city.office.end(city.phone.key.publicKey, [], kCompound));
  return objects;
}
const id = (n: number) => recordId(String.fromCharCode(97 + (n % kRecords)));
function change(author: Author, written: readonly WrittenSet[], random: Random): PartChange {
  const record = id(random(kRecords));
  const base = written.length > 0 && random(3) > 0 ? on(pick(written, random)) : undefined;
  const life = random(5) === 0 ? 1 : 0;
  if (base && random(4) === 0)
    return { type: kNote, id: record, kind: kKind.remove, fields: [], base, life };
  const state = pick(
    [
      [null, 1],
      [1, 2],
      [2, 1],
    ],
    random,
  );
  const fields = pick(
    [
      { 1: `文${random(99)}` },
      { 2: state, 3: random(9) },
      { 4: author.personal(record, 4, `张${random(99)}`) },
      { 1: `长${random(99)}`, 5: [random(9), '甲'] },
    ],
    random,
  );
  return { ...noteOf(record, fields, base), life };
}
function word(of: WrittenSet, step: number, random: Random): LogObject {
  if (random(3) === 0) return city.hub.ruling(of, random(2) === 0, kBegin + step * 1e6);
  const clockFlagged = random(2) === 0 ? [of.set.seq] : [];
  return city.hub.receipt(of, BigInt(1 + random(40)), { from: 1n, clockFlagged });
}
function erasure({ set }: WrittenSet): LogObject[] {
  const [first] = commitmentsOf(set);
  const of = first && set.changes[first.change];
  if (!first || !of) return [];
  const value = encodeList([encodeBytes(first.hash)]);
  const fields = [{ number: first.field, value }];
  return [city.office.write([{ type: kNote, id: of.id, kind: kKind.erase, fields }]).object];
}
/** As somebody gives it who may not open it. */
const unopened = ({ object }: WrittenSet): LogObject => ({
  ...object,
  bytes: writeParcel({ ...readParcel(object.bytes), openings: [] }),
});
function shuffled<T>(items: readonly T[], random: Random): T[] {
  const order = [...items];
  for (let i = order.length - 1; i > 0; --i) {
    const j = random(i + 1);
    [order[i], order[j]] = [order[j] as T, order[i] as T];
  }
  return order;
}
/** What else befalls a store. */
async function befall(store: Store, random: Random): Promise<void> {
  const what = random(4);
  await store.change(async (tx) => {
    if (what === 0) {
      const feed = pick(await tx.all('feeds'), random);
      const bytes = (await tx.find('sets', 'feed', feed?.feed ?? '', 1))[0]?.feed;
      if (bytes) await setAside(tx, Uint8Array.from(Buffer.from(bytes, 'hex')));
    } else if (what === 1) await tx.put('values', { name: kValue.schema, value: schemaOf(random) });
    else if (what === 2) {
      // As another version of the app would leave it.
      const mark = await valueOf<object>(tx, kValue.folded);
      const value = { ...mark, as: kFoldsAs + 1 };
      if (mark) await tx.put('values', { name: kValue.folded, value });
      for (const row of await tx.all('folds')) await tx.put('folds', { ...row, seen: null });
    }
  });
}
/** Which fields stand in one group changes what meets what. */
const schemaOf = (random: Random): unknown => ({
  version: 1,
  types: [
    {
      number: kNote,
      name: 'note',
      audience: 'ancestors',
      state: 'status',
      fields: [1, 2, 3, 4, 5].map((number) => ({
        number,
        name: number === 2 ? 'status' : `f${number}`,
        protection: number === 4 ? 'personal' : 'plain',
        ...(random(2) === 0 ? { group: 60001 } : {}),
      })),
    },
  ],
});

describe('folds', () => {
  it.each(Array.from({ length: 24 }, (_, seed) => seed))(
    'equal folding all anew, in each tab, whatever comes (seed %i)',
    async (seed) => {
      const random = generator(seed);
      const name = `folds ${seed}`;
      const tabs = [await Tab.of(name), await Tab.of(name)];
      const order = shuffled(history(random), random);
      for (let at = 0; at < order.length; ) {
        const size = 1 + random(5);
        await pick(tabs, random).take(...order.slice(at, at + size));
        at += size;
        if (random(3) === 0) await befall(pick(tabs, random).store, random);
        if (random(2) === 0) await expectTheSame(pick(tabs, random));
        if (random(8) === 0) tabs[random(2)] = await Tab.of(name);
        // One folds while the other changes, again and again.
        if (random(4) === 0) {
          const [one, other] = tabs as [Tab, Tab];
          const looking = one.look();
          for (const object of order.slice(at, at + 8)) await other.take(object);
          at += 8;
          await Promise.all([looking, other.look()]);
        }
      }
      for (const tab of [...tabs, await Tab.of(name)]) await expectTheSame(tab);
    },
  );

  it('after a change only what it touched is news, and a start folds nothing', async () => {
    const tab = await Tab.of('few');
    const many = Array.from({ length: 6 }, (_, i) => noteOf(id(i), { 1: `第${i}` }));
    await tab.take(city.policySet, city.published(city.office, city.hub));
    const before = city.office.write(many);
    await tab.take(before.object);
    await expectTheSame(tab);
    const heard = tab.heard;
    await tab.take(city.office.write([noteOf(id(1), { 1: '改' }, on(before))]).object);
    await expectTheSame(tab);
    expect(tab.heard - heard).toBe(1);
    const folds = await tab.store.read((tx) => tx.all('folds'));
    const next = await Tab.of('few');
    await expectTheSame(next);
    expect(await next.store.read((tx) => tx.all('folds'))).toEqual(folds);
  });

  it('what was erased is at once in nothing that is kept (I10)', async () => {
    const tab = await Tab.of('erased');
    const set = city.office.write([noteOf(id(0), { 4: city.office.personal(id(0), 4, '张三') })]);
    await tab.take(city.policySet, city.published(city.office, city.hub), set.object);
    await tab.look();
    const kept = (): Promise<string> =>
      tab.store.read(async (tx) =>
        JSON.stringify(await tx.all('folds'), (_, value: unknown) =>
          value instanceof Map ? [...value] : typeof value === 'bigint' ? String(value) : value,
        ),
      );
    expect(await kept()).toContain('张三');
    await tab.take(...erasure(set));
    expect(await kept()).not.toContain('张三');
    await expectTheSame(tab);
  });
});
