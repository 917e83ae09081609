// The asking side of the conversation: what it asks, when it pushes, and what it never takes for
// acknowledged (sync/EXCHANGE.md).
import { describe, expect, it } from 'vitest';
import { sameBytes, utf8, type Bytes } from '../bytes.ts';
import { encodeBytes, encodeFields, encodeInt, encodeList, encodeText } from '../cbor_value.ts';
import {
  ExchangeClient,
  kEpochLost,
  kNoMemory,
  type HeldFeed,
  type Page,
  type PeerMemory,
  type Settled,
  type Shelf,
} from '../exchange.ts';
import {
  readResponse,
  writeRequest,
  type Cursor,
  type Frontier,
  type LogObject,
  type Request,
  type Response,
} from '../messages.ts';
import { hash } from '../names.ts';
import { Refused, type Reason } from '../refused.ts';
import { refusal } from './support/vectors.ts';

const names = { city: new Uint8Array(32).fill(1), certificate: new Uint8Array(32).fill(2) };
const object = (name: string): LogObject => ({ kind: 1, bytes: utf8(name) });
const feed = (letter: string): Bytes => new Uint8Array(32).fill(letter.charCodeAt(0));
const cursor = (epoch: bigint, arrival: bigint): Cursor => ({
  epoch,
  arrival,
  mark: new Uint8Array(0),
  certificate: names.certificate,
});

