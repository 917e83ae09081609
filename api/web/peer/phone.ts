// phone.ts: the inspector's phone as a node of its city: it joins, writes, reads, and syncs with
// whichever node of the city answers. The door to this folder; everything else stands beneath it.
import {
  BlobExchange,
  blobHere,
  dropBlob,
  keepBlob,
  ownBlobs,
  type BlobPlace,
} from './attachments.ts';
import type { Wish } from './authoring.ts';
import { newestPolicy, selfIn, type Base } from './base.ts';
import type { Bytes } from './bytes.ts';
import { makeBundle, recipients, takeBundle, type Imported } from './carrying.ts';
import type { Certificate } from './certificate.ts';
import { clonedSince, goOnAlone } from './cloned.ts';
import {
  conflictsOf,
  replacedIn,
  sawReplaced,
  type ShownConflict,
  type ShownReplaced,
} from './conflicts.ts';
import { systemClock, type WallClock } from './clock.ts';
import type { Progress } from './exchange.ts';
import { newsSince, type Known, type News } from './folds.ts';
import { join } from './joining.ts';
import { SigningKey, type KeyMaking } from './keys.ts';
import { listen, liveToken } from './live.ts';
import { Line, type Fetch } from './line.ts';
import { identityIn } from './own.ts';
import { kValue } from './values.ts';
import { queueOf, type QueueEntry } from './queue.ts';
import { newRecordId } from './record_id.ts';
import { renew } from './renewal.ts';
import { settleOwn, syncWith } from './rounds.ts';
import { seenRecord } from './records.ts';
import { type RecordName, type Seen } from './seen.ts';
import { demand } from './refused.ts';
import { kNoSchema, mergeRulesOf, readSchema, type Schema } from './schema.ts';
import { valueOf, type Store } from './store.ts';
import { answeredIn, pathsBeyond, whoAnswered } from './syncing.ts';
import { judgeAnew } from './upgrading.ts';
import { write, type WriteOptions, type Written } from './writing.ts';

/** From here on people are told (sync/EXCHANGE.md, "Clocks"), microseconds. */
const kClockOffMax = 5n * 60n * 1_000_000n;

export interface PhoneOptions {
  readonly clock?: WallClock;
  readonly fetch?: Fetch;
  readonly keys?: KeyMaking;
}

export class Phone {
  private readonly base: Base;

  private constructor(
    private readonly store: Store,
    options: PhoneOptions,
    private schema: Schema,
  ) {
    this.base = {
      store,
      wall: options.clock ?? systemClock,
      keys: options.keys ?? 'auto',
      schema: () => this.schema,
      line: (url) => new Line(url, options.fetch),
      known: { book: null, policies: new Map(), heard: new Map() },
    };
  }

  /** Goes on with what the store holds. Rejects with what the store rejects with. */
  static async open(store: Store, options: PhoneOptions = {}): Promise<Phone> {
    const schema = await store.read((tx) => valueOf<unknown>(tx, kValue.schema));
    const phone = new Phone(store, options, schema ? readSchema(schema) : kNoSchema);
    await judgeAnew(phone.base);
    return phone;
  }

  /** Who this phone is; null before it has joined. */
  certificate(): Promise<Certificate | null> {
    return this.store.read(async (tx) =>
      (await identityIn(tx)) ? (await selfIn(tx, this.base.known)).certificate : null,
    );
  }
  /**
   * Joins the city of this invite, at `url` or where the invite says. May be called again with the
   * same line if no answer came: the key is kept, and the same bytes are sent.
   * Rejects with bad_input, forbidden (joined already), unreachable, what readAdmission throws; with
   * unauthorised or expired the invite is of no use any more, and its key is let go of.
   */
  join(line: string, url: string | null = null): Promise<Certificate> {
    return this.store.alone('writing', () => join(this.base, line, url));
  }
  /**
   * Asks the node at `url` for this phone's next certificate; sync does so by itself in time.
   * Rejects as renewal.ts says.
   */
  renew(url: string): Promise<Certificate> {
    return this.store.alone('syncing', () => renew(this.base, url));
  }
  /** What records are, as a node's /api/v1/schema says. Rejects with malformed. */
  async learnSchema(json: unknown): Promise<void> {
    this.schema = readSchema(json);
    await this.store.change((tx) => tx.put('values', { name: kValue.schema, value: json }));
  }
  /** The one in the store, which another tab may have learnt; null: there is none. */
  async recallSchema(): Promise<unknown> {
    const json = await this.store.read((tx) => valueOf<unknown>(tx, kValue.schema));
    if (json) this.schema = readSchema(json);
    return json;
  }

