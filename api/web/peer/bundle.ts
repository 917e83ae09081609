// bundle.ts: what one node hands another without a line (sync/BUNDLE.md): made here for one
// recipient, or made by another for this phone. The objects within are judged like those of a line.
import type { CertificateBook } from './book.ts';
import { joinParts, readHead, writeHead, type BundleHead } from './bundle_head.ts';
import { concat, sameBytes, utf8, type Bytes } from './bytes.ts';
import { CborReader } from './cbor_reader.ts';
import { encodeBytes, encodeFields, encodeInt, encodeList } from './cbor_value.ts';
import type { Certificate } from './certificate.ts';
import type { SealingKey, SigningKey } from './keys.ts';
import { Layout, need, type Found } from './layout.ts';
import { encodeObjects, readObjects, type Frontier, type LogObject } from './messages.ts';
import { kDomain, keyedHash } from './names.ts';
import { demand, Refused } from './refused.ts';
import {
  kSealBytes,
  kStreamHeaderBytes,
  kStreamOverhead,
  kTag,
  seal,
  SecretStream,
  unseal,
} from './seal.ts';
import { isSignedBy, readSigned, writeSigned } from './signature.ts';
import { openZstd, storeZstd } from './zstd_frame.ts';

const kChunkBytes = 65_536;
const kFrameBytesMax = (8 << 20) + (128 << 10);
const kObjectsBytesMax = 8 << 20;
const kSealedKeyBytes = 32 + kSealBytes;
const kFrame = { manifest: 1, objects: 2, blob: 3, piece: 4, end: 5 } as const;
/** About how many bytes of objects to put into a frame. */
const kFrameAim = 1 << 20;

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
export interface Frame {
  readonly kind: number;
  readonly payload: Bytes;
}
/** An attachment that came along. */
export interface BundledBlob {
  readonly hash: Bytes;
  readonly bytes: Bytes;
  readonly authors: readonly Bytes[];
}
export interface Bundle {
  readonly head: BundleHead;
  readonly manifest: Manifest;
  /** As the last one of its chain. */
  readonly exporter: Certificate;
  readonly objects: readonly LogObject[];
  readonly blobs: readonly BundledBlob[];
  readonly frames: readonly Frame[];
}

// ---- Reading ---------------------------------------------------------------------------------------

/**
 * Opens and checks all of a bundle before anything of it is used. `own`: names of this phone's
 * certificates. Rejects with what joinParts throws; other_city, wrong_recipient, altered, truncated,
 * stranger, bad_signature, malformed, too_large, newer_version.
 */
export async function openBundle(
  parts: readonly Bytes[],
  book: CertificateBook,
  own: readonly Bytes[],
  key: SealingKey,
): Promise<Bundle> {
  const { head, content } = joinParts(parts);
  demand(
    sameBytes(head.city, book.city),
    'other_city',
    '这是另一个城市的数据包。 A bundle of another city.',
  );
  demand(
    own.some((name) => sameBytes(name, head.recipient)),
    'wrong_recipient',
    '这不是给本机的数据包。 A bundle for another node.',
  );
  demand(
    content.length > kSealedKeyBytes + kStreamHeaderBytes,
    'truncated',
    'it ends before its first chunk',
  );
  const streamKey = await unseal(content.slice(0, kSealedKeyBytes), key);
  const header = content.slice(kSealedKeyBytes, kSealedKeyBytes + kStreamHeaderBytes);
  const frames = framesOf(
    openChunks(content.subarray(kSealedKeyBytes + kStreamHeaderBytes), streamKey, header, head),
  );
  const { manifest, exporter } = checkManifest(
    frames[0],
    head,
    book,
    keyedHash(streamKey, utf8(kDomain.bundle), header),
  );
  return { head, manifest, exporter, frames, ...contentOf(frames) };
}
function openChunks(content: Bytes, key: Bytes, header: Bytes, head: BundleHead): Bytes {
  const stream = new SecretStream(key, header);
  const opened: Bytes[] = [];
  const size = kChunkBytes + kStreamOverhead;
  for (let at = 0; at < content.length; at += size) {
    const isLast = at + size >= content.length;
    const { message, tag } = stream.pull(content.subarray(at, at + size), head.bound);
    demand(!isLast || tag === kTag.final, 'truncated', 'it ends before its last chunk');
    demand(isLast || tag === kTag.message, 'altered', 'something stands behind its last chunk');
    opened.push(message);
  }
  return concat(...opened);
}
function framesOf(bytes: Bytes): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at < bytes.length; ) {
    demand(bytes.length - at >= 5, 'malformed', 'a frame that is cut short');
    const kind = bytes[at] ?? 0;
    const length = new DataView(bytes.buffer, bytes.byteOffset + at + 1, 4).getUint32(0);
    demand(length <= kFrameBytesMax, 'too_large', 'a frame over its limit');
    demand(length <= bytes.length - at - 5, 'malformed', 'a frame that is cut short');
    frames.push({ kind, payload: bytes.subarray(at + 5, at + 5 + length) });
    at += 5 + length;
  }
  return frames;
}

