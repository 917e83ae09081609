// bundle_writer.ts: makes a bundle, sealed to one recipient (sync/BUNDLE.md).
import type { CertificateBook } from './book.ts';
import { frameBytes, kChunkBytes, kFrame, type Frame } from './bundle_frames.ts';
import { readHead, writeHead } from './bundle_head.ts';
import { manifestBody, type BundleContent, type BundledBlob } from './bundle_manifest.ts';
import { concat, type Bytes } from './bytes.ts';
import { encodeBytes, encodeInt, encodeList } from './cbor_value.ts';
import type { Certificate } from './certificate.ts';
import type { SigningKey } from './keys.ts';
import { encodeObjects, kObject, type LogObject } from './messages.ts';
import { kDomain } from './names.ts';
import { kTag, seal, SecretStream } from './seal.ts';
import { writeSigned } from './signature.ts';
import { storeZstd } from './zstd_frame.ts';

/** About how many bytes of objects to put into a frame. */
const kFrameAim = 1 << 20;
/** Of an attachment, in a frame. */
const kPieceBytes = 256 << 10;

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
    ...content.blobs.flatMap(blobFrames),
  ];
  frames.push({ kind: kFrame.end, payload: endPayload(frames.length, content) });
  const sealed = concat(
    seal(content.streamKey, recipient.sealingKey),
    content.streamHeader,
    sealChunks(concat(...frames.map(frameBytes)), content, bound),
  );
  return concat(writeHead({ ...head, size: BigInt(sealed.length) }), sealed);
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
function blobFrames({ hash, bytes, authors }: BundledBlob): Frame[] {
  const head = [encodeBytes(hash), encodeInt(bytes.length), encodeList(authors.map(encodeBytes))];
  const frames: Frame[] = [{ kind: kFrame.blob, payload: encodeList(head) }];
  for (let at = 0; at < bytes.length; at += kPieceBytes)
    frames.push({ kind: kFrame.piece, payload: bytes.subarray(at, at + kPieceBytes) });
  return frames;
}
function endPayload(frames: number, { objects, blobs }: BundleContent): Bytes {
  const parcels = objects.filter(({ kind }) => kind === kObject.parcel).length;
  const bytes = blobs.reduce((sum, blob) => sum + blob.bytes.length, 0);
  const counts = [frames, parcels, objects.length - parcels, blobs.length, bytes];
  return encodeList(counts.map(encodeInt));
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
