// Who answers there: what a node's answer shows of itself is taken up at once (sync/EXCHANGE.md, "Notices").
import 'fake-indexeddb/auto';
import { expect, it } from 'vitest';
import { intakeOf, type Base } from '../base.ts';
import { hex, type Bytes } from '../bytes.ts';
import { encodeBytes, encodeFields, encodeInt, encodeList, encodeText } from '../cbor_value.ts';
import { kRole } from '../certificate.ts';
import { Line, type Fetch } from '../line.ts';
import { hash, kDomain } from '../names.ts';
import { syncWith } from '../rounds.ts';
import { answeredIn, mayServe, pathsBeyond } from '../syncing.ts';
import { kValue } from '../values.ts';
import { pack, unpack } from '../wire.ts';
import { certify, City, kBegin, kCompound, type Author, type Key } from './support/city.ts';
import { baseOf, selfOf } from './support/phone_base.ts';

/** The city's office, which takes everything, gives nothing, and says where it doesn't work. */
class Office {
  hello: readonly Bytes[];
  elsewhere: readonly string[] = [];
  asked = 0;
  requests = 0;
  private begun = false;
  private key: Key;

  constructor(private readonly city: City) {
    this.hello = [city.hub.signed, city.office.signed];
    this.key = city.office.key;
  }
  goesOnAs({ key, signed }: Author): void {
    this.key = key;
    this.hello = [this.city.hub.signed, signed];
    this.begun = false;
  }
  readonly fetch: Fetch = (url, { body }) => {
    if (!url.endsWith('/hello')) return this.sent(this.answer(unpack(body as Bytes).body));
    this.asked += 1;
    return this.sent(encodeList(this.hello.map(encodeBytes)));
  };
  private sent(bytes: Bytes): Promise<Response> {
    return Promise.resolve(new Response(new Uint8Array(bytes)));
  }
  private answer(request: Bytes): Bytes {
    this.requests += 1;
    const cursor = encodeList([encodeInt(7), encodeInt(0), encodeBytes(new Uint8Array(0))]);
    const paths = encodeList(this.elsewhere.map(encodeText));
    const body = encodeFields([
      [0, encodeInt(1)],
      [1, encodeBytes(hash(request))],
      [2, encodeBytes(new Uint8Array(16).fill(9))],
      [3, encodeInt(kBegin)],
      [4, this.begun ? null : encodeText('unauthorised')],
      [10, this.begun ? cursor : null],
      [14, this.begun && this.elsewhere.length > 0 ? paths : null],
    ]);
    this.begun = true;
    return pack(this.key.sign(kDomain.response, body));
  }
}

it('a node that says that it does not work where it did is asked who it is, and only then', async () => {
  const city = new City();
  const office = new Office(city);
  const base: Base = {
    ...(await baseOf('moved', { now: kBegin })),
    line: (url) => new Line(url, office.fetch),
  };
  const self = await selfOf(city, city.hub, city.office, city.phone);
  await base.store.change(async (tx) => {
    await tx.put('values', { name: kValue.identity, value: self.identity });
    for (const { certificate, signed } of [city.hub, city.office, city.phone])
      await tx.put('certificates', { name: hex(certificate.hash), bytes: signed });
  });
  base.known.book = self.book;
  const beyond = (): Promise<string[] | null> =>
    base.store.read(async (tx) => {
      const peer = await answeredIn(tx, base.line('http://office'), self.book);
      return peer && pathsBeyond(peer, self.certificate);
    });
  await syncWith(base, 'http://office');
  await syncWith(base, 'http://office');
  expect([office.asked, await beyond()]).toEqual([1, []]);

  office.elsewhere = [kCompound];
  const place = { role: kRole.office, paths: ['410700/410703/beijie'], serial: 2 };
  const moved = certify(
    city.book.city,
    { key: city.hub.key, hash: city.hub.certificate.hash },
    city.office.key,
    { ...place, before: city.office.certificate.hash, delegation: 1 },
  );
  office.hello = [city.hub.signed, moved];
  expect((await syncWith(base, 'http://office')).elsewhere).toEqual([kCompound]);
  expect([office.asked, await beyond()]).toEqual([2, [kCompound]]);
  // That is known by now.
  await syncWith(base, 'http://office');
  expect(office.asked).toBe(2);
  expect((await base.store.read((tx) => tx.all('certificates'))).length).toBe(4);
});

it('whoever answers with a key that was ended is met anew, and no exchange is held by it', async () => {
  const city = new City();
  const office = new Office(city);
  const base: Base = {
    ...(await baseOf('ended', { now: kBegin })),
    line: (url) => new Line(url, office.fetch),
  };
  const self = await selfOf(city, city.hub, city.office, city.phone);
  await base.store.change(async (tx) => {
    await tx.put('values', { name: kValue.identity, value: self.identity });
    for (const { certificate, signed } of [city.hub, city.office, city.phone])
      await tx.put('certificates', { name: hex(certificate.hash), bytes: signed });
  });
  base.known.book = self.book;
  const answered = (): Promise<unknown> =>
    base.store.read((tx) => answeredIn(tx, base.line('http://office'), self.book));
  await syncWith(base, 'http://office');
  expect([office.asked, await answered()]).toEqual([1, city.office.certificate]);

  // Somebody has the office's key; the phone heard of its end by another way.
  const end = city.hub.end(city.office.key.publicKey, [], '410700/410702/jiedu');
  await base.store.change((tx) =>
    intakeOf(tx, base, self).take([city.policySet, end], city.hub.id),
  );
  expect(await answered()).toBeNull();
  const requests = office.requests;
  await expect(syncWith(base, 'http://office')).rejects.toMatchObject({ reason: 'stranger' });
  expect([office.asked, office.requests]).toEqual([2, requests]);

  // Another machine takes its place, at the same address.
  const other = city.author('n', city.hub, {
    role: kRole.office,
    paths: ['410700/410702/jiedu'],
    delegation: 1,
  });
  office.goesOnAs(other);
  await syncWith(base, 'http://office');
  expect([office.asked, await answered()]).toMatchObject([3, { subject: other.id }]);
});

it('a node above from whose paths one of ours was taken out is none that this phone may sync with', () => {
  const { office, phone } = new City();
  expect(mayServe(office.certificate, phone.certificate)).toBe(true);
  const without = { ...office.certificate, excluded: [kCompound] };
  expect([mayServe(without, phone.certificate), pathsBeyond(without, phone.certificate)]).toEqual([
    false,
    [kCompound],
  ]);
});
