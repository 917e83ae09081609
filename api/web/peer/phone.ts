// phone.ts: the inspector's phone as a node of its city: it joins, writes, reads, and syncs with
// whichever node of the city answers. Everything else in this folder stands beneath it.
import { draftSet, audienceOf, type Act, type Desk, type Draft, type Wish } from './authoring.ts';
import type { CertificateBook } from './book.ts';
import { hex, randomBytes, type Bytes } from './bytes.ts';
import type { Certificate } from './certificate.ts';
import type { Checkpoint } from './change_set.ts';
import { writeChangeSet } from './change_set_writer.ts';
import { HybridClock, systemClock, type WallClock } from './clock.ts';
import { enrolRequest, readAdmission, readInvite } from './enrolment.ts';
import type { Progress, Settled } from './exchange.ts';
import { Intake, recordKey, type Taken } from './intake.ts';
import { makeKeys, SigningKey, type KeyMaking } from './keys.ts';
import { Line, type Fetch } from './line.ts';
import { kObject, type LogObject } from './messages.ts';
import { kDomain, nameOf, type Incarnation } from './names.ts';
import { bookIn, identityIn, incarnationsIn, joiningIn, kValue, ownCertificate, type Identity, type Joining } from './own.ts';
import { readParcel, writeParcel } from './parcel.ts';
import { memoryName, PhoneShelf } from './phone_shelf.ts';
import { readPolicy, type Policy } from './policy.ts';
import { queueOf, type QueueEntry } from './queue.ts';
import { isEarlier } from './receipt.ts';
import { newRecordId } from './record_id.ts';
import { recordNames, seenRecord, type RecordName, type Seen } from './records.ts';
import { demand, Refused } from './refused.ts';
import { kNoSchema, mergeRulesOf, readSchema, type Schema } from './schema.ts';
import { valueOf, type SetRow, type Store, type Tx } from './store.ts';
import { syncOver } from './syncing.ts';

export interface PhoneOptions {
  readonly clock?: WallClock;
  readonly fetch?: Fetch;
  readonly keys?: KeyMaking;
}
export interface Written {
  /** The change sets, in hexadecimal; durable here. */
  readonly sets: readonly string[];
}
export interface WriteOptions {
  /** A pseudonymous account. */
  readonly actor?: Bytes;
  readonly origin?: string;
}

export class Phone {
  private constructor(
    private readonly store: Store, private readonly wall: WallClock, private readonly options: PhoneOptions,
    private schema: Schema,
  ) {}

  /** Goes on with what the store holds. Rejects with what the store rejects with. */
  static async open(store: Store, options: PhoneOptions = {}): Promise<Phone> {
    const schema = await store.read((tx) => valueOf<unknown>(tx, kValue.schema));
    return new Phone(store, options.clock ?? systemClock, options, schema ? readSchema(schema) : kNoSchema);
  }

  // ---- Joining ---------------------------------------------------------------------------------

  /** Who this phone is; null before it has joined. */
  async certificate(): Promise<Certificate | null> {
    return this.store.read(async (tx) => {
      const identity = await identityIn(tx);
      return identity ? ownCertificate(await bookIn(tx, identity.root), identity) : null;
    });
  }
  /**
   * Joins the city of this invite, at `url` or where the invite says. May be called again with the
   * same line if no answer came: the key is kept, and the same bytes are sent.
   * Rejects with bad_input, forbidden (joined already), unreachable, what readAdmission throws; with
   * unauthorised or expired the invite is of no use any more, and its key is let go of.
   */
  join(line: string, url?: string): Promise<Certificate> {
    return this.store.alone(async () => {
      demand((await this.store.read(identityIn)) === null, 'forbidden', '本机已加入。 This phone has joined already.');
      const invite = readInvite(line);
      const joining = await this.takeUp(line);
      const answer = await this.line(url ?? invite.url).enrol(joining.request).catch((error: unknown) => this.giveUp(error));
      const admission = readAdmission(answer, invite, joining.keys);
      const { certificate, book, certificates } = admission;
      const identity: Identity = { keys: joining.keys, root: book.signedRoot, subject: certificate.subject };
      await this.store.change(async (tx) => {
        for (const row of certificates) await tx.put('certificates', row);
        await tx.put('values', { name: kValue.identity, value: identity });
        await tx.remove('values', kValue.joining);
      });
      return certificate;
    });
  }
  /** The key and the request for this invite: the ones of before, if it was taken up already. */
  private async takeUp(line: string): Promise<Joining> {
    const before = await this.store.read(joiningIn);
    if (before && before.line === line.trim()) return before;
    const keys = await makeKeys(this.options.keys);
    const joining: Joining = { line: line.trim(), keys, request: await enrolRequest(readInvite(line), keys) };
    await this.store.change((tx) => tx.put('values', { name: kValue.joining, value: joining }));
    return joining;
  }
  private async giveUp(error: unknown): Promise<never> {
    if (error instanceof Refused && (error.reason === 'unauthorised' || error.reason === 'expired')) {
      await this.store.change((tx) => tx.remove('values', kValue.joining));
    }
    throw error;
  }
  /** What records are, as a node's /api/v1/schema says. Rejects with malformed. */
  async learnSchema(json: unknown): Promise<void> {
    this.schema = readSchema(json);
    await this.store.change((tx) => tx.put('values', { name: kValue.schema, value: json }));
  }
  get schemaVersion(): bigint {
    return this.schema.version;
  }

