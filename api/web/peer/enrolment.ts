// enrolment.ts: how this phone becomes a node, by an invite (sync/ENROLMENT.md). Its keys are made
// here; a certificate is all that it gets.
import { CertificateBook } from './book.ts';
import { hex, sameBytes, unbase64url, type Bytes } from './bytes.ts';
import { CborReader } from './cbor_reader.ts';
import { encodeBytes, encodeList } from './cbor_value.ts';
import type { Certificate } from './certificate.ts';
import { SigningKey, type StoredKeys } from './keys.ts';
import { kDomain } from './names.ts';
import { demand, Refused } from './refused.ts';
import { writeSigned } from './signature.ts';
import type { NamedBytes } from './store.ts';

const kPrefix = 'linli-invite:';

/** A place that somebody offered, to be used once. */
export interface Invite {
  readonly city: Bytes;
  /** The inviting node's certificate of that day. */
  readonly inviter: Bytes;
  /** May be empty: then a person says where. */
  readonly url: string;
  readonly secret: Bytes;
  /** Microseconds since 1970 UTC. */
  readonly expires: bigint;
  /** For the person who reads. */
  readonly name: string;
  /** Of the inviter's line over https; a browser can't look at it, and relies on the city's authority. */
  readonly tlsKey: Bytes | null;
}
/** Throws bad_input, if this isn't an invite. */
export function readInvite(line: string): Invite {
  const text = line.trim();
  demand(
    text.startsWith(kPrefix),
    'bad_input',
    '这不是邀请码。 Not an invite: it begins with linli-invite:.',
  );
  try {
    const reader = new CborReader(unbase64url(text.slice(kPrefix.length)));
    const invite = reader.tuple(6, 7, (places) => ({
      city: reader.bytes(32),
      inviter: reader.bytes(32),
      url: reader.text(),
      secret: reader.bytes(16),
      expires: reader.int(),
      name: reader.text(),
      tlsKey: places === 7 ? reader.bytes(32) : null,
    }));
    reader.end();
    return invite;
  } catch (error) {
    if (error instanceof Refused)
      throw new Refused('bad_input', `邀请码不完整。 The invite is damaged: ${error.message}.`);
    throw error;
  }
}

/** What is sent: the secret and both public keys, signed. The same bytes are sent again after a lost answer. */
export async function enrolRequest(invite: Invite, keys: StoredKeys): Promise<Bytes> {
  const body = encodeList([
    encodeBytes(invite.secret),
    encodeBytes(keys.signing.publicKey),
    encodeBytes(keys.sealing.publicKey),
  ]);
  return writeSigned(await new SigningKey(keys.signing).signBody(kDomain.enrol, body));
}

export interface Admission {
  readonly book: CertificateBook;
  readonly certificate: Certificate;
  /** Signed, as they came, in an order in which each can be checked. */
  readonly certificates: readonly NamedBytes[];
}
/**
 * Checks what came back. Throws malformed, other_city, stranger (not by the inviter, or not for our
 * key), and what CertificateBook.add throws.
 */
export function readAdmission(answer: Bytes, invite: Invite, keys: StoredKeys): Admission {
  const reader = new CborReader(answer);
  const { root, certificates } = reader.tuple(2, 2, () => ({
    root: reader.bytes(1, answer.length),
    certificates: reader.list(1, 64, () => reader.bytes(1, answer.length)),
  }));
  reader.end();
  const book = CertificateBook.of(root);
  demand(sameBytes(book.city, invite.city), 'other_city', "another city's root statement");
  const added = certificates.map((certificate) => book.add(certificate));
  const certificate = added[added.length - 1];
  demand(
    certificate !== undefined &&
      sameBytes(certificate.signingKey, keys.signing.publicKey) &&
      sameBytes(certificate.sealingKey, keys.sealing.publicKey),
    'stranger',
    'the certificate is for another key',
  );
  checkInviter(book, certificate, invite.inviter);
  return {
    book,
    certificate,
    certificates: added.map((one, i) => ({
      name: hex(one.hash),
      bytes: certificates[i] ?? answer,
    })),
  };
}
/** Issued under the inviter's certificate, or under another one of the same subject. */
function checkInviter(book: CertificateBook, certificate: Certificate, inviter: Bytes): void {
  if (sameBytes(certificate.issuer, inviter)) return;
  const invited = book.find(inviter);
  const issuer = book.find(certificate.issuer);
  demand(
    invited !== null && issuer !== null && sameBytes(invited.subject, issuer.subject),
    'stranger',
    'not issued by who invited',
  );
}
