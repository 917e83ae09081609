// syncing.ts: runs one exchange over a line: who answers there, requests signed and sent, answers
// checked, until neither side has more (sync/EXCHANGE.md).
import type { CertificateBook } from './book.ts';
import { sameBytes, type Bytes } from './bytes.ts';
import { CborReader } from './cbor_reader.ts';
import { encodeBytes, encodeList } from './cbor_value.ts';
import type { WallClock } from './clock.ts';
import { isKeyEnded } from './counting.ts';
import { kRole, type Certificate } from './certificate.ts';
import { ExchangeClient, type Progress, type Shelf } from './exchange.ts';
import { SigningKey } from './keys.ts';
import type { Line } from './line.ts';
import { readResponse, writeRequest, type Request, type Response } from './messages.ts';
import { hash, kDomain } from './names.ts';
import type { Identity } from './own.ts';
import { memoryOf } from './phone_shelf.ts';
import { Portions } from './portions.ts';
import { demand, isTransient, Refused } from './refused.ts';
import { reaches } from './scope.ts';
import { checkSigned } from './signature.ts';
import { valueOf, type Store, type Tx } from './store.ts';
import { unpack, pack } from './wire.ts';

const kHelloBytesMax = 64 << 10;

export interface SyncParts {
  readonly store: Store;
  readonly book: CertificateBook;
  readonly identity: Identity;
  readonly certificate: Certificate;
  /** This phone's log before that peer. */
  readonly shelf: (peer: Certificate) => Shelf;
  /** This phone's clock, as all that follows in microseconds since 1970 UTC. */
  readonly wall: WallClock;
  /** Who answered, the clock that it showed, and ours when it was asked and when it had answered. */
  readonly heard: (peer: Certificate, time: bigint, asked: number, answered: number) => void;
  /** See shown.ts. */
  readonly takeShown: (chain: readonly Bytes[]) => Promise<Certificate[]>;
}
interface Held {
  readonly progress: Progress;
  readonly peer: Certificate;
}

/** One exchange with who is there. Rejects as Phone.sync does. */
export async function syncOver(line: Line, parts: SyncParts): Promise<Progress> {
  const { progress, peer } = await withWhoIsThere(line, parts);
  // It says that it doesn't work where, by what is here of it, it does: it has moved.
  const known = parts.book.newestAfter(peer);
  if (progress.elsewhere.some((path) => reaches(known, path)))
    await meet(line, parts).catch(ignoreRefusal);
  return progress;
}
async function withWhoIsThere(line: Line, parts: SyncParts): Promise<Held> {
  const remembered = await whoAnswered(line, parts);
  const first = remembered ?? (await meet(line, parts));
  try {
    return await exchange(line, parts, first);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.reason === 'unknown_certificate') {
      // Whoever enrolled us may be gone without having told anybody.
      return exchange(line, parts, await introduce(line, parts, first));
    }
    // Another node may answer there by now: it says who it is, once.
    if (error.reason === 'bad_signature' && remembered) {
      const peer = await meet(line, parts);
      if (!sameBytes(peer.hash, remembered.hash)) return exchange(line, parts, peer);
    }
    // Who is refused for good hears of no newer certificate of who refuses it, by which that may read
    // what was passed over: it is asked for it.
    if (error.reason === 'revoked') {
      const peer = await meet(line, parts).catch(() => first);
      if (!sameBytes(peer.hash, first.hash)) return exchange(line, parts, peer);
    }
    throw error;
  }
}

async function exchange(line: Line, parts: SyncParts, peer: Certificate): Promise<Held> {
  const { store, book, certificate } = parts;
  const memory = await store.read((tx) => memoryOf(tx, peer));
  const isEnded = await store.read((tx) => isKeyEnded(tx, peer, book));
  demand(
    !isEnded,
    'stranger',
    '在此地址应答的节点密钥已停用，请改用其他节点。 The key that answers there was ended: sync with another node.',
  );
  const client = new ExchangeClient(parts.shelf(peer), memory, {
    city: book.city,
    certificate: certificate.hash,
  });
  const portions = new Portions();
  let newer: readonly Bytes[] = [];
  try {
    let request: Request | null = await client.begin(portions.current);
    while (request) {
      const response: Response = await roundTrip(line, parts, peer, request, portions);
      if (response.newer.length > 0) newer = response.newer;
      request = await client.take(response, portions.current);
    }
  } finally {
    // After what the pages brought. One that isn't taken is shown again.
    if (newer.length > 0) await parts.takeShown(newer).catch(ignoreRefusal);
  }
  return { progress: client.progress, peer };
}
function ignoreRefusal(error: unknown): void {
  if (!(error instanceof Refused)) throw error;
}
async function roundTrip(
  line: Line,
  parts: SyncParts,
  peer: Certificate,
  request: Request,
  portions: Portions,
): Promise<Response> {
  const body = writeRequest(request);
  const wire = pack(
    await new SigningKey(parts.identity.keys.signing).signBody(kDomain.request, body),
  );
  const began = performance.now();
  const asked = parts.wall();
  const answer = await line.sync(wire);
  const answered = parts.wall();
  portions.answered(performance.now() - began);
  const signed = unpack(answer);
  checkSigned(peer.signingKey, kDomain.response, signed);
  const response = readResponse(signed.body, parts.certificate.hash);
  demand(sameBytes(response.request, hash(body)), 'malformed', 'it answers another request');
  parts.heard(peer, response.time, asked, answered);
  return response;
}

