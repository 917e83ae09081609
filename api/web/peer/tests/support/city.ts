// A city in memory: a root key, a hub, an office, a phone, and what they sign. Written with the same
// encoders as the phone's, and only where it needs others (certificates, rulings) by hand.
import { ed25519 } from '@noble/curves/ed25519.js';
import { CertificateBook } from '../../book.ts';
import { concat, sameBytes, utf8, type Bytes } from '../../bytes.ts';
import {
  Commitment,
  encodeBytes,
  encodeFields,
  encodeInt,
  encodeList,
  encodeText,
  encodeValue,
  type CborValue,
} from '../../cbor_value.ts';
import { kRight, kRole, type Certificate } from '../../certificate.ts';
import {
  commitmentsOf,
  feedOf,
  kKind,
  kNoBase,
  type Base,
  type Change,
  type ChangeSet,
  type Checkpoint,
  type Succession,
} from '../../change_set.ts';
import { writeChangeSet } from '../../change_set_writer.ts';
import { commit, type Secret } from '../../commitment.ts';
import { kObject, type LogObject } from '../../messages.ts';
import {
  authorOf,
  kDomain,
  kFirstIncarnation,
  nameOf,
  type Domain,
  type Incarnation,
} from '../../names.ts';
import { writeParcel } from '../../parcel.ts';
import { writePolicy, type Policy, type TypeRule } from '../../policy.ts';
import { writeReceipt, type Receipt } from '../../receipt.ts';
import { writeSigned, type SignedBody } from '../../signature.ts';

export const kCityScope = '410700';
export const kCompound = '410700/410702/jiedu/a';
export const kBegin = 1_790_000_000_000_000;
export const kNote = 72;

export class Key {
  readonly seed: Bytes;
  readonly publicKey: Bytes;
  constructor(letter: string) {
    this.seed = new Uint8Array(32).fill(letter.charCodeAt(0));
    this.publicKey = ed25519.getPublicKey(this.seed);
  }
  sign(domain: Domain, body: Bytes): SignedBody {
    return { body, signature: ed25519.sign(concat(utf8(domain), body), this.seed) };
  }
}

export interface Place {
  readonly role: number;
  readonly paths: readonly string[];
  readonly rights?: number;
  readonly delegation?: number;
  readonly audiences?: number;
  readonly serial?: number;
  readonly before?: Bytes;
}
export interface Issuer {
  readonly key: Key;
  readonly hash: Bytes;
}
export function certify(city: Bytes, issuer: Issuer, subject: Key, place: Place): Bytes {
  const body = encodeFields([
    [0, encodeInt(1)],
    [1, encodeBytes(city)],
    [2, encodeInt(place.serial ?? 1)],
    [3, encodeBytes(authorOf(subject.publicKey))],
    [4, encodeBytes(subject.publicKey)],
    [5, encodeBytes(new Uint8Array(32).fill(5))],
    [7, encodeInt(place.role)],
    [8, encodeText('节点')],
    [9, encodeList(place.paths.map(encodeText))],
    [11, encodeInt(place.audiences ?? 15)],
    [12, encodeInt(place.rights ?? 0)],
    [13, encodeInt(place.delegation ?? 0)],
    [14, encodeInt(kBegin - 1)],
    [15, encodeInt(kBegin * 2)],
    [16, encodeBytes(issuer.hash)],
    [17, place.before ? encodeBytes(place.before) : null],
  ]);
  return writeSigned(issuer.key.sign(kDomain.certificate, body));
}

export class City {
  readonly rootKey = new Key('r');
  readonly root: Bytes;
  readonly book: CertificateBook;
  readonly hub: Author;
  readonly office: Author;
  readonly phone: Author;
  readonly policy: Policy & { bytes: Bytes };
  readonly policySet: LogObject;

