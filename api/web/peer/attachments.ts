// attachments.ts: photos and files of this phone: kept until the node has them, sent in pieces so that a
// line that breaks costs little, and those of others fetched when somebody looks (sync/BLOBS.md).
import { selfIn, type Base, type Self } from './base.ts';
import {
  blobProof,
  kBlobBytesMax,
  kBlobsAskedMax,
  kBlobState,
  readBlobResponse,
  writeBlobRequest,
  type BlobAnswer,
  type BlobOffer,
  type BlobRequest,
  type BlobResponse,
} from './blob_messages.ts';
import { base64url, concat, hex, sameBytes, unhex, type Bytes } from './bytes.ts';
import { decodeValue, type CborValue } from './cbor_value.ts';
import type { Certificate } from './certificate.ts';
import type { PeerMemory } from './exchange.ts';
import { SigningKey } from './keys.ts';
import type { Line } from './line.ts';
import { hash, kDomain } from './names.ts';
import { memoryName } from './phone_shelf.ts';
import { demand, Refused } from './refused.ts';
import { checkSigned } from './signature.ts';
import { valueOf, type BlobRow, type Store, type Tx } from './store.ts';
import { pack, unpack } from './wire.ts';

/** What is sent at first in one request, and at most. A piece that takes longer than the time is too large. */
const kPieceBytes = { first: 64 << 10, most: 4 << 20 };
const kPieceMs = { good: 5_000, bad: 15_000 };
/** With a file that the node fetches from its own upstream. */
const kComing = { pauseMs: 500, patienceMs: 20_000 };

/** Where a photo of this phone is. */
export interface BlobPlace {
  /** In hexadecimal, as records name it. */
  readonly name: string;
  readonly size: number;
  /** Microseconds since 1970 UTC. */
  readonly at: number;
  /** Named by a record that was written here. */
  readonly named: boolean;
  /** A node has all of it. */
  readonly delivered: boolean;
}

/**
 * Keeps a file that was made here; durable when it answers with its name. Rejects with too_large,
 * bad_input (nothing in it), disk_full.
 */
export async function keepBlob(base: Base, content: Bytes): Promise<string> {
  demand(content.length > 0, 'bad_input', '文件是空的。 The file is empty.');
  demand(content.length <= kBlobBytesMax, 'too_large', '超过 64 MiB。 Over 64 MiB.');
  const name = hex(hash(content));
  await base.store.change(async (tx) => {
    if (await tx.get('blobs', name)) return;
    const row = { name, size: content.length, at: base.wall(), own: 1 as const, delivered: [] };
    await tx.put('blobs', row);
    await tx.put('contents', { name, bytes: content });
  });
  return name;
}
/** Null: it isn't here. */
export async function blobHere(store: Store, name: string): Promise<Bytes | null> {
  const row = await store.read(async (tx) =>
    (await tx.get('blobs', name)) ? tx.get('contents', name) : undefined,
  );
  return row?.bytes ?? null;
}
/** Lets go of a file that no record names: of a draft that was thrown away. */
export async function dropBlob(store: Store, name: string): Promise<void> {
  await store.change(async (tx) => {
    if ((await namedHere(tx)).has(name)) return;
    await tx.remove('blobs', name);
    await tx.remove('contents', name);
  });
}
/** Those that were made here, oldest first. */
export async function ownBlobs(store: Store): Promise<BlobPlace[]> {
  return store.read(async (tx) => {
    const named = await namedHere(tx);
    return (await tx.all('blobs'))
      .filter(({ own }) => own === 1)
      .sort((a, b) => a.at - b.at)
      .map(({ name, size, at, delivered }) => ({
        name,
        size,
        at,
        named: named.has(name),
        delivered: delivered.length > 0,
      }));
  });
}
/** Those that were made here and that a record names. */
export async function blobsToDeliver(store: Store): Promise<BlobRow[]> {
  return store.read(async (tx) => {
    const own = (await tx.all('blobs')).filter((row) => row.own === 1);
    const named = own.length > 0 ? await namedHere(tx) : new Set();
    return own.filter(({ name }) => named.has(name));
  });
}
/** Every name of a file in the values that are here. */
async function namedHere(tx: Tx): Promise<Set<string>> {
  const names = new Set<string>();
  const gather = (value: CborValue): void => {
    if (value instanceof Uint8Array && value.length === 32) names.add(hex(value));
    else if (Array.isArray(value)) value.forEach(gather);
  };
  for (const { value } of await tx.all('openings')) gather(decodeValue(value));
  return names;
}

/** An exchange about attachments with one node. Records go first: call it behind Phone.sync. */
export class BlobExchange {
  private piece = kPieceBytes.first;