// ---- Who answers there ---------------------------------------------------------------------------

const addressName = (line: Line): string => `address/${line.url}`;

/**
 * The newest certificate of who answered at this address before; null if nobody did, or that key was
 * ended: who holds it isn't who it was, and whoever answers says anew who it is.
 */
export async function whoAnswered(
  line: Line,
  { store, book }: Pick<SyncParts, 'store' | 'book'>,
): Promise<Certificate | null> {
  return store.read((tx) => answeredIn(tx, line, book));
}
/** The same, within a transaction. */
export async function answeredIn(
  tx: Tx,
  line: Line,
  book: CertificateBook,
): Promise<Certificate | null> {
  const subject = await valueOf<Bytes>(tx, addressName(line));
  const newest = subject && book.newestOf(subject);
  return newest && !(await isKeyEnded(tx, newest, book)) ? newest : null;
}
/** Asks who is there. An older version that doesn't say must be who enrolled us. */
async function meet(line: Line, parts: SyncParts): Promise<Certificate> {
  const hello = await line.hello();
  const peer = hello ? await learn(hello, parts) : parts.book.find(parts.certificate.issuer);
  demand(peer !== null, 'stranger', 'who enrolled this phone is not known');
  return remember(line, parts, peer);
}
/** Answers with who is there. Who was met there before (`known`) isn't judged anew. */
async function introduce(line: Line, parts: SyncParts, known: Certificate): Promise<Certificate> {
  const answer = await line.introduce(helloOf(parts.book, parts.certificate));
  const peer = answer.length > 0 ? await learn(answer, parts) : await meet(line, parts);
  return sameBytes(peer.subject, known.subject) ? peer : remember(line, parts, peer);
}
/** Our own certificates, from the one that the root issued down. */
export function helloOf(book: CertificateBook, certificate: Certificate): Bytes {
  return encodeList(
    book
      .chain(certificate.hash)
      .map(({ hash: name }) => encodeBytes(book.signed(name) ?? new Uint8Array(0))),
  );
}
/** All of them, or none (`stranger`). Nothing else is believed: its key must sign the answers. */
async function learn(hello: Bytes, { takeShown }: SyncParts): Promise<Certificate> {
  demand(hello.length <= kHelloBytesMax, 'too_large', 'a hello over 64 KiB');
  const reader = new CborReader(hello);
  const chain = reader.list(1, 16, () => reader.bytes(1, hello.length));
  reader.end();
  const shown = await takeShown(chain).catch((error: unknown) => {
    if (!(error instanceof Refused)) throw error;
    // That somebody has too many certificates says something about them, and no later moment helps.
    if (isTransient(error.reason) && error.reason !== 'slow_down') throw error;
    throw new Refused('stranger', `对方不属于本市。 Not a node of this city: ${error.message}.`);
  });
  const peer = shown[shown.length - 1];
  demand(peer !== undefined, 'malformed', 'nobody says hello');
  return peer;
}
async function remember(
  line: Line,
  { store, certificate }: SyncParts,
  peer: Certificate,
): Promise<Certificate> {
  demand(
    mayServe(peer, certificate),
    'stranger',
    '对方不是上级节点。 That node is none that this phone may sync with.',
  );
  await store.change((tx) => tx.put('values', { name: addressName(line), value: peer.subject }));
  return peer;
}
/** The hub, or a district, street or office whose certificate covers all our paths. */
export function mayServe(peer: Certificate, own: Certificate): boolean {
  if (peer.role === kRole.hub) return true;
  if (peer.role > kRole.office) return false;
  return pathsBeyond(peer, own).length === 0;
}
/** Paths of our certificate that the peer doesn't cover. */
export const pathsBeyond = (peer: Certificate, own: Certificate): string[] =>
  own.paths.filter((path) => !reaches(peer, path));
