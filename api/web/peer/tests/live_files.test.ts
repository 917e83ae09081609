// Bundles and photos between a phone and a real hub. Runs where LINLI names the executable.
import 'fake-indexeddb/auto';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hex, randomBytes, unhex } from '../bytes.ts';
import { Phone } from '../phone.ts';
import { valueOf } from '../store.ts';
import { openStore } from '../store_idb.ts';
import { kValue } from '../values.ts';
import {
  copyAll,
  joined,
  inspection,
  put,
  kinds,
  shownAtHub,
  photoOf,
  finding,
  places,
  hub,
  withHub,
} from './support/live_hub.ts';
import { kHasProgram, linli, newFolder } from './support/node.ts';

withHub();

describe.skipIf(!kHasProgram)('what a phone carries: bundles and photos', () => {
  it('a bundle carries what no line does, both ways', async () => {
    const phone = await joined('carries');
    const id = phone.newId();
    await phone.write([put(id, inspection('存储卡带来'))]);
    const to = (await phone.recipients()).find(({ role }) => role === 1);
    const file = `${newFolder()}/out.linli`;
    writeFileSync(file, await phone.makeBundle(to?.hash ?? id));
    linli('bundle', 'import', '--data', hub.folder, file);
    expect((await shownAtHub(id))?.fields['note']).toBe('存储卡带来');
    const back = `${newFolder()}/back.linli`;
    linli('bundle', 'export', '--data', hub.folder, '--for', 'carries', back);
    const imported = await phone.takeBundle([readFileSync(back)]);
    expect([imported.from.role, imported.refused]).toEqual([1, []]);
    expect(await kinds(phone)).toEqual(['confirmed']);
    // The same once more changes nothing; another phone's is refused.
    expect((await phone.takeBundle([readFileSync(back)])).refused).toEqual([]);
    const other = await joined('other');
    await expect(other.takeBundle([readFileSync(back)])).rejects.toMatchObject({
      reason: 'wrong_recipient',
    });
  });
  it('a bundle shows that a store was put back; it writes again once all is here', async () => {
    const phone = await joined('put back');
    const [lost, own] = [phone.newId(), phone.newId()];
    await copyAll('put back', 'as it was');
    await phone.write([put(lost, inspection('失去的'))]);
    await phone.sync(hub.url);
    const back = await Phone.open(await openStore('as it was'));
    await back.learnSchema((await hub.api('GET', 'schema')).body);
    await back.write([put(own, inspection('没有送出'))]);
    const file = `${newFolder()}/back.linli`;
    linli('bundle', 'export', '--data', hub.folder, '--for', 'put back', file);
    expect((await back.takeBundle([readFileSync(file)])).refused).toEqual([]);
    const aside = async (): Promise<number> =>
      (await openStore('as it was')).read(
        async (tx) => (await valueOf<unknown[]>(tx, kValue.aside))?.length ?? 0,
      );
    expect(await aside()).toBe(1);
    expect((await back.sync(hub.url)).refused).toEqual([]);
    expect(await aside()).toBe(0);
    const shown = await Promise.all([lost, own].map(shownAtHub));
    expect(shown.map((one) => one?.fields['note'])).toEqual(['失去的', '没有送出']);
    expect(await kinds(back)).toEqual(['confirmed', 'confirmed']);
  });
  it('photos go in pieces over a line that breaks, and another phone sees them', async () => {
    const phone = await joined('photographer');
    const photo = photoOf(300_000);
    const name = await phone.keepFile(photo);
    const spare = await phone.keepFile(randomBytes(10));
    const id = phone.newId();
    await phone.write([finding(id, unhex(name))]);
    await phone.dropFile(name);
    await phone.dropFile(spare);
    expect(await places(phone)).toEqual([[name, true, false]]);
    await phone.sync(hub.url);
    let pieces = 0;
    const broken = await Phone.open(await openStore('photographer'), {
      fetch: (url, options) => {
        if (options.method === 'PUT' && ++pieces === 2) throw new TypeError('the line broke');
        return globalThis.fetch(url, options);
      },
    });
    const sent: number[] = [];
    expect(await broken.deliverFiles(hub.url, (bytes) => sent.push(bytes))).toBe(1);
    expect([pieces > 2, sent.reduce((sum, bytes) => sum + bytes, 0)]).toEqual([true, 300_000]);
    expect(await places(phone)).toEqual([[name, true, true]]);
    expect((await hub.raw(`blobs/${name}`)).length).toBe(300_000);
    expect(await broken.deliverFiles(hub.url)).toBe(0);

    const other = await joined('looks on');
    expect(await other.fileHere(name)).toBeNull();
    expect(await other.fetchFile(hub.url, name)).toEqual(photo);
    expect(await other.fileHere(name)).toEqual(photo);
    expect(await other.fetchFile(hub.url, hex(randomBytes(32)))).toBeNull();
  });
  it('a bundle brings the photos as well', async () => {
    const phone = await joined('carries photos');
    const name = await phone.keepFile(photoOf(700_000));
    await phone.write([finding(phone.newId(), unhex(name))]);
    const to = (await phone.recipients()).find(({ role }) => role === 1);
    const file = `${newFolder()}/photos.linli`;
    writeFileSync(file, await phone.makeBundle(to?.hash ?? randomBytes(32)));
    linli('bundle', 'import', '--data', hub.folder, file);
    expect((await hub.raw(`blobs/${name}`)).length).toBe(700_000);
  });
});
