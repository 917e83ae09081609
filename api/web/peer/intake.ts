// intake.ts: what becomes of each object that arrives, and of each set that is written here: one road
// (I2). Runs within one transaction; what it takes is durable with it.
import type { CertificateBook } from './book.ts';
import { hex, sameBytes, unhex, type Bytes } from './bytes.ts';
import { CborReader } from './cbor_reader.ts';
import type { Certificate } from './certificate.ts';
import { commitmentsOf, feedOf, kKind, type ChangeSet, type Header } from './change_set.ts';
import { readChangeSet, readErased, readHeader } from './change_set_reader.ts';
import { checkTrust, extend, kEmptyTip, type FeedTip } from './feed.ts';
import { checkForkProof } from './fork_proof.ts';
import { kObject, kObjectBytesMax, type LogObject, type Verdict } from './messages.ts';
import { hash, kDomain, nameOf } from './names.ts';
import { fittingOpenings, readParcel, type Opening, type Parcel } from './parcel.ts';
import { judge, kSystemType, readPolicy, type Policy } from './policy.ts';
import { checkWord, readReceipt, readRevocation, readRuling, type Revocation } from './receipt.ts';
import { demand, isTransient, Refused, type Reason } from './refused.ts';
import { isSignedBy, readSigned } from './signature.ts';
import { endsKeyOf, isBeyondHead, isByRight, placeOf, standingOf, type Words } from './standing.ts';
import type { ReceiptRow, RulingRow, SetRow, Tx } from './store.ts';

/** What stands in the one field of certificates, policies and ends of keys. */
const kSystemField = 1;
const kEvidenceMax = 200;
const kWaitingMax = 2000;
/** Something before it is missing: kept, and judged once that is here. */
const kWaits: ReadonlySet<Reason> = new Set(['unknown_certificate', 'gap', 'unknown_policy', 'unknown_critical']);
/** Kept as evidence. */
const kEvidence: ReadonlySet<Reason> = new Set(['bad_signature', 'forbidden', 'out_of_scope', 'bad_move', 'fork', 'other_city']);

export interface Context {
  readonly book: CertificateBook;
  /** Author id of this phone. */
  readonly self: Bytes;
  /** Microseconds since 1970 UTC. */
  readonly now: number;
}
/** What taking them did besides, for whoever runs the exchange. */
export interface Taken {
  readonly verdicts: Verdict[];
  /** `type/scope/id` of records that may look otherwise now. */
  readonly touched: Set<string>;
  /** Sets of our own that came from elsewhere and weren't here: this store was put back. */
  readonly ownFromElsewhere: number;
  /** Of all changes that were taken; 0: none. */
  readonly newestStamp: number;
}
export const recordKey = (type: number, scope: string, id: Bytes): string => `${type}/${scope}/${hex(id)}`;

export class Intake {
  private readonly touched = new Set<string>();
  private ownFromElsewhere = 0;
  private newestStamp = 0;

  constructor(private readonly tx: Tx, private readonly context: Context) {}

  /** Takes them in, each judged for itself. `from`: author id of who brought them; null: written here. */
  async take(objects: readonly LogObject[], from: Bytes | null): Promise<Taken> {
    const verdicts: Verdict[] = [];
    for (const [index, object] of objects.entries()) {
      const refused = await this.one(object, from);
      if (refused) verdicts.push({ index, refused: refused.reason, detail: refused.message });
    }
    return { verdicts, touched: this.touched, ownFromElsewhere: this.ownFromElsewhere, newestStamp: this.newestStamp };
  }

