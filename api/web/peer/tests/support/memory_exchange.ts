// Both sides of a conversation in memory: a phone's shelf of three objects, and a node that answers what it is told to.
import { expect } from 'vitest';
import { sameBytes, utf8, type Bytes } from '../../bytes.ts';
import {
  ExchangeClient,
  kNoMemory,
  type HeldFeed,
  type Page,
  type PeerMemory,
  type Settled,
  type Shelf,
} from '../../exchange.ts';
import {
  writeRequest,
  type Cursor,
  type Frontier,
  type LogObject,
  type Request,
  type Response,
} from '../../messages.ts';
import { hash } from '../../names.ts';
import type { Reason } from '../../refused.ts';

export const kNames = { city: new Uint8Array(32).fill(1), certificate: new Uint8Array(32).fill(2) };
export const object = (name: string): LogObject => ({ kind: 1, bytes: utf8(name) });
export const feed = (letter: string): Bytes => new Uint8Array(32).fill(letter.charCodeAt(0));
export const cursor = (epoch: bigint, arrival: bigint): Cursor => ({
  epoch,
  arrival,
  mark: new Uint8Array(0),
  certificate: kNames.certificate,
});

/** Three objects of one feed of ours, two a page. */
export class MemoryShelf implements Shelf {
  objects = ['one', 'two', 'three'];
  memory: PeerMemory = kNoMemory;
  readonly given: string[] = [];
  readonly told: Array<[string, Reason | null]> = [];
  readonly asked: Frontier[][] = [];
  ahead: readonly Frontier[] = [];

  outgoing(after: number): Promise<Page> {
    const left = this.objects.slice(after);
    const page = left.slice(0, 2);
    return Promise.resolve({
      objects: page.map(object),
      arrivals: page.map((_, i) => after + i + 1),
      upTo: left.length > 2 ? after + 2 : this.objects.length,
      more: left.length > 2,
    });
  }
  feeds(): Promise<HeldFeed[]> {
    return Promise.resolve(
      this.objects.length > 0
        ? [
            {
              tip: {
                feed: feed('f'),
                seq: BigInt(this.objects.length),
                hash: this.hashOf(this.objects.length),
              },
              own: true,
            },
          ]
        : [],
    );
  }
  hashOf(seq: number): Bytes {
    return hash(utf8(this.objects[seq - 1] ?? ''));
  }
  hashAt(of: Bytes, seq: bigint): Promise<Bytes | null> {
    return Promise.resolve(
      sameBytes(of, feed('f')) && seq <= BigInt(this.objects.length)
        ? this.hashOf(Number(seq))
        : null,
    );
  }
  resumeAfter(known: readonly Frontier[]): Promise<number> {
    this.asked.push([...known]);
    const mine = known.find(({ seq, hash: theirs }) => sameBytes(theirs, this.hashOf(Number(seq))));
    return Promise.resolve(Number(mine?.seq ?? 0n));
  }
  newest(): Promise<number> {
    return Promise.resolve(this.objects.length);
  }
  settle(step: Settled): Promise<void> {
    step.pushed.forEach(({ object: { bytes }, verdict }) =>
      this.told.push([new TextDecoder().decode(bytes), verdict?.refused ?? null]),
    );
    step.objects.forEach(({ bytes }) => this.given.push(new TextDecoder().decode(bytes)));
    this.memory = step.memory;
    this.ahead = [...this.ahead, ...step.peerAhead];
    return Promise.resolve();
  }
}
/** A node: takes everything, and answers what it is told to. */
export class Node {
  epoch = 7n;
  arrival = 0n;
  session = new Uint8Array(16).fill(9);
  counter = 0n;
  frontiers: Frontier[] = [];
  readonly taken: string[] = [];
  give: string[] = [];
  verdict: (text: string) => Reason | null = () => null;
  error: { reason: Reason; withCursor: boolean } | null = null;
  /** The phone's key was: it is given nothing, but may hand over, and ask. */
  ended = false;
  readonly requests: Request[] = [];
  /** Said with the last page. */
  elsewhere: readonly string[] = [];

  answer(request: Request): Response {
    this.requests.push(request);
    const blank: Response = {
      request: hash(writeRequest(request)),
      session: this.session,
      time: 0n,
      error: null,
      detail: '',
      counter: this.counter,
      verdicts: [],
      frontiers: [],
      objects: [],
      cursor: null,
      more: false,
      remaining: 0n,
      newer: [],
      elsewhere: [],
    };
    if (
      !request.session ||
      !sameBytes(request.session, this.session) ||
      request.counter <= this.counter
    )
      return { ...blank, error: 'unauthorised' };
    this.counter = request.counter;
    if (this.error && !this.error.withCursor) return { ...blank, error: this.error.reason };
    const verdicts = request.objects
      .map(({ bytes }, index) => ({
        index,
        refused: this.verdict(new TextDecoder().decode(bytes)),
        detail: '',
      }))
      .filter(({ refused }) => refused);
    const stop =
      verdicts.find(({ refused }) => refused === 'disk_full')?.index ?? request.objects.length;
    request.objects
      .slice(0, stop)
      .forEach(({ bytes }) => this.taken.push(new TextDecoder().decode(bytes)));
    this.arrival += BigInt(stop);
    if (this.error)
      return { ...blank, verdicts, error: this.error.reason, cursor: cursor(this.epoch, 0n) };
    if (this.ended && request.ask.length === 0 && request.objects.length === 0)
      return { ...blank, error: 'revoked', detail: '手机丢失', cursor: cursor(this.epoch, 0n) };
    const objects = request.pull && !this.ended ? this.give.splice(0, 1).map(object) : [];
    const frontiers = request.ask.flatMap((asked) =>
      this.frontiers.filter((one) => sameBytes(one.feed, asked)),
    );
    return {
      ...blank,
      verdicts,
      frontiers,
      objects,
      cursor: cursor(this.epoch, this.arrival),
      more: this.give.length > 0,
      elsewhere: this.give.length > 0 ? [] : this.elsewhere,
    };
  }
}
export async function run(shelf: MemoryShelf, node: Node): Promise<ExchangeClient> {
  const client = new ExchangeClient(shelf, shelf.memory, kNames);
  let request: Request | null = await client.begin(1000);
  for (let trips = 0; request; ++trips) {
    expect(trips).toBeLessThan(20);
    request = await client.take(node.answer(request), 1000);
  }
  return client;
}
export const texts = (objects: readonly LogObject[]): string[] =>
  objects.map(({ bytes }) => new TextDecoder().decode(bytes));
