// Every vector that concerns a phone, read from tests/vectors: written by another program.
import { describe, expect, it } from 'vitest';
import { CertificateBook } from '../book.ts';
import { hex, type Bytes, unhex } from '../bytes.ts';
import { CborReader } from '../cbor_reader.ts';
import { decodeValue } from '../cbor_value.ts';
import { decodeCertificate, decodeRoot } from '../certificate.ts';
import { commitmentsOf, feedOf } from '../change_set.ts';
import { openHead } from '../checkpoint.ts';
import { checkProof } from '../proof.ts';
import { readChangeSet, readHeader } from '../change_set_reader.ts';
import { writeChangeSet } from '../change_set_writer.ts';
import { commitmentTo, opens } from '../commitment.ts';
import { readInvite } from '../enrolment.ts';
import { checkForkProof } from '../fork_proof.ts';
import { LogTree } from '../log_tree.ts';
import { feedId, kDomain, nameOf } from '../names.ts';
import { fittingOpenings, readParcel, writeParcel } from '../parcel.ts';
import { readPolicy, writePolicy } from '../policy.ts';
import { checkWord, readReceipt, readRevocation, readRuling, writeReceipt } from '../receipt.ts';
import { checkSigned, readSigned } from '../signature.ts';
import { openPart } from '../snapshot.ts';
import { expectRefused, refusal, Vector } from './support/vectors.ts';
import { changeSetOf, checkpointOf } from './support/fields.ts';
import { keysFrom, SigningKey } from '../keys.ts';

const city = Vector.of('city');
const cityBook = (): CertificateBook => {
  const book = CertificateBook.of(city.in('root').bytes('signed'));
  city
    .in('certificates')
    .list()
    .forEach((certificate) => book.add(certificate.bytes('signed')));
  return book;
};

describe('city', () => {
  it('the root statement names the city', () => {
    const root = decodeRoot(city.in('root').bytes('body'));
    expect(hex(root.hash)).toBe(city.in('root').text('hash'));
    expect(root.name).toBe(city.in('root').in('fields').text('name'));
  });
  it('certificates have their names and chain to the root', () => {
    const book = CertificateBook.of(city.in('root').bytes('signed'));
    for (const vector of city.in('certificates').list()) {
      const certificate = book.add(vector.bytes('signed'));
      const fields = vector.in('fields');
      expect(hex(certificate.hash)).toBe(vector.text('hash'));
      expect(hex(certificate.subject)).toBe(fields.text('subject'));
      expect(certificate.paths).toEqual(fields.in('paths').raw());
      expect([certificate.role, certificate.rights, certificate.delegation]).toEqual([
        fields.number('role'),
        fields.number('rights'),
        fields.number('delegation'),
      ]);
    }
    expect(book.all()).toHaveLength(2);
  });
  it('a certificate without its issuer, or changed in one byte, is refused', () => {
    const [hub, office] = city.in('certificates').list();
    const book = CertificateBook.of(city.in('root').bytes('signed'));
    expectRefused('unknown_certificate', () =>
      book.add(office?.bytes('signed') ?? new Uint8Array(0)),
    );
    const changed = hub?.bytes('signed') ?? new Uint8Array(0);
    changed[changed.length - 1] = (changed[changed.length - 1] ?? 0) ^ 1;
    expectRefused('bad_signature', () => book.add(changed));
  });
});

describe('names', () => {
  it.each(Vector.of('names').list())('feed id %#', (vector) => {
    const incarnation = { number: vector.big('number'), nonce: vector.bytes('nonce') };
    const place = {
      city: vector.bytes('city'),
      author: vector.bytes('author'),
      scope: vector.text('scope'),
      audience: vector.number('audience'),
      incarnation,
    };
    expect(hex(feedId(place))).toBe(vector.text('feed'));
  });
});

describe('change_sets', () => {
  for (const vector of Vector.of('change_sets').list()) {
    const name = vector.text('name');
    const body = vector.bytes('body');
    it(`${name}: is read`, () => {
      const set = readChangeSet(body);
      expect(set).toEqual(changeSetOf(vector.in('fields')));
      expect(hex(feedOf(set))).toBe(vector.text('feed'));
      expect(hex(nameOf(kDomain.changeSet, body))).toBe(vector.text('hash'));
      const found = commitmentsOf(set).map((place) => [place.change, place.field, hex(place.hash)]);
      expect(found).toEqual(vector.in('commitments').raw());
    });
    it(`${name}: its signature holds, and ours is the same`, async () => {
      const office = cityBook().find(vector.in('fields').bytes('certificate'));
      checkSigned(office?.signingKey ?? new Uint8Array(32), kDomain.changeSet, {
        body,
        signature: vector.bytes('signature'),
      });
      const seed = city.in('seeds').bytes('office');
      const key = new SigningKey((await keysFrom(seed, seed)).signing);
      expect(hex((await key.signBody(kDomain.changeSet, body)).signature)).toBe(
        vector.text('signature'),
      );
    });
    it(`${name}: is written`, () => {
      const written = hex(writeChangeSet(changeSetOf(vector.in('fields'))));
      // The one from a later version has keys that this one doesn't write.
      if (name === 'from a later version') expect(written).not.toBe(vector.text('body'));
      else expect(written).toBe(vector.text('body'));
    });
  }
});

