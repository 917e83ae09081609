// intake_sets.ts: takes a change set into its feed: read, by the city's trust, by its policy, next in
// line; and what an accepted one teaches: certificates, policies, ends of keys, erasures.
import type { CertificateBook } from './book.ts';
import { hex, sameBytes, unhex, type Bytes } from './bytes.ts';
import { CborReader } from './cbor_reader.ts';
import type { Certificate } from './certificate.ts';
import { commitmentsOf, feedOf, kKind, type ChangeSet, type Header } from './change_set.ts';
import { readChangeSet, readErased, readHeader } from './change_set_reader.ts';
import type { Counting } from './counting.ts';
import { checkTrust, extend, kEmptyTip, type FeedTip, type Link } from './feed.ts';
import { noteStamp, type Context, type Tally } from './intake.ts';
import { kObject } from './messages.ts';
import { kDomain, nameOf } from './names.ts';
import { fittingOpenings, readParcel, type Opening, type Parcel } from './parcel.ts';
import { judge, kSystemType, readPolicy, type Policy } from './policy.ts';
import { readRevocation, type Revocation } from './receipt.ts';
import { demand, Refused } from './refused.ts';
import { isSignedBy, readSigned } from './signature.ts';
import { placeOf } from './standing.ts';
import { erasedKey, recordKey, type SetRow, type Tx } from './store.ts';

/** The one field of certificates, policies and ends of keys. */
const kSystemField = 1;

export class SetIntake {
  constructor(
    private readonly tx: Tx,
    private readonly context: Context,
    private readonly counting: Counting,
    private readonly tally: Tally,
  ) {}

  /**
   * Takes one in; answers with what may be judged now that waited for it. Throws what a change set is
   * refused with (PROTOCOL.md §9).
   */
  async take(bytes: Bytes, from: Bytes | null): Promise<string[]> {
    const parcel = readParcel(bytes);
    const name = nameOf(kDomain.changeSet, parcel.body);
    const { header, set } = readAsFarAsKnown(parcel.body);
    if (await this.tx.get('sets', hex(name))) {
      // Whoever brings it may have been let to read more of it than who brought it first.
      if (set) await this.keepOpenings(set, name, parcel.openings);
      throw new Refused('replay', 'held already');
    }
    const { book } = this.context;
    const certificate = book.find(header.certificate) ?? (set ? await this.learnItsOwn(set) : null);
    checkTrust(book.city, header, parcel, certificate);
    if (set && certificate) judge(set, certificate, await this.policyOf(set));
    const row = await this.append(parcel, header, set, name, from);
    const released = [placeOf(feedOf(header), header.seq)];
    if (!set) return released;
    await this.keepOpenings(set, name, parcel.openings);
    await this.counting.appended(row);
    const now = await this.tx.get('sets', row.name);
    return now?.state === 'counts' ? [...released, ...(await this.learn(set))] : released;
  }
  /**
   * A set that was kept in its place without being read. If it can be read now it counts, unless it
   * is against its policy, or ordered wrongly: then it stays as it was, and shows nowhere.
   */
  async readAnew(row: SetRow): Promise<string[]> {
    const set = tryTo(() => readChangeSet(row.body));
    const certificate = set && this.context.book.find(set.certificate);
    if (!set || !certificate) return [];
    const policy = await this.policyOf(set);
    if (tryTo(() => judge(set, certificate, policy) ?? true) === null) return [];
    const read: SetRow = { ...row, state: 'counts', records: recordsOf(set) };
    await this.tx.put('sets', read);
    read.records.forEach((record) => this.tally.touched.add(record));
    await this.counting.set(read);
    return (await this.tx.get('sets', row.name))?.state === 'counts' ? this.learn(set) : [];
  }
  /** A set that was held back counts now. */
  async countsNow(row: SetRow): Promise<string[]> {
    return this.learn(readChangeSet(row.body));
  }

