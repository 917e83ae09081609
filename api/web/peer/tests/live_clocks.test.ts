// A phone whose clock stood wrong and was set right (sync/EXCHANGE.md, "Clocks"), beside a real hub: the
// cases of tests/node/clocks_test.cpp. Runs where LINLI names the executable.
import 'fake-indexeddb/auto';
import { describe, expect, it } from 'vitest';
import { hex, type Bytes } from '../bytes.ts';
import { kAheadMax } from '../clock.ts';
import { incarnationsIn } from '../own.ts';
import { Phone } from '../phone.ts';
import { valueOf, type Store } from '../store.ts';
import { openStore } from '../store_idb.ts';
import { kValue } from '../values.ts';
import {
  at,
  copyAll,
  hub,
  inspection,
  joined,
  kInspection,
  kScope,
  put,
  shownAtHub,
  withHub,
} from './support/live_hub.ts';
import { kHasProgram } from './support/node.ts';

withHub();

const kDay = 24 * 3600 * 1_000_000;
const kNote = 14;
let count = 0;

/** A record that a phone and the hub both have; their edits of its note. */
class Scene {
  ahead = 0;
  private constructor(
    private name: string,
    public phone: Phone,
    private store: Store,
    public record: Bytes,
  ) {}
  static async start(): Promise<Scene> {
    const name = `clock ${++count}`;
    const scene: { now: Scene | null } = { now: null };
    const clock = (): number => Date.now() * 1000 + (scene.now?.ahead ?? 0);
    const phone = await joined(name, { clock });
    const record = phone.newId();
    scene.now = new Scene(name, phone, await openStore(name), record);
    await phone.write([put(record, inspection('起初'))]);
    await scene.now.meet();
    return scene.now;
  }
  async openAgain(): Promise<void> {
    this.phone = await Phone.open(await openStore(this.name), {
      clock: () => Date.now() * 1000 + this.ahead,
    });
    await this.phone.recallSchema();
  }
  /** Goes on with the store as it is now, once `meanwhile` was done with it. */
  async putBack(meanwhile: () => Promise<void>): Promise<void> {
    await copyAll(this.name, `${this.name} before`);
    await meanwhile();
    this.name += ' before';
    this.store = await openStore(this.name);
    await this.openAgain();
  }
  /** Exchanges, and is killed when all is here, before it writes anything. */
  async meetAndDie(): Promise<void> {
    const store = this.store;
    const dying: Store = {
      read: (work) => store.read(work),
      change: (work) => store.change(work),
      alone: (kind, work) =>
        kind === 'writing' ? Promise.reject(new Error('killed')) : store.alone(kind, work),
      close: () => store.close(),
    };
    const phone = await Phone.open(dying, { clock: () => Date.now() * 1000 + this.ahead });
    await expect(phone.sync(hub.url)).rejects.toThrow('killed');
  }
  async meet(): Promise<void> {
    for (let i = 0; i < 2; ++i) expect((await this.phone.sync(hub.url)).refused).toEqual([]);
  }
  async phoneWrites(note: string): Promise<void> {
    await this.phone.write([put(this.record, new Map([[kNote, note]]))]);
  }
  async hubWrites(note: string): Promise<void> {
    expect((await hub.api('PATCH', at(this.record), { note })).status).toBe(200);
  }
  /** What both show after they met. */
  async shown(): Promise<unknown> {
    await this.meet();
    const note = (await shownAtHub(this.record))?.fields['note'];
    const seen = await this.phone.record({ type: kInspection, scope: kScope, id: this.record });
    expect(seen?.fields.get(kNote)).toBe(note);
    return note;
  }
  /** It wrote with its clock ahead, and knows what the hub said of that. */
  async writeAhead(by: number): Promise<void> {
    this.ahead = by;
    await this.phoneWrites('来自未来');
    await this.meet();
  }
  /** By how much the last stamp of its newest incarnation lies ahead. */
  async stampedAhead(): Promise<number> {
    const self = hex((await this.phone.certificate())?.subject ?? new Uint8Array(0));
    const feeds = await this.store.read((tx) => tx.find('feeds', 'author', self));
    feeds.sort((a, b) => Number(b.incarnation.number - a.incarnation.number) || b.stamp - a.stamp);
    return (feeds[0]?.stamp ?? 0) - Date.now() * 1000;
  }
  /** By how much the clock that is kept does: an incarnation that begins later is dated by it. */
  async keptAhead(): Promise<number> {
    const kept = await this.store.read((tx) => valueOf<number>(tx, kValue.clock));
    return (kept ?? 0) - Date.now() * 1000;
  }
  incarnations(): Promise<string[]> {
    return this.store.read(async (tx) => {
      const { all, reason } = await incarnationsIn(tx);
      return [`${all.length}`, reason];
    });
  }
}

