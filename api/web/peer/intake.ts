// intake.ts: what becomes of each object that arrives, and of each set that is written here: one road
// (I2). Runs within one transaction; what it takes is durable with it.
import type { CertificateBook } from './book.ts';
import { makeRoom } from './branches.ts';
import { hex, unhex, type Bytes } from './bytes.ts';
import type { Certificate } from './certificate.ts';
import { feedOf, type Checkpoint } from './change_set.ts';
import { readHeader } from './change_set_reader.ts';
import { isFollowed } from './clock.ts';
import { Counting } from './counting.ts';
import { PartIntake } from './intake_parts.ts';
import { SetIntake } from './intake_sets.ts';
import { WordIntake } from './intake_words.ts';
import { kObject, kObjectBytesMax, type LogObject, type Verdict } from './messages.ts';
import { hash, type Incarnation } from './names.ts';
import { readParcel } from './parcel.ts';
import type { Policy } from './policy.ts';
import { demand, isTransient, Refused, type Reason } from './refused.ts';
import { placeOf } from './standing.ts';
import type { Tx } from './store.ts';

const kEvidenceMax = 200;
const kWaitingMax = 2000;
/** What a set waits for of which not even the place can be known. */
const kForUpgrade = 'upgrade';
/** Something before it is missing: kept, and judged once that is here. */
const kWaits: ReadonlySet<Reason> = new Set([
  'unknown_certificate',
  'gap',
  'unknown_policy',
  'unknown_critical',
]);
/** Kept as evidence. */
const kEvidence: ReadonlySet<Reason> = new Set([
  'bad_signature',
  'forbidden',
  'out_of_scope',
  'bad_move',
  'fork',
  'other_city',
]);

export interface Context {
  readonly book: CertificateBook;
  /** Those that were read already, by name: nearly all sets name the same one. */
  readonly policies: Map<string, Policy>;
  /** Author id of this phone. */
  readonly self: Bytes;
  /** Microseconds since 1970 UTC. */
  readonly now: number;
}
export interface OwnSet {
  readonly incarnation: Incarnation;
  /** Of its last change. */
  readonly stamp: number;
  /** The newest head of the hub's log that its author knew. */
  readonly seen: Checkpoint | null;
}
/** What taking objects did besides. */
export interface Tally {
  /** `type/scope/id` of records that may look otherwise now. */
  readonly touched: Set<string>;
  /** Sets of our own that came from elsewhere and weren't here: see cloned.ts. */
  readonly ownFromElsewhere: OwnSet[];
  /** Of all changes that were taken, and are to be followed; 0: none. */
  newestStamp: number;
}
/** Notes the last stamp of what was taken. One that lies too far ahead hides none beside it. */
export function noteStamp(tally: Tally, stamp: number, { now }: Context): void {
  if (isFollowed(stamp, now)) tally.newestStamp = Math.max(tally.newestStamp, stamp);
}
export interface Taken {
  /** Of what wasn't simply accepted. */
  readonly verdicts: readonly Verdict[];
  readonly tally: Readonly<Tally>;
}

export class Intake {
  private readonly tally: Tally = { touched: new Set(), ownFromElsewhere: [], newestStamp: 0 };
  private readonly sets: SetIntake;
  private readonly words: WordIntake;
  private readonly parts: PartIntake;
  private readonly counting: Counting;
  /** What can be judged now that waited. */
  private released: string[] = [];

  constructor(
    private readonly tx: Tx,
    private readonly context: Context,
  ) {
    this.counting = new Counting(tx, context.book, async (row) => {
      row.records.forEach((record) => this.tally.touched.add(record));
      if (row.state === 'counts') this.released.push(...(await this.sets.countsNow(row)));
    });
    this.sets = new SetIntake(tx, context, this.counting, this.tally);
    this.words = new WordIntake(tx, context, this.counting);
    this.parts = new PartIntake(tx, context, this.tally);
  }

  /** Takes them in, each judged for itself. `from`: author id of who brought them; null: written here. */
  async take(objects: readonly LogObject[], from: Bytes | null): Promise<Taken> {
    const verdicts: Verdict[] = [];
    for (const [index, object] of objects.entries()) {
      const refused = await this.one(object, from);
      if (refused) verdicts.push({ index, refused: refused.reason, detail: refused.message });
      await this.release();
    }
    return { verdicts, tally: this.tally };
  }

