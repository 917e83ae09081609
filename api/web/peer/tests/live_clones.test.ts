// Two phones with one key that are both in use, and stores that only look like it, beside a real hub and
// an office: the cases of tests/node/cloned_test.cpp. Runs where LINLI names the executable.
import 'fake-indexeddb/auto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bytes } from '../bytes.ts';
import { Phone } from '../phone.ts';
import { openStore } from '../store_idb.ts';
import {
  copyAll,
  hub,
  inspection,
  joined,
  kScope,
  put,
  shownAtHub,
  withHub,
} from './support/live_hub.ts';
import { eventually, kHasProgram, linli, newFolder, ServingNode } from './support/node.ts';

withHub();
let office: ServingNode;
beforeAll(async () => {
  if (!kHasProgram) return;
  const folder = `${newFolder()}/office`;
  const place = ['--role', 'office', '--scope', kScope, '--name', '街渡社区'];
  const answer = linli('invite', '--data', hub.folder, ...place, '--json');
  const { line } = JSON.parse(answer) as { line: string };
  linli('join', '--data', folder, line, '--hub', hub.url);
  office = await ServingNode.start(folder);
});
afterAll(async () => {
  if (kHasProgram) await office.kill();
});

/**
 * The time of all phones, set by hand, behind the hub's, so that none of it lies in its future. One for
 * all scenes, which read each other's stamps.
 */
class Hands {
  now = (Date.now() - 50 * 60_000) * 1000;
  readonly clock = (): number => (this.now += 1000);
  pass(seconds: number): void {
    this.now += seconds * 1_000_000;
  }
}
const hands = new Hands();
/** What phones of one scene wrote. */
class Scene {
  readonly written: Bytes[] = [];

  join(name: string): Promise<Phone> {
    return joined(name, { clock: hands.clock });
  }
  /** The store as another one was. */
  async copy(from: string, to: string): Promise<Phone> {
    await copyAll(from, to);
    return this.open(to);
  }
  async open(name: string): Promise<Phone> {
    const phone = await Phone.open(await openStore(name), { clock: hands.clock });
    await phone.learnSchema((await hub.api('GET', 'schema')).body);
    return phone;
  }
  /** Unless it has stopped. */
  async write(phone: Phone): Promise<void> {
    if ((await phone.clonedSince()) !== null) return;
    const id = phone.newId();
    await phone.write([put(id, inspection('示例'))]);
    this.written.push(id);
  }
  async allIsAtTheHub(): Promise<void> {
    for (const id of this.written)
      expect((await eventually(() => shownAtHub(id))).fields['note']).toBe('示例');
    const { waiting } = (await hub.api('GET', 'node')).body as { waiting: Record<string, number> };
    expect([waiting['quarantined'], waiting['refused']]).toEqual([0, 0]);
  }
}
const isStopped = async (phone: Phone): Promise<boolean> => (await phone.clonedSince()) !== null;
const tryToSync = async (phone: Phone, url = hub.url): Promise<void> => {
  if (!(await isStopped(phone))) await phone.sync(url);
};

/** A phone and a copy of its store. Lately it was put back: what it wrote in the minutes since may be news to it. */
async function pairOf(name: string): Promise<{ scene: Scene; phone: Phone; twin: Phone }> {
  const scene = new Scene();
  const first = await scene.join(name);
  await copyAll(name, `${name}, put back`);
  await scene.write(first);
  await first.sync(hub.url);
  const phone = await scene.open(`${name}, put back`);
  await phone.sync(hub.url);
  const twin = await scene.copy(`${name}, put back`, `${name}, its copy`);
  return { scene, phone, twin };
}

describe.skipIf(!kHasProgram)('two phones with one key', () => {
  it('one of two that are both busy is stopped within minutes, and the other one goes on', async () => {
    const { scene, phone, twin } = await pairOf('busy');
    const began = hands.now;
    for (let i = 0; i < 40 && !(await isStopped(phone)) && !(await isStopped(twin)); ++i) {
      hands.pass(3);
      await scene.write(phone);
      await tryToSync(phone);
      await scene.write(twin);
      await tryToSync(twin);
    }
    expect(hands.now - began).toBeLessThan(150_000_000);
    const [stopped, left] = (await isStopped(phone)) ? [phone, twin] : [twin, phone];
    expect([await isStopped(stopped), await isStopped(left)]).toEqual([true, false]);
    for (let i = 0; i < 20; ++i) {
      hands.pass(30);
      await scene.write(left);
      await left.sync(hub.url);
    }
    expect(await isStopped(left)).toBe(false);
    await stopped.goOnAlone();
    for (let i = 0; i < 2; ++i) await stopped.sync(hub.url);
    expect(await isStopped(stopped)).toBe(false);
    await scene.allIsAtTheHub();
  });
  it('a copy that runs and writes nothing is stopped, too', async () => {
    const { scene, phone, twin } = await pairOf('idle');
    const began = hands.now;
    for (let i = 0; i < 45 && !(await isStopped(twin)); ++i) {
      hands.pass(20);
      await scene.write(phone);
      await tryToSync(phone);
      await tryToSync(twin);
    }
    expect([await isStopped(phone), await isStopped(twin)]).toEqual([false, true]);
    expect(hands.now - began).toBeLessThan(900_000_000);
    await scene.allIsAtTheHub();
  });
  it.each([0, 365])(
    'what comes back bit by bit from several nodes is no second phone (clock %i days back)',
    async (days) => {
      const scene = new Scene();
      const name = `restored ${days}`;
      let phone = await scene.join(name);
      await scene.copy(name, `${name}, copy`);
      const putBack = async (life: number): Promise<void> => {
        phone = await scene.copy(`${name}, copy`, `${name}, life ${life}`);
      };
      const writeSome = async (some: number): Promise<void> => {
        for (let i = 0; i < some; ++i) {
          hands.pass(2);
          await scene.write(phone);
        }
      };
      // Incarnations one after the other, of which the copy knows nothing, and not every node everything.
      for (let i = 0; i < 5; ++i) {
        await writeSome(4);
        const url = i % 2 ? office.url : hub.url;
        for (let again = 0; again < 2; ++again) await phone.sync(url);
        await putBack(i);
        for (let again = 0; again < 2; ++again) await phone.sync(url);
        expect(await isStopped(phone)).toBe(false);
      }
      await writeSome(4);
      await phone.sync(office.url);
      await putBack(5);
      hands.pass(-days * 24 * 3600);
      for (let i = 0; i < 6; ++i) {
        await phone.sync(i % 2 ? office.url : hub.url);
        hands.pass(60);
        await scene.write(phone);
      }
      for (const url of [office.url, hub.url]) await phone.sync(url);
      expect(await isStopped(phone)).toBe(false);
      await scene.allIsAtTheHub();
      hands.pass(days * 24 * 3600);
    },
  );
});
