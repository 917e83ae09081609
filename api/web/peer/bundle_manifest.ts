// bundle_manifest.ts: what a bundle says of itself (sync/BUNDLE.md, "Frames"): by whom, for whom, which
// stretch of the exporter's log; tied to the stream that it stands in.
import type { CertificateBook } from './book.ts';
import { utf8, type Bytes } from './bytes.ts';
import type { CborReader } from './cbor_reader.ts';
import { encodeBytes, encodeFields, encodeInt, encodeList, kTrue } from './cbor_value.ts';
import type { Certificate } from './certificate.ts';
import { Layout, need, type Found } from './layout.ts';
import { kObject, type Frontier, type LogObject } from './messages.ts';
import { kDomain, keyedHash } from './names.ts';
import { demand } from './refused.ts';

export interface Manifest {
  readonly city: Bytes;
  readonly id: Bytes;
  readonly exporter: Bytes;
  readonly recipient: Bytes;
  readonly created: bigint;
  readonly stream: Bytes;
  readonly epoch: bigint;
  readonly after: bigint;
  readonly upTo: bigint;
  readonly counts: readonly [parcels: bigint, receipts: bigint, blobs: bigint, bytes: bigint];
  readonly chain: readonly Bytes[];
  readonly since: Bytes | null;
  readonly withOwn: boolean;
  readonly withBlobs: boolean;
  readonly acknowledged: { readonly epoch: bigint; readonly arrival: bigint } | null;
  /** The recipient's own feeds, as far as the exporter knows them. */
  readonly feeds: ReadonlyArray<Frontier & { readonly incarnation: bigint }>;
}
/** Throws malformed, unknown_critical. */
export function readManifest(body: Bytes): Manifest {
  const layout = new Layout(body);
  const { reader } = layout;
  const found: Found<Manifest> = {};
  layout.keys({
    1: () => (found.city = reader.bytes(32)),
    2: () => (found.id = reader.bytes(16)),
    3: () => (found.exporter = reader.bytes(32)),
    4: () => (found.recipient = reader.bytes(32)),
    5: () => (found.created = reader.int()),
    6: () => (found.stream = reader.bytes(32)),
    7: () => (found.epoch = reader.int(1n)),
    8: () => (found.after = reader.int(1n)),
    9: () => (found.upTo = reader.int(0n)),
    10: () => (found.counts = readCounts(reader)),
    11: () => (found.chain = reader.list(1, 16, () => reader.bytes(1, body.length))),
    12: () => (found.since = reader.bytes(16)),
    13: () => (found.withOwn = reader.yes()),
    14: () => (found.withBlobs = reader.yes()),
    15: () =>
      (found.acknowledged = reader.tuple(2, 2, () => ({
        epoch: reader.int(1n),
        arrival: reader.int(1n),
      }))),
    16: () => (found.feeds = readFeeds(reader)),
  });
  const manifest: Manifest = {
    city: need(found.city, 'the city'),
    id: need(found.id, 'the id'),
    exporter: need(found.exporter, 'the exporter'),
    recipient: need(found.recipient, 'the recipient'),
    created: need(found.created, 'the time'),
    stream: need(found.stream, 'the stream'),
    epoch: need(found.epoch, 'the epoch'),
    after: found.after ?? 0n,
    upTo: need(found.upTo, 'the end of the stretch'),
    counts: need(found.counts, 'the counts'),
    chain: need(found.chain, 'the chain'),
    since: found.since ?? null,
    withOwn: found.withOwn ?? false,
    withBlobs: found.withBlobs ?? false,
    acknowledged: found.acknowledged ?? null,
    feeds: found.feeds ?? [],
  };
  layout.finish();
  return manifest;
}
const readCounts = (reader: CborReader): Manifest['counts'] =>
  reader.tuple(
    4,
    4,
    () => [reader.int(0n), reader.int(0n), reader.int(0n), reader.int(0n)] as const,
  );
function readFeeds(reader: CborReader): Manifest['feeds'] {
  return reader.tuple(4, 8000, (count) => {
    demand(count % 4 === 0, 'malformed', 'feeds in groups of four');
    return Array.from({ length: count / 4 }, () => {
      const feed = reader.bytes(32);
      const incarnation = reader.int(0n);
      return { feed, incarnation, seq: reader.int(1n), hash: reader.bytes(32) };
    });
  });
}

/** What a bundle is made of; the rest follows from it. */
export interface BundleContent {
  readonly id: Bytes;
  readonly created: bigint;
  readonly streamKey: Bytes;
  readonly streamHeader: Bytes;
  readonly recipient: Certificate;
  readonly epoch: bigint;
  readonly after: bigint;
  readonly upTo: bigint;
  readonly objects: readonly LogObject[];
  /** Attachments, behind all objects. */
  readonly blobs: readonly BundledBlob[];
  readonly feeds: Manifest['feeds'];
}
export interface BundledBlob {
  readonly hash: Bytes;
  readonly bytes: Bytes;
  /** Whom it is delivered for. */
  readonly authors: readonly Bytes[];
}

/** Bytes to sign. */
export function manifestBody(
  content: BundleContent,
  exporter: Certificate,
  book: CertificateBook,
): Bytes {
  const parcels = content.objects.filter(({ kind }) => kind === kObject.parcel).length;
  const { objects, blobs } = content;
  const bytes = [...objects, ...blobs].reduce((sum, one) => sum + one.bytes.length, 0);
  const chain = book
    .chain(exporter.hash)
    .map((certificate) =>
      encodeBytes(need(book.signed(certificate.hash) ?? undefined, 'a certificate')),
    );
  return encodeFields([
    [0, encodeInt(1)],
    [1, encodeBytes(book.city)],
    [2, encodeBytes(content.id)],
    [3, encodeBytes(exporter.hash)],
    [4, encodeBytes(content.recipient.hash)],
    [5, encodeInt(content.created)],
    [6, encodeBytes(keyedHash(content.streamKey, utf8(kDomain.bundle), content.streamHeader))],
    [7, encodeInt(content.epoch)],
    [8, content.after > 0n ? encodeInt(content.after) : null],
    [9, encodeInt(content.upTo)],
    [10, encodeList([parcels, objects.length - parcels, blobs.length, bytes].map(encodeInt))],
    [11, encodeList(chain)],
    [14, blobs.length > 0 ? kTrue : null],
    [
      16,
      content.feeds.length > 0
        ? encodeList(
            content.feeds.flatMap(({ feed, incarnation, seq, hash: last }) => [
              encodeBytes(feed),
              encodeInt(incarnation),
              encodeInt(seq),
              encodeBytes(last),
            ]),
          )
        : null,
    ],
  ]);
}