  /** Null: accepted. */
  private async one(object: LogObject, from: Bytes | null): Promise<Refused | null> {
    try {
      demand(object.bytes.length <= kObjectBytesMax, 'too_large', 'an object over 1.5 MiB');
      const opened = await this.accept(object, from);
      await this.release(opened);
      return null;
    } catch (error) {
      if (!(error instanceof Refused) || isTransient(error.reason)) throw error;
      await this.keepAside(object, from, error);
      return error;
    }
  }
  /** Answers with what can be judged now that waited. */
  private accept(object: LogObject, from: Bytes | null): Promise<string[]> {
    switch (object.kind) {
      case kObject.parcel: return this.parcel(object.bytes, from);
      case kObject.receipt: return this.receipt(object.bytes, from);
      case kObject.ruling: return this.ruling(object.bytes, from);
      case kObject.forkProof: return this.forkProof(object.bytes, from);
      default: throw new Refused('malformed', `no object of kind ${object.kind} is known`);
    }
  }
  /** Judges what waited for one of these; and what waited for that, in turn. */
  private async release(keys: string[]): Promise<void> {
    for (let key = keys.pop(); key !== undefined; key = keys.pop()) {
      for (const row of await this.tx.find('waiting', 'for', key)) {
        await this.tx.remove('waiting', row.name);
        const object = { kind: kObject.parcel, bytes: row.bytes };
        const from = row.from === '' ? null : unhex(row.from);
        try {
          keys.push(...(await this.accept(object, from)));
        } catch (error) {
          if (!(error instanceof Refused)) throw error;
          await this.keepAside(object, from, error);
        }
      }
    }
  }
  private async keepAside(object: LogObject, from: Bytes | null, error: Refused): Promise<void> {
    if (object.kind !== kObject.parcel || error.reason === 'replay') return;
    const name = hex(hash(object.bytes));
    const by = from ? hex(from) : '';
    if (kWaits.has(error.reason)) {
      if ((await this.tx.count('waiting')) >= kWaitingMax) return;
      await this.tx.put('waiting', { name, reason: error.reason, for: waitsFor(object.bytes, error.reason), bytes: object.bytes, from: by });
    } else if (kEvidence.has(error.reason)) {
      await this.tx.put('evidence', { name, reason: error.reason, detail: error.message, bytes: object.bytes, from: by, at: this.context.now });
      await this.boundEvidence();
    }
  }
  private async boundEvidence(): Promise<void> {
    const over = (await this.tx.count('evidence')) - kEvidenceMax;
    if (over <= 0) return;
    const rows = (await this.tx.all('evidence')).sort((a, b) => a.at - b.at);
    for (const row of rows.slice(0, over)) await this.tx.remove('evidence', row.name);
  }

  // ---- Change sets ---------------------------------------------------------------------------

  private async parcel(bytes: Bytes, from: Bytes | null): Promise<string[]> {
    const parcel = readParcel(bytes);
    const name = nameOf(kDomain.changeSet, parcel.body);
    const { header, set } = readAsFarAsKnown(parcel.body);
    const held = await this.tx.get('sets', hex(name));
    if (held) {
      if (set) await this.keepOpenings(set, name, parcel.openings);
      throw new Refused('replay', 'held already');
    }
    const certificate = this.context.book.find(header.certificate) ?? (set ? await this.learnOwnCertificate(set) : null);
    checkTrust(this.context.book.city, header, parcel, certificate);
    if (set && certificate) judge(set, certificate, await this.policyOf(set));
    await this.append(parcel, header, set, name, from);
    return set ? await this.effectsOf(set, name) : [placeOf(feedOf(header), header.seq)];
  }
  /** A certificate that a root key signed is learned from the very set that is written under it. */
  private async learnOwnCertificate(set: ChangeSet): Promise<Certificate | null> {
    for (const signed of systemValues(set, kSystemType.certificate)) {
      const certificate = tryAdd(this.context.book, signed);
      if (!certificate || !this.context.book.isFromRoot(certificate)) continue;
      await this.tx.put('certificates', { name: hex(certificate.hash), bytes: signed });
      if (sameBytes(certificate.hash, set.certificate)) return certificate;
    }
    return null;
  }
  private async policyOf(set: ChangeSet): Promise<Policy | null> {
    const row = set.policy && (await this.tx.get('policies', hex(set.policy)));
    return row ? readPolicy(row.bytes) : null;
  }
  private async append(parcel: Parcel, header: Header, set: ChangeSet | null, name: Bytes, from: Bytes | null): Promise<void> {
    const feed = feedOf(header);
    const row = await this.tx.get('feeds', hex(feed));
    const tip: FeedTip = row ?? kEmptyTip;
    const rival = (await this.tx.find('sets', 'place', placeOf(feed, header.seq), 1))[0];
    const next = extend(tip, linkOf(header, set), name, rival ? unhex(rival.name) : null);
    const { author, scope, audience, incarnation } = header;
    await this.tx.put('feeds', { feed: hex(feed), author: hex(author), scope, audience, incarnation, ...next });
    const arrival = (await this.tx.newestArrival()) + 1;
    const isOwn = sameBytes(author, this.context.self);
    if (isOwn && from) this.ownFromElsewhere += 1;
    this.newestStamp = Math.max(this.newestStamp, next.stamp);
    const setRow: SetRow = {
      name: hex(name), arrival, feed: hex(feed), seq: header.seq, place: placeOf(feed, header.seq), scope, audience,
      author: hex(author), body: parcel.body, signature: parcel.signature, state: set ? 'counts' : 'later', reason: null,
      records: set ? recordsOf(set) : [], sent: null, own: isOwn ? 1 : 0,
    };
    await this.tx.put('sets', setRow);
    await this.tx.put('log', { arrival, kind: kObject.parcel, name: hex(name), scope, audience, author: hex(author), from: from ? hex(from) : '', bytes: null });
    if (set) await this.keepOpenings(set, name, parcel.openings);
    if (set) await this.standAnew(setRow);
    setRow.records.forEach((record) => this.touched.add(record));
  }
  /** Those that fit and weren't erased. */
  private async keepOpenings(set: ChangeSet, name: Bytes, openings: readonly Opening[]): Promise<void> {
    if (openings.length === 0) return;
    const places = commitmentsOf(set);
    for (const opening of fittingOpenings(set, openings)) {
      const place = places[opening.ordinal];
      const change = place && set.changes[place.change];
      if (!change) continue;
      const commitment = hex(place.hash);
      if (await this.tx.get('erased', erasedKey(recordKey(change.type, set.scope, change.id), place.field, commitment))) continue;
      await this.tx.put('openings', {
        set: hex(name), ordinal: opening.ordinal, salt: opening.salt, value: opening.value, commitment, type: change.type, field: place.field,
      });
      this.touched.add(recordKey(change.type, set.scope, change.id));
    }
  }

