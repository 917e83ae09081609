// feed.ts: one author's numbered, hash-chained change sets in one scope, audience and incarnation.
import { sameBytes, type Bytes } from './bytes.ts';
import type { Header } from './change_set.ts';
import type { Certificate } from './certificate.ts';
import { checkSigned, type SignedBody } from './signature.ts';
import { kDomain } from './names.ts';
import { demand, Refused } from './refused.ts';
import { reaches } from './scope.ts';

/** Where a feed ends: the next set carries `seq + 1`, and `hash` as its `prev`. */
export interface FeedTip {
  readonly seq: bigint;
  readonly hash: Bytes;
  /** Of its last change; -1 while empty. */
  readonly stamp: number;
}
export const kEmptyTip: FeedTip = { seq: 0n, hash: new Uint8Array(32), stamp: -1 };

/** A change set's place in its feed. `stamps` of its changes; none where they can't be read yet. */
export interface Link {
  readonly seq: bigint;
  readonly prev: Bytes | null;
  readonly stamps: readonly number[];
}

/**
 * The tip that a feed has once the set called `name` is taken. `held`: the name of the set held under
 * its number, if there is one.
 * Throws replay (this very set is held), fork (its number is taken, or `prev` isn't the tip: keep
 * both), gap (numbers before it are missing: it waits), malformed (its stamps don't ascend).
 */
export function extend(tip: FeedTip, link: Link, name: Bytes, held: Bytes | null): FeedTip {
  // Replay first: whoever sends again after a lost answer must not look like a forger.
  if (held)
    throw sameBytes(held, name)
      ? new Refused('replay', 'held already')
      : new Refused('fork', `number ${link.seq} is taken`);
  demand(link.seq <= tip.seq + 1n, 'gap', `it ends at ${tip.seq}`);
  demand(link.seq === tip.seq + 1n, 'fork', `number ${link.seq} lies behind the end`);
  demand(link.prev === null || sameBytes(link.prev, tip.hash), 'fork', "prev isn't the end");
  const [first, last] = [link.stamps[0], link.stamps[link.stamps.length - 1]];
  demand(
    first === undefined || first > tip.stamp,
    'malformed',
    "stamps don't come after the end's",
  );
  return { seq: link.seq, hash: name, stamp: last ?? tip.stamp };
}

/**
 * Is the set by the city's trust? `certificate`: the one that it names, if it is known. In this order:
 * throws other_city, unknown_certificate, bad_signature, forbidden (another's feed), out_of_scope
 * (scope or audience).
 */
export function checkTrust(
  city: Bytes,
  header: Header,
  signed: SignedBody,
  certificate: Certificate | null,
): void {
  demand(sameBytes(header.city, city), 'other_city', "another city's change set");
  demand(
    certificate !== null,
    'unknown_certificate',
    'written under a certificate that is not here',
  );
  checkSigned(certificate.signingKey, kDomain.changeSet, signed);
  demand(sameBytes(header.author, certificate.subject), 'forbidden', "another author's feed");
  demand(reaches(certificate, header.scope), 'out_of_scope', header.scope);
  demand(
    ((certificate.audiences >>> header.audience) & 1) === 1,
    'out_of_scope',
    `audience ${header.audience}`,
  );
}
