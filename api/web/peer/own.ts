// own.ts: what this phone keeps of itself: its keys, its city, who it is there, and its incarnations.
import { CertificateBook } from './book.ts';
import { sameBytes, unhex, type Bytes } from './bytes.ts';
import type { Certificate } from './certificate.ts';
import type { StoredKeys } from './keys.ts';
import { kFirstIncarnation, type Incarnation } from './names.ts';
import { demand, Refused } from './refused.ts';
import { valueOf, type Tx } from './store.ts';
import { kValue } from './values.ts';

export interface Identity {
  readonly keys: StoredKeys;
  readonly root: Bytes;
  /** Its author id: fixed by its first certificate. */
  readonly subject: Bytes;
  /** That one's name: what others make out for this phone's key changes nothing. A store of before has none. */
  readonly first?: Bytes;
}
/** An invite that was taken up, before its answer was: the same bytes are sent again. */
export interface Joining {
  readonly line: string;
  readonly keys: StoredKeys;
  readonly request: Bytes;
}
export interface Incarnations {
  readonly all: readonly Incarnation[];
  /** Why the newest began. */
  readonly reason: string;
  /** And when, microseconds since 1970 UTC, no earlier than any stamp before; missing: not known. */
  readonly began?: number;
  /** A clock that stood ahead was set right (set_right.ts); missing: never. */
  readonly setRight?: SetRight;
}
export interface SetRight {
  /** The incarnation that began with it: feeds of earlier ones are never gone on with. */
  readonly from: bigint;
  /** The last stamp that was given before, microseconds since 1970 UTC. */
  readonly left: number;
}
export const kFirstIncarnations: Incarnations = { all: [kFirstIncarnation], reason: '' };

/** Null before this phone has joined a city. */
export const identityIn = (tx: Tx): Promise<Identity | null> =>
  valueOf<Identity>(tx, kValue.identity);
export const joiningIn = (tx: Tx): Promise<Joining | null> => valueOf<Joining>(tx, kValue.joining);
export async function incarnationsIn(tx: Tx): Promise<Incarnations> {
  return (await valueOf<Incarnations>(tx, kValue.incarnations)) ?? kFirstIncarnations;
}

/**
 * Every certificate in the store, those that `known` lacks checked anew, in an order that fits.
 * `known`: of before; null: none.
 */
export async function bookIn(
  tx: Tx,
  root: Bytes,
  known: CertificateBook | null,
): Promise<CertificateBook> {
  const book = known && sameBytes(known.signedRoot, root) ? known : CertificateBook.of(root);
  let left = (await tx.all('certificates'))
    .filter(({ name }) => !book.find(unhex(name)))
    .map(({ bytes }) => bytes);
  for (let before = -1; left.length > 0 && left.length !== before; ) {
    before = left.length;
    left = left.filter((bytes) => !tryAdd(book, bytes));
  }
  return book;
}
function tryAdd(book: CertificateBook, bytes: Bytes): boolean {
  try {
    book.add(bytes);
    return true;
  } catch (error) {
    if (error instanceof Refused) return false;
    throw error;
  }
}
/** The certificate that this phone writes under. Throws unknown_certificate. */
export function ownCertificate(book: CertificateBook, identity: Identity): Certificate {
  const first = identity.first && book.find(identity.first);
  const newest = first ? book.newestAfter(first) : book.newestOf(identity.subject);
  demand(newest !== null, 'unknown_certificate', "this phone's own certificate isn't here");
  return newest;
}