  /** What an accepted set teaches, if it counts. */
  private async effectsOf(set: ChangeSet, name: Bytes): Promise<string[]> {
    const released = [placeOf(feedOf(set), set.seq)];
    const row = await this.tx.get('sets', hex(name));
    if (row?.state !== 'counts') return released;
    for (const signed of systemValues(set, kSystemType.certificate)) released.push(...(await this.learnCertificate(signed)));
    for (const bytes of systemValues(set, kSystemType.policy)) released.push(...(await this.learnPolicy(bytes)));
    for (const signed of systemValues(set, kSystemType.revocation)) await this.learnEnd(signed);
    await this.erase(set);
    return released;
  }
  private async learnCertificate(signed: Bytes): Promise<string[]> {
    const certificate = tryAdd(this.context.book, signed);
    if (!certificate) return [];
    await this.tx.put('certificates', { name: hex(certificate.hash), bytes: signed });
    await this.standAllAnew();
    return [`certificate/${hex(certificate.hash)}`];
  }
  private async learnPolicy(bytes: Bytes): Promise<string[]> {
    const policy = tryTo(() => readPolicy(bytes));
    if (!policy) return [];
    await this.tx.put('policies', { name: hex(policy.hash), bytes });
    return [`policy/${hex(policy.hash)}`];
  }
  private async learnEnd(signed: Bytes): Promise<void> {
    const end = tryTo(() => openRevocation(signed, this.context.book));
    if (!end || (await this.tx.get('revocations', hex(end.hash)))) return;
    await this.tx.put('revocations', { name: hex(end.hash), bytes: signed });
    await this.standAllAnew();
  }
  /** Destroys value and salt of what stands committed in the same field of the same record (I10). */
  private async erase(set: ChangeSet): Promise<void> {
    for (const change of set.changes.filter(({ kind }) => kind === kKind.erase)) {
      const record = recordKey(change.type, set.scope, change.id);
      for (const { number, value } of change.fields) {
        for (const commitment of readErased(value).map(hex)) await this.eraseOne(record, number, commitment);
      }
      this.touched.add(record);
    }
  }
  private async eraseOne(record: string, field: number, commitment: string): Promise<void> {
    const name = erasedKey(record, field, commitment);
    await this.tx.put('erased', { name, bytes: new Uint8Array(0) });
    for (const opening of await this.tx.find('openings', 'commitment', commitment)) {
      const row = await this.tx.get('sets', opening.set);
      if (row?.records.includes(record) && opening.field === field) await this.tx.remove('openings', [opening.set, opening.ordinal]);
    }
  }

