// Certificates that a peer shows: taken in all or none, and never what does something to another's key (I5).
import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, it } from 'vitest';
import { intakeOf, selfIn, type Base, type Self } from '../base.ts';
import { hex, randomBytes, utf8, type Bytes } from '../bytes.ts';
import { kRole, type Certificate } from '../certificate.ts';
import { kValue } from '../values.ts';
import { takeShown } from '../shown.ts';
import { Author, certify, City, kBegin, kCompound, noteOf, recordId } from './support/city.ts';
import { baseOf, selfOf } from './support/phone_base.ts';

let city: City;
let base: Base;
let self: Self;
let count = 0;
beforeEach(async () => {
  city = new City();
  base = await baseOf(`shown ${++count}`, { now: kBegin });
  self = await selfOf(city, city.hub, city.office, city.phone);
  const known = [city.hub, city.office, city.phone];
  await base.store.change(async (tx) => {
    await tx.put('values', { name: kValue.identity, value: self.identity });
    for (const { certificate, signed } of known)
      await tx.put('certificates', { name: hex(certificate.hash), bytes: signed });
    await intakeOf(tx, base, self).take([city.policySet], city.office.id);
  });
});
/** The phone's next one, by `issuer`. */
function next(issuer: Author, before: Bytes | null = city.phone.certificate.hash): Bytes {
  return certify(
    city.book.city,
    { key: issuer.key, hash: issuer.certificate.hash },
    city.phone.key,
    {
      role: kRole.device,
      paths: [kCompound],
      serial: 2,
      ...(before ? { before } : {}),
    },
  );
}
/** Of the phone, as another page load finds it. */
const serial = async (): Promise<bigint> =>
  (await base.store.read((tx) => selfIn(tx, { book: null, policies: new Map(), heard: new Map() })))
    .certificate.serial;
const kept = async (): Promise<number> => base.store.read((tx) => tx.count('certificates'));

describe('certificates that are shown', () => {
  it('the newest of this phone is in force, and what waited for it is judged', async () => {
    const signed = next(city.office);
    const certificate = city.book.add(signed);
    const later = new Author(city.phone.key, certificate, signed);
    later.policy = city.policy.hash;
    const { object, name } = later.write([noteOf(recordId('a'), { 1: '一' })]);
    const { verdicts } = await base.store.change((tx) =>
      intakeOf(tx, base, self).take([object], city.office.id),
    );
    expect(verdicts.map(({ refused }) => refused)).toEqual(['unknown_certificate']);
    const shown = await takeShown(base, self, [city.hub.signed, city.office.signed, signed]);
    expect(shown.map(({ hash }) => hex(hash))).toEqual(
      [city.hub, city.office, later].map((one) => hex(one.certificate.hash)),
    );
    expect([await serial(), await kept()]).toEqual([2n, 4]);
    expect(await base.store.read((tx) => tx.get('sets', hex(name)))).toMatchObject({
      state: 'counts',
    });
  });
  it('all of them or none', async () => {
    const chain = [next(city.office), utf8('no certificate')];
    await expect(takeShown(base, self, chain)).rejects.toMatchObject({ reason: 'malformed' });
    expect([await serial(), await kept(), self.book.all().length]).toEqual([1n, 3, 3]);
  });
  it('none for the key of somebody whom others enrolled', async () => {
    const thief = city.author('q', city.hub, {
      role: kRole.office,
      paths: ['410700/410702/jiedu'],
      delegation: 1,
    });
    for (const before of [null, city.phone.certificate.hash]) {
      const chain = [thief.signed, next(thief, before)];
      await expect(takeShown(base, self, chain)).rejects.toMatchObject({ reason: 'forbidden' });
    }
    expect([await serial(), await kept()]).toEqual([1n, 3]);
    // Whoever stands above may.
    await takeShown(base, self, [next(city.hub)]);
    expect(await serial()).toBe(2n);
  });
  it('none that a key issued whose end is known: anybody may hold it', async () => {
    const end = city.hub.end(city.office.key.publicKey, [], '410700/410702/jiedu');
    await base.store.change((tx) => intakeOf(tx, base, self).take([end], city.office.id));
    const chain = [city.office.signed, next(city.office)];
    await expect(takeShown(base, self, chain)).rejects.toMatchObject({ reason: 'revoked' });
    expect(await serial()).toBe(1n);
  });
  it('no more than a street has machines, by whoever stands below the hub', async () => {
    // Two thousand signatures would take this test half a minute.
    const { certificates } = self.book as unknown as {
      certificates: Map<string, { certificate: Certificate; signed: Bytes }>;
    };
    for (let i = 2; i < 2000; ++i) {
      const [name, subject] = [randomBytes(32), randomBytes(16)];
      const certificate = { ...city.phone.certificate, hash: name, subject };
      certificates.set(hex(name), { certificate, signed: city.phone.signed });
    }
    const [last, one] = [next(city.office), self.book.all().length];
    await takeShown(base, self, [city.hub.signed, city.office.signed, last]);
    expect([self.book.all().length, await serial()]).toEqual([one + 1, 2n]);
    const beyond = certify(
      city.book.city,
      { key: city.office.key, hash: city.office.certificate.hash },
      city.phone.key,
      { role: kRole.device, paths: [kCompound], serial: 3, before: city.phone.certificate.hash },
    );
    const before = await kept();
    const chain = [city.hub.signed, city.office.signed, beyond];
    await expect(takeShown(base, self, chain)).rejects.toMatchObject({ reason: 'slow_down' });
    expect([await kept(), self.book.all().length]).toEqual([before, one + 1]);
    // What is here already is no news, and the hub may have as many as the city has.
    await takeShown(base, self, [city.hub.signed, city.office.signed, last]);
    await takeShown(base, self, [city.hub.signed, next(city.hub)]);
    expect(self.book.all().length).toBe(one + 2);
  });
});
