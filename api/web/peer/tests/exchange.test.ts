// The asking side of the conversation: what it asks, when it pushes, and what it never takes for
// acknowledged (sync/EXCHANGE.md). What is refused: exchange_refusals.test.ts.
import { describe, expect, it } from 'vitest';
import { utf8, type Bytes } from '../bytes.ts';
import { encodeBytes, encodeFields, encodeInt, encodeList, encodeText } from '../cbor_value.ts';
import { ExchangeClient, kEpochLost } from '../exchange.ts';
import { readResponse, writeRequest, type Response } from '../messages.ts';
import { cursor, feed, kNames, MemoryShelf, Node, run } from './support/memory_exchange.ts';
import { refusal } from './support/vectors.ts';

describe('the example of EXCHANGE.md', () => {
  it('a request with nothing to push, byte for byte', () => {
    const body = writeRequest({
      ...kNames,
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
      kNames.certificate,
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
    const client = new ExchangeClient(shelf, shelf.memory, kNames);
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
  it('another set under a number of ours is as much', async () => {
    const [shelf, node] = [new MemoryShelf(), new Node()];
    node.frontiers = [{ feed: feed('f'), seq: 3n, hash: feed('h') }];
    expect((await run(shelf, node)).progress.peerAhead).toHaveLength(1);
  });
});
