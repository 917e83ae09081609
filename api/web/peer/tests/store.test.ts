// What the browser's store promises: all or nothing, one at a time, and nothing lost by an upgrade.
import 'fake-indexeddb/auto';
import { describe, expect, it } from 'vitest';
import { draftOf, drafts, dropDraft, keepDraft } from '../drafts.ts';
import { makeKeys, SigningKey } from '../keys.ts';
import { kDomain } from '../names.ts';
import { Refused } from '../refused.ts';
import { isSignedBy } from '../signature.ts';
import { askToKeep } from '../storage.ts';
import type { Identity } from '../own.ts';
import { valueOf, type Tx } from '../store.ts';
import { kStoreVersion, openStore, removeStore } from '../store_idb.ts';

const put =
  (name: string, value: unknown) =>
  (tx: Tx): Promise<void> =>
    tx.put('values', { name, value });

describe('the store', () => {
  it('keeps what a change did, all of it or nothing', async () => {
    const store = await openStore('whole');
    await store.change(put('a', 1n));
    await expect(
      store.change(async (tx) => {
        await put('a', 2n)(tx);
        throw new Refused('bad_value', 'halfway');
      }),
    ).rejects.toMatchObject({ reason: 'bad_value' });
    expect(await store.read((tx) => valueOf(tx, 'a'))).toBe(1n);
  });
  it('is the same after it was closed', async () => {
    const before = await openStore('again');
    await before.change(put('a', new Uint8Array([1, 2])));
    before.close();
    const after = await openStore('again');
    expect(await after.read((tx) => valueOf(tx, 'a'))).toEqual(new Uint8Array([1, 2]));
    expect(await after.read((tx) => tx.newestArrival())).toBe(0);
  });
  it.each(['auto', 'wrapped'] as const)(
    "keeps keys that can't be taken out, and they still sign (%s)",
    async (making) => {
      const store = await openStore(`keys ${making}`);
      const keys = await makeKeys(making);
      const identity: Identity = { keys, root: new Uint8Array(1), subject: new Uint8Array(16) };
      await store.change(put('identity', identity));
      store.close();
      const kept = await (
        await openStore(`keys ${making}`)
      ).read((tx) => valueOf<Identity>(tx, 'identity'));
      const signed = await new SigningKey(kept?.keys.signing ?? keys.sealing).signBody(
        kDomain.receipt,
        new Uint8Array(3),
      );
      expect(isSignedBy(keys.signing.publicKey, kDomain.receipt, signed)).toBe(true);
    },
  );
  it("one at a time of a kind; saving a form doesn't wait for an exchange", async () => {
    const store = await openStore('alone');
    const order: string[] = [];
    let free = (): void => undefined;
    const slow = store.alone('syncing', () =>
      new Promise<void>((resolve) => {
        free = resolve;
      }).then(() => void order.push('synced')),
    );
    const second = store.alone('syncing', async () => void order.push('synced again'));
    await store.alone('writing', async () => void order.push('saved'));
    await Promise.resolve();
    free();
    await Promise.all([slow, second]);
    expect(order).toEqual(['saved', 'synced', 'synced again']);
    await expect(store.alone('writing', () => Promise.reject(new Error('x')))).rejects.toThrow('x');
    await store.alone('writing', async () => void order.push('and on'));
  });
  it('a later page keeps the drafts, and the older one hears that it is outdated', async () => {
    let outdated = 0;
    const old = await openStore('upgrade', { onOutdated: () => (outdated += 1) });
    await keepDraft(old, 'inspection', { note: '写到一半' }, 7);
    const later = await openStore('upgrade', { version: kStoreVersion + 1 });
    expect(outdated).toBe(1);
    expect((await draftOf(later, 'inspection'))?.content).toEqual({ note: '写到一半' });
    await expect(openStore('upgrade')).rejects.toMatchObject({ reason: 'newer_version' });
    later.close();
    await removeStore('upgrade');
    expect(await draftOf(await openStore('upgrade'), 'inspection')).toBeNull();
  });
  it('drafts: newest first, until they are dropped', async () => {
    const store = await openStore('drafts');
    await keepDraft(store, 'a', 1, 1);
    await keepDraft(store, 'b', 2, 2);
    await keepDraft(store, 'a', 3, 3);
    expect((await drafts(store)).map(({ id, content }) => [id, content])).toEqual([
      ['a', 3],
      ['b', 2],
    ]);
    await dropDraft(store, 'a');
    expect(await draftOf(store, 'a')).toBeNull();
  });
});

describe('will the browser keep it', () => {
  const storage = (persisted: boolean, grants: boolean): StorageManager =>
    ({
      persisted: async () => persisted,
      persist: async () => grants,
      estimate: async () => ({ usage: 10, quota: 100 }),
    }) as unknown as StorageManager;
  it('asks once, and says what room there is', async () => {
    expect(await askToKeep(storage(false, true))).toEqual({
      persistent: true,
      used: 10,
      available: 90,
    });
    expect(await askToKeep(storage(true, false))).toEqual({
      persistent: true,
      used: 10,
      available: 90,
    });
    expect(await askToKeep(storage(false, false))).toEqual({
      persistent: false,
      used: 10,
      available: 90,
    });
  });
  it('where nothing can be asked it says so', async () => {
    expect(await askToKeep({} as StorageManager)).toEqual({
      persistent: null,
      used: null,
      available: null,
    });
  });
});
