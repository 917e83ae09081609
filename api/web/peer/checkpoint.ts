// checkpoint.ts: the hub's signed history, as others can check it (sync/PROOF.md): C2SP's signed note,
// tlog-checkpoint, tlog-proof and cosignature, over the tree of RFC 9162 with SHA-256.
import { sha256 } from '@noble/hashes/sha2.js';
import type { CertificateBook } from './book.ts';
import { compareBytes, concat, hex, sameBytes, utf8, type Bytes } from './bytes.ts';
import { kRight, type Certificate } from './certificate.ts';
import { demand } from './refused.ts';
import { verifies } from './signature.ts';

const kTypeEd25519 = 1;
const kTypeCosignature = 4;
const kTextBytesMax = 64 << 10;

/** A tree head that a keeper of the city's log signed. */
export interface LogHead {
  readonly origin: string;
  readonly size: number;
  readonly root: Bytes;
  /** Certificates of its keeper with the right to receipts. */
  readonly keepers: readonly Certificate[];
  readonly witnesses: readonly Witness[];
}
/** A node of the city that was shown this head as well. */
export interface Witness {
  readonly certificate: Certificate;
  /** Microseconds since 1970 UTC, by its own clock. */
  readonly time: number;
}
/** That a leaf stands at `index` in the tree of `head`. */
export interface LogPlace {
  readonly index: number;
  readonly hashes: readonly Bytes[];
  readonly head: LogHead;
}

/** Throws malformed, other_city, forbidden (its keeper may give no receipts), unauthorised, bad_signature. */
export function openHead(note: string, book: CertificateBook): LogHead {
  demand(note.length <= kTextBytesMax, 'malformed', 'a checkpoint over 64 KiB');
  const blank = note.lastIndexOf('\n\n');
  demand(blank > 0 && note.endsWith('\n'), 'malformed', 'a checkpoint is a text and signatures');
  const text = note.slice(0, blank + 1);
  const [origin = '', size = '', root = '', ...more] = text.slice(0, -1).split('\n');
  demand(more.length === 0, 'malformed', 'three lines and nothing more');
  const keepers = keepersOf(origin, book);
  const lines = note
    .slice(blank + 2, -1)
    .split('\n')
    .map(signatureLine);
  checkKeeper(origin, text, lines, keepers);
  return {
    origin,
    size: decimal(size),
    root: base64(root, 32),
    keepers,
    witnesses: lines.flatMap((line) => witnessIn(line, text, book)),
  };
}
function keepersOf(origin: string, book: CertificateBook): Certificate[] {
  const match = /^linli-log\/(.+)\/([0-9a-f]{32})\/(0|[1-9][0-9]*)$/.exec(origin);
  demand(match !== null, 'malformed', "not the origin of a city's log");
  demand(match[1] === book.root.scope, 'other_city', "another city's log");
  const keepers = book
    .all()
    .filter(({ subject, rights }) => hex(subject) === match[2] && (rights & kRight.receipts) !== 0);
  demand(keepers.length > 0, 'forbidden', 'who keeps this log may not give receipts');
  return keepers;
}
interface SignatureLine {
  readonly name: string;
  readonly bytes: Bytes;
}
function signatureLine(line: string): SignatureLine {
  const match = /^\u2014 (\S+) (\S+)$/.exec(line);
  demand(match !== null, 'malformed', 'a line of a signature');
  return { name: match[1] ?? '', bytes: base64(match[2] ?? '') };
}
/** By any of its keeper's keys: a hub that changed its key goes on with its history. */
function checkKeeper(
  origin: string,
  text: string,
  lines: readonly SignatureLine[],
  keepers: readonly Certificate[],
): void {
  for (const { name, bytes } of lines) {
    const keeper = keepers.find((one) => isKey(name, kTypeEd25519, one, bytes));
    if (name !== origin || !keeper) continue;
    demand(
      verifies(keeper.signingKey, utf8(text), bytes.slice(4)),
      'bad_signature',
      'the checkpoint',
    );
    return;
  }
  demand(false, 'unauthorised', "the checkpoint isn't signed by its log");
}
/** One whose name and key id are those of a certificate must hold; others are passed over. */
function witnessIn({ name, bytes }: SignatureLine, text: string, book: CertificateBook): Witness[] {
  const certificate = book
    .all()
    .find(
      (one) =>
        name === `linli-node/${hex(one.subject)}` && isKey(name, kTypeCosignature, one, bytes),
    );
  if (!certificate) return [];
  demand(bytes.length === 4 + 8 + 64, 'bad_signature', 'a cosignature');
  const time = new DataView(bytes.buffer, bytes.byteOffset + 4, 8).getBigUint64(0);
  const message = utf8(`cosignature/v1\ntime ${time}\n${text}`);
  demand(
    verifies(certificate.signingKey, message, bytes.slice(12)),
    'bad_signature',
    'a cosignature',
  );
  return [{ certificate, time: Number(time) * 1_000_000 }];
}
function isKey(name: string, type: number, { signingKey }: Certificate, bytes: Bytes): boolean {
  const id = sha256(concat(utf8(`${name}\n`), Uint8Array.of(type), signingKey)).subarray(0, 4);
  return sameBytes(bytes.subarray(0, 4), id);
}

/** Throws malformed, and what openHead throws. */
export function openPlace(text: string, book: CertificateBook): LogPlace {
  const lines = text.split('\n');
  demand(lines.shift() === 'c2sp.org/tlog-proof@v1', 'malformed', 'not a tlog-proof');
  if (lines[0]?.startsWith('extra ')) lines.shift();
  const index = /^index (.+)$/.exec(lines.shift() ?? '');
  const end = lines.indexOf('');
  demand(index !== null && end >= 0 && end <= 63, 'malformed', 'the index, and at most 63 hashes');
  return {
    index: decimal(index[1] ?? ''),
    hashes: lines.slice(0, end).map((line) => base64(line, 32)),
    head: openHead(lines.slice(end + 1).join('\n'), book),
  };
}
/** RFC 9162 §2.1.3.2. Throws altered unless the leaf of `entry` leads to the root. */
export function checkPlace(entry: Bytes, { index, hashes, head }: LogPlace): void {
  demand(index < head.size, 'altered', 'its place lies beyond the tree');
  let [fn, sn, root] = [index, head.size - 1, sha256(concat(Uint8Array.of(0), entry))];
  const up = (): void => {
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  };
  for (const hash of hashes) {
    demand(sn !== 0, 'altered', 'the proof is too long');
    const isRight = fn % 2 === 1 || fn === sn;
    root = isRight ? node(hash, root) : node(root, hash);
    if (isRight) while (fn % 2 === 0 && fn !== 0) up();
    up();
  }
  demand(sn === 0 && compareBytes(root, head.root) === 0, 'altered', 'it leads to another root');
}
const node = (left: Bytes, right: Bytes): Bytes => sha256(concat(Uint8Array.of(1), left, right));

function base64(text: string, size?: number): Bytes {
  const isBase64 = /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text);
  demand(isBase64, 'malformed', 'not base64');
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  demand(size === undefined || bytes.length === size, 'malformed', `a hash has ${size} bytes`);
  return bytes;
}
function decimal(text: string): number {
  const isDecimal = /^(0|[1-9][0-9]{0,15})$/.test(text) && Number.isSafeInteger(Number(text));
  demand(isDecimal, 'malformed', 'a number');
  return Number(text);
}
