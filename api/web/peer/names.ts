// names.ts: hashes and domains (sync/PROTOCOL.md §2), and what is named by them.
import { blake2b } from '@noble/hashes/blake2.js';
import { concat, utf8, type Bytes } from './bytes.ts';
import { encodeBytes, encodeInt, encodeList, encodeText } from './cbor_value.ts';

/** What a signature covers before the body. None begins another, so no kind is read as another. */
export const kDomain = {
  root: 'linli/root/1',
  certificate: 'linli/certificate/1',
  rotation: 'linli/rotation/1',
  changeSet: 'linli/change-set/1',
  receipt: 'linli/receipt/1',
  ruling: 'linli/ruling/1',
  revocation: 'linli/revocation/1',
  snapshot: 'linli/snapshot/1',
  holdings: 'linli/holdings/1',
  policy: 'linli/policy/1',
  feed: 'linli/feed/1',
  value: 'linli/value/1',
  author: 'linli/author/1',
  request: 'linli/sync-request/1',
  response: 'linli/sync-response/1',
  live: 'linli/live/1',
  blobRequest: 'linli/blob-request/1',
  blobResponse: 'linli/blob-response/1',
  enrol: 'linli/enrol-request/1',
  renewal: 'linli/renewal/1',
  bundle: 'linli/bundle/1',
  bundlePart: 'linli/bundle-part/1',
  bundleCode: 'linli/bundle-code/1',
  bundleCodes: 'linli/bundle-codes/1',
} as const;
export type Domain = (typeof kDomain)[keyof typeof kDomain];

/** BLAKE2b-256. */
export const hash = (...parts: readonly Bytes[]): Bytes => blake2b(concat(...parts), { dkLen: 32 });
/** BLAKE2b-256 under a key of 32 bytes. */
export const keyedHash = (key: Bytes, ...parts: readonly Bytes[]): Bytes =>
  blake2b(concat(...parts), { dkLen: 32, key });
/** BLAKE2b-256(domain ‖ body): what a root statement, certificate, change set or policy is called. */
export const nameOf = (domain: Domain, body: Bytes): Bytes => hash(utf8(domain), body);

/** The author id that a signing key makes: the first 16 bytes, so nobody can be given another's. */
export const authorOf = (signingKey: Bytes): Bytes =>
  nameOf(kDomain.author, signingKey).slice(0, 16);

/** An author's incarnation: 0 with an empty nonce at first. */
export interface Incarnation {
  readonly number: bigint;
  readonly nonce: Bytes;
}
export const kFirstIncarnation: Incarnation = { number: 0n, nonce: new Uint8Array(16) };

export interface FeedPlace {
  readonly city: Bytes;
  readonly author: Bytes;
  readonly scope: string;
  readonly audience: number;
  readonly incarnation: Incarnation;
}
/** Author, scope, audience and incarnation are part of every version's name through this. */
export function feedId(place: FeedPlace): Bytes {
  const parts = encodeList([
    encodeBytes(place.city),
    encodeBytes(place.author),
    encodeText(place.scope),
    encodeInt(place.audience),
    encodeInt(place.incarnation.number),
    encodeBytes(place.incarnation.nonce),
  ]);
  return nameOf(kDomain.feed, parts);
}
