// A phone whose store is blank, was put back, is open in two tabs or was copied, beside a real hub. Runs where LINLI names the executable.
import 'fake-indexeddb/auto';
import { describe, expect, it } from 'vitest';
import type { Bytes } from '../bytes.ts';
import { Phone } from '../phone.ts';
import type { Store } from '../store.ts';
import { openStore } from '../store_idb.ts';
import {
  kScope,
  kInspection,
  joined,
  copied,
  copyAll,
  inspection,
  put,
  kinds,
  shownAtHub,
  hub,
  withHub,
} from './support/live_hub.ts';
import { kHasProgram } from './support/node.ts';

withHub();

describe.skipIf(!kHasProgram)('one key in several places', () => {
  it('a blank phone with the same key gets its own back, and goes on in a new incarnation', async () => {
    const phone = await joined('old');
    const first = phone.newId();
    await phone.write([put(first, inspection('旧数据'))]);
    await phone.sync(hub.url);
    const blank = await copied('old', 'blank');
    await blank.sync(hub.url);
    await blank.learnSchema((await hub.api('GET', 'schema')).body);
    expect(
      (await blank.record({ type: kInspection, scope: kScope, id: first }))?.fields.get(14),
    ).toBe('旧数据');
    const second = blank.newId();
    await blank.write([put(second, inspection('换机之后'))]);
    expect((await blank.sync(hub.url)).refused).toEqual([]);
    expect((await shownAtHub(second))?.fields['note']).toBe('换机之后');
    expect(await kinds(blank)).toEqual(['confirmed', 'confirmed']);
  });
  it('a phone whose store was put back writes again what nobody knew, and makes no fork', async () => {
    const phone = await joined('now');
    const [a, b, c] = [phone.newId(), phone.newId(), phone.newId()];
    await phone.write([put(a, inspection('一'))]);
    await phone.sync(hub.url);
    await copyAll('now', 'before');
    await phone.write([put(b, inspection('二'))]);
    await phone.sync(hub.url);

    // Enough to come back in several round trips.
    for (let i = 0; i < 25; ++i)
      await phone.write([put(phone.newId(), inspection(`${i}`.repeat(900)))]);
    await phone.sync(hub.url);

    const back = await Phone.open(await openStore('before'));
    await back.write([put(c, inspection('三'))]);
    await back.write([put(c, new Map([[14, '三,改过']]))]);
    await back.write([put(a, new Map([[14, '一,改过']]))]);
    await back.sync(hub.url);
    expect((await back.sync(hub.url)).refused).toEqual([]);
    for (const [id, note] of [
      [a, '一,改过'],
      [b, '二'],
      [c, '三,改过'],
    ] as const) {
      expect((await shownAtHub(id))?.fields['note']).toBe(note);
      const seen = await back.record({ type: kInspection, scope: kScope, id });
      expect([seen?.fields.get(14), seen?.conflicts]).toEqual([note, []]);
    }
    expect(await kinds(back)).toEqual(Array.from({ length: 1 + 1 + 25 + 3 }, () => 'confirmed'));
    const held = (await hub.api('GET', 'node')).body as { waiting: Record<string, number> };
    expect([held.waiting['quarantined'], held.waiting['refused']]).toEqual([0, 0]);
  });
  it('two tabs write at once, also where the browser has no locks: nothing is lost, and no fork', async () => {
    await joined('two tabs');
    const tab = async (): Promise<Phone> => {
      const store = await openStore('two tabs');
      const unlocked: Store = {
        read: (work) => store.read(work),
        change: (work) => store.change(work),
        alone: (_kind, work) => work(),
        close: () => store.close(),
      };
      return Phone.open(unlocked);
    };
    const tabs = [await tab(), await tab()];
    const ids = tabs.flatMap((phone) => [0, 1, 2].map(() => ({ phone, id: phone.newId() })));
    await Promise.all(
      ids.map(({ phone, id }, i) => phone.write([put(id, inspection(`第${i}条`))])),
    );
    const [first] = tabs;
    expect((await first?.queue())?.map(({ seq }) => Number(seq))).toEqual([1, 2, 3, 4, 5, 6]);
    expect((await first?.sync(hub.url))?.refused).toEqual([]);
    const shown = await Promise.all(ids.map(({ id }) => shownAtHub(id)));
    expect(shown.map((one) => one?.fields['note'])).toEqual(ids.map((_, i) => `第${i}条`));
  });
  it('two phones with one key: the one that hears of the other stops, and loses nothing', async () => {
    const one = await joined('one of two');
    const ids = Array.from({ length: 5 }, () => one.newId());
    const [a, b, c, d, e] = ids as [Bytes, Bytes, Bytes, Bytes, Bytes];
    await one.write([put(a, inspection('复制之前'))]);
    await one.sync(hub.url);
    await copyAll('one of two', 'the other');
    const other = await Phone.open(await openStore('the other'));
    await other.learnSchema((await hub.api('GET', 'schema')).body);

    await one.write([put(b, inspection('原机所写'))]);
    await one.sync(hub.url);
    await other.write([put(c, inspection('副本所写'))]);
    for (let i = 0; i < 2; ++i) await other.sync(hub.url);
    // The copy took a new incarnation, as a restored phone would; the first one hears of that.
    await one.write([put(d, inspection('尚未得知'))]);
    expect([await one.clonedSince(), await other.clonedSince()]).toEqual([null, null]);
    await one.sync(hub.url);
    expect(await one.clonedSince()).not.toBeNull();
    await expect(one.sync(hub.url)).rejects.toMatchObject({ reason: 'cloned' });
    await expect(one.write([put(e, inspection('停用之后'))])).rejects.toMatchObject({
      reason: 'cloned',
    });
    // Nothing is lost: what it had went over before it stopped, and a file can still be made.
    const notes = async (): Promise<unknown[]> =>
      Promise.all([a, b, c, d].map(async (id) => (await shownAtHub(id))?.fields['note']));
    expect(await notes()).toEqual(['复制之前', '原机所写', '副本所写', '尚未得知']);
    const to = (await one.recipients()).find(({ role }) => role === 1);
    expect((await one.makeBundle(to?.hash ?? a)).length).toBeGreaterThan(0);
    // Another page load finds it as it was.
    expect(await (await Phone.open(await openStore('one of two'))).clonedSince()).not.toBeNull();

    await one.goOnAlone();
    await one.sync(hub.url);
    await one.write([put(e, inspection('只剩本机'))]);
    expect((await one.sync(hub.url)).refused).toEqual([]);
    expect([await one.clonedSince(), (await shownAtHub(e))?.fields['note']]).toEqual([
      null,
      '只剩本机',
    ]);
    const seen = await one.record({ type: kInspection, scope: kScope, id: c });
    expect(seen?.fields.get(14)).toBe('副本所写');
    const { waiting } = (await hub.api('GET', 'node')).body as { waiting: Record<string, number> };
    expect([waiting['quarantined'], waiting['refused']]).toEqual([0, 0]);
  });
});