  /** For a new record of a type without a natural key; record_id.ts has the ids of the others. */
  newId(): Bytes {
    return newRecordId(this.base.wall());
  }
  /**
   * Writes what is wished, one change set for each scope and audience; all or nothing, and durable
   * when it answers (I1). Each record may stand in one wish. Rejects with what draftSet throws;
   * too_large (over 2,000 changes or 1 MiB: a phone's act is small); forbidden, bad_move, out_of_scope
   * (by policy or certificate); unknown_policy (sync once first); cloned (see clonedSince); disk_full.
   */
  write(wishes: readonly Wish[], options: WriteOptions = {}): Promise<Written> {
    return this.store.alone('writing', () => write(this.base, wishes, options));
  }

  /**
   * When it was found out that another phone writes with this one's key (a copied profile), microseconds
   * since 1970 UTC; null: it wasn't. From then on this phone neither writes nor syncs, and can only hand
   * over what it has (makeBundle), until goOnAlone.
   */
  clonedSince(): Promise<number | null> {
    return this.store.read(clonedSince);
  }
  /** A person says that this is the only one left. */
  goOnAlone(): Promise<void> {
    return this.store.alone('syncing', () => goOnAlone(this.base));
  }

  /** The record as this phone knows it; null if nothing of it is here. */
  record(name: RecordName): Promise<Seen | null> {
    return this.store.read(async (tx) =>
      seenRecord(
        tx,
        name,
        mergeRulesOf(this.schema, name.type, await newestPolicy(tx, this.base.known)),
      ),
    );
  }
  /** What has become of records since `before`, which an earlier answer had; null: all that is here. */
  news(before: Known | null): Promise<News> {
    return newsSince(this.base, before);
  }
  /** What people changed at once in these, with both sides. Once this phone has joined. */
  conflicts(records: readonly Seen[]): Promise<ShownConflict[]> {
    return conflictsOf(this.base, records);
  }
  /** What this phone wrote in these, and somebody settled otherwise; newest first. Once it has joined. */
  replaced(records: readonly Seen[]): Promise<ShownReplaced[]> {
    return replacedIn(this.base, records);
  }
  /** A person has seen those of these keys; kept. */
  sawReplaced(keys: readonly string[]): Promise<void> {
    return sawReplaced(this.base, keys);
  }
  /** Where each change set of this phone is, oldest first. */
  queue(): Promise<QueueEntry[]> {
    return this.store.read(queueOf);
  }

  /**
   * Exchanges with the node at `url` until neither side has more; answers with what went and came. Everything that
   * was answered is durable, also if it rejects: unreachable, slow_down, stranger (no node that this
   * phone may sync with), bad_signature, other_city, revoked, cloned (see clonedSince), and what else the
   * node refuses with.
   */
  sync(url: string): Promise<Progress> {
    return this.store.alone('syncing', () => syncWith(this.base, url));
  }
  /**
   * Paths of this phone that the node which answered last at `url` doesn't cover: what belongs there
   * goes over no line with it. Null: nobody ever answered there.
   */
  elsewhere(url: string): Promise<string[] | null> {
    return this.store.read(async (tx) => {
      const { book, certificate } = await selfIn(tx, this.base.known);
      const peer = await answeredIn(tx, this.base.line(url), book);
      return peer && pathsBeyond(peer, certificate);
    });
  }