/** Three objects of one feed of ours, two a page. */
class MemoryShelf implements Shelf {
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
class Node {
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
async function run(shelf: MemoryShelf, node: Node): Promise<ExchangeClient> {
  const client = new ExchangeClient(shelf, shelf.memory, names);
  let request: Request | null = await client.begin(1000);
  for (let trips = 0; request; ++trips) {
    expect(trips).toBeLessThan(20);
    request = await client.take(node.answer(request), 1000);
  }
  return client;
}
const texts = (objects: readonly LogObject[]): string[] =>
  objects.map(({ bytes }) => new TextDecoder().decode(bytes));

describe('the example of EXCHANGE.md', () => {
  it('a request with nothing to push, byte for byte', () => {
    const body = writeRequest({
      ...names,
      session: new Uint8Array(16).fill(3),
      counter: 7n,
      cursor: { ...cursor(9n, 1000n) },
      includeOwn: false,
      pull: true,
      ask: [],
      objects: [],
      snapshots: false,
      portion: 0n,
    });
    expect(body).toHaveLength(100);
    expect(Array.from(body.subarray(0, 3))).toEqual([0xa6, 0, 1]);
  });
});

describe('notices', () => {
  const response = (...more: Array<[number, Bytes]>): Response =>
    readResponse(
      encodeFields([
        [0, encodeInt(1)],
        [1, encodeBytes(new Uint8Array(32))],
        [2, encodeBytes(new Uint8Array(16))],
        [3, encodeInt(5)],
        [10, encodeList([encodeInt(7), encodeInt(3), encodeBytes(new Uint8Array(0))])],
        ...more,
      ]),
      names.certificate,
    );
  const texts = (...paths: readonly string[]): [number, Bytes] => [
    14,
    encodeList(paths.map(encodeText)),
  ];
  it('are read, and are nothing where they are left out', () => {
    expect([response().newer, response().elsewhere]).toEqual([[], []]);
    const signed = [utf8('first'), utf8('second')];
    const said = response([13, encodeList(signed.map(encodeBytes))], texts('410700/a', '410700/b'));
    expect([said.newer, said.elsewhere]).toEqual([signed, ['410700/a', '410700/b']]);
  });
  it('more than sixteen, none, or what is no path is malformed', () => {
    const many = (count: number): string[] => Array.from({ length: count }, (_, i) => `4107/${i}`);
    expect(response(texts(...many(16))).elsewhere).toHaveLength(16);
    for (const wrong of [texts(...many(17)), texts(), texts('410700/'), texts('新乡')])
      expect(refusal(() => response(wrong))).toBe('malformed');
    const certificates = (count: number): [number, Bytes] => [
      13,
      encodeList(many(count).map((text) => encodeBytes(utf8(text)))),
    ];
    expect(response(certificates(16)).newer).toHaveLength(16);
    for (const wrong of [certificates(17), certificates(0)])
      expect(refusal(() => response(wrong))).toBe('malformed');
  });
  it('of paths what the last answer says counts', async () => {
    const [shelf, node] = [new MemoryShelf(), new Node()];
    node.elsewhere = ['410700/a'];
    expect((await run(shelf, node)).progress.elsewhere).toEqual(['410700/a']);
    node.elsewhere = [];
    expect((await run(shelf, node)).progress.elsewhere).toEqual([]);
  });
});

describe('an exchange', () => {
  it('the first one: gets a session, asks for our own feeds, asks what is missing, pushes all and pulls all', async () => {
    const [shelf, node] = [new MemoryShelf(), new Node()];
    node.give = ['x', 'y'];
    await run(shelf, node);
    expect(node.taken).toEqual(['one', 'two', 'three']);
    expect(shelf.given).toEqual(['x', 'y']);
    // Nothing is pushed before the answers are here.
    expect(node.requests.slice(0, 3).map(({ objects }) => objects.length)).toEqual([0, 0, 0]);
    expect(node.requests[1]?.ask).toHaveLength(1);
    expect(shelf.memory).toMatchObject({ pushed: 3, pushedEpoch: 7n, session: node.session });
  });
  it('the next one with nothing new: one round trip, and nothing in it', async () => {
    const [shelf, node] = [new MemoryShelf(), new Node()];
    await run(shelf, node);
    const before = node.requests.length;
    await run(shelf, node);
    expect(
      node.requests
        .slice(before)
        .map(({ objects, ask, includeOwn }) => [objects.length, ask.length, includeOwn]),
    ).toEqual([[0, 0, false]]);
  });
  it('a peer that has some of it from others is given the rest', async () => {
    const [shelf, node] = [new MemoryShelf(), new Node()];
    node.frontiers = [{ feed: feed('f'), seq: 2n, hash: shelf.hashOf(2) }];
    await run(shelf, node);
    expect(node.taken).toEqual(['three']);
  });
  it('refusals are acknowledged, and hold nothing up', async () => {
    const [shelf, node] = [new MemoryShelf(), new Node()];
    node.verdict = (text) => (text === 'two' ? 'forbidden' : null);
    const client = await run(shelf, node);
    expect(shelf.told).toEqual([
      ['one', null],
      ['two', 'forbidden'],
      ['three', null],
    ]);
    expect(client.progress.refused.map(({ refused }) => refused)).toEqual(['forbidden']);
    expect(shelf.memory.pushed).toBe(3);
  });
  it("a full disk isn't: it is sent again next time, from there on", async () => {
    const [shelf, node] = [new MemoryShelf(), new Node()];
    node.verdict = (text) => (text === 'two' ? 'disk_full' : null);
    await run(shelf, node);
    expect([node.taken, shelf.memory.pushed]).toEqual([['one'], 1]);
    // Nothing more is pushed in this exchange.
    const pushed = node.requests.flatMap(({ objects }) => texts(objects));
    expect(pushed.filter((text) => text === 'two')).toHaveLength(1);
    node.verdict = () => null;
    await run(shelf, node);
    expect(node.taken).toEqual(['one', 'two', 'three']);
  });
  it('a server that was restarted: two round trips more, nothing twice', async () => {
    const [shelf, node] = [new MemoryShelf(), new Node()];
    await run(shelf, node);
    node.session = new Uint8Array(16).fill(8);
    node.counter = 0n;
    shelf.objects.push('four');
    const before = node.requests.length;
    await run(shelf, node);
    expect(node.taken).toEqual(['one', 'two', 'three', 'four']);
    expect(node.requests.length - before).toBe(3);
  });
  it('a peer that was restored is asked, and given what it lost', async () => {
    const [shelf, node] = [new MemoryShelf(), new Node()];
    await run(shelf, node);
    node.epoch = 8n;
    node.frontiers = [{ feed: feed('f'), seq: 1n, hash: shelf.hashOf(1) }];
    await run(shelf, node);
    expect(node.taken).toEqual(['one', 'two', 'three', 'two', 'three']);
    expect(shelf.memory).toMatchObject({ pushed: 3, pushedEpoch: 8n, regive: 3 });
  });
  it('it breaks off before that is done: the next one asks again', async () => {
    const [shelf, node] = [new MemoryShelf(), new Node()];
    await run(shelf, node);
    node.epoch = 8n;
    const client = new ExchangeClient(shelf, shelf.memory, names);
    await client.take(node.answer(await client.begin(1000)), 1000);
    expect(shelf.memory.pushedEpoch).toBe(kEpochLost);
    await run(shelf, node);
    expect(node.taken.slice(3)).toEqual(['one', 'two', 'three']);
  });
  it('a peer that knows more of our own feed: nothing is pushed, its sets are asked for', async () => {
    const [shelf, node] = [new MemoryShelf(), new Node()];
    node.frontiers = [{ feed: feed('f'), seq: 5n, hash: feed('h') }];
    const client = await run(shelf, node);
    expect(client.progress.peerAhead).toHaveLength(1);
    expect(shelf.ahead).toHaveLength(1);
    expect(node.taken).toEqual([]);
    expect(node.requests[1]?.includeOwn).toBe(true);
  });
  it('that is told once, however many round trips its own sets take', async () => {
    const [shelf, node] = [new MemoryShelf(), new Node()];
    node.frontiers = [{ feed: feed('f'), seq: 5n, hash: feed('h') }];
    node.give = ['x', 'y', 'z'];
    await run(shelf, node);
    expect([shelf.given, shelf.ahead.length]).toEqual([['x', 'y', 'z'], 1]);
  });
  it('who has more and gives nothing is not asked for ever', async () => {
    const [shelf, node] = [new MemoryShelf(), new Node()];
    await run(shelf, node);
    const client = new ExchangeClient(shelf, shelf.memory, names);
    const answer = node.answer(await client.begin(1000));
    await expect(client.take({ ...answer, more: true }, 1000)).rejects.toMatchObject({
      reason: 'malformed',
    });
  });
  it('another set under a number of ours is as much', async () => {
    const [shelf, node] = [new MemoryShelf(), new Node()];
    node.frontiers = [{ feed: feed('f'), seq: 3n, hash: feed('h') }];
    expect((await run(shelf, node)).progress.peerAhead).toHaveLength(1);
  });
  it("a cursor that it doesn't know any more: reads from the beginning", async () => {
    const [shelf, node] = [new MemoryShelf(), new Node()];
    await run(shelf, node);
    const client = new ExchangeClient(shelf, shelf.memory, names);
    const first = await client.begin(1000);
    expect(first.cursor).not.toBeNull();
    const again = await client.take(
      { ...node.answer(first), error: 'bad_cursor', objects: [], cursor: null },
      1000,
    );
    expect(again?.cursor).toBeNull();
  });
  it("a cursor that it never gave: asks what is there, since that can't have shown what it lost", async () => {
    const [shelf, node] = [new MemoryShelf(), new Node()];
    await run(shelf, node);
    node.frontiers = [{ feed: feed('f'), seq: 1n, hash: shelf.hashOf(1) }];
    const client = new ExchangeClient(shelf, shelf.memory, names);
    const first = await client.begin(1000);
    let request = await client.take(
      { ...node.answer(first), error: 'bad_cursor', objects: [] },
      1000,
    );
    expect([request?.cursor, request?.ask.length, request?.objects.length]).toEqual([null, 1, 0]);
    while (request) request = await client.take(node.answer(request), 1000);
    expect(node.taken).toEqual(['one', 'two', 'three', 'two', 'three']);
    expect(shelf.memory).toMatchObject({ pushed: 3, pushedEpoch: 7n });
  });
  it('a cursor is dropped once an exchange', async () => {
    const [shelf, node] = [new MemoryShelf(), new Node()];
    await run(shelf, node);
    const client = new ExchangeClient(shelf, shelf.memory, names);
    const again = async (): Promise<void> => {
      let request: Request | null = await client.begin(1000);
      while (request) {
        const answer = node.answer(request);
        request = await client.take(
          request.ask.length > 0 ? answer : { ...answer, error: 'bad_cursor' },
          1000,
        );
      }
    };
    await expect(again()).rejects.toMatchObject({ reason: 'bad_cursor' });
  });
  it('an error that took what was pushed: the rest is pushed, nothing counts as acknowledged', async () => {
    const [shelf, node] = [new MemoryShelf(), new Node()];
    await run(shelf, node);
    shelf.objects.push('four', 'five', 'six');
    node.error = { reason: 'io', withCursor: true };
    await expect(run(shelf, node)).rejects.toMatchObject({ reason: 'io' });
    expect(node.taken.slice(3)).toEqual(['four', 'five', 'six']);
    expect(shelf.memory.pushed).toBe(3);
    node.error = null;
    await run(shelf, node);
    expect(shelf.memory.pushed).toBe(6);
  });
  it('whoever refuses the whole, or never takes a session, ends it', async () => {
    const [shelf, node] = [new MemoryShelf(), new Node()];
    node.error = { reason: 'revoked', withCursor: false };
    await expect(run(shelf, node)).rejects.toMatchObject({ reason: 'revoked' });
    const client = new ExchangeClient(shelf, kNoMemory, names);
    let request: Request | null = await client.begin(1000);
    let trips = 0;
    const refuse = async (): Promise<void> => {
      for (; request; ++trips)
        request = await client.take({ ...node.answer({ ...request, session: null }) }, 1000);
    };
    await expect(refuse()).rejects.toBeInstanceOf(Refused);
    expect(trips).toBe(3);
  });
  it('an answer that contradicts itself is dropped', async () => {
    const [shelf, node] = [new MemoryShelf(), new Node()];
    await run(shelf, node);
    const client = new ExchangeClient(shelf, shelf.memory, names);
    const answer = node.answer(await client.begin(1000));
    await expect(
      client.take({ ...answer, verdicts: [{ index: 4, refused: 'gap', detail: '' }] }, 1000),
    ).rejects.toMatchObject({ reason: 'malformed' });
    const asked = new ExchangeClient(shelf, shelf.memory, names);
    await expect(
      asked.take({ ...answer, frontiers: [{ feed: feed('z'), seq: 1n, hash: feed('z') }] }, 1000),
    ).rejects.toMatchObject({ reason: 'malformed' });
    expect(texts([object('x')])).toEqual(['x']);
    expect(() => readResponse(new Uint8Array([0xa0]), names.certificate)).toThrow(Refused);
  });
});

describe('a phone whose key was ended', () => {
  const ended = async (): Promise<[MemoryShelf, Node]> => {
    const [shelf, node] = [new MemoryShelf(), new Node()];
    await run(shelf, node);
    node.ended = true;
    return [shelf, node];
  };
  const trips = async (shelf: MemoryShelf, node: Node): Promise<Request[]> => {
    const before = node.requests.length;
    await expect(run(shelf, node)).rejects.toMatchObject({ reason: 'revoked' });
    return node.requests.slice(before);
  };
  it('hears why, having asked once what is there, and sends nothing that is', async () => {
    const [shelf, node] = await ended();
    node.frontiers = [{ feed: feed('f'), seq: 3n, hash: shelf.hashOf(3) }];
    for (const asks of [[0, 1], [0], [0]]) {
      const requests = await trips(shelf, node);
      expect(requests.map(({ ask }) => ask.length)).toEqual(asks);
    }
    expect(node.taken).toEqual(['one', 'two', 'three']);
    expect(shelf.memory).toMatchObject({ pushed: 3, pushedEpoch: 7n, session: node.session });
  });
  it('gives again what a peer lost that was put back behind its back', async () => {
    const [shelf, node] = await ended();
    node.frontiers = [{ feed: feed('f'), seq: 1n, hash: shelf.hashOf(1) }];
    const { progress } = await run(shelf, node);
    expect([node.taken.slice(3), progress.sent]).toEqual([['two', 'three'], 2]);
    node.frontiers = [{ feed: feed('f'), seq: 3n, hash: shelf.hashOf(3) }];
    await trips(shelf, node);
    expect(node.taken.slice(5)).toEqual([]);
  });
  it('keeps a branch that gave way, and sends it at no poll', async () => {
    for (const there of [
      { feed: feed('f'), seq: 2n, hash: feed('h') },
      { feed: feed('f'), seq: 3n, hash: feed('h') },
      { feed: feed('f'), seq: 9n, hash: feed('h') },
    ]) {
      const [shelf, node] = await ended();
      node.frontiers = [there];
      await trips(shelf, node);
      expect([node.taken.slice(3), shelf.ahead]).toEqual([[], []]);
    }
  });
  it('hands over what it wrote since, and only then hears that it was ended', async () => {
    const [shelf, node] = await ended();
    shelf.objects.push('four');
    expect((await run(shelf, node)).progress.sent).toBe(1);
    node.frontiers = [{ feed: feed('f'), seq: 4n, hash: shelf.hashOf(4) }];
    await trips(shelf, node);
    expect(node.taken.slice(3)).toEqual(['four']);
  });
  it('who has written nothing asks nothing', async () => {
    const [shelf, node] = [new MemoryShelf(), new Node()];
    shelf.objects = [];
    await run(shelf, node);
    node.ended = true;
    expect(await trips(shelf, node)).toHaveLength(1);
  });
});
