// fork_proof.ts: two change sets that one author signed under one number (sync/PROTOCOL.md §8). It
// speaks for itself: who knows the city's name can check it.
import { CertificateBook } from './book.ts';
import { compareBytes, sameBytes, type Bytes } from './bytes.ts';
import type { CborReader } from './cbor_reader.ts';
import { feedOf, type Header } from './change_set.ts';
import { readHeader } from './change_set_reader.ts';
import { checkTrust } from './feed.ts';
import { Layout, need } from './layout.ts';
import { kDomain, nameOf } from './names.ts';
import { demand, Refused } from './refused.ts';
import type { SignedBody } from './signature.ts';

export const kForkProofBytesMax = 3 << 19;

export interface ForkProof {
  readonly author: Bytes;
  readonly scope: string;
  readonly audience: number;
  readonly feed: Bytes;
  readonly seq: bigint;
}

/**
 * What it proves, if it does so of this city. Throws too_large, malformed, unknown_critical,
 * other_city, stranger (its certificates don't hold), bad_signature and what else checkTrust finds,
 * no_fork.
 */
export function checkForkProof(bytes: Bytes, city: Bytes): ForkProof {
  demand(bytes.length <= kForkProofBytesMax, 'too_large', 'a proof of a fork over 1.5 MiB');
  const { root, certificates, sets } = readParts(bytes);
  const book = CertificateBook.of(root);
  demand(sameBytes(book.city, city), 'other_city', "another city's root statement");
  const chain = certificates.map((certificate) => addOrStranger(book, certificate));
  const [first, second] = sets.map((signed) => {
    const header = readHeader(signed.body);
    checkTrust(city, header, signed, book.find(header.certificate));
    return { header, hash: nameOf(kDomain.changeSet, signed.body) };
  });
  demand(first !== undefined && second !== undefined, 'malformed', 'two change sets');
  checkChain(book, chain, first.header, second.header);
  const feed = feedOf(first.header);
  demand(
    sameBytes(feed, feedOf(second.header)) && first.header.seq === second.header.seq,
    'no_fork',
    'two feeds or numbers',
  );
  demand(!sameBytes(first.hash, second.hash), 'no_fork', 'one change set twice');
  demand(compareBytes(first.hash, second.hash) < 0, 'malformed', 'the lower hash comes first');
  const { author, scope, audience, seq } = first.header;
  return { author, scope, audience, feed, seq };
}
function readParts(bytes: Bytes): { root: Bytes; certificates: Bytes[]; sets: SignedBody[] } {
  const layout = new Layout(bytes);
  const { reader } = layout;
  let root: Bytes | undefined;
  let certificates: Bytes[] | undefined;
  const sets: SignedBody[] = [];
  const addSet = (): number => sets.push(readPair(reader, bytes.length));
  layout.keys({
    1: () => (root = reader.bytes(1, bytes.length)),
    2: () => (certificates = reader.list(1, 32, () => reader.bytes(1, bytes.length))),
    3: addSet,
    4: addSet,
  });
  demand(sets.length === 2, 'malformed', 'two change sets');
  const parts = {
    root: need(root, 'the root statement'),
    certificates: need(certificates, 'the certificates'),
    sets,
  };
  layout.finish();
  return parts;
}
function readPair(reader: CborReader, most: number): SignedBody {
  return reader.tuple(2, 2, () => ({ body: reader.bytes(0, most), signature: reader.bytes(64) }));
}
function addOrStranger(book: CertificateBook, signed: Bytes): Bytes {
  try {
    return book.add(signed).hash;
  } catch (error) {
    if (error instanceof Refused && error.reason !== 'malformed')
      throw new Refused('stranger', error.message);
    throw error;
  }
}
/** The chain of the first set's certificate, what the second's has besides, and nothing else. */
function checkChain(
  book: CertificateBook,
  given: readonly Bytes[],
  first: Header,
  second: Header,
): void {
  const wanted = book.chain(first.certificate).map(({ hash }) => hash);
  for (const { hash } of book.chain(second.certificate)) {
    if (!wanted.some((other) => sameBytes(other, hash))) wanted.push(hash);
  }
  const same =
    wanted.length === given.length && wanted.every((hash, i) => sameBytes(hash, given[i] ?? hash));
  demand(same, 'malformed', 'its certificates are those of the two sets, and no others');
}