  /** A certificate that a root key signed is learned from the very set that is written under it. */
  private async learnItsOwn(set: ChangeSet): Promise<Certificate | null> {
    for (const signed of systemValues(set, kSystemType.certificate)) {
      const certificate = tryTo(() => this.context.book.add(signed));
      if (!certificate || !this.context.book.isFromRoot(certificate)) continue;
      await this.tx.put('certificates', { name: hex(certificate.hash), bytes: signed });
      if (sameBytes(certificate.hash, set.certificate)) return certificate;
    }
    return null;
  }
  private async policyOf(set: ChangeSet): Promise<Policy | null> {
    const name = set.policy ? hex(set.policy) : '';
    const read = this.context.policies.get(name);
    if (read || name === '') return read ?? null;
    const row = await this.tx.get('policies', name);
    if (!row) return null;
    const policy = readPolicy(row.bytes);
    this.context.policies.set(name, policy);
    return policy;
  }

  private async append(
    parcel: Parcel,
    header: Header,
    set: ChangeSet | null,
    name: Bytes,
    from: Bytes | null,
  ): Promise<SetRow> {
    const feed = feedOf(header);
    const held = await this.tx.get('feeds', hex(feed));
    const tip: FeedTip = held ?? kEmptyTip;
    const place = placeOf(feed, header.seq);
    const rival = (await this.tx.find('sets', 'place', place, 1))[0];
    const covered = held?.covered ?? null;
    demand(
      rival !== undefined || header.seq > (covered?.seq ?? 0n),
      'replay',
      'a snapshot stands for it',
    );
    const next = extend(tip, linkOf(header, set), name, rival ? unhex(rival.name) : null);
    const { scope, audience, incarnation } = header;
    const author = hex(header.author);
    const isOwn = sameBytes(header.author, this.context.self);
    const arrival = (await this.tx.newestArrival()) + 1;
    const row: SetRow = {
      name: hex(name),
      arrival,
      feed: hex(feed),
      seq: header.seq,
      place,
      scope,
      audience,
      author,
      body: parcel.body,
      signature: parcel.signature,
      state: set ? 'counts' : 'later',
      reason: null,
      heldOf: null,
      confirmed: null,
      records: set ? recordsOf(set) : [],
      sent: null,
      own: isOwn ? 1 : 0,
    };
    const words = {
      receiptedTo: held?.receiptedTo ?? (await this.receiptedTo(feed)),
      confirmedTo: held?.confirmedTo ?? 0n,
      confirmedBy: held?.confirmedBy ?? null,
    };
    await this.tx.put('feeds', {
      feed: row.feed,
      author,
      scope,
      audience,
      incarnation,
      covered,
      ...words,
      ...next,
    });
    await this.tx.put('sets', row);
    await this.tx.put('log', {
      arrival,
      kind: kObject.parcel,
      name: row.name,
      scope,
      audience,
      author,
      from: from ? hex(from) : '',
      bytes: null,
    });
    const { seen } = header;
    if (isOwn && from) this.tally.ownFromElsewhere.push({ incarnation, stamp: next.stamp, seen });
    noteStamp(this.tally, next.stamp, this.context);
    row.records.forEach((record) => this.tally.touched.add(record));
    return row;
  }
  /** Of a feed that begins here: receipts for it may have come before. */
  private async receiptedTo(feed: Bytes): Promise<bigint> {
    const receipts = await this.tx.find('receipts', 'feed', hex(feed));
    return receipts.reduce((most, { to }) => (to > most ? to : most), 0n);
  }
  /** Those that fit and weren't erased. */
  private async keepOpenings(
    set: ChangeSet,
    name: Bytes,
    openings: readonly Opening[],
  ): Promise<void> {
    const places = commitmentsOf(set);
    for (const { ordinal, salt, value } of fittingOpenings(set, openings)) {
      const place = places[ordinal];
      const change = place && set.changes[place.change];
      if (!change) continue;
      const commitment = hex(place.hash);
      const record = recordKey(change.type, set.scope, change.id);
      if (await this.tx.get('erased', erasedKey(record, place.field, commitment))) continue;
      await this.tx.put('openings', {
        set: hex(name),
        ordinal,
        salt,
        value,
        commitment,
        type: change.type,
        field: place.field,
        record,
      });
      this.tally.touched.add(record);
    }
  }