  // ---- Writing ---------------------------------------------------------------------------------

  /** For a new record of a type without a natural key. */
  newId(): Bytes {
    return newRecordId(this.wall());
  }
  /**
   * Writes what is wished, one change set for each scope and audience; all or nothing, and durable
   * when it answers (I1). Each record may stand in one wish. Rejects with what draftSet throws;
   * too_large (over 2,000 changes or 1 MiB: a phone's act is small); forbidden, bad_move, out_of_scope (by policy or certificate); unknown_policy (sync once
   * first); cloned; disk_full.
   */
  write(wishes: readonly Wish[], options: WriteOptions = {}): Promise<Written> {
    return this.store.alone(async () => {
      checkOnce(wishes);
      const act: Act = { action: randomBytes(16), actor: options.actor ?? null, origin: options.origin ?? null };
      const { desk, identity, book } = await this.deskNow();
      const objects: LogObject[] = [];
      for (const group of groupsOf(this.schema, wishes)) {
        const draft = await this.store.read((tx) => draftSet(tx, desk, act, group, group.wishes));
        objects.push(await sign(draft, identity));
      }
      return this.append(objects, { desk, identity, book });
    });
  }
  private async append(objects: readonly LogObject[], own: OwnDesk): Promise<Written> {
    return this.store.change(async (tx) => {
      const before = await tx.newestArrival();
      const taken = await this.intake(tx, own.book, own.identity).take(objects, null);
      const verdict = taken.verdicts[0];
      if (verdict) throw new Refused(verdict.refused ?? 'internal', verdict.detail);
      await tx.put('values', { name: kValue.clock, value: own.desk.clock.newest });
      const sets: string[] = [];
      await tx.logAfter(before, ({ name }) => sets.push(name) > 0);
      return { sets };
    });
  }
  private async deskNow(): Promise<OwnDesk> {
    return this.store.read(async (tx) => {
      const { identity, book } = await this.selfIn(tx);
      const policy = await newestPolicy(tx);
      demand(policy !== null, 'unknown_policy', '请先联网同步一次。 Sync once before writing.');
      const { all, reason } = await incarnationsIn(tx);
      const clock = new HybridClock(this.wall, (await valueOf<number>(tx, kValue.clock)) ?? 0);
      const certificate = ownCertificate(book, identity);
      return { identity, book, desk: { certificate, schema: this.schema, policy, clock, seen: await newestHead(tx), incarnations: all, reason } };
    });
  }
  private async selfIn(tx: Tx): Promise<{ identity: Identity; book: CertificateBook }> {
    const identity = await identityIn(tx);
    demand(identity !== null, 'unauthorised', '本机尚未加入。 This phone has joined no city.');
    return { identity, book: await bookIn(tx, identity.root) };
  }
  private intake(tx: Tx, book: CertificateBook, identity: Identity): Intake {
    return new Intake(tx, { book, self: identity.subject, now: this.wall() });
  }

  // ---- Reading ---------------------------------------------------------------------------------

  /** The record as this phone knows it; null if nothing of it is here. */
  record(name: RecordName): Promise<Seen | null> {
    return this.store.read(async (tx) => seenRecord(tx, name, mergeRulesOf(this.schema, name.type, await newestPolicy(tx))));
  }
  /** All records of a type that are here, removed ones as well. */
  records(type: number): Promise<Seen[]> {
    return this.store.read(async (tx) => {
      const rules = mergeRulesOf(this.schema, type, await newestPolicy(tx));
      const found: Seen[] = [];
      for (const name of await recordNames(tx, type, () => true)) {
        const seen = await seenRecord(tx, name, rules);
        if (seen) found.push(seen);
      }
      return found;
    });
  }
  /** Where each change set of this phone is. */
  queue(): Promise<QueueEntry[]> {
    return this.store.read(queueOf);
  }

  // ---- Exchange --------------------------------------------------------------------------------

