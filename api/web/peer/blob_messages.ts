// blob_messages.ts: request and response about attachments (sync/BLOBS.md, "Messages").
import type { Bytes } from './bytes.ts';
import { CborReader } from './cbor_reader.ts';
import { encodeBytes, encodeFields, encodeInt, encodeList } from './cbor_value.ts';
import { need } from './layout.ts';
import { hash, keyedHash } from './names.ts';
import { demand, reasonNamed, type Reason } from './refused.ts';
import { utf8 } from './bytes.ts';

/** One byte to 64 MiB. */
export const kBlobBytesMax = 64 << 20;
/** Offers, or wishes, in one request. */
export const kBlobsAskedMax = 1000;

/** What a server says of an offer or a wish; a number that isn't here means no. */
export const kBlobState = {
  no: 0,
  held: 1,
  send: 2,
  prove: 3,
  available: 4,
  full: 5,
  /** Being fetched from further up: ask again in a moment. */
  coming: 6,
} as const;

export interface BlobOffer {
  readonly name: Bytes;
  readonly size: number;
  readonly proof: Bytes | null;
}
export interface BlobRequest {
  readonly city: Bytes;
  readonly certificate: Bytes;
  readonly session: Bytes | null;
  readonly counter: bigint;
  readonly offers: readonly BlobOffer[];
  readonly wishes: readonly Bytes[];
  /** Content of the one offer or wish, from this byte on; null: none is meant. */
  readonly from: number | null;
}
export interface BlobAnswer {
  readonly state: number;
  readonly number: number;
}
export interface BlobResponse {
  readonly request: Bytes;
  readonly session: Bytes;
  readonly epoch: bigint;
  readonly error: Reason | null;
  readonly detail: string;
  readonly counter: bigint;
  readonly answers: readonly BlobAnswer[];
}

export function writeBlobRequest(request: BlobRequest): Bytes {
  const { session, offers, wishes, from } = request;
  return encodeFields([
    [0, encodeInt(1)],
    [1, encodeBytes(request.city)],
    [2, encodeBytes(request.certificate)],
    [3, session ? encodeBytes(session) : null],
    [4, encodeInt(request.counter)],
    [5, offers.length > 0 ? encodeList(offers.map(encodeOffer)) : null],
    [6, wishes.length > 0 ? encodeList(wishes.map(encodeBytes)) : null],
    [7, from === null ? null : encodeInt(from)],
  ]);
}
/** Delivered for ourselves: the list of authors is empty. */
function encodeOffer({ name, size, proof }: BlobOffer): Bytes {
  const parts = [encodeBytes(name), encodeInt(size), encodeList([])];
  return encodeList(proof ? [...parts, encodeBytes(proof)] : parts);
}

/** Throws malformed, unknown_critical. */
export function readBlobResponse(body: Bytes): BlobResponse {
  const reader = new CborReader(body);
  const found: Partial<{ -readonly [K in keyof BlobResponse]: BlobResponse[K] }> = {};
  let critical = false;
  reader.map(0, body.length, (key) => {
    if (key === 0n) demand(reader.int() === 1n, 'newer_version', 'another protocol');
    else if (key === 1n) found.request = reader.bytes(32);
    else if (key === 2n) found.session = reader.bytes(16);
    else if (key === 3n) found.epoch = reader.int();
    else if (key === 4n) found.error = reasonNamed(reader.text());
    else if (key === 5n) found.detail = reader.text();
    else if (key === 6n) found.counter = reader.int();
    else if (key === 7n) found.answers = reader.list(0, kBlobsAskedMax, () => readAnswer(reader));
    else {
      reader.itemApart();
      critical ||= key < 0n;
    }
  });
  reader.end();
  demand(!critical, 'unknown_critical', 'something critical of a later version');
  return {
    request: need(found.request, 'request'),
    session: need(found.session, 'session'),
    epoch: need(found.epoch, 'epoch'),
    error: found.error ?? null,
    detail: found.detail ?? '',
    counter: found.counter ?? 0n,
    answers: found.answers ?? [],
  };
}
function readAnswer(reader: CborReader): BlobAnswer {
  return reader.tuple(2, 3, (length) => {
    const answer = { state: Number(reader.int()), number: Number(reader.int()) };
    if (length === 3) reader.list(1, 16, () => reader.bytes(16));
    return answer;
  });
}

/** Only who has the content can say it, and it is of no use to anybody else. */
export function blobProof(content: Bytes, author: Bytes): Bytes {
  return keyedHash(hash(utf8('linli/blob-proof/1'), author), content);
}