describe('commitments', () => {
  it.each(Vector.of('commitments').list())('%#', (vector) => {
    const place = {
      city: vector.bytes('city'),
      type: vector.number('type'),
      scope: vector.text('scope'),
      id: vector.bytes('id'),
      field: vector.number('field'),
    };
    const secret = { salt: vector.bytes('salt'), value: vector.bytes('value') };
    expect(hex(commitmentTo(place, secret))).toBe(vector.text('commitment'));
    expect(opens({ ...place, field: place.field + 1 }, vector.bytes('commitment'), secret)).toBe(
      false,
    );
  });
});

describe('parcels', () => {
  it.each(Vector.of('parcels').list())('%#', (vector) => {
    const parcel = readParcel(vector.bytes('parcel'));
    expect(hex(parcel.body)).toBe(vector.text('body'));
    expect(hex(parcel.signature)).toBe(vector.text('signature'));
    expect(
      parcel.openings.map(({ ordinal, salt, value }) => [ordinal, hex(salt), hex(value)]),
    ).toEqual(vector.in('openings').raw());
    expect(hex(writeParcel(parcel))).toBe(vector.text('parcel'));
    const set = readChangeSet(parcel.body);
    expect(fittingOpenings(set, parcel.openings)).toEqual(parcel.openings);
    const spoilt = parcel.openings.map((opening) => ({ ...opening, salt: new Uint8Array(32) }));
    expect(fittingOpenings(set, spoilt)).toEqual([]);
  });
});

describe('policies', () => {
  it.each(Vector.of('policies').list())('%#', (vector) => {
    const bytes = vector.bytes('bytes');
    const policy = readPolicy(bytes);
    expect(hex(policy.hash)).toBe(vector.text('hash'));
    expect(hex(writePolicy(policy))).toBe(hex(bytes));
    const rules = [...policy.rules.values()].map((rule) => ({
      type: rule.type,
      writers: rule.writers,
      removers: rule.removers,
      fields: [...rule.fields],
      state_field: rule.stateField,
      moves: rule.moves.map(({ from, to, roles, rank }) => [
        Number(from ?? -1n),
        Number(to),
        roles,
        rank,
      ]),
    }));
    expect(rules).toEqual(vector.in('fields').in('rules').raw());
  });
});

describe('receipts', () => {
  it.each(Vector.of('receipts').list())('%#', (vector) => {
    const signed = readSigned(vector.bytes('signed'));
    expect(hex(signed.body)).toBe(vector.text('body'));
    const receipt = readReceipt(signed.body);
    expect(hex(writeReceipt(receipt))).toBe(vector.text('body'));
    const fields = vector.in('fields');
    expect([receipt.from, receipt.to]).toEqual([fields.big('from'), fields.big('to')]);
    expect(receipt.clockFlagged.map(Number)).toEqual(fields.in('clock_flagged').raw());
    expect(receipt.checkpoint).toEqual(checkpointOf(fields.in('checkpoint')));
    const book = cityBook();
    checkWord(book.city, receipt, kDomain.receipt, signed, book.find(receipt.certificate));
  });
});

describe('log_tree', () => {
  it('roots and peaks for 0 to 8 leaves', () => {
    let tree = new LogTree();
    Vector.of('log_tree')
      .list()
      .forEach((vector, size) => {
        expect([Number(tree.size), hex(tree.root()), hex(tree.encode())]).toEqual([
          size,
          vector.text('root'),
          vector.text('tree'),
        ]);
        expect(hex(LogTree.decode(vector.bytes('tree')).root())).toBe(vector.text('root'));
        tree = tree.with(new Uint8Array(32).fill(size));
      });
  });
});

