// standing.ts: does a change set count? A pure function of signed objects (sync/PROTOCOL.md §8), so
// that whoever holds the same ones agrees, in whatever order they came.
import { compareBytes, hex, sameBytes, type Bytes } from './bytes.ts';
import type { CertificateBook } from './book.ts';
import type { Certificate } from './certificate.ts';
import type { Checkpoint } from './change_set.ts';
import { isEarlier, type Revocation } from './receipt.ts';
import type { ReceiptRow, RulingRow, SetState } from './store.ts';

export interface Standing {
  readonly state: SetState;
  /** Held: why. */
  readonly reason: string | null;
}
const kCounts: Standing = { state: 'counts', reason: null };

/** What is known besides of the feed, the set and the keys. Words of keys that ended are left out before. */
export interface Words {
  /** Of the set's feed. */
  readonly receipts: readonly ReceiptRow[];
  /** Of the set. */
  readonly rulings: readonly RulingRow[];
  /** Ends of the key of the certificate that the set was written under. */
  readonly ends: readonly Revocation[];
}

/** `set`: its feed, number and name. */
export function standingOf(set: { feed: Bytes; seq: bigint; name: Bytes }, words: Words): Standing {
  if (words.rulings.some(({ approved }) => approved)) return kCounts;
  const held = [...words.rulings].sort((a, b) => a.time - b.time)[0];
  const covering = words.receipts.filter(({ to }) => to >= set.seq);
  if (held) {
    // A restored hub judges anew what it had taken before.
    const before = covering.some(({ checkpoint }) => checkpoint.time < held.time);
    return before ? kCounts : { state: 'held', reason: held.reason ?? 'held' };
  }
  const isBeyond = words.ends.some((end) => liesBeyond(set, end));
  // What the hub had taken before it heard of the end stands: it has spoken by its receipt.
  return isBeyond && covering.length === 0 ? { state: 'held', reason: 'revoked' } : kCounts;
}

/** Beyond the line that the end of its key drew? */
export function liesBeyond(
  set: { feed: Bytes; seq: bigint; name: Bytes },
  end: Revocation,
): boolean {
  const cut = end.cuts.find(({ feed }) => sameBytes(feed, set.feed));
  if (!cut || set.seq > cut.seq) return true;
  return set.seq === cut.seq && compareBytes(cut.hash, set.name) !== 0;
}

/** The one for this number that counts: the lowest (epoch, size). Null: not confirmed. */
export function effectiveReceipt(receipts: readonly ReceiptRow[], seq: bigint): ReceiptRow | null {
  let effective: ReceiptRow | null = null;
  for (const receipt of receipts) {
    if (receipt.to >= seq && (!effective || isEarlier(receipt.checkpoint, effective.checkpoint)))
      effective = receipt;
  }
  return effective;
}

/**
 * The ends that count, of keys of certificates that are known: signed by a root key, by somebody who
 * stands above the key by each line of its certificates, or by the key that took its place.
 */
export function isByRight(end: Revocation, book: CertificateBook): boolean {
  const signer = book.find(end.certificate);
  const above = book.standsAboveKey(signer?.subject ?? new Uint8Array(0), end.key);
  if (above === null) return false;
  if (sameBytes(end.certificate, book.city)) return true;
  if (!signer) return false;
  return above || signer.earlier.some(({ key }) => sameBytes(key, end.key));
}
/** Does this end reach the key of `certificate`: itself, or as one that came after it? */
export function endsKeyOf(
  end: Revocation,
  certificate: Certificate,
  book: CertificateBook,
): boolean {
  if (sameBytes(end.key, certificate.signingKey)) return true;
  const cameAfter = certificate.earlier.some(({ key }) => sameBytes(key, end.key));
  const signer = book.find(end.certificate);
  const fromAbove = !signer || !signer.earlier.some(({ key }) => sameBytes(key, end.key));
  return cameAfter && fromAbove && !book.isFromRoot(certificate);
}
/** A word of a key that gave receipts, beyond the last head of its log that stands? */
export function isBeyondHead(checkpoint: Checkpoint, lastHead: Checkpoint): boolean {
  return isEarlier(lastHead, checkpoint) || checkpoint.time > lastHead.time;
}
export const placeOf = (feed: Bytes, seq: bigint): string => `${hex(feed)}/${seq}`;
