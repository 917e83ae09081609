// What leaves the phone, and to whom (I6): enforced here, not where it arrives.
import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, it } from 'vitest';
import { kRole, type Certificate } from '../certificate.ts';
import { kEpochLost, kNoMemory, type Page, type PeerMemory } from '../exchange.ts';
import { Intake } from '../intake.ts';
import { kObject } from '../messages.ts';
import { readParcel } from '../parcel.ts';
import { keepMemory, memoryOf, PhoneShelf } from '../phone_shelf.ts';
import type { Schema } from '../schema.ts';
import type { Store } from '../store.ts';
import { openStore } from '../store_idb.ts';
import { City, kBegin, kNote, noteOf, recordId, type Author } from './support/city.ts';

const kField = (number: number, protection: 'plain' | 'erasable' | 'personal') =>
  [number, { number, name: `f${number}`, protection, cell: number }] as const;
const schema: Schema = {
  version: 1n,
  types: new Map([
    [
      kNote,
      {
        number: kNote,
        name: 'note',
        audience: 0,
        stateField: 2,
        fields: new Map([kField(1, 'plain'), kField(4, 'personal'), kField(5, 'erasable')]),
      },
    ],
  ]),
};
let city: City;
let store: Store;
let count = 0;
beforeEach(async () => {
  city = new City();
  store = await openStore(`shelf ${++count}`);
  const book = city.bookOf(city.hub, city.office, city.phone);
  const id = recordId('a');
  const note = noteOf(id, {
    4: city.phone.personal(id, 4, '张三'),
    5: city.phone.personal(id, 5, '照片说明'),
    6: city.phone.personal(id, 6, '后来的字段'),
  });
  const own = [
    city.phone.write([note]),
    city.phone.write([noteOf(recordId('b'), { 1: '只到街道' })], { audience: 2 }),
  ];
  const theirs = city.office.write([noteOf(recordId('c'), { 1: '社区所写' })]);
  const context = { book, policies: new Map(), self: city.phone.id, now: kBegin };
  await store.change((tx) =>
    new Intake(tx, context).take([city.policySet, theirs.object], city.office.id),
  );
  await store.change((tx) =>
    new Intake(tx, context).take(
      own.map(({ object }) => object),
      null,
    ),
  );
  const [first] = own;
  if (first)
    await store.change((tx) =>
      new Intake(tx, context).take([city.hub.receipt(first, 1n)], city.office.id),
    );
});
const before = (peer: Certificate): PhoneShelf =>
  new PhoneShelf({ store, peer, self: city.phone.id, schema, settle: async () => undefined });
const given = (author: Author, regive = 0): Promise<Page> =>
  before(author.certificate).outgoing(0, regive, 1 << 20);
const fieldsOpened = ({ objects }: Page): number[] =>
  objects.flatMap(({ kind, bytes }) =>
    kind === kObject.parcel ? readParcel(bytes).openings.map(({ ordinal }) => ordinal + 4) : [],
  );

describe('what leaves the phone', () => {
  it('personal values only to who may read them; of an unknown field none but to those', async () => {
    expect(fieldsOpened(await given(city.office))).toEqual([4, 5, 6]);
    expect(fieldsOpened(await given(city.hub))).toEqual([5]);
  });
  it('what is for the street not to the hub; what the peer wrote or brought not to it', async () => {
    // The hub: our set for everybody above, and the office's. The office, whose path is a street's:
    // both of ours, and neither its own nor the policy that it brought.
    expect((await given(city.hub)).objects).toHaveLength(2);
    expect((await given(city.office)).objects).toHaveLength(2);
  });
  it('a peer that lost everything is given that back as well, and the receipts', async () => {
    const kinds = (await given(city.office, 99)).objects.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === kObject.receipt)).toHaveLength(1);
    expect(kinds.length).toBeGreaterThan((await given(city.office)).objects.length);
  });
  it('one object always goes, however small the portion', async () => {
    const page = await before(city.hub.certificate).outgoing(0, 0, 1);
    expect([page.objects.length, page.more]).toEqual([1, true]);
    const rest = await before(city.hub.certificate).outgoing(page.upTo, 0, 1);
    expect([rest.objects.length, rest.more]).toEqual([1, false]);
  });
  it('goes on behind what the peer has', async () => {
    const shelf = before(city.hub.certificate);
    const feeds = await shelf.feeds(false);
    expect(feeds.map(({ own }) => own).sort()).toEqual([false, true]);
    expect(
      await shelf.resumeAfter(
        feeds.map(({ tip }) => tip),
        false,
      ),
    ).toBe(await shelf.newest());
    const lied = feeds.map(({ tip }) => ({ ...tip, hash: new Uint8Array(32) }));
    expect(await shelf.resumeAfter(lied, false)).toBeLessThan(await shelf.newest());
  });
  it('who knows more of a feed than is here lacks nothing of it', async () => {
    const shelf = before(city.hub.certificate);
    const feeds = await shelf.feeds(false);
    const further = feeds.map(({ tip }) => ({ ...tip, seq: tip.seq + 5n }));
    expect(await shelf.resumeAfter(further, false)).toBe(await shelf.newest());
  });
  it('under a newer certificate of the peer nothing counts as given to it', async () => {
    const memory: PeerMemory = { ...kNoMemory, pushed: 3, pushedEpoch: 7n };
    const place = { role: kRole.office, paths: ['410700/410702/jiedu'], delegation: 1, serial: 2 };
    const newer = city.author('o', city.hub, place).certificate;
    const kept = await store.change(async (tx) => {
      await keepMemory(tx, city.office.certificate, memory);
      return [await memoryOf(tx, city.office.certificate), await memoryOf(tx, newer)];
    });
    expect(kept.map((one) => one?.pushedEpoch)).toEqual([7n, kEpochLost]);
    expect(await store.read((tx) => memoryOf(tx, city.hub.certificate))).toEqual(kNoMemory);
  });
});