  // ---- The hub's word ------------------------------------------------------------------------

  private async receipt(bytes: Bytes, from: Bytes | null): Promise<string[]> {
    const signed = readSigned(bytes);
    const receipt = readReceipt(signed.body);
    const signer = this.context.book.find(receipt.certificate);
    checkWord(this.context.book.city, receipt, kDomain.receipt, signed, signer);
    const name = hex(hash(bytes));
    demand(!(await this.tx.get('receipts', name)), 'replay', 'held already');
    await this.checkFeed(receipt.feed, receipt.scope, receipt.audience, receipt.to, receipt.last);
    const feed = hex(receipt.feed);
    await this.tx.put('receipts', {
      name, feed, from: receipt.from, to: receipt.to, last: receipt.last, clockFlagged: receipt.clockFlagged,
      checkpoint: receipt.checkpoint, signer: hex(receipt.certificate),
    });
    await this.log(kObject.receipt, name, receipt, bytes, from);
    for (const row of await this.tx.find('sets', 'feed', feed)) await this.standAnew(row);
    return [];
  }
  /** A feed's id doesn't show its scope: who holds the feed compares. */
  private async checkFeed(feed: Bytes, scope: string, audience: number, seq: bigint, last: Bytes): Promise<void> {
    const row = await this.tx.get('feeds', hex(feed));
    if (!row) return;
    demand(row.scope === scope && row.audience === audience, 'out_of_scope', 'a word about another scope than its feed is of');
    const held = (await this.tx.find('sets', 'place', placeOf(feed, seq), 1))[0];
    demand(!held || held.name === hex(last), 'fork', 'the word is about another branch of the feed');
  }
  private async ruling(bytes: Bytes, from: Bytes | null): Promise<string[]> {
    const signed = readSigned(bytes);
    const ruling = readRuling(signed.body);
    checkWord(this.context.book.city, ruling, kDomain.ruling, signed, this.context.book.find(ruling.certificate));
    const name = hex(hash(bytes));
    demand(!(await this.tx.get('rulings', name)), 'replay', 'held already');
    const set = hex(ruling.set);
    await this.tx.put('rulings', { name, set, approved: ruling.approved, reason: ruling.reason, time: ruling.time, signer: hex(ruling.certificate) });
    await this.log(kObject.ruling, name, ruling, bytes, from);
    const row = await this.tx.get('sets', set);
    if (row) await this.standAnew(row);
    return [];
  }
  private async forkProof(bytes: Bytes, from: Bytes | null): Promise<string[]> {
    const proof = checkForkProof(bytes, this.context.book.city);
    const name = `fork/${hex(proof.feed)}`;
    demand((await this.tx.find('log', 'name', name, 1)).length === 0, 'replay', 'one for each feed');
    await this.log(kObject.forkProof, name, proof, bytes, from);
    return [];
  }
  private async log(kind: number, name: string, about: { scope: string; audience: number }, bytes: Bytes, from: Bytes | null): Promise<void> {
    const arrival = (await this.tx.newestArrival()) + 1;
    await this.tx.put('log', { arrival, kind, name, scope: about.scope, audience: about.audience, author: '', from: from ? hex(from) : '', bytes });
  }

  // ---- What counts ---------------------------------------------------------------------------

  private async standAnew(row: SetRow): Promise<void> {
    if (row.state === 'later') return;
    const set = { feed: unhex(row.feed), seq: row.seq, name: unhex(row.name) };
    const standing = standingOf(set, await this.wordsOf(row));
    if (standing.state === row.state && standing.reason === row.reason) return;
    const current = (await this.tx.get('sets', row.name)) ?? row;
    await this.tx.put('sets', { ...current, ...standing });
    row.records.forEach((record) => this.touched.add(record));
  }
  /** An end or a certificate may reach sets of any feed; both are rare. */
  private async standAllAnew(): Promise<void> {
    if ((await this.tx.count('revocations')) === 0) return;
    for (const row of await this.tx.all('sets')) await this.standAnew(row);
  }
  private async wordsOf(row: SetRow): Promise<Words> {
    const { book } = this.context;
    const ends = (await this.tx.all('revocations')).map(({ bytes }) => readRevocation(readSigned(bytes).body)).filter((end) => isByRight(end, book));
    const receipts = (await this.tx.find('receipts', 'feed', row.feed)).filter((receipt) => receiptStands(receipt, ends, book));
    const rulings = (await this.tx.find('rulings', 'set', row.name)).filter((ruling) => rulingStands(ruling, ends, book));
    if (ends.length === 0) return { receipts, rulings, ends };
    const certificate = book.find(readHeader(row.body).certificate);
    return { receipts, rulings, ends: certificate ? ends.filter((end) => endsKeyOf(end, certificate, book)) : [] };
  }
}

