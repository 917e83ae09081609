// receipt.ts: the hub's word (sync/PROTOCOL.md §8): what it has made durable (receipt), what it holds
// back or approves (ruling), whose key has ended (revocation).
import { compareBytes, sameBytes, type Bytes } from './bytes.ts';
import type { CborReader } from './cbor_reader.ts';
import { encodeBytes, encodeFields, encodeInt, encodeList, encodeText } from './cbor_value.ts';
import { kRight, type Certificate } from './certificate.ts';
import type { Checkpoint } from './change_set.ts';
import { kTimeMax, readCheckpoint } from './change_set_reader.ts';
import { encodeCheckpoint } from './change_set_writer.ts';
import { Layout, need, readScope, type Found, type KeyReaders } from './layout.ts';
import { kDomain, nameOf, type Domain } from './names.ts';
import { demand } from './refused.ts';
import { reaches } from './scope.ts';
import { checkSigned, type SignedBody } from './signature.ts';

/** Confirms every number of a feed up to `to`, by the chain. */
export interface Receipt {
  readonly city: Bytes;
  readonly certificate: Bytes;
  readonly feed: Bytes;
  readonly scope: string;
  readonly audience: number;
  readonly from: bigint;
  readonly to: bigint;
  /** Of number `to`. */
  readonly last: Bytes;
  /** Numbers whose stamp or `seen` lay more than 10 minutes ahead of the signer's clock. */
  readonly clockFlagged: readonly bigint[];
  readonly checkpoint: Checkpoint;
}
export interface Ruling {
  readonly city: Bytes;
  readonly certificate: Bytes;
  readonly feed: Bytes;
  readonly scope: string;
  readonly audience: number;
  readonly seq: bigint;
  readonly set: Bytes;
  readonly approved: boolean;
  /** Held: the name of an error; approved: a person's words. */
  readonly reason: string | null;
  readonly time: number;
  /** Of an approval: the pseudonym of the account that gave it; null: nobody was logged in. */
  readonly actor: Bytes | null;
}
/** The last set of one feed that the signer held. */
export interface Cut {
  readonly feed: Bytes;
  readonly seq: bigint;
  readonly hash: Bytes;
}
export interface Revocation {
  readonly city: Bytes;
  /** The city itself, if a root key signed it. */
  readonly certificate: Bytes;
  readonly key: Bytes;
  readonly cuts: readonly Cut[];
  readonly reason: string;
  readonly time: number;
  /** Of a key that gave receipts: the last head of its log that stands. */
  readonly lastHead: Checkpoint | null;
  /** Its name. */
  readonly hash: Bytes;
}
/** As in a receipt and a ruling: whose word, and of which feed. */
type Word = Pick<Receipt, 'city' | 'certificate' | 'feed' | 'scope' | 'audience'>;

function wordReaders(layout: Layout, found: Found<Word>): KeyReaders {
  const { reader } = layout;
  return {
    1: () => (found.city = reader.bytes(32)),
    2: () => (found.certificate = reader.bytes(32)),
    3: () => (found.feed = reader.bytes(32)),
    4: () => (found.scope = readScope(reader)),
    5: () => (found.audience = readAudience(layout)),
  };
}
/** One of a later version is critical: not even who may receive it can be known. */
export function readAudience(layout: Layout): number {
  const audience = Number(layout.reader.int(0n));
  if (audience > 3) layout.critical = true;
  return audience;
}
function completeWord(found: Found<Word>): Word {
  return {
    city: need(found.city, 'the city'),
    certificate: need(found.certificate, "the signer's certificate"),
    feed: need(found.feed, 'the feed'),
    scope: need(found.scope, 'the scope'),
    audience: need(found.audience, 'the audience'),
  };
}

/** Throws too_large, malformed, unknown_critical. */
export function readReceipt(body: Bytes): Receipt {
  demand(body.length <= 64 << 10, 'too_large', 'a receipt over 64 KiB');
  const layout = new Layout(body);
  const { reader } = layout;
  const found: Found<Receipt> = {};
  layout.keys({
    ...wordReaders(layout, found),
    6: () => (found.from = reader.int(1n)),
    7: () => (found.to = reader.int(1n)),
    8: () => (found.last = reader.bytes(32)),
    9: () => (found.clockFlagged = readFlagged(reader)),
    10: () => (found.checkpoint = readCheckpoint(reader)),
  });
  const receipt: Receipt = {
    ...completeWord(found),
    from: need(found.from, 'from'),
    to: need(found.to, 'to'),
    last: need(found.last, 'last'),
    clockFlagged: found.clockFlagged ?? [],
    checkpoint: need(found.checkpoint, 'the checkpoint'),
  };
  const { from, to, clockFlagged } = receipt;
  demand(from <= to, 'malformed', 'to comes before from');
  demand(
    clockFlagged.every((seq) => seq >= from && seq <= to),
    'malformed',
    "it flags what it doesn't cover",
  );
  layout.finish();
  return receipt;
}
function readFlagged(reader: CborReader): bigint[] {
  const flagged = reader.list(1, 1000, () => reader.int(1n));
  flagged.forEach((seq, i) =>
    demand(
      i === 0 || seq > (flagged[i - 1] ?? 0n),
      'malformed',
      'flagged numbers ascend, none twice',
    ),
  );
  return flagged;
}
export function writeReceipt(receipt: Receipt): Bytes {
  const { clockFlagged } = receipt;
  return encodeFields([
    ...wordFields(receipt),
    [6, encodeInt(receipt.from)],
    [7, encodeInt(receipt.to)],
    [8, encodeBytes(receipt.last)],
    [9, clockFlagged.length > 0 ? encodeList(clockFlagged.map(encodeInt)) : null],
    [10, encodeCheckpoint(receipt.checkpoint)],
  ]);
}
function wordFields(word: Word): Array<[number, Bytes]> {
  return [
    [0, encodeInt(1)],
    [1, encodeBytes(word.city)],
    [2, encodeBytes(word.certificate)],
    [3, encodeBytes(word.feed)],
    [4, encodeText(word.scope)],
    [5, encodeInt(word.audience)],
  ];
}