  /** These came by another way, and are in the book: what waited for them is judged. */
  async learned(certificates: readonly Certificate[]): Promise<Taken> {
    await this.counting.all();
    this.released.push(...certificates.map(({ hash: name }) => `certificate/${hex(name)}`));
    await this.release();
    return { verdicts: [], tally: this.tally };
  }
  /** Of what was kept unread, for an upgrade, that which can be read now. */
  async judgeAnew(): Promise<Taken> {
    for (const row of await this.tx.all('sets')) {
      if (row.state === 'later') this.released.push(...(await this.sets.readAnew(row)));
    }
    this.released.push(kForUpgrade);
    await this.release();
    return { verdicts: [], tally: this.tally };
  }

  /** Null: accepted. Rejects with what says nothing about the object, only about this moment. */
  private async one(object: LogObject, from: Bytes | null): Promise<Refused | null> {
    try {
      demand(object.bytes.length <= kObjectBytesMax, 'too_large', 'an object over 1.5 MiB');
      await this.accept(object, from);
      return null;
    } catch (error) {
      if (!(error instanceof Refused) || isTransient(error.reason)) throw error;
      await this.keepAside(object, from, error);
      return error;
    }
  }
  private async accept({ kind, bytes }: LogObject, from: Bytes | null): Promise<void> {
    switch (kind) {
      case kObject.parcel:
        return void this.released.push(...(await this.sets.take(bytes, from)));
      case kObject.receipt:
        return this.receipt(bytes, from);
      case kObject.ruling:
        return this.words.ruling(bytes, from);
      case kObject.snapshotPart:
        return void this.released.push(...(await this.parts.take(bytes, from)));
      case kObject.forkProof:
        return this.words.forkProof(bytes, from);
      default:
        throw new Refused('malformed', `no object of kind ${kind} is known`);
    }
  }
  private async receipt(bytes: Bytes, from: Bytes | null): Promise<void> {
    try {
      await this.words.receipt(bytes, from);
    } catch (error) {
      if (!(error instanceof Refused) || error.reason !== 'fork') throw error;
      const candidates = await makeRoom(this.tx, this.context, this.tally, bytes);
      if (!candidates) throw error;
      for (const one of candidates)
        await this.one({ kind: kObject.parcel, bytes: one.bytes }, one.from);
      await this.words.receipt(bytes, from);
    }
  }
  /** Judges what waited for what came; and what waited for that, in turn. */
  private async release(): Promise<void> {
    for (let key = this.released.pop(); key !== undefined; key = this.released.pop()) {
      for (const row of await this.tx.find('waiting', 'for', key)) {
        await this.tx.remove('waiting', row.name);
        await this.one(
          { kind: kObject.parcel, bytes: row.bytes },
          row.from === '' ? null : unhex(row.from),
        );
      }
    }
  }

  private async keepAside(
    object: LogObject,
    from: Bytes | null,
    { reason, message }: Refused,
  ): Promise<void> {
    if (object.kind !== kObject.parcel) return;
    const row = {
      name: hex(hash(object.bytes)),
      reason,
      bytes: object.bytes,
      from: from ? hex(from) : '',
    };
    if (kWaits.has(reason)) {
      const full = (await this.tx.count('waiting')) >= kWaitingMax;
      if (!full) await this.tx.put('waiting', { ...row, for: waitsFor(object.bytes, reason) });
    } else if (kEvidence.has(reason) && !(await this.tx.get('evidence', row.name))) {
      await this.tx.put('evidence', { ...row, detail: message, at: this.context.now });
      await this.boundEvidence();
    }
  }
  private async boundEvidence(): Promise<void> {
    const over = (await this.tx.count('evidence')) - kEvidenceMax;
    if (over <= 0) return;
    const rows = (await this.tx.all('evidence')).sort((a, b) => a.at - b.at);
    for (const row of rows.slice(0, over)) await this.tx.remove('evidence', row.name);
  }
}

function waitsFor(parcel: Bytes, reason: Reason): string {
  if (reason === 'unknown_critical') return kForUpgrade;
  const header = readHeader(readParcel(parcel).body);
  if (reason === 'unknown_certificate') return `certificate/${hex(header.certificate)}`;
  if (reason === 'unknown_policy') return `policy/${hex(header.policy ?? new Uint8Array(0))}`;
  return placeOf(feedOf(header), header.seq - 1n);
}
