// bundle_writer.ts: makes a bundle, sealed to one recipient (sync/BUNDLE.md).
import type { CertificateBook } from './book.ts';
import { frameBytes, kChunkBytes, kFrame, type Frame } from './bundle_frames.ts';
import { readHead, writeHead } from './bundle_head.ts';
import { manifestBody, type BundleContent } from './bundle_manifest.ts';
import { concat, type Bytes } from './bytes.ts';
import { encodeInt, encodeList } from './cbor_value.ts';
import type { Certificate } from './certificate.ts';
import type { SigningKey } from './keys.ts';
import { encodeObjects, kObject, type LogObject } from './messages.ts';
import { kDomain } from './names.ts';
import { kTag, seal, SecretStream } from './seal.ts';
import { writeSigned } from './signature.ts';
import { storeZstd } from './zstd_frame.ts';

/** About how many bytes of objects to put into a frame. */
const kFrameAim = 1 << 20;

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
  const parcels = objects.filter(({ kind }) => kind === kObject.parcel).length;
  return encodeList([frames, parcels, objects.length - parcels, 0, 0].map(encodeInt));
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