  /**
   * One exchange with the node at `url`, to its end; answers with what went and came. Everything that
   * was answered is durable, also if it rejects: unreachable, slow_down, stranger (no node that this
   * phone may sync with), bad_signature, other_city, revoked, and what else the node refuses with.
   */
  sync(url: string): Promise<Progress> {
    return this.store.alone(async () => {
      const { identity, book } = await this.store.read((tx) => this.selfIn(tx));
      return syncOver(this.line(url), {
        store: this.store, book, identity, certificate: ownCertificate(book, identity),
        shelf: (peer) => new PhoneShelf({
          store: this.store, peer, self: identity.subject, schema: this.schema,
          settle: (step) => this.settle(step, peer, identity, book),
        }),
      });
    });
  }
  private async settle(step: Settled, peer: Certificate, identity: Identity, book: CertificateBook): Promise<void> {
    await this.store.change(async (tx) => {
      for (const { object, verdict } of step.pushed) await this.noteSent(tx, object, verdict);
      const taken = await this.intake(tx, book, identity).take(step.objects, peer.subject);
      await this.observe(tx, taken);
      if (taken.ownFromElsewhere > 0 || step.peerAhead.length > 0) await beginIncarnation(tx, 'restored');
      await tx.put('values', { name: memoryName(peer.subject), value: step.memory });
    });
  }
  private async noteSent(tx: Tx, object: LogObject, verdict: Settled['pushed'][number]['verdict']): Promise<void> {
    if (object.kind !== kObject.parcel) return;
    const row = await tx.get('sets', nameOfParcel(object.bytes));
    if (!row || row.own === 0) return;
    const changed: SetRow = { ...row, sent: { at: this.wall(), refused: verdict?.refused ?? null, detail: verdict?.detail ?? '' } };
    await tx.put('sets', changed);
  }
  /** What is written from now on comes after what was received. */
  private async observe(tx: Tx, taken: Taken): Promise<void> {
    if (taken.newestStamp === 0) return;
    const clock = new HybridClock(this.wall, (await valueOf<number>(tx, kValue.clock)) ?? 0);
    clock.observe(taken.newestStamp);
    await tx.put('values', { name: kValue.clock, value: clock.newest });
  }
  private line(url: string): Line {
    return new Line(url, this.options.fetch);
  }
}

interface OwnDesk {
  readonly desk: Desk;
  readonly identity: Identity;
  readonly book: CertificateBook;
}

async function sign({ set, openings }: Draft, identity: Identity): Promise<LogObject> {
  const body = writeChangeSet(set);
  const { signature } = await new SigningKey(identity.keys.signing).signBody(kDomain.changeSet, body);
  return { kind: kObject.parcel, bytes: writeParcel({ body, signature, openings }) };
}
/** Two wishes for one record would each be made on the same version. */
function checkOnce(wishes: readonly Wish[]): void {
  demand(wishes.length > 0, 'bad_value', '没有任何修改。 Nothing to write.');
  const names = new Set(wishes.map(({ type, scope, id }) => recordKey(type, scope, id)));
  demand(names.size === wishes.length, 'bad_value', '同一记录只能修改一次。 A record stands in one wish only.');
}
interface Group {
  readonly scope: string;
  readonly audience: number;
  readonly wishes: Wish[];
}
/** A change set is of one scope and audience. */
function groupsOf(schema: Schema, wishes: readonly Wish[]): Group[] {
  const groups = new Map<string, Group>();
  for (const wish of wishes) {
    const place = { scope: wish.scope, audience: audienceOf(schema, wish.type) };
    const key = `${place.audience}/${place.scope}`;
    const group = groups.get(key) ?? { ...place, wishes: [] };
    group.wishes.push(wish);
    groups.set(key, group);
  }
  return [...groups.values()];
}
async function newestPolicy(tx: Tx): Promise<Policy | null> {
  const policies = (await tx.all('policies')).map(({ bytes }) => readPolicy(bytes));
  return policies.sort((a, b) => Number(b.number - a.number))[0] ?? null;
}
/** The newest tree head of the hub that is known: what is written now can't have been written before it. */
async function newestHead(tx: Tx): Promise<Checkpoint | null> {
  let newest: Checkpoint | null = null;
  for (const { checkpoint } of await tx.all('receipts')) if (!newest || isEarlier(newest, checkpoint)) newest = checkpoint;
  return newest;
}
/** Never the same numbers twice: the feeds go on elsewhere. */
async function beginIncarnation(tx: Tx, reason: string): Promise<void> {
  const { all } = await incarnationsIn(tx);
  const number = all.reduce((most, incarnation) => (incarnation.number > most ? incarnation.number : most), 0n) + 1n;
  const next: Incarnation = { number, nonce: randomBytes(16) };
  await tx.put('values', { name: kValue.incarnations, value: { all: [...all, next], reason } });
}
function nameOfParcel(bytes: Bytes): string {
  return hex(nameOf(kDomain.changeSet, readParcel(bytes).body));
}
