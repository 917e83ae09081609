// bundle_reader.ts: opens a bundle that was made for this phone (sync/BUNDLE.md, "Reading"): all of it is
// checked before anything of it is used. The objects within are judged like those of a line.
import type { CertificateBook } from './book.ts';
import { kChunkBytes, kFrame, framesOf, type Frame } from './bundle_frames.ts';
import { joinParts, type BundleHead } from './bundle_head.ts';
import { readManifest, type BundledBlob, type Manifest } from './bundle_manifest.ts';
import { concat, sameBytes, utf8, type Bytes } from './bytes.ts';
import { CborReader } from './cbor_reader.ts';
import type { Certificate } from './certificate.ts';
import type { SealingKey } from './keys.ts';
import { need } from './layout.ts';
import { kObject, readObjects, type LogObject } from './messages.ts';
import { kDomain, keyedHash } from './names.ts';
import { demand, Refused } from './refused.ts';
import {
  kSealBytes,
  kStreamHeaderBytes,
  kStreamOverhead,
  kTag,
  SecretStream,
  unseal,
} from './seal.ts';
import { isSignedBy, readSigned } from './signature.ts';
import { openZstd } from './zstd_frame.ts';

const kObjectsBytesMax = 8 << 20;
const kSealedKeyBytes = 32 + kSealBytes;

export interface Bundle {
  readonly head: BundleHead;
  readonly manifest: Manifest;
  /** As the last one of its chain. */
  readonly exporter: Certificate;
  readonly objects: readonly LogObject[];
  readonly blobs: readonly BundledBlob[];
  readonly frames: readonly Frame[];
}

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
  const parcels = objects.filter(({ kind }) => kind === kObject.parcel).length;
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