  constructor(name = '新乡市') {
    const body = encodeFields([
      [0, encodeInt(1)],
      [1, encodeInt(1)],
      [2, encodeText(name)],
      [3, encodeText(kCityScope)],
      [4, encodeList([encodeBytes(this.rootKey.publicKey)])],
      [5, encodeInt(1)],
      [6, encodeInt(kBegin)],
    ]);
    this.root = writeSigned(this.rootKey.sign(kDomain.root, body));
    this.book = CertificateBook.of(this.root);
    const hubRights = kRight.receipts | kRight.policies | kRight.grantPersonal;
    this.hub = this.author('h', null, {
      role: kRole.hub,
      paths: [kCityScope],
      rights: hubRights,
      delegation: 3,
    });
    this.office = this.author('o', this.hub, {
      role: kRole.office,
      paths: ['410700/410702/jiedu'],
      rights: kRight.personal,
      delegation: 1,
    });
    this.phone = this.author('p', this.office, { role: kRole.device, paths: [kCompound] });
    this.policy = policyOf();
    const field = { number: 1, value: encodeBytes(this.policy.bytes) };
    this.policySet = this.hub.write(
      [{ type: 2, id: this.policy.hash.slice(0, 16), kind: kKind.put, fields: [field] }],
      { scope: kCityScope, audience: 1, policy: null },
    ).object;
    for (const author of [this.hub, this.office, this.phone]) author.policy = this.policy.hash;
  }
  author(letter: string, issuer: Author | null, place: Place): Author {
    const key = new Key(letter);
    const by = issuer
      ? { key: issuer.key, hash: issuer.certificate.hash }
      : { key: this.rootKey, hash: this.book.city };
    const signed = certify(this.book.city, by, key, place);
    return new Author(key, this.book.add(signed), signed);
  }
  /** A book that holds only these. */
  bookOf(...authors: readonly Author[]): CertificateBook {
    const book = CertificateBook.of(this.root);
    authors.forEach(({ signed }) => book.add(signed));
    return book;
  }
  /** A certificate as its issuer publishes it. */
  published(author: Author, by: Author): LogObject {
    const field = { number: 1, value: encodeBytes(author.signed) };
    const change = {
      type: 1,
      id: author.certificate.hash.slice(0, 16),
      kind: kKind.put,
      fields: [field],
    };
    return by.write([change], {
      scope: author.certificate.paths[0] ?? kCityScope,
      audience: 1,
      policy: null,
    }).object;
  }
}

/** Everybody writes notes: field 1 text, 2 the state (null → 1 → 2, 2 → 1 of rank 5), 3 in a group with it. */
function policyOf(): Policy & { bytes: Bytes } {
  const everybody = 0xfe;
  const move = (from: bigint | null, to: bigint, rank = 0) => ({
    from,
    to,
    roles: everybody,
    rank,
  });
  const rule: TypeRule = {
    type: kNote,
    writers: everybody,
    removers: everybody,
    fields: new Map([[9, 1 << kRole.office]]),
    stateField: 2,
    moves: [move(null, 1n), move(1n, 2n), move(2n, 1n, 5)],
  };
  const policy = {
    number: 1n,
    previous: null,
    rules: new Map([[kNote, rule]]),
    confined: new Set<number>(),
  };
  const bytes = writePolicy(policy);
  return { ...policy, bytes, hash: nameOf(kDomain.policy, bytes) };
}

export type PartChange = Pick<Change, 'type' | 'id' | 'kind' | 'fields'> &
  Partial<Pick<Change, 'base' | 'life'>>;
export interface WriteAt {
  readonly scope?: string;
  readonly audience?: number;
  readonly policy?: Bytes | null;
  readonly stamp?: number;
  readonly seen?: Checkpoint;
  /** Of a later one than the first. */
  readonly incarnation?: Incarnation;
}
export interface WrittenSet {
  readonly object: LogObject;
  readonly set: ChangeSet;
  readonly name: Bytes;
  readonly feed: Bytes;
}

const kFromNothing: Succession = {
  reason: 'restored',
  feed: new Uint8Array(32),
  seq: 0n,
  head: new Uint8Array(32),
};
/** Somebody who writes: keeps the end of each feed. */
export class Author {
  policy: Bytes | null = null;
  private readonly tips = new Map<string, { seq: bigint; hash: Bytes; stamp: number }>();
  private readonly secrets = new Map<string, Secret>();