describe.skipIf(!kHasProgram)('a clock that was set right', () => {
  it('wins and loses like any other again, and begins anew once', async () => {
    const s = await Scene.start();
    await s.writeAhead(400 * kDay);
    s.ahead = 0;
    await s.phoneWrites('又对了');
    expect(await s.stampedAhead()).toBeLessThanOrEqual(0);
    expect(await s.incarnations()).toEqual(['2', 'clock']);
    expect(await s.keptAhead()).toBeLessThanOrEqual(0);
    expect(await s.shown()).toBe('又对了');
    await s.hubWrites('早');
    await s.phoneWrites('晚');
    expect(await s.shown()).toBe('晚');
    await s.phoneWrites('更早');
    await s.hubWrites('更晚');
    expect(await s.shown()).toBe('更晚');
    await s.openAgain();
    await s.hubWrites('先');
    await s.phoneWrites('后');
    expect(await s.shown()).toBe('后');
    expect(await s.incarnations()).toEqual(['2', 'clock']);
    // Another time, and it stops nothing: what comes back then is no other phone's.
    await s.writeAhead(20 * kDay);
    s.ahead = 0;
    await s.phoneWrites('再次对了');
    expect([await s.shown(), await s.incarnations()]).toEqual(['再次对了', ['3', 'clock']]);
    expect(await s.phone.clonedSince()).toBeNull();
  });
  it("what the hub hasn't spoken of yet goes on in its feed", async () => {
    const s = await Scene.start();
    s.ahead = 40 * kDay;
    await s.phoneWrites('来自未来');
    s.ahead = 0;
    // Who knows which of the two clocks was the wrong one?
    await s.phoneWrites('还不知道');
    expect(await s.stampedAhead()).toBeGreaterThan(39 * kDay);
    expect(await s.shown()).toBe('还不知道');
    await s.phoneWrites('知道了');
    expect(await s.stampedAhead()).toBeLessThanOrEqual(0);
    expect(await s.shown()).toBe('知道了');
    // Another time it waits for no word, as long as that day is still to come.
    s.ahead = 20 * kDay;
    await s.phoneWrites('又来自未来');
    s.ahead = 0;
    await s.phoneWrites('又知道了');
    expect(await s.stampedAhead()).toBeLessThanOrEqual(0);
    expect([await s.shown(), await s.incarnations()]).toEqual(['又知道了', ['3', 'clock']]);
  });
  it('from ahead to a year behind it loses nothing and stops nothing', async () => {
    const s = await Scene.start();
    await s.writeAhead(400 * kDay);
    s.ahead = -400 * kDay;
    await s.phoneWrites('落后');
    expect(await s.shown()).toBe('落后');
    s.ahead = 0;
    await s.phoneWrites('对了');
    expect(await s.shown()).toBe('对了');
  });
  it("a write that isn't kept begins nothing anew", async () => {
    const s = await Scene.start();
    await s.writeAhead(400 * kDay);
    s.ahead = 0;
    // No state that can be reached.
    const wrong = s.phone.write([put(s.record, new Map([[15, 6]]))]);
    await expect(wrong).rejects.toMatchObject({ reason: 'bad_move' });
    expect(await s.incarnations()).toEqual(['1', '']);
    await s.phoneWrites('又对了');
    expect(await s.shown()).toBe('又对了');
  });
  it('what was set aside and stamped ahead is written again by the clock of now, and stops nothing', async () => {
    const s = await Scene.start();
    await s.writeAhead(400 * kDay);
    const lost = s.phone;
    await s.putBack(async () => {
      await lost.write([put(lost.newId(), inspection('失去的'))]);
      await lost.sync(hub.url);
    });
    await s.phoneWrites('没有送出');
    await s.meetAndDie();
    s.ahead = 0;
    const other = s.phone.newId();
    await s.phone.write([put(other, inspection('又对了'))]);
    expect(await s.incarnations()).toEqual(['3', 'clock']);
    await s.meet();
    await s.phone.write([put(s.phone.newId(), inspection('还能写'))]);
    expect(await s.stampedAhead()).toBeLessThanOrEqual(0);
    expect(await s.shown()).toBe('没有送出');
    expect((await shownAtHub(other))?.fields['note']).toBe('又对了');
  });
  it('a neighbour is not carried ahead by one that is, and follows those beside it', async () => {
    const s = await Scene.start();
    const neighbour = await Scene.start();
    await s.writeAhead(400 * kDay);
    await neighbour.phone.sync(hub.url);
    await neighbour.phoneWrites('邻居');
    expect(await neighbour.stampedAhead()).toBeLessThanOrEqual(0);
    // Minutes are followed, also where the same page brings something from the future.
    await s.writeAhead(401 * kDay);
    s.ahead = 5 * 60_000_000;
    const other = await Scene.start();
    other.ahead = 5 * 60_000_000;
    await other.phoneWrites('快了五分钟');
    await other.meet();
    await neighbour.phone.sync(hub.url);
    await neighbour.phoneWrites('邻居跟上');
    expect(await neighbour.stampedAhead()).toBeGreaterThan(4 * 60_000_000);
  });
  it('what was only heard of by a clock that was wrong as well is let go of', async () => {
    const s = await Scene.start();
    const neighbour = await Scene.start();
    await s.writeAhead(300 * kDay);
    neighbour.ahead = 400 * kDay;
    await neighbour.phone.sync(hub.url);
    neighbour.ahead = 0;
    await neighbour.phoneWrites('没有跟去');
    // By no more than others are followed.
    expect(await neighbour.stampedAhead()).toBeLessThan(kAheadMax);
    expect(await neighbour.incarnations()).toEqual(['1', '']);
    expect(await neighbour.shown()).toBe('没有跟去');
  });
});