  private constructor(
    private readonly base: Base,
    private readonly self: Self,
    private readonly line: Line,
    private readonly peer: Certificate,
  ) {}

  /** `peer`: who answers there, as the exchange of records found out. */
  static async with(base: Base, line: Line, peer: Certificate): Promise<BlobExchange> {
    return new BlobExchange(
      base,
      await base.store.read((tx) => selfIn(tx, base.known)),
      line,
      peer,
    );
  }

  /**
   * Sends what records name and the node lacks. Answers with how many it took; what it has no room for
   * stays, and is offered again. Rejects with unreachable and what the node refuses with; all that was
   * answered before holds.
   */
  async deliver(sent: (bytes: number) => void = () => undefined): Promise<number> {
    const epoch = await this.epoch();
    const missing = (await blobsToDeliver(this.base.store)).filter((row) => !this.has(row, epoch));
    let delivered = 0;
    for (let at = 0; at < missing.length; at += kBlobsAskedMax) {
      const rows = missing.slice(at, at + kBlobsAskedMax);
      const { answers, epoch: now } = await this.ask({ offers: rows.map(offerOf) });
      for (const [i, row] of rows.entries()) {
        const answer = answers[i];
        if (answer && (await this.hand(row, answer, now, sent))) delivered += 1;
      }
    }
    return delivered;
  }
  /** Does the node hold it, as far as it is known to have forgotten nothing since? */
  private has({ delivered }: BlobRow, epoch: bigint | null): boolean {
    return epoch !== null && delivered.includes(`${hex(this.peer.subject)}/${epoch}`);
  }
  /** One file, until the node has it. False: it doesn't take it now. */
  private async hand(
    row: BlobRow,
    first: BlobAnswer,
    epoch: bigint,
    sent: (bytes: number) => void,
  ): Promise<boolean> {
    let answer = first;
    let content: Bytes | null = null;
    while (answer.state !== kBlobState.held) {
      content ??= await blobHere(this.base.store, row.name);
      if (!content) return false;
      if (answer.state === kBlobState.prove) {
        const proof = blobProof(content, this.self.identity.subject);
        const proven = (await this.ask({ offers: [{ ...offerOf(row), proof }] })).answers[0];
        if (!proven || proven.state === kBlobState.prove) return false;
        answer = proven;
      } else if (answer.state === kBlobState.send && answer.number <= content.length) {
        const before = answer.number;
        answer = await this.send(row, content, before);
        const now = answer.state === kBlobState.held ? content.length : answer.number;
        sent(Math.max(0, now - before));
      } else return false;
    }
    await this.note(row.name, epoch);
    return true;
  }
  /** The next piece. A line that breaks is not the end: the node says how far it is. */
  private async send(row: BlobRow, content: Bytes, from: number): Promise<BlobAnswer> {
    const began = performance.now();
    const piece = content.subarray(from, from + this.piece);
    try {
      const request = { offers: [offerOf(row)], from };
      const { answers, error, detail } = await this.signed(request, (header) =>
        this.line.putBlob(header, piece),
      );
      if (error && error !== 'gap' && error !== 'replay') throw new Refused(error, detail);
      this.adapt(performance.now() - began);
      return answers[0] ?? (await this.where(row));
    } catch (error) {
      const small = this.piece <= kPieceBytes.first / 8;
      if (!(error instanceof Refused) || error.reason !== 'unreachable' || small) throw error;
      this.piece /= 2;
      return this.where(row);
    }
  }
  private async where(row: BlobRow): Promise<BlobAnswer> {
    const { answers } = await this.ask({ offers: [offerOf(row)] });
    return answers[0] ?? { state: kBlobState.no, number: 0 };
  }
  private adapt(ms: number): void {
    if (ms < kPieceMs.good) this.piece = Math.min(this.piece * 2, kPieceBytes.most);
    else if (ms > kPieceMs.bad) this.piece = Math.max(this.piece / 2, kPieceBytes.first / 8);
  }
  private async note(name: string, epoch: bigint): Promise<void> {
    await this.base.store.change(async (tx) => {
      const row = await tx.get('blobs', name);
      const mark = `${hex(this.peer.subject)}/${epoch}`;
      if (row && !row.delivered.includes(mark))
        await tx.put('blobs', { ...row, delivered: [...row.delivered, mark] });
    });
  }

