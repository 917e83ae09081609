// What becomes of what arrives: in any order the same records, each refusal with its reason, nothing
// good held up by something bad beside it.
import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, it } from 'vitest';
import { hex, type Bytes } from '../bytes.ts';
import type { CertificateBook } from '../book.ts';
import { encodeBytes, encodeList } from '../cbor_value.ts';
import { commitmentsOf, kKind } from '../change_set.ts';
import { Intake, type Taken } from '../intake.ts';
import type { MergeRules } from '../merge.ts';
import type { LogObject } from '../messages.ts';
import { seenRecord } from '../records.ts';
import { Hidden, type Seen } from '../seen.ts';
import type { Store } from '../store.ts';
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
} from './support/city.ts';

let city: City;
let count = 0;
beforeEach(() => {
  city = new City();
});
const rules = (): MergeRules => ({
  cellOf: (field) => (field === 2 || field === 3 ? 60001 : field),
  stateField: 2,
  rule: city.policy.rules.get(kNote) ?? null,
});

/** A phone's store, with a book of its own. */
class Shelf {
  private constructor(
    readonly store: Store,
    readonly book: CertificateBook,
    private readonly self: Bytes,
  ) {}
  static async with(...known: readonly Author[]): Promise<Shelf> {
    return new Shelf(await openStore(`intake ${++count}`), city.bookOf(...known), city.phone.id);
  }
  take(...objects: readonly LogObject[]): Promise<Taken> {
    return this.store.change((tx) =>
      new Intake(tx, { book: this.book, policies: new Map(), self: this.self, now: kBegin }).take(
        objects,
        city.office.id,
      ),
    );
  }
  async reasons(...objects: readonly LogObject[]): Promise<Array<string | null>> {
    return (await this.take(...objects)).verdicts.map(({ refused }) => refused);
  }
  async upgrade(): Promise<void> {
    const context = { book: this.book, policies: new Map(), self: this.self, now: kBegin };
    await this.store.change((tx) => new Intake(tx, context).judgeAnew());
  }
  see(id: Bytes): Promise<Seen | null> {
    return this.store.read((tx) => seenRecord(tx, { type: kNote, scope: kCompound, id }, rules()));
  }
  /** Everything that could differ. */
  async picture(): Promise<string> {
    const sets = await this.store.read((tx) => tx.all('sets'));
    const records = [...new Set(sets.flatMap(({ records: names }) => names))]
      .filter((name) => name.startsWith(`${kNote}/`))
      .sort();
    const seen = [];
    for (const name of records)
      seen.push(
        await this.see(
          Uint8Array.from(name.slice(-32).match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)),
        ),
      );
    const states = sets.map(({ name, state, reason }) => [name, state, reason]).sort();
    return JSON.stringify([states, seen], (_, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value instanceof Map ? [...value] : value,
    );
  }
}