describe('succession', () => {
  const vector = Vector.of('succession');
  const book = (): CertificateBook => {
    const made = CertificateBook.of(vector.bytes('root'));
    made.add(vector.bytes('hub_certificate'));
    return made;
  };
  it('a key with the word of the one before is the same author', () => {
    const known = book();
    const before = known.add(vector.bytes('certificate'));
    const after = known.add(vector.bytes('next_certificate'));
    expect(hex(after.subject)).toBe(hex(before.subject));
    expect(hex(after.signingKey)).not.toBe(hex(before.signingKey));
    expect(hex(after.earlier[0]?.key ?? new Uint8Array(0))).toBe(hex(before.signingKey));
    expect(known.newestOf(before.subject)).toBe(after);
  });
  it('a renewal is signed by both keys', () => {
    const known = book();
    const before = known.add(vector.bytes('certificate'));
    const after = known.add(vector.bytes('next_certificate'));
    const reader = new CborReader(vector.bytes('renewal'));
    const [body, byOld, byNew] = reader.tuple(
      3,
      3,
      () => [reader.bytes(1, 4096), reader.bytes(64), reader.bytes(64)] as const,
    );
    checkSigned(before.signingKey, kDomain.renewal, { body, signature: byOld });
    checkSigned(after.signingKey, kDomain.renewal, { body, signature: byNew });
    expect((decodeValue(body) as unknown[]).slice(0, 3)).toEqual([1, known.city, before.hash]);
  });
  it('the new key ends the one before', () => {
    const known = book();
    const before = known.add(vector.bytes('certificate'));
    const after = known.add(vector.bytes('next_certificate'));
    const signed = readSigned(vector.bytes('end_of_the_key_before'));
    const revocation = readRevocation(signed.body);
    expect(hex(revocation.key)).toBe(hex(before.signingKey));
    expect(hex(revocation.certificate)).toBe(hex(after.hash));
    checkSigned(after.signingKey, kDomain.revocation, signed);
    expect(revocation.cuts).toHaveLength(1);
  });
});

describe('forks', () => {
  const vector = Vector.of('forks');
  it('a proof of a fork holds', () => {
    const proof = checkForkProof(vector.bytes('proof'), vector.bytes('city'));
    expect(hex(proof.author)).toBe(vector.text('author'));
    expect(proof.seq).toBe(vector.big('seq'));
  });
  it('not for another city, and not with a changed byte', () => {
    expectRefused('other_city', () => checkForkProof(vector.bytes('proof'), new Uint8Array(32)));
    const changed = vector.bytes('proof');
    changed[changed.length - 1] = (changed[changed.length - 1] ?? 0) ^ 1;
    expectRefused('bad_signature', () => checkForkProof(changed, vector.bytes('city')));
  });
});

describe('words', () => {
  const vector = Vector.of('words');
  const book = CertificateBook.of(vector.bytes('root'));
  const hub = book.add(vector.bytes('hub_certificate'));
  it('a ruling', () => {
    const signed = readSigned(vector.bytes('ruling'));
    const ruling = readRuling(signed.body);
    checkWord(book.city, ruling, kDomain.ruling, signed, hub);
    expect(ruling.seq).toBeGreaterThan(0n);
    expect(ruling.actor).toBeNull();
  });
  it('an approval, and who gave it', () => {
    const signed = readSigned(vector.bytes('approval'));
    const ruling = readRuling(signed.body);
    checkWord(book.city, ruling, kDomain.ruling, signed, hub);
    expect(ruling.approved).toBe(true);
    expect(hex(ruling.actor ?? new Uint8Array())).toBe('a7'.repeat(16));
    expectRefused('malformed', () => readRuling(vector.bytes('approval_held')));
  });
  it.each(['snapshot_part', 'snapshot_part_with_erased'])('a part of a snapshot: %s', (name) => {
    const { part, signed } = openPart(vector.bytes(name));
    checkWord(book.city, part, kDomain.snapshot, signed, hub);
    expect(part.records.map(({ state }) => hex(state))).toEqual(vector.in('snapshot_states').raw());
    expect(part.erased.length).toBe(name === 'snapshot_part' ? 0 : part.erased.length);
    expect(part.feeds.length).toBeGreaterThan(0);
  });
  it('what the hub has for a reader', () => {
    const signed = readSigned(vector.bytes('holdings'));
    checkSigned(hub.signingKey, kDomain.holdings, signed);
  });
  it('a part with another commitment is one that nobody signed', () => {
    const bytes = vector.bytes('snapshot_part');
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
    const { part, signed } = openPart(bytes);
    expectRefused('bad_signature', () => checkWord(book.city, part, kDomain.snapshot, signed, hub));
  });
  it('a revocation', () => {
    const signed = readSigned(vector.bytes('revocation'));
    const revocation = readRevocation(signed.body);
    expect(hex(revocation.certificate)).toBe(hex(hub.hash));
    checkSigned(hub.signingKey, kDomain.revocation, signed);
  });
});