  /**
   * The file of this name: from here, or from the node, and kept then. Null: the node has none for
   * this phone. What came before a line broke is kept as well, and the rest is asked for next time.
   */
  async fetch(name: string): Promise<Bytes | null> {
    const here = await blobHere(this.base.store, name);
    if (here) return here;
    const answer = await this.wish(unhex(name));
    if (answer?.state !== kBlobState.available || answer.number > kBlobBytesMax) return null;
    const part = (await this.base.store.read((tx) => tx.get('contents', partOf(name))))?.bytes;
    const before = part && part.length < answer.number ? part : new Uint8Array(0);
    const request = { wishes: [unhex(name)], from: before.length };
    const { content, whole } = await this.line.getBlob(await this.header(request), answer.number);
    const bytes = concat(before, content);
    if (!whole) {
      await this.base.store.change((tx) => tx.put('contents', { name: partOf(name), bytes }));
      throw new Refused('unreachable', '照片没有传完。 The photo broke off.');
    }
    await this.takeIn(name, bytes);
    return bytes;
  }
  /** A relay may have to fetch it itself: it is asked again for some seconds. */
  private async wish(name: Bytes): Promise<BlobAnswer | undefined> {
    const until = performance.now() + kComing.patienceMs;
    for (;;) {
      const answer = (await this.ask({ wishes: [name] })).answers[0];
      if (answer?.state !== kBlobState.coming) return answer;
      if (performance.now() > until)
        throw new Refused('unreachable', '照片还在从上级取来。 The photo is still on its way.');
      await new Promise((resolve) => setTimeout(resolve, kComing.pauseMs));
    }
  }
  private async takeIn(name: string, bytes: Bytes): Promise<void> {
    const right = sameBytes(hash(bytes), unhex(name));
    await this.base.store.change(async (tx) => {
      await tx.remove('contents', partOf(name));
      if (!right) return;
      const row = {
        name,
        size: bytes.length,
        at: this.base.wall(),
        own: 0 as const,
        delivered: [],
      };
      await tx.put('blobs', row);
      await tx.put('contents', { name, bytes });
    });
    demand(right, 'altered', '照片内容与记录不符。 It is not the photo that the record names.');
  }

  // ---- Requests ----------------------------------------------------------------------------------

  private async ask(wanted: Wanted): Promise<BlobResponse> {
    const response = await this.signed(wanted, (_, wire) => this.line.askBlobs(wire));
    if (response.error) throw new Refused(response.error, response.detail);
    return response;
  }
  /** Signs, asks, checks the answer; once more if the node began another session. */
  private async signed(
    wanted: Wanted,
    send: (header: string, wire: Bytes) => Promise<Bytes>,
  ): Promise<BlobResponse> {
    for (let again = 0; ; ++again) {
      const { wire, body } = await this.request(wanted);
      const answer = unpack(await send(base64url(wire), wire));
      checkSigned(this.peer.signingKey, kDomain.blobResponse, answer);
      const response = readBlobResponse(answer.body);
      demand(sameBytes(response.request, hash(body)), 'malformed', 'it answers another request');
      if (response.error !== 'unauthorised' || again >= 2) return response;
      await this.base.store.change((tx) =>
        tx.put('values', {
          name: this.sessionName,
          value: { session: response.session, counter: response.counter },
        }),
      );
    }
  }
  private async header(wanted: Wanted): Promise<string> {
    return base64url((await this.request(wanted)).wire);
  }
  /** Each has a greater number than any before it, also those that another tab made. */
  private async request(wanted: Wanted): Promise<{ wire: Bytes; body: Bytes }> {
    const { certificate, identity } = this.self;
    const { session, counter } = await this.base.store.change(async (tx) => {
      const before = (await valueOf<Session>(tx, this.sessionName)) ?? kNoSession;
      const now = { ...before, counter: before.counter + 1n };
      await tx.put('values', { name: this.sessionName, value: now });
      return now;
    });
    const body = writeBlobRequest({
      city: certificate.city,
      certificate: certificate.hash,
      session,
      counter,
      offers: wanted.offers ?? [],
      wishes: wanted.wishes ?? [],
      from: wanted.from ?? null,
    });
    const key = new SigningKey(identity.keys.signing);
    return { wire: pack(await key.signBody(kDomain.blobRequest, body)), body };
  }
  private get sessionName(): string {
    return `blob session/${hex(this.peer.subject)}`;
  }
  /** Of the node's store, as the exchange of records before this one found it. */
  private async epoch(): Promise<bigint | null> {
    const { subject } = this.peer;
    const memory = await this.base.store.read((tx) => valueOf<PeerMemory>(tx, memoryName(subject)));
    return memory?.pulled?.epoch ?? null;
  }
}

type Wanted = Partial<Pick<BlobRequest, 'offers' | 'wishes' | 'from'>>;
interface Session {
  readonly session: Bytes | null;
  readonly counter: bigint;
}
const kNoSession: Session = { session: null, counter: 0n };

const offerOf = ({ name, size }: BlobRow): BlobOffer => ({ name: unhex(name), size, proof: null });
const partOf = (name: string): string => `${name}.part`;
