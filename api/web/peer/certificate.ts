// certificate.ts: root statement and certificate (sync/PROTOCOL.md §3): who may write what, where.
import { compareBytes, concat, sameBytes, utf8, type Bytes } from './bytes.ts';
import type { CborReader } from './cbor_reader.ts';
import { encodeBytes, encodeList } from './cbor_value.ts';
import { Layout, need, readScope, type Found, type KeyReaders } from './layout.ts';
import { authorOf, kDomain, nameOf } from './names.ts';
import { demand } from './refused.ts';
import { covers } from './scope.ts';
import { isSignedBy, readSigned, verifies, type SignedBody } from './signature.ts';

export const kRole = {
  hub: 1,
  district: 2,
  street: 3,
  office: 4,
  device: 5,
  company: 6,
  auditor: 7,
} as const;
export const kRight = { personal: 1, receipts: 2, policies: 4, grantPersonal: 8 } as const;
/** A key that the subject had before, and its word for the one behind it. */
export interface EarlierKey {
  readonly key: Bytes;
  readonly word: Bytes;
}

export interface RootStatement {
  readonly version: bigint;
  readonly name: string;
  readonly scope: string;
  readonly keys: readonly Bytes[];
  readonly threshold: number;
  readonly created: bigint;
  /** Its name: of version 1 that is the city. */
  readonly hash: Bytes;
}

export interface Certificate {
  readonly city: Bytes;
  readonly serial: bigint;
  readonly subject: Bytes;
  readonly signingKey: Bytes;
  readonly sealingKey: Bytes;
  readonly tlsKey: Bytes | null;
  readonly role: number;
  readonly name: string;
  readonly paths: readonly string[];
  readonly excluded: readonly string[];
  readonly audiences: number;
  readonly rights: number;
  readonly delegation: number;
  readonly validFrom: bigint;
  readonly validUntil: bigint;
  readonly issuer: Bytes;
  /** The subject's certificate that this one takes the place of; null: it is the first. */
  readonly before: Bytes | null;
  readonly earlier: readonly EarlierKey[];
  /** Its name. */
  readonly hash: Bytes;
}

/**
 * Reads a root statement and checks that one of its own keys signed it.
 * Throws malformed, unknown_critical, bad_signature.
 */
export function openRoot(signedBytes: Bytes): RootStatement {
  const signed = readSigned(signedBytes);
  const root = decodeRoot(signed.body);
  demand(
    root.keys.some((key) => isSignedBy(key, kDomain.root, signed)),
    'bad_signature',
    "the root statement isn't signed by a key of its own",
  );
  return root;
}
/** Throws malformed, unknown_critical. */
export function decodeRoot(body: Bytes): RootStatement {
  const layout = new Layout(body);
  const { reader } = layout;
  const found: Found<RootStatement> = {};
  layout.keys({
    1: () => (found.version = reader.int(1n)),
    2: () => (found.name = reader.text(1, 200)),
    3: () => (found.scope = readScope(reader)),
    4: () => (found.keys = reader.list(1, 16, () => reader.bytes(32))),
    5: () => (found.threshold = reader.small(1, 16)),
    6: () => (found.created = reader.int()),
  });
  const root: RootStatement = {
    version: need(found.version, 'the version'),
    name: need(found.name, 'the name'),
    scope: need(found.scope, 'the scope'),
    keys: need(found.keys, 'the keys'),
    threshold: need(found.threshold, 'the threshold'),
    created: need(found.created, 'the time'),
    hash: nameOf(kDomain.root, body),
  };
  layout.finish();
  return root;
}

