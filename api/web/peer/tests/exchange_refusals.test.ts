// The asking side of the conversation, where something is refused: a set, a cursor, a session, the whole, or
// a key that was ended (sync/EXCHANGE.md).
import { describe, expect, it } from 'vitest';
import { ExchangeClient, kNoMemory } from '../exchange.ts';
import { readResponse, type Request } from '../messages.ts';
import { Refused } from '../refused.ts';
import { feed, kNames, MemoryShelf, Node, object, run, texts } from './support/memory_exchange.ts';

describe('what is refused', () => {
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
  it('who has more and gives nothing is not asked for ever', async () => {
    const [shelf, node] = [new MemoryShelf(), new Node()];
    await run(shelf, node);
    const client = new ExchangeClient(shelf, shelf.memory, kNames);
    const answer = node.answer(await client.begin(1000));
    await expect(client.take({ ...answer, more: true }, 1000)).rejects.toMatchObject({
      reason: 'malformed',
    });
  });
  it("a cursor that it doesn't know any more: reads from the beginning", async () => {
    const [shelf, node] = [new MemoryShelf(), new Node()];
    await run(shelf, node);
    const client = new ExchangeClient(shelf, shelf.memory, kNames);
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
    const client = new ExchangeClient(shelf, shelf.memory, kNames);
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
    const client = new ExchangeClient(shelf, shelf.memory, kNames);
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
    const client = new ExchangeClient(shelf, kNoMemory, kNames);
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
    const client = new ExchangeClient(shelf, shelf.memory, kNames);
    const answer = node.answer(await client.begin(1000));
    await expect(
      client.take({ ...answer, verdicts: [{ index: 4, refused: 'gap', detail: '' }] }, 1000),
    ).rejects.toMatchObject({ reason: 'malformed' });
    const asked = new ExchangeClient(shelf, shelf.memory, kNames);
    await expect(
      asked.take({ ...answer, frontiers: [{ feed: feed('z'), seq: 1n, hash: feed('z') }] }, 1000),
    ).rejects.toMatchObject({ reason: 'malformed' });
    expect(texts([object('x')])).toEqual(['x']);
    expect(() => readResponse(new Uint8Array([0xa0]), kNames.certificate)).toThrow(Refused);
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