  constructor(
    readonly key: Key,
    readonly certificate: Certificate,
    readonly signed: Bytes,
  ) {}
  get id(): Bytes {
    return this.certificate.subject;
  }
  /** A value to be committed to in a field of this record. */
  personal(id: Bytes, field: number, value: CborValue, scope = kCompound): Commitment {
    const { hash, ...secret } = commit(
      { city: this.certificate.city, type: kNote, scope, id, field },
      encodeValue(value),
    );
    this.secrets.set(hash.join(), secret);
    return new Commitment(hash);
  }
  write(parts: readonly PartChange[], at: WriteAt = {}): WrittenSet {
    const scope = at.scope ?? kCompound;
    const audience = at.audience ?? 0;
    const incarnation = at.incarnation ?? kFirstIncarnation;
    const of = incarnation.number > 0n ? `/${incarnation.number}` : '';
    const place = `${scope}/${audience}${of}`;
    const tip = this.tips.get(place) ?? {
      seq: 0n,
      hash: new Uint8Array(32),
      stamp: kBegin,
    };
    const timeBase = Math.max(at.stamp ?? 0, tip.stamp + 1);
    const changes = parts.map(
      (part, i): Change => ({ base: kNoBase, life: 0, ...part, stamp: timeBase + i }),
    );
    const set: ChangeSet = {
      city: this.certificate.city,
      author: this.id,
      certificate: this.certificate.hash,
      scope,
      audience,
      incarnation,
      seq: tip.seq + 1n,
      prev: tip.seq > 0n ? tip.hash : null,
      seen: at.seen ?? null,
      policy: at.policy === undefined ? this.policy : at.policy,
      schema: 1n,
      timeBase,
      actor: null,
      action: null,
      origin: null,
      blind: audience === 2 ? new Uint8Array(16).fill(1) : null,
      succession: of !== '' && tip.seq === 0n ? kFromNothing : null,
      changes,
    };
    const body = writeChangeSet(set);
    const name = nameOf(kDomain.changeSet, body);
    this.tips.set(place, {
      seq: set.seq,
      hash: name,
      stamp: timeBase + changes.length,
    });
    return {
      object: { kind: kObject.parcel, bytes: this.parcel(set, body) },
      set,
      name,
      feed: feedOf(set),
    };
  }
  private parcel(set: ChangeSet, body: Bytes): Bytes {
    const openings = commitmentsOf(set).flatMap(({ hash }, ordinal) => {
      const secret = this.secrets.get(hash.join());
      return secret ? [{ ordinal, ...secret }] : [];
    });
    return writeParcel({ ...this.key.sign(kDomain.changeSet, body), openings });
  }
  /** Lets the next set have the number of the last one once more. */
  forget(scope = kCompound, audience = 0): void {
    this.tips.delete(`${scope}/${audience}`);
  }
  /** Writes the same number twice; goes on from the second. */
  branches<T>(first: (author: this) => T, second: (author: this) => T): [T, T] {
    const before = new Map(this.tips);
    const one = first(this);
    before.forEach((tip, place) => this.tips.set(place, tip));
    return [one, second(this)];
  }
  receipt(of: WrittenSet, size: bigint, more: Partial<Receipt> = {}): LogObject {
    const { set, name, feed } = of;
    const body = writeReceipt({
      city: set.city,
      certificate: this.certificate.hash,
      feed,
      scope: set.scope,
      audience: set.audience,
      from: set.seq,
      to: set.seq,
      last: name,
      clockFlagged: [],
      checkpoint: {
        epoch: 1n,
        size,
        root: new Uint8Array(32),
        time: kBegin + Number(size) * 1_000_000,
      },
      ...more,
    });
    return { kind: kObject.receipt, bytes: writeSigned(this.key.sign(kDomain.receipt, body)) };
  }
  ruling(of: WrittenSet, approved: boolean, time: number): LogObject {
    const { set, name, feed } = of;
    const body = encodeFields([
      [0, encodeInt(1)],
      [1, encodeBytes(set.city)],
      [2, encodeBytes(this.certificate.hash)],
      [3, encodeBytes(feed)],
      [4, encodeText(set.scope)],
      [5, encodeInt(set.audience)],
      [6, encodeInt(set.seq)],
      [7, encodeBytes(name)],
      [8, encodeInt(approved ? 1 : 0)],
      [9, encodeText(approved ? '核实' : 'expired')],
      [10, encodeInt(time)],
    ]);
    return { kind: kObject.ruling, bytes: writeSigned(this.key.sign(kDomain.ruling, body)) };
  }
  /** Ends a key; as its publisher's change set. */
  end(key: Bytes, cuts: readonly WrittenSet[], scope: string): LogObject {
    const sorted = [...cuts].sort((a, b) =>
      sameBytes(a.feed, b.feed) ? 0 : a.feed.join() < b.feed.join() ? -1 : 1,
    );
    const body = encodeFields([
      [0, encodeInt(1)],
      [1, encodeBytes(this.certificate.city)],
      [2, encodeBytes(this.certificate.hash)],
      [3, encodeBytes(key)],
      [
        4,
        encodeList(
          sorted.map(({ feed, set, name }) =>
            encodeList([encodeBytes(feed), encodeInt(set.seq), encodeBytes(name)]),
          ),
        ),
      ],
      [5, encodeText('手机丢失')],
      [6, encodeInt(kBegin)],
    ]);
    const value = encodeBytes(writeSigned(this.key.sign(kDomain.revocation, body)));
    const change = {
      type: 3,
      id: nameOf(kDomain.revocation, body).slice(0, 16),
      kind: kKind.put,
      fields: [{ number: 1, value }],
    };
    return this.write([change], { scope, audience: 1, policy: null }).object;
  }
}

export const recordId = (letter: string): Bytes => new Uint8Array(16).fill(letter.charCodeAt(0));
export const noteOf = (id: Bytes, fields: Record<number, CborValue>, base?: Base): PartChange => ({
  type: kNote,
  id,
  kind: kKind.put,
  fields: Object.entries(fields).map(([number, value]) => ({
    number: Number(number),
    value: encodeValue(value),
  })),
  ...(base ? { base } : {}),
});
/** Made on these. */
export const on = (...sets: readonly WrittenSet[]): Base => ({
  all: sets
    .map(({ feed, set }) => ({ feed, seq: set.seq, index: 0 }))
    .sort((a, b) => (a.feed.join() < b.feed.join() ? -1 : 1)),
  cells: new Map(),
});