  /**
   * By how much this phone's clock is ahead of that of the node that answered last at `url`, microseconds;
   * negative: behind. Null: not by 5 minutes, or nobody answered since the page was opened.
   */
  clockOff(url: string): number | null {
    const heard = this.base.known.heard.get(url);
    if (!heard) return null;
    const off = heard.ahead < 0n ? -heard.ahead : heard.ahead;
    return off - heard.doubt > kClockOffMax ? -Number(heard.ahead) : null;
  }
  /**
   * Hears at once that the node at `url` has something to fetch: `news` is to start an exchange.
   * Resolves when the line ends, or `signal` aborts it; then the caller polls, and listens anew.
   * Rejects with unauthorised (exchange first: the node's clock must be known), unreachable,
   * slow_down, and what the node refuses with.
   */
  async listen(url: string, news: () => void, signal: AbortSignal): Promise<void> {
    const heard = this.base.known.heard.get(url);
    demand(heard !== undefined, 'unauthorised', '请先同步一次。 Sync once before.');
    const { identity, certificate } = await this.store.read((tx) => selfIn(tx, this.base.known));
    const time = BigInt(this.base.wall()) + heard.ahead;
    const parts = {
      city: certificate.city,
      certificate: certificate.hash,
      server: heard.server,
      time,
    };
    const token = await liveToken(parts, new SigningKey(identity.keys.signing));
    await listen((ended) => this.base.line(url).live(token, ended), news, signal);
  }

  /**
   * Keeps a photo or file that a record will name; durable when it answers with its name, in
   * hexadecimal. Rejects with too_large, bad_input, disk_full.
   */
  keepFile(content: Bytes): Promise<string> {
    return keepBlob(this.base, content);
  }
  /** Lets go of one, unless a record names it. */
  dropFile(name: string): Promise<void> {
    return dropBlob(this.store, name);
  }
  /** Those that were made here, and where they are. */
  files(): Promise<BlobPlace[]> {
    return ownBlobs(this.store);
  }
  /** One that is here; null: it isn't. */
  fileHere(name: string): Promise<Bytes | null> {
    return blobHere(this.store, name);
  }
  /**
   * Sends the node at `url` the files that it lacks; `sent` hears of bytes. After sync, which finds out
   * who is there. Answers with how many it took; rejects as BlobExchange.deliver does.
   */
  deliverFiles(url: string, sent?: (bytes: number) => void): Promise<number> {
    return this.store.alone('syncing', async () => (await this.aboutFiles(url)).deliver(sent));
  }
  /** One from here, or else from the node at `url`, to be kept. Null: the node has none for this phone. */
  async fetchFile(url: string, name: string): Promise<Bytes | null> {
    return (
      (await this.fileHere(name)) ??
      this.store.alone('syncing', async () => (await this.aboutFiles(url)).fetch(name))
    );
  }
  private async aboutFiles(url: string): Promise<BlobExchange> {
    const line = this.base.line(url);
    const { book } = await this.store.read((tx) => selfIn(tx, this.base.known));
    const peer = await whoAnswered(line, { store: this.store, book });
    demand(peer !== null, 'stranger', '请先同步一次。 Sync once before.');
    return BlobExchange.with(this.base, line, peer);
  }

  /** The nodes that a bundle can be made for. */
  recipients(): Promise<Certificate[]> {
    return recipients(this.base);
  }
  /**
   * What the node of this certificate may have and isn't known to have, as a file; without photos if not
   * `withFiles`. Rejects with not_found.
   */
  makeBundle(recipient: Bytes, withFiles = true): Promise<Bytes> {
    return this.store.alone('syncing', () => makeBundle(this.base, recipient, withFiles));
  }
  /** Takes in a bundle for this phone, all its parts, in any order. Rejects with what openBundle rejects with. */
  takeBundle(parts: readonly Bytes[]): Promise<Imported> {
    return this.store.alone('syncing', async () => {
      const imported = await takeBundle(this.base, parts);
      await settleOwn(this.base);
      return imported;
    });
  }
}