describe('intake', () => {
  it('takes a policy and what is written under it', async () => {
    const shelf = await Shelf.with(city.hub, city.office, city.phone);
    const id = recordId('a');
    expect(
      await shelf.reasons(
        city.policySet,
        city.office.write([noteOf(id, { 1: '井盖', 2: [null, 1] })]).object,
      ),
    ).toEqual([]);
    expect((await shelf.see(id))?.fields.get(1)).toBe('井盖');
  });

  it('what came too early waits, for numbers, certificates and policies, and then counts', async () => {
    const shelf = await Shelf.with(city.hub);
    const id = recordId('a');
    const first = city.office.write([noteOf(id, { 1: '一' })]);
    const second = city.office.write([noteOf(id, { 1: '二' }, on(first))]);
    expect(await shelf.reasons(second.object)).toEqual(['unknown_certificate']);
    expect(await shelf.reasons(city.published(city.office, city.hub))).toEqual([]);
    // Its certificate is here now, and the policy is what is missing.
    expect(await shelf.reasons(first.object)).toEqual(['unknown_policy']);
    expect(await shelf.see(id)).toBeNull();
    expect(await shelf.reasons(city.policySet)).toEqual([]);
    expect((await shelf.see(id))?.fields.get(1)).toBe('二');
    expect(await shelf.store.read((tx) => tx.count('waiting'))).toBe(0);
  });

  it('any order, any batching, and twice: the same records and states (I3)', async () => {
    const [a, b] = [recordId('a'), recordId('b')];
    const one = city.office.write([noteOf(a, { 1: '一', 2: [null, 1] }), noteOf(b, { 1: '乙' })]);
    const two = city.phone.write([
      noteOf(a, { 1: '二', 4: city.phone.personal(a, 4, '张三') }, on(one)),
    ]);
    const three = city.office.write([noteOf(a, { 1: '三' }, on(one))], { stamp: kBegin + 9e6 });
    const four = city.hub.write([noteOf(a, { 2: [1, 2] }, on(one))]);
    const late = city.phone.write([noteOf(b, { 1: '迟到' })]);
    const gone = city.office.write([
      { type: kNote, id: b, kind: kKind.remove, fields: [], base: on(one) },
    ]);
    const objects = [
      city.policySet,
      city.published(city.office, city.hub),
      city.published(city.phone, city.office),
      one.object,
      two.object,
      three.object,
      four.object,
      late.object,
      gone.object,
      city.hub.receipt(one, 1n),
      city.hub.receipt(three, 2n, { from: 1n, clockFlagged: [three.set.seq] }),
      city.hub.ruling(late, false, kBegin + 5e6),
      city.hub.ruling(late, true, kBegin + 6e6),
      city.hub.ruling(two, false, kBegin + 7e6),
      city.hub.end(city.phone.key.publicKey, [two], kCompound),
    ];
    const pictures = new Set<string>();
    for (let round = 0; round < 25; ++round) {
      const shelf = await Shelf.with(city.hub);
      const order = shuffled([...objects, ...objects.slice(0, 4)], round);
      for (let at = 0; at < order.length; ) {
        const size = 1 + ((round + at) % 4);
        await shelf.take(...order.slice(at, at + size));
        at += size;
      }
      pictures.add(await shelf.picture());
      shelf.store.close();
    }
    expect([...pictures]).toHaveLength(1);
    expect([...pictures][0]).toContain('三');
  });

  it('each refusal has its reason, is kept, and holds nothing else up (I5)', async () => {
    const shelf = await Shelf.with(city.hub, city.office, city.phone);
    const id = recordId('a');
    const stranger = new City('别的城市');
    const good = city.office.write([noteOf(id, { 1: '好' })]);
    const altered = {
      ...good.object,
      bytes: flipped(good.object.bytes, good.object.bytes.length - 1),
    };
    const verdicts = await shelf.reasons(
      city.policySet,
      altered,
      { kind: 1, bytes: new Uint8Array(3) },
      { kind: 9, bytes: new Uint8Array(3) },
      good.object,
      good.object,
      city.phone.write([noteOf(id, { 9: '越权' })]).object,
      city.phone.write([noteOf(id, { 1: '别处' })], { scope: '410700/410702/jiedu/b' }).object,
      city.office.write([noteOf(id, { 2: [2, 2] })]).object,
      stranger.hub.write([noteOf(id, { 1: 'x' })]).object,
    );
    expect(verdicts).toEqual([
      'bad_signature',
      'malformed',
      'malformed',
      'replay',
      'forbidden',
      'out_of_scope',
      'bad_move',
      'other_city',
    ]);
    expect((await shelf.see(id))?.fields.get(1)).toBe('好');
    expect(await shelf.store.read((tx) => tx.count('evidence'))).toBeGreaterThanOrEqual(4);
  });

  it('two sets under one number: the second is evidence', async () => {
    const shelf = await Shelf.with(city.hub, city.office);
    const first = city.office.write([noteOf(recordId('a'), { 1: '一' })]);
    city.office.forget();
    const second = city.office.write([noteOf(recordId('a'), { 1: '另一个' })]);
    expect(await shelf.reasons(city.policySet, first.object, second.object)).toEqual(['fork']);
    expect((await shelf.see(recordId('a')))?.fields.get(1)).toBe('一');
  });

  it('a clock that the hub flagged loses, whenever its receipt comes', async () => {
    const shelf = await Shelf.with(city.hub, city.office, city.phone);
    const early = city.phone.write([noteOf(recordId('a'), { 1: '按时' })]);
    const ahead = city.office.write([noteOf(recordId('a'), { 1: '超前' })], {
      stamp: kBegin + 9e9,
    });
    await shelf.take(city.policySet, early.object, ahead.object);
    expect((await shelf.see(recordId('a')))?.fields.get(1)).toBe('超前');
    const { tally } = await shelf.take(
      city.hub.receipt(ahead, 1n, { clockFlagged: [ahead.set.seq] }),
    );
    expect((await shelf.see(recordId('a')))?.fields.get(1)).toBe('按时');
    expect(tally.touched.size).toBe(1);
  });

  it('of two branches counts the one that the receipt names, whichever came first (I3)', async () => {
    const root = city.office.write([noteOf(recordId('a'), { 1: '共同' })]);
    const [left, right] = city.office.branches(
      (one) => one.write([noteOf(recordId('a'), { 1: '左' }, on(root))]),
      (one) => one.write([noteOf(recordId('a'), { 1: '右' }, on(root))]),
    );
    const next = city.office.write([noteOf(recordId('b'), { 1: '右之后' })]);
    const words = [city.hub.receipt(root, 1n), city.hub.receipt(right, 2n)];
    const pictures = new Set<string>();
    for (const order of [
      [root, left, right],
      [root, right, left],
    ]) {
      const shelf = await Shelf.with(city.hub, city.office);
      await shelf.take(city.policySet, ...order.map(({ object }) => object), ...words, next.object);
      expect((await shelf.see(recordId('a')))?.fields.get(1)).toBe('右');
      expect((await shelf.see(recordId('b')))?.fields.get(1)).toBe('右之后');
      expect(await shelf.store.read((tx) => tx.count('evidence'))).toBe(1);
      pictures.add(await shelf.picture());
    }
    expect([...pictures]).toHaveLength(1);
    // The hub contradicts itself: what is confirmed stays, and its word is refused.
    const shelf = await Shelf.with(city.hub, city.office);
    await shelf.take(city.policySet, root.object, right.object, left.object, ...words);
    expect(await shelf.reasons(city.hub.receipt(left, 3n))).toEqual(['fork']);
    expect((await shelf.see(recordId('a')))?.fields.get(1)).toBe('右');
  });

  it("a set that is held counts nowhere, and what it taught isn't known until it is approved", async () => {
    const shelf = await Shelf.with(city.hub);
    const publication = city.office.certificate;
    const published = city.published(city.office, city.hub);
    const id = recordId('a');
    const written = city.office.write([noteOf(id, { 1: '一' })]);
    expect(await shelf.reasons(city.policySet, published, written.object)).toEqual([]);
    await shelf.take(city.hub.ruling(written, false, kBegin + 1));
    expect(await shelf.see(id)).toBeNull();
    await shelf.take(city.hub.ruling(written, true, kBegin + 2));
    expect((await shelf.see(id))?.fields.get(1)).toBe('一');
    expect(shelf.book.find(publication.hash)).not.toBeNull();
  });

  it('erasing destroys the value for good, whichever comes first (I10)', async () => {
    const id = recordId('a');
    const written = city.office.write([noteOf(id, { 4: city.office.personal(id, 4, '张三') })]);
    const hashes = commitmentsOf(written.set).map(({ hash }) => encodeBytes(hash));
    const erased = city.office.write([
      { type: kNote, id, kind: kKind.erase, fields: [{ number: 4, value: encodeList(hashes) }] },
    ]);
    const shelf = await Shelf.with(city.hub, city.office);
    await shelf.take(city.policySet, written.object);
    expect((await shelf.see(id))?.fields.get(4)).toBe('张三');
    await shelf.take(erased.object);
    expect((await shelf.see(id))?.fields.get(4)).toEqual(new Hidden('erased'));
    // Whoever hadn't heard hands it on in good faith: it isn't taken any more.
    expect(await shelf.reasons(written.object)).toEqual(['replay']);
    expect(await shelf.store.read((tx) => tx.count('openings'))).toBe(0);
    const late = await Shelf.with(city.hub, city.office);
    await late.take(city.policySet, erased.object, written.object);
    expect(await late.store.read((tx) => tx.count('openings'))).toBe(0);
  });

  it('what was kept unread for an upgrade counts once it can be read (I8)', async () => {
    const shelf = await Shelf.with(city.hub, city.office);
    const [id, next] = [recordId('a'), recordId('b')];
    const first = city.office.write([noteOf(id, { 1: '一' })]);
    const second = city.office.write([noteOf(next, { 1: '二' })]);
    await shelf.take(city.policySet, first.object, second.object);
    // As an older version would have left them: one in its place, one of which not even that was known.
    const foreign = city.hub.write([noteOf(recordId('c'), { 1: '三' })]).object;
    await shelf.store.change(async (tx) => {
      const row = await tx.get('sets', hex(first.name));
      if (row) await tx.put('sets', { ...row, state: 'later', records: [] });
      await tx.put('waiting', {
        name: 'x',
        reason: 'unknown_critical',
        for: 'upgrade',
        bytes: foreign.bytes,
        from: '',
      });
    });
    expect([await shelf.see(id), await shelf.see(recordId('c'))]).toEqual([null, null]);
    await shelf.upgrade();
    expect((await shelf.see(id))?.fields.get(1)).toBe('一');
    expect((await shelf.see(recordId('c')))?.fields.get(1)).toBe('三');
  });

  it("an opening that doesn't fit is dropped, and the set is taken", async () => {
    const id = recordId('a');
    const other = city.office.write([
      noteOf(id, { 4: city.office.personal(recordId('b'), 4, '李四') }),
    ]);
    const shelf = await Shelf.with(city.hub, city.office);
    expect(await shelf.reasons(city.policySet, other.object)).toEqual([]);
    expect((await shelf.see(id))?.fields.get(4)).toEqual(new Hidden('withheld'));
  });

  it('a refused write changes nothing in the store', async () => {
    const shelf = await Shelf.with(city.hub, city.office);
    await shelf.take(city.policySet);
    const before = await shelf.picture();
    await expect(
      shelf.store.change(async (tx) => {
        await new Intake(tx, {
          book: shelf.book,
          policies: new Map(),
          self: city.phone.id,
          now: 0,
        }).take([city.office.write([noteOf(recordId('a'), { 1: 'x' })]).object], null);
        throw new Error('the form was closed');
      }),
    ).rejects.toThrow('the form was closed');
    expect(await shelf.picture()).toBe(before);
    expect(hex(city.policy.hash)).toHaveLength(64);
  });
});

function flipped(bytes: Bytes, at: number): Bytes {
  const changed = bytes.slice();
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
}
/** The same for the same seed. */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  const order = [...items];
  let state = seed * 2654435761 + 1;
  for (let i = order.length - 1; i > 0; --i) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const j = state % (i + 1);
    [order[i], order[j]] = [order[j] as T, order[i] as T];
  }
  return order;
}