/** Throws malformed, unknown_critical. */
export function readRuling(body: Bytes): Ruling {
  const layout = new Layout(body);
  const { reader } = layout;
  const found: Found<Ruling> = {};
  layout.keys({
    ...wordReaders(layout, found),
    6: () => (found.seq = reader.int(1n)),
    7: () => (found.set = reader.bytes(32)),
    8: () => (found.approved = reader.small(0, 1) === 1),
    9: () => (found.reason = reader.text(1, 200)),
    10: () => (found.time = reader.small(0, kTimeMax)),
    11: () => (found.actor = reader.bytes(16)),
  });
  const ruling: Ruling = {
    ...completeWord(found),
    seq: need(found.seq, 'the number'),
    set: need(found.set, 'the change set'),
    approved: need(found.approved, 'the ruling'),
    reason: found.reason ?? null,
    time: need(found.time, 'the time'),
    actor: found.actor ?? null,
  };
  demand(ruling.approved || !ruling.actor, 'malformed', 'nobody in person holds back');
  layout.finish();
  return ruling;
}

/** Throws too_large, malformed, unknown_critical. */
export function readRevocation(body: Bytes): Revocation {
  demand(body.length <= 320 << 10, 'too_large', 'a revocation over 320 KiB');
  const layout = new Layout(body);
  const { reader } = layout;
  const found: Found<Revocation> = {};
  layout.keys({
    1: () => (found.city = reader.bytes(32)),
    2: () => (found.certificate = reader.bytes(32)),
    3: () => (found.key = reader.bytes(32)),
    4: () => (found.cuts = readCuts(reader)),
    5: () => (found.reason = reader.text(1, 200)),
    6: () => (found.time = reader.small(0, kTimeMax)),
    7: () => (found.lastHead = readCheckpoint(reader)),
  });
  const revocation: Revocation = {
    city: need(found.city, 'the city'),
    certificate: need(found.certificate, "the signer's certificate"),
    key: need(found.key, 'the key'),
    cuts: need(found.cuts, 'the cuts'),
    reason: need(found.reason, 'the reason'),
    time: need(found.time, 'the time'),
    lastHead: found.lastHead ?? null,
    hash: nameOf(kDomain.revocation, body),
  };
  layout.finish();
  return revocation;
}
function readCuts(reader: CborReader): Cut[] {
  const cuts = reader.list(0, 4000, () =>
    reader.tuple(3, 3, () => ({
      feed: reader.bytes(32),
      seq: reader.int(1n),
      hash: reader.bytes(32),
    })),
  );
  cuts.forEach((cut, i) => {
    const before = cuts[i - 1];
    demand(
      !before || compareBytes(before.feed, cut.feed) < 0,
      'malformed',
      'cuts ascend by feed, none twice',
    );
  });
  return cuts;
}

/**
 * Is this a word of the city's, by somebody who may give it? `signer`: the certificate that it names,
 * if it is known. Throws other_city, unknown_certificate, bad_signature, forbidden, out_of_scope.
 */
export function checkWord(
  city: Bytes,
  word: Pick<Word, 'city' | 'scope'>,
  domain: Domain,
  signed: SignedBody,
  signer: Certificate | null,
): void {
  demand(sameBytes(word.city, city), 'other_city', "another city's word");
  demand(signer !== null, 'unknown_certificate', 'signed under a certificate that is not here');
  checkSigned(signer.signingKey, domain, signed);
  demand((signer.rights & kRight.receipts) !== 0, 'forbidden', 'who signed it may not');
  demand(reaches(signer, word.scope), 'out_of_scope', word.scope);
}

/** Of several receipts for one number the one with the lowest (epoch, size) is effective. */
export function isEarlier(a: Checkpoint, b: Checkpoint): boolean {
  return a.epoch !== b.epoch ? a.epoch < b.epoch : a.size < b.size;
}