/** Checks who signed the end of a key. Throws as readRevocation does, and bad_signature. */
export function openRevocation(signedBytes: Bytes, book: CertificateBook): Revocation {
  const signed = readSigned(signedBytes);
  const end = readRevocation(signed.body);
  demand(sameBytes(end.city, book.city), 'other_city', "another city's end of a key");
  const byRoot = sameBytes(end.certificate, book.city);
  const signer = book.find(end.certificate);
  const keys = byRoot ? book.root.keys : signer ? [signer.signingKey] : [];
  demand(keys.length > 0, 'unknown_certificate', "its signer's certificate isn't here");
  demand(keys.some((key) => isSignedBy(key, kDomain.revocation, signed)), 'bad_signature', 'the end of a key');
  return end;
}

/** An erased value, by the place that its commitment is made of. */
export const erasedKey = (record: string, field: number, commitment: string): string => `${record}/${field}/${commitment}`;

function readAsFarAsKnown(body: Bytes): { header: Header; set: ChangeSet | null } {
  try {
    const set = readChangeSet(body);
    return { header: set, set };
  } catch (error) {
    if (error instanceof Refused && error.reason === 'unknown_critical') return { header: readHeader(body), set: null };
    throw error;
  }
}
function linkOf(header: Header, set: ChangeSet | null): { seq: bigint; prev: Bytes | null; stamps: readonly number[] } {
  return { seq: header.seq, prev: header.prev, stamps: set ? set.changes.map(({ stamp }) => stamp) : [] };
}
function recordsOf(set: ChangeSet): string[] {
  return [...new Set(set.changes.map(({ type, id }) => recordKey(type, set.scope, id)))];
}
function waitsFor(parcel: Bytes, reason: Reason): string {
  const body = readParcel(parcel).body;
  if (reason === 'unknown_critical') return 'upgrade';
  const header = readHeader(body);
  if (reason === 'unknown_certificate') return `certificate/${hex(header.certificate)}`;
  if (reason === 'unknown_policy') return `policy/${hex(header.policy ?? new Uint8Array(0))}`;
  return placeOf(feedOf(header), header.seq - 1n);
}
/** Values of the one field of records of a system type, as their byte strings. */
function systemValues(set: ChangeSet, type: number): Bytes[] {
  return set.changes.filter((change) => change.type === type && change.kind === kKind.put).flatMap(({ fields }) => {
    const value = fields.find(({ number }) => number === kSystemField)?.value;
    const bytes = value && tryTo(() => byteString(value));
    return bytes ? [bytes] : [];
  });
}
function byteString(value: Bytes): Bytes {
  const reader = new CborReader(value);
  const bytes = reader.bytes(0, value.length);
  reader.end();
  return bytes;
}
/** Null where it refuses. */
function tryTo<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
}
const tryAdd = (book: CertificateBook, signed: Bytes): Certificate | null => tryTo(() => book.add(signed));

/** Of a key that ended nothing counts that its end's last head doesn't cover. */
function receiptStands(receipt: ReceiptRow, ends: readonly Revocation[], book: CertificateBook): boolean {
  return endsOf(receipt.signer, ends, book).every(({ lastHead }) => lastHead === null || !isBeyondHead(receipt.checkpoint, lastHead));
}
function rulingStands(ruling: RulingRow, ends: readonly Revocation[], book: CertificateBook): boolean {
  return endsOf(ruling.signer, ends, book).every(({ lastHead }) => lastHead === null || ruling.time <= lastHead.time);
}
function endsOf(signer: string, ends: readonly Revocation[], book: CertificateBook): Revocation[] {
  const certificate = book.find(unhex(signer));
  return certificate ? ends.filter((end) => endsKeyOf(end, certificate, book)) : [];
}