describe('proof', () => {
  const vector = Vector.of('proof');
  const file = vector.bytes('file');
  const cityName = vector.bytes('city');
  it.each(['city', 'root_key'])('holds for who knows the %s', (by) => {
    const { sets } = checkProof(file, vector.bytes(by));
    const found = sets.map(({ name, index, size, set, notBefore, notAfter }) => ({
      hash: hex(name),
      index,
      size,
      stamp: set.changes[0]?.stamp,
      not_before: notBefore,
      not_after: notAfter,
    }));
    expect(found).toEqual(vector.in('sets').raw());
    expect(sets.flatMap(({ opened }) => [...opened.values()])).toEqual(vector.in('values').raw());
  });
  it('its checkpoint is the text of the vector', () => {
    const { book, sets } = checkProof(file, cityName);
    const head = openHead(vector.text('checkpoint'), book);
    expect([head.size, head.witnesses]).toEqual([10, []]);
    expect(head.size).toBe(sets[1]?.size);
  });
  it('with a cosignature', () => {
    const { sets } = checkProof(vector.bytes('cosigned'), cityName);
    const [witness] = sets.flatMap(({ witnesses }) => witnesses);
    expect([witness?.certificate.name, witness?.time]).toEqual([
      vector.in('witness').text('node'),
      vector.in('witness').number('time'),
    ]);
  });
  it('another city, and every changed byte', () => {
    expectRefused('other_city', () => checkProof(file, new Uint8Array(32)));
    for (let at = 0; at < file.length; at += 41) {
      const changed = file.slice();
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(
        refusal(() => checkProof(changed, cityName)),
        `byte ${at}`,
      ).not.toBeNull();
    }
  });
});

describe('malformed', () => {
  const readers: Record<string, (bytes: Bytes) => unknown> = {
    'change set': readChangeSet,
    parcel: readParcel,
    receipt: readReceipt,
    policy: readPolicy,
  };
  for (const vector of Vector.of('malformed').list()) {
    it(`${vector.text('what')}: ${vector.text('name')}`, () => {
      expect(refusal(() => readers[vector.text('what')]?.(vector.bytes('bytes')))).toBe(
        vector.text('errc'),
      );
    });
  }
  it('of what a later version wrote the header is read', () => {
    const critical = Vector.of('malformed')
      .list()
      .find((vector) => vector.text('name') === 'set_add');
    expect(readHeader(critical?.bytes('bytes') ?? new Uint8Array(0)).seq).toBe(1n);
  });
});

// `decodeCertificate` is what the book uses; its own refusals, beside those of the vectors.
describe('certificate', () => {
  it('a role of a later version is critical, a missing key malformed', () => {
    const body = city.in('certificates').list()[1]?.bytes('body') ?? new Uint8Array(0);
    const text = hex(body);
    const role = text.replace('070408', '070908');
    expectRefused('unknown_critical', () =>
      decodeCertificate(Uint8Array.from(role.match(/../g) ?? [], (x) => Number.parseInt(x, 16))),
    );
    expectRefused('malformed', () => decodeCertificate(body.subarray(0, body.length - 1)));
  });
});

describe('enrolment', () => {
  const vector = Vector.of('enrolment');
  const book = (): CertificateBook => {
    const made = CertificateBook.of(vector.bytes('root'));
    made.add(vector.bytes('hub_certificate'));
    made.add(vector.bytes('office_certificate'));
    return made;
  };
  it('an invite, and what its answer proves', async () => {
    const invite = readInvite(vector.text('invite'));
    expect(invite.url).toBe('https://10.0.0.1:8443');
    const keys = await keysFrom(vector.bytes('newcomer_seed'), new Uint8Array(32).fill(5));
    const reader = new CborReader(vector.bytes('enrol_answer'));
    const certificates = reader.tuple(2, 2, () => {
      reader.bytes(1, 1 << 16);
      return reader.list(1, 16, () => reader.bytes(1, 1 << 16));
    });
    const known = book();
    const certificate = certificates.map((signed) => known.add(signed)).at(-1);
    expect(certificate?.name).toBe('巡查手机');
    expect(hex(certificate?.signingKey ?? new Uint8Array(0))).toBe(hex(keys.signing.publicKey));
    expect(hex(invite.inviter)).toBe(hex(certificate?.issuer ?? new Uint8Array(0)));
  });
  it('whose certificate takes whose place', () => {
    const known = book();
    const [hub, office] = known.all();
    const rivals = vector
      .in('rivals')
      .list()
      .map((one) => known.add(unhex(String(one.raw()))));
    const bad = rivals[0];
    if (!hub || !office || !bad) throw new Error('a vector that lacks them');
    for (const victim of [hub, office]) {
      expect(known.newestAfter(victim)).toBe(victim);
      expect(known.newestOf(victim.subject)).toBe(victim);
      expect(known.standsAboveKey(bad.subject, victim.signingKey)).toBe(false);
    }
    const moved = known.add(vector.bytes('moved_office'));
    expect(known.newestAfter(office)).toBe(moved);
  });
});