  // ---- What it teaches -----------------------------------------------------------------------

  private async learn(set: ChangeSet): Promise<string[]> {
    const released: string[] = [];
    for (const signed of systemValues(set, kSystemType.certificate))
      released.push(...(await this.learnCertificate(signed)));
    for (const bytes of systemValues(set, kSystemType.policy))
      released.push(...(await this.learnPolicy(bytes)));
    for (const signed of systemValues(set, kSystemType.revocation)) await this.learnEnd(signed);
    await this.erase(set);
    return released;
  }
  private async learnCertificate(signed: Bytes): Promise<string[]> {
    const certificate = tryTo(() => this.context.book.add(signed));
    if (!certificate) return [];
    await this.tx.put('certificates', { name: hex(certificate.hash), bytes: signed });
    await this.counting.all();
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
    await this.counting.all();
  }
  /** Destroys value and salt of what stands committed in the same field of the same record (I10). */
  private async erase(set: ChangeSet): Promise<void> {
    for (const change of set.changes.filter(({ kind }) => kind === kKind.erase)) {
      const record = recordKey(change.type, set.scope, change.id);
      this.tally.touched.add(record);
      for (const { number, value } of change.fields) {
        for (const commitment of readErased(value).map(hex))
          await this.eraseOne(record, number, commitment);
      }
    }
  }
  private async eraseOne(record: string, field: number, commitment: string): Promise<void> {
    await this.tx.put('erased', {
      name: erasedKey(record, field, commitment),
      bytes: new Uint8Array(0),
    });
    for (const opening of await this.tx.find('openings', 'commitment', commitment)) {
      if (opening.record === record && opening.field === field)
        await this.tx.remove('openings', [opening.set, opening.ordinal]);
    }
  }
}

/** Checks who signed the end of a key. Throws as readRevocation does; other_city, unknown_certificate, bad_signature. */
export function openRevocation(signedBytes: Bytes, book: CertificateBook): Revocation {
  const signed = readSigned(signedBytes);
  const end = readRevocation(signed.body);
  demand(sameBytes(end.city, book.city), 'other_city', "another city's end of a key");
  const signer = book.find(end.certificate);
  const keys = sameBytes(end.certificate, book.city)
    ? book.root.keys
    : signer
      ? [signer.signingKey]
      : [];
  demand(keys.length > 0, 'unknown_certificate', "its signer's certificate isn't here");
  demand(
    keys.some((key) => isSignedBy(key, kDomain.revocation, signed)),
    'bad_signature',
    'the end of a key',
  );
  return end;
}

/** Of a set with something critical of a later version only the header. Throws what readHeader throws. */
function readAsFarAsKnown(body: Bytes): { header: Header; set: ChangeSet | null } {
  try {
    const set = readChangeSet(body);
    return { header: set, set };
  } catch (error) {
    if (error instanceof Refused && error.reason === 'unknown_critical')
      return { header: readHeader(body), set: null };
    throw error;
  }
}
function linkOf(header: Header, set: ChangeSet | null): Link {
  return {
    seq: header.seq,
    prev: header.prev,
    stamps: set ? set.changes.map(({ stamp }) => stamp) : [],
  };
}
function recordsOf(set: ChangeSet): string[] {
  return [...new Set(set.changes.map(({ type, id }) => recordKey(type, set.scope, id)))];
}
/** What stands in the one field of records of a system type. */
function systemValues(set: ChangeSet, type: number): Bytes[] {
  return set.changes
    .filter((change) => change.type === type && change.kind === kKind.put)
    .flatMap(({ fields }) => {
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
/** Null where it refuses: a record that teaches nothing is still a record. */
function tryTo<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
}
