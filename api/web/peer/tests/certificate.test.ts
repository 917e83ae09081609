// Paths, and what a certificate may give and to whom (I5).
import { describe, expect, it } from 'vitest';
import { CertificateBook } from '../book.ts';
import { type Bytes } from '../bytes.ts';
import { encodeBytes, encodeList } from '../cbor_value.ts';
import { checkWithin, kRole, type Certificate } from '../certificate.ts';
import { readSigned } from '../signature.ts';
import { covers, isScope, mayRead } from '../scope.ts';
import { kDomain } from '../names.ts';
import { certify, City, Key, kCompound } from './support/city.ts';
import { expectRefused, refusal } from './support/vectors.ts';

const city = new City();

describe('paths', () => {
  it('by whole segments', () => {
    expect([
      covers('a/b', 'a/b'),
      covers('a/b', 'a/b/c'),
      covers('a/b', 'a/bc'),
      covers('a/b/c', 'a/b'),
    ]).toEqual([true, true, false, false]);
    expect(
      ['a', 'a/b-1', 'A', '', 'a//b', 'a/', '1/2/3/4/5/6/7/8/9', 'x'.repeat(33)].map(isScope),
    ).toEqual([true, true, false, false, false, false, false, false]);
  });
  it.each([
    ['its own scope', 0, ['c/d/s/a'], [], true],
    ['an ancestor', 0, ['c/d'], [], true],
    ['a neighbour', 0, ['c/d/s/b'], [], false],
    ['who is below', 0, ['c/d/s/a/x'], [], false],
    ['a name that begins alike', 0, ['c/d/s/a1'], [], false],
    ['one that was taken out', 0, ['c/d'], ['c/d/s'], false],
    ['published: who is below', 1, ['c/d/s/a/x'], [], true],
    ['published: a neighbour', 1, ['c/d/s/b'], [], false],
    ['for the street: the street', 2, ['c/d/s'], [], true],
    ['for the street: the district', 2, ['c/d'], [], false],
    ['for the street: the city', 2, ['c'], [], false],
    ['for everybody', 3, ['z'], [], true],
    ['of a later version', 4, ['c'], [], false],
  ])('who reads: %s', (_, audience, paths, excluded, reads) => {
    expect(mayRead({ paths: [...paths], excluded: [...excluded] }, 'c/d/s/a', audience)).toBe(
      reads,
    );
  });
});