/** Reads a certificate's body. Checks no signature: CertificateBook does. Throws malformed, unknown_critical. */
export function decodeCertificate(body: Bytes): Certificate {
  const layout = new Layout(body);
  const found: Found<Certificate> = {};
  layout.keys(fieldReaders(layout, found));
  const certificate = complete(found, nameOf(kDomain.certificate, body));
  layout.finish();
  return certificate;
}
function fieldReaders(layout: Layout, found: Found<Certificate>): KeyReaders {
  const { reader } = layout;
  const scopes = (): string[] => reader.list(1, 256, () => readScope(reader));
  return {
    1: () => (found.city = reader.bytes(32)),
    2: () => (found.serial = reader.int(0n)),
    3: () => (found.subject = reader.bytes(16)),
    4: () => (found.signingKey = reader.bytes(32)),
    5: () => (found.sealingKey = reader.bytes(32)),
    6: () => (found.tlsKey = readSomeHash(reader, 'no TLS key is written as none')),
    7: () => (found.role = readRole(layout)),
    8: () => (found.name = reader.text(1, 200)),
    9: () => (found.paths = scopes()),
    10: () => (found.excluded = scopes()),
    11: () => (found.audiences = reader.small(0, 0xffffffff)),
    12: () => (found.rights = reader.small(0, 0xffffffff)),
    13: () => (found.delegation = reader.small(0, 0xffffffff)),
    14: () => (found.validFrom = reader.int()),
    15: () => (found.validUntil = reader.int()),
    16: () => (found.issuer = reader.bytes(32)),
    17: () => (found.before = readSomeHash(reader, 'a first certificate takes no place')),
    '-1': () => (found.earlier = reader.list(1, 64, () => readEarlier(reader))),
  };
}
function readSomeHash(reader: CborReader, what: string): Bytes {
  const found = reader.bytes(32);
  demand(
    found.some((byte) => byte !== 0),
    'malformed',
    what,
  );
  return found;
}
function readRole(layout: Layout): number {
  const role = layout.reader.small(0, 0xffffffff);
  if (role < 1 || role > 7) layout.critical = true;
  return role;
}
function readEarlier(reader: CborReader): EarlierKey {
  return reader.tuple(2, 2, () => ({ key: reader.bytes(32), word: reader.bytes(64) }));
}
function complete(found: Found<Certificate>, hash: Bytes): Certificate {
  return {
    city: need(found.city, 'the city'),
    serial: need(found.serial, 'the serial'),
    subject: need(found.subject, 'the subject'),
    signingKey: need(found.signingKey, 'the signing key'),
    sealingKey: need(found.sealingKey, 'the sealing key'),
    tlsKey: found.tlsKey ?? null,
    role: need(found.role, 'the role'),
    name: need(found.name, 'the name'),
    paths: need(found.paths, 'the paths'),
    excluded: found.excluded ?? [],
    audiences: need(found.audiences, 'the audiences'),
    rights: need(found.rights, 'the rights'),
    delegation: need(found.delegation, 'the delegation'),
    validFrom: need(found.validFrom, 'its beginning'),
    validUntil: need(found.validUntil, 'its end'),
    issuer: need(found.issuer, 'the issuer'),
    before: found.before ?? null,
    earlier: found.earlier ?? [],
    hash,
  };
}

/**
 * Is the subject made of the certificate's key, or of the first of a line of keys that each gave its
 * word for the next? `rootKeys`: those that may have given a word instead; only where a root key signed it.
 * Throws forbidden.
 */
export function checkSubject(certificate: Certificate, rootKeys: readonly Bytes[]): void {
  const line = [...certificate.earlier.map(({ key }) => key), certificate.signingKey];
  demand(
    sameBytes(authorOf(line[0] ?? certificate.signingKey), certificate.subject),
    'forbidden',
    "the subject isn't its key's",
  );
  demand(
    line.every((key, i) => line.findIndex((other) => sameBytes(key, other)) === i),
    'forbidden',
    'a key stands twice',
  );
  certificate.earlier.forEach(({ key, word }, i) => {
    const message = concat(
      utf8(kDomain.rotation),
      encodeList([
        encodeBytes(certificate.city),
        encodeBytes(certificate.subject),
        encodeBytes(line[i + 1] ?? certificate.signingKey),
      ]),
    );
    demand(
      [key, ...rootKeys].some((signer) => verifies(signer, message, word)),
      'forbidden',
      'a key without the word of the one before',
    );
  });
}

/** A certificate gives nothing that its issuer lacks. Throws out_of_scope. */
export function checkWithin(certificate: Certificate, issuer: Certificate): void {
  const need = (condition: boolean, what: string): void =>
    demand(condition, 'out_of_scope', `its issuer may not give it ${what}`);
  need(
    certificate.paths.every((path) => issuer.paths.some((above) => covers(above, path))),
    'this path',
  );
  need(
    issuer.excluded.every((out) => keepsOut(certificate, out)),
    'what it was itself excluded from',
  );
  need((certificate.audiences & ~issuer.audiences) === 0, 'this audience');
  need((certificate.rights & ~grantable(issuer.rights)) === 0, 'this right');
  need(certificate.delegation < issuer.delegation, 'so many certificates below');
  need(
    certificate.validFrom >= issuer.validFrom && certificate.validUntil <= issuer.validUntil,
    'so long a time',
  );
  need(mayStandBelow(certificate.role, issuer.role), 'this role');
}
function keepsOut(certificate: Certificate, out: string): boolean {
  return certificate.paths.every(
    (path) =>
      !covers(out, path) &&
      (!covers(path, out) || certificate.excluded.some((own) => covers(own, out))),
  );
}
const grantable = (rights: number): number =>
  rights | (rights & kRight.grantPersonal ? kRight.personal : 0);
function mayStandBelow(role: number, above: number): boolean {
  if (role === kRole.hub) return false; // only a root key makes one
  return role === above || (above <= kRole.office && role > above);
}

/** Of one line: more keys behind it, then the later `valid from`, the greater serial, the greater name. */
export function isNewer(a: Certificate, b: Certificate): boolean {
  if (a.earlier.length !== b.earlier.length) return a.earlier.length > b.earlier.length;
  if (a.validFrom !== b.validFrom) return a.validFrom > b.validFrom;
  if (a.serial !== b.serial) return a.serial > b.serial;
  return compareBytes(a.hash, b.hash) > 0;
}
export const signedCertificate = (bytes: Bytes): SignedBody & { certificate: Certificate } => {
  const signed = readSigned(bytes);
  return { ...signed, certificate: decodeCertificate(signed.body) };
};
