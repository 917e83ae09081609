// carrying.ts: bundles of this phone: for a node without a line to it, and what such a node made for it.
import { selfIn, type Base } from './base.ts';
import { blobHere, blobsToDeliver } from './attachments.ts';
import type { BundledBlob, Manifest } from './bundle_manifest.ts';
import { openBundle } from './bundle_reader.ts';
import { writeBundle } from './bundle_writer.ts';
import { hex, randomBytes, sameBytes, unhex, type Bytes } from './bytes.ts';
import type { Certificate } from './certificate.ts';
import { SealingKey, SigningKey } from './keys.ts';
import type { Verdict } from './messages.ts';
import { kValue } from './values.ts';
import { memoryOf, PhoneShelf } from './phone_shelf.ts';
import { demand } from './refused.ts';
import { placeOf } from './standing.ts';
import { valueOf, type Store, type Tx } from './store.ts';
import { mayServe } from './syncing.ts';
import { stepBack, takeIn } from './taking.ts';

/** Those that a bundle can be made for: the newest certificate of each node above this phone that is known. */
export async function recipients(base: Base): Promise<Certificate[]> {
  const { book, certificate: own } = await base.store.read((tx) => selfIn(tx, base.known));
  const newest = new Map(book.all().map(({ subject }) => [hex(subject), book.newestOf(subject)]));
  return [...newest.values()].flatMap((certificate) =>
    certificate && mayServe(certificate, own) ? [certificate] : [],
  );
}

/**
 * Everything that `recipient` may have and isn't known to have, with `withFiles` photos of this phone as
 * well, sealed to it. Rejects with not_found, if no such certificate is known.
 */
export async function makeBundle(base: Base, recipient: Bytes, withFiles: boolean): Promise<Bytes> {
  const self = await base.store.read((tx) => selfIn(tx, base.known));
  const peer = self.book.find(recipient);
  demand(
    peer !== null,
    'not_found',
    '没有收件节点的证书。 The certificate of the recipient is not here.',
  );
  const epoch = await ownEpoch(base.store);
  const { memory, feeds } = await base.store.read(async (tx) => ({
    memory: await memoryOf(tx, peer),
    feeds: await feedsOf(tx, peer.subject),
  }));
  const shelf = new PhoneShelf({
    store: base.store,
    peer,
    self: self.identity.subject,
    schema: base.schema(),
    settle: async () => undefined,
  });
  const after = memory.pushedEpoch > 0n ? memory.pushed : 0;
  const page = await shelf.outgoing(after, memory.regive, Number.MAX_SAFE_INTEGER);
  return writeBundle(
    {
      id: randomBytes(16),
      created: BigInt(base.wall()),
      streamKey: randomBytes(32),
      streamHeader: randomBytes(24),
      recipient: peer,
      epoch,
      after: BigInt(after),
      upTo: BigInt(page.upTo),
      objects: page.objects,
      blobs: withFiles ? await ownFiles(base.store, peer.subject, self.identity.subject) : [],
      feeds,
    },
    self.certificate,
    self.book,
    new SigningKey(self.identity.keys.signing),
  );
}
/** What records written here name and the peer never said that it has. */
async function ownFiles(store: Store, peer: Bytes, self: Bytes): Promise<BundledBlob[]> {
  const files: BundledBlob[] = [];
  for (const row of await blobsToDeliver(store)) {
    if (row.delivered.some((mark) => mark.startsWith(hex(peer)))) continue;
    const bytes = await blobHere(store, row.name);
    if (bytes) files.push({ hash: unhex(row.name), bytes, authors: [self] });
  }
  return files;
}
async function feedsOf(tx: Tx, author: Bytes): Promise<Manifest['feeds']> {
  const rows = await tx.find('feeds', 'author', hex(author), 2000);
  return rows.map(({ feed, incarnation, seq, hash }) => ({
    feed: unhex(feed),
    incarnation: incarnation.number,
    seq,
    hash,
  }));
}
/** Of this store: random, never 0. */
async function ownEpoch(store: Store): Promise<bigint> {
  return store.change(async (tx) => {
    const before = await valueOf<bigint>(tx, kValue.epoch);
    if (before) return before;
    const value = (new DataView(randomBytes(8).buffer).getBigUint64(0) >> 1n) | 1n;
    await tx.put('values', { name: kValue.epoch, value });
    return value;
  });
}

export interface Imported {
  readonly from: Certificate;
  readonly objects: number;
  readonly refused: readonly Verdict[];
  /** Attachments that came along, for whoever keeps them. */
  readonly blobs: readonly BundledBlob[];
}
/** Takes in all parts of a bundle that was made for this phone. Rejects with what openBundle rejects with; nothing changes then. */
export async function takeBundle(base: Base, parts: readonly Bytes[]): Promise<Imported> {
  const self = await base.store.read((tx) => selfIn(tx, base.known));
  const own = self.book
    .all()
    .filter(({ subject }) => sameBytes(subject, self.identity.subject))
    .map(({ hash }) => hash);
  const { manifest, exporter, objects, blobs } = await openBundle(
    parts,
    self.book,
    own,
    new SealingKey(self.identity.keys.sealing),
  );
  return base.store.change(async (tx) => {
    await stepBack(tx, base, self, await knownOtherwise(tx, manifest.feeds));
    for (const bytes of manifest.chain)
      await tx.put('certificates', { name: hex(self.book.add(bytes).hash), bytes });
    const { verdicts } = await takeIn(tx, base, self, exporter.subject, objects);
    return {
      from: exporter,
      objects: objects.length,
      blobs,
      refused: verdicts.filter(({ refused }) => refused !== 'replay'),
    };
  });
}
/** Feeds of ours of which the exporter knows a greater number, or another hash, than is here. */
async function knownOtherwise(tx: Tx, feeds: Manifest['feeds']): Promise<Bytes[]> {
  const found: Bytes[] = [];
  for (const { feed, seq, hash } of feeds) {
    const ours = (await tx.find('sets', 'place', placeOf(feed, seq), 1))[0];
    if (!ours || ours.name !== hex(hash)) found.push(feed);
  }
  return found;
}