describe('a certificate gives nothing that its issuer lacks', () => {
  const issuer: Certificate = {
    ...city.hub.certificate,
    role: kRole.street,
    paths: ['c/d'],
    excluded: ['c/d/x'],
    audiences: 7,
    rights: 1,
    delegation: 2,
    validFrom: 10n,
    validUntil: 90n,
  };
  const good: Certificate = {
    ...issuer,
    role: kRole.office,
    paths: ['c/d/s'],
    excluded: [],
    audiences: 3,
    rights: 1,
    delegation: 1,
    validFrom: 10n,
    validUntil: 90n,
  };
  it('within all of it', () => expect(refusal(() => checkWithin(good, issuer))).toBeNull());
  it.each<[string, Partial<Certificate>]>([
    ['another path', { paths: ['c/e'] }],
    ['a name that begins alike', { paths: ['c/dd'] }],
    ['what it was excluded from', { paths: ['c/d/x/1'] }],
    ['more, without the exclusion', { paths: ['c/d'] }],
    ['an audience', { audiences: 8 }],
    ['a right', { rights: 2 }],
    ['as much delegation', { delegation: 2 }],
    ['an earlier beginning', { validFrom: 9n }],
    ['a later end', { validUntil: 91n }],
    ['a role above', { role: kRole.district }],
    ["the hub's", { role: kRole.hub }],
  ])('not %s', (_, more) =>
    expectRefused('out_of_scope', () => checkWithin({ ...good, ...more }, issuer)),
  );
  it('more, with the exclusion kept', () =>
    expect(
      refusal(() => checkWithin({ ...good, paths: ['c/d'], excluded: ['c/d/x'] }, issuer)),
    ).toBeNull());
  it('a hub only by a root key', () => {
    const hub = { ...issuer, role: kRole.hub };
    expectRefused('out_of_scope', () => checkWithin({ ...good, role: kRole.hub }, hub));
    expect(refusal(() => checkWithin({ ...good, role: kRole.district }, hub))).toBeNull();
  });
  it('below an office only its like', () => {
    const office = { ...issuer, role: kRole.office };
    expect(refusal(() => checkWithin({ ...good, role: kRole.office }, office))).toBeNull();
    expect(refusal(() => checkWithin({ ...good, role: kRole.device }, office))).toBeNull();
    expectRefused('out_of_scope', () =>
      checkWithin({ ...good, role: kRole.company }, { ...issuer, role: kRole.device }),
    );
  });
  it('who may grant the right to personal values may grant it without having it', () => {
    expect(refusal(() => checkWithin(good, { ...issuer, rights: 8 }))).toBeNull();
    expectRefused('out_of_scope', () => checkWithin({ ...good, rights: 8 }, issuer));
  });
  it("another city's, another signer's, another key's name: each refused", () => {
    const book = city.bookOf(city.hub);
    const key = new Key('x');
    const by = { key: city.hub.key, hash: city.hub.certificate.hash };
    const place = { role: kRole.office, paths: [kCompound] };
    expect(refusal(() => book.add(certify(book.city, by, key, place)))).toBeNull();
    expectRefused('other_city', () => book.add(certify(new Uint8Array(32), by, key, place)));
    expectRefused('bad_signature', () =>
      book.add(certify(book.city, { ...by, key }, key, { ...place, serial: 2 })),
    );
    expectRefused('unknown_certificate', () =>
      book.add(certify(book.city, { ...by, hash: new Uint8Array(32).fill(1) }, key, place)),
    );
    expectRefused('out_of_scope', () =>
      book.add(
        certify(book.city, { key: city.rootKey, hash: book.city }, key, {
          ...place,
          paths: ['999999'],
        }),
      ),
    );
  });
  it("nobody is given another's name", () => {
    const key = new Key('y');
    const body = readSigned(
      certify(city.book.city, { key: city.hub.key, hash: city.hub.certificate.hash }, key, {
        role: kRole.office,
        paths: [kCompound],
      }),
    ).body;
    const subject = city.office.id;
    const at = body.findIndex((_, i) => i > 0 && body[i] === 0x03 && body[i + 1] === 0x50);
    const stolen = body.slice();
    stolen.set(subject, at + 2);
    const signed = city.hub.key.sign(kDomain.certificate, stolen);
    expectRefused('forbidden', () =>
      city
        .bookOf(city.hub)
        .add(encodeList([encodeBytes(signed.body), encodeBytes(signed.signature)])),
    );
  });
});

describe('a certificate made out by who enrolled somebody else', () => {
  const book = CertificateBook.of(city.root);
  const take = (...more: Bytes[]): Certificate[] => more.map((bytes) => book.add(bytes));
  const mallory = new Key('m');
  const above = { key: city.hub.key, hash: city.hub.certificate.hash };
  const [hub, office] = take(
    ...[city.hub, city.office].map(({ certificate }) => city.book.signed(certificate.hash)!),
  ) as [Certificate, Certificate];
  const [bad] = take(
    certify(book.city, above, mallory, {
      role: kRole.office,
      paths: ['410700/410703'],
      delegation: 1,
    }),
  ) as [Certificate];
  const issuer = { key: mallory, hash: bad.hash };
  const place = { role: kRole.office, paths: ['410700/410703'], serial: 99 };
  const rivals = take(
    certify(book.city, issuer, city.hub.key, place),
    certify(book.city, issuer, city.office.key, place),
    certify(book.city, issuer, city.office.key, { ...place, serial: 100, before: office.hash }),
  );
  it('does nothing to them', () => {
    expect(rivals).toHaveLength(3);
    expect(book.newestAfter(hub)).toBe(hub);
    expect(book.newestOf(hub.subject)).toBe(hub);
    expect(book.newestAfter(office)).toBe(office);
    expect(book.newestOf(office.subject)).toBe(office);
  });
  it('nor does it let him end their keys', () => {
    expect(book.standsAboveKey(bad.subject, hub.signingKey)).toBe(false);
    expect(book.standsAboveKey(bad.subject, office.signingKey)).toBe(false);
    expect(book.standsAboveKey(hub.subject, office.signingKey)).toBe(true);
    expect(book.standsAboveKey(hub.subject, new Uint8Array(32))).toBeNull();
  });
  it('who stands above them goes on', () => {
    const [moved] = take(
      certify(book.city, above, city.office.key, { ...place, serial: 2, before: office.hash }),
    );
    expect(book.newestAfter(office)).toBe(moved);
  });
});