function checkManifest(
  frame: Frame | undefined,
  head: BundleHead,
  book: CertificateBook,
  stream: Bytes,
): { manifest: Manifest; exporter: Certificate } {
  demand(frame?.kind === kFrame.manifest, 'malformed', 'the manifest comes first');
  demand(frame.payload.length <= 1 << 20, 'too_large', 'a manifest over 1 MiB');
  const signed = readSigned(frame.payload);
  const manifest = readManifest(signed.body);
  const exporter = chainEnd(manifest.chain, book);
  demand(sameBytes(exporter.hash, manifest.exporter), 'stranger', "the chain isn't the exporter's");
  demand(isSignedBy(exporter.signingKey, kDomain.bundle, signed), 'bad_signature', 'the manifest');
  const isAbout =
    sameBytes(manifest.city, head.city) &&
    sameBytes(manifest.id, head.id) &&
    sameBytes(manifest.exporter, head.exporter) &&
    sameBytes(manifest.recipient, head.recipient) &&
    manifest.created === head.created &&
    sameBytes(manifest.stream, stream);
  demand(isAbout, 'altered', 'the manifest is about another bundle');
  return { manifest, exporter };
}
function chainEnd(chain: readonly Bytes[], book: CertificateBook): Certificate {
  try {
    const certificates = chain.map((signed) => book.add(signed));
    return need(certificates[certificates.length - 1], "the exporter's chain");
  } catch (error) {
    if (error instanceof Refused) throw new Refused('stranger', error.message);
    throw error;
  }
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

/** Every frame behind the manifest: its kind, its place, its size; and the counts of the end. */
function contentOf(frames: readonly Frame[]): { objects: LogObject[]; blobs: BundledBlob[] } {
  const objects: LogObject[] = [];
  const blobs = new BlobReader();
  demand(
    frames.length >= 2 && frames[frames.length - 1]?.kind === kFrame.end,
    'malformed',
    'the end is missing',
  );
  for (const { kind, payload } of frames.slice(1, -1)) {
    demand(
      blobs.isWhole || kind === kFrame.piece,
      'malformed',
      'something stands between the pieces of an attachment',
    );
    if (kind === kFrame.objects) objects.push(...readFrameObjects(payload));
    else if (kind === kFrame.blob) blobs.begin(payload);
    else if (kind === kFrame.piece) blobs.add(payload);
    else demand(kind >= 128, kind >= 6 ? 'newer_version' : 'malformed', `a frame of kind ${kind}`);
  }
  demand(blobs.isWhole, 'malformed', 'an attachment that is cut short');
  checkEnd(frames, objects, blobs.found);
  return { objects, blobs: blobs.found };
}
function readFrameObjects(payload: Bytes): LogObject[] {
  const reader = new CborReader(openZstd(payload, kObjectsBytesMax));
  const objects = readObjects(reader);
  reader.end();
  return objects;
}
function checkEnd(
  frames: readonly Frame[],
  objects: readonly LogObject[],
  blobs: readonly BundledBlob[],
): void {
  const reader = new CborReader(frames[frames.length - 1]?.payload ?? new Uint8Array(0));
  const said = reader.list(5, 5, () => reader.int(0n)).map(Number);
  reader.end();
  const parcels = objects.filter(({ kind }) => kind === 1).length;
  const bytes = blobs.reduce((sum, blob) => sum + blob.bytes.length, 0);
  const found = [frames.length - 1, parcels, objects.length - parcels, blobs.length, bytes];
  demand(
    found.every((count, i) => count === said[i]),
    'altered',
    "the end doesn't count what came",
  );
}
class BlobReader {
  readonly found: BundledBlob[] = [];
  private open: {
    hash: Bytes;
    size: number;
    authors: Bytes[];
    pieces: Bytes[];
    have: number;
  } | null = null;

  get isWhole(): boolean {
    return this.open === null;
  }
  begin(payload: Bytes): void {
    const reader = new CborReader(payload);
    this.open = reader.tuple(3, 3, () => ({
      hash: reader.bytes(32),
      size: reader.small(1, 64 << 20),
      authors: reader.list(1, 16, () => reader.bytes(16)),
      pieces: [],
      have: 0,
    }));
    reader.end();
  }
  add(piece: Bytes): void {
    demand(
      this.open !== null && piece.length >= 1 && piece.length <= 262_144,
      'malformed',
      'a piece of no attachment',
    );
    const { open } = this;
    open.have += piece.length;
    demand(open.have <= open.size, 'malformed', 'an attachment that is longer than it says');
    open.pieces.push(piece);
    if (open.have < open.size) return;
    this.found.push({ hash: open.hash, bytes: concat(...open.pieces), authors: open.authors });
    this.open = null;
  }
}

// ---- Writing ---------------------------------------------------------------------------------------

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
  readonly feeds: Manifest['feeds'];
}
/** One part, sealed to the recipient. Rejects with what signing rejects with. */
export async function writeBundle(
  content: BundleContent,
  exporter: Certificate,
  book: CertificateBook,
  key: SigningKey,
): Promise<Bytes> {
  const { id, created, recipient } = content;
  const head = {
    id,
    city: book.city,
    recipient: recipient.hash,
    exporter: exporter.hash,
    created,
    part: 1,
    parts: 1,
    offset: 0n,
  };
  const bound = readHead(writeHead({ ...head, size: 1n })).bound;
  const manifest = writeSigned(
    await key.signBody(kDomain.bundle, manifestBody(content, exporter, book)),
  );
  const frames: Frame[] = [
    { kind: kFrame.manifest, payload: manifest },
    ...objectFrames(content.objects),
  ];
  frames.push({ kind: kFrame.end, payload: endPayload(frames.length, content.objects) });
  const sealed = concat(
    seal(content.streamKey, recipient.sealingKey),
    content.streamHeader,
    sealChunks(concat(...frames.map(frameBytes)), content, bound),
  );
  return concat(writeHead({ ...head, size: BigInt(sealed.length) }), sealed);
}
function manifestBody(content: BundleContent, exporter: Certificate, book: CertificateBook): Bytes {
  const parcels = content.objects.filter(({ kind }) => kind === 1).length;
  const bytes = content.objects.reduce((sum, object) => sum + object.bytes.length, 0);
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
    [10, encodeList([parcels, content.objects.length - parcels, 0, bytes].map(encodeInt))],
    [11, encodeList(chain)],
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
function objectFrames(objects: readonly LogObject[]): Frame[] {
  const frames: Frame[] = [];
  let batch: LogObject[] = [];
  let bytes = 0;
  const flush = (): void => {
    if (batch.length > 0)
      frames.push({ kind: kFrame.objects, payload: storeZstd(encodeObjects(batch)) });
    [batch, bytes] = [[], 0];
  };
  for (const object of objects) {
    if (bytes >= kFrameAim || batch.length >= 1000) flush();
    batch.push(object);
    bytes += object.bytes.length;
  }
  flush();
  return frames;
}
function endPayload(frames: number, objects: readonly LogObject[]): Bytes {
  const parcels = objects.filter(({ kind }) => kind === 1).length;
  return encodeList([frames, parcels, objects.length - parcels, 0, 0].map(encodeInt));
}
function frameBytes({ kind, payload }: Frame): Bytes {
  const head = new Uint8Array(5);
  head[0] = kind;
  new DataView(head.buffer).setUint32(1, payload.length);
  return concat(head, payload);
}
function sealChunks(
  frames: Bytes,
  { streamKey, streamHeader }: BundleContent,
  bound: Bytes,
): Bytes {
  const stream = new SecretStream(streamKey, streamHeader);
  const chunks: Bytes[] = [];
  for (let at = 0; at < frames.length; at += kChunkBytes) {
    const isLast = at + kChunkBytes >= frames.length;
    chunks.push(
      stream.push(frames.subarray(at, at + kChunkBytes), bound, isLast ? kTag.final : kTag.message),
    );
  }
  return concat(...chunks);
}
