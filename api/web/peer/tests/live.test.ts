// A phone and a real hub, over HTTP. Runs where LINLI names the executable.
import 'fake-indexeddb/auto';
import { describe, expect, it } from 'vitest';
import type { Bytes } from '../bytes.ts';
import type { CborValue } from '../cbor_value.ts';
import { Phone } from '../phone.ts';
import { derivedRecordId } from '../record_id.ts';
import type { Seen } from '../seen.ts';
import { openStore } from '../store_idb.ts';
import {
  kScope,
  kInspection,
  invite,
  joined,
  inspection,
  uuid,
  at,
  put,
  kinds,
  shownAtHub,
  notedAtHub,
  hub,
  withHub,
  startHubAgain,
} from './support/live_hub.ts';
import { kHasProgram, linli } from './support/node.ts';

withHub();

describe.skipIf(!kHasProgram)('a phone and a hub', () => {
  it('joins, writes an inspection, and the hub shows it', async () => {
    const phone = await joined('writes');
    const id = phone.newId();
    await phone.write([put(id, inspection('消防通道畅通'))]);
    expect(await kinds(phone)).toEqual(['waiting']);
    expect((await phone.sync(hub.url)).refused).toEqual([]);
    const shown = await shownAtHub(id);
    expect([shown?.state, shown?.fields['note'], shown?.confirmed]).toEqual([
      'started',
      '消防通道畅通',
      true,
    ]);
    // Who signed on site is for those who work with the people: the hub gets no opening of it.
    expect(shown?.fields['site_signer']).toEqual({ withheld: true });
    expect(await kinds(phone)).toEqual(['confirmed']);
  });
  it('pulls what another phone and the hub wrote, and edits it', async () => {
    const phone = await joined('pulls');
    const id = await notedAtHub('市里填写');
    await phone.sync(hub.url);
    const name = { type: kInspection, scope: kScope, id };
    expect((await phone.record(name))?.fields.get(14)).toBe('市里填写');
    await phone.write([
      put(
        id,
        new Map<number, CborValue>([
          [14, '现场补充'],
          [15, 3],
        ]),
      ),
    ]);
    await phone.sync(hub.url);
    const shown = await shownAtHub(id);
    expect([shown?.state, shown?.fields['note']]).toEqual(['submitted', '现场补充']);
    expect((await hub.api('GET', 'conflicts')).body).toMatchObject({ items: [] });
  });
  it('edits apart are a conflict at both, with one winner', async () => {
    const phone = await joined('conflicts');
    const id = await notedAtHub('共同起点');
    await phone.sync(hub.url);
    await phone.write([put(id, new Map([[14, '手机所写']]))]);
    expect((await hub.api('PATCH', at(id), { note: '市里所写' })).status).toBe(200);
    await phone.sync(hub.url);
    const seen = await phone.record({ type: kInspection, scope: kScope, id });
    expect(seen?.conflicts).toHaveLength(1);
    expect(seen?.fields.get(14)).toBe((await shownAtHub(id))?.fields['note']);
  });
  it('what the policy forbids is refused here already, and nothing of it is kept', async () => {
    const phone = await joined('forbidden');
    const id = phone.newId();
    await expect(
      phone.write([put(id, new Map<number, CborValue>([...inspection('x'), [15, 5]]))]),
    ).rejects.toMatchObject({ reason: 'bad_move' });
    expect(await phone.queue()).toEqual([]);
    expect(await phone.record({ type: kInspection, scope: kScope, id })).toBeNull();
  });
  it('a lost answer costs nothing: to joining, and to a push', async () => {
    const store = await openStore('lost');
    let lose = true;
    const fetch = async (url: string, options: RequestInit): Promise<Response> => {
      const answer = await globalThis.fetch(url, options);
      if (lose) throw new TypeError('the line dropped');
      return answer;
    };
    const line = invite('lost');
    const phone = await Phone.open(store, { fetch });
    await expect(phone.join(line, hub.url)).rejects.toMatchObject({ reason: 'unreachable' });
    lose = false;
    // Another page load: only the store is the same.
    const again = await Phone.open(store, { fetch });
    await again.join(line, hub.url);
    await again.sync(hub.url);
    await again.learnSchema((await hub.api('GET', 'schema')).body);
    const id = again.newId();
    await again.write([put(id, inspection('第一次未收到答复'))]);
    lose = true;
    await expect(again.sync(hub.url)).rejects.toMatchObject({ reason: 'unreachable' });
    expect(await shownAtHub(id)).not.toBeNull();
    lose = false;
    const last = await Phone.open(store, { fetch });
    expect((await last.sync(hub.url)).refused).toEqual([]);
    expect(await kinds(last)).toEqual(['confirmed']);
  });
  it('a hub that was killed is gone on with: nothing is lost, nothing comes twice', async () => {
    const phone = await joined('killed');
    const first = phone.newId();
    await phone.write([put(first, inspection('断电之前'))]);
    await phone.sync(hub.url);
    const port = Number(new URL(hub.url).port);
    await hub.kill();
    const second = phone.newId();
    await phone.write([put(second, inspection('断电之时'))]);
    await expect(phone.sync(hub.url)).rejects.toMatchObject({ reason: 'unreachable' });
    await startHubAgain(port);
    expect((await phone.sync(hub.url)).refused).toEqual([]);
    expect((await shownAtHub(first))?.fields['note']).toBe('断电之前');
    expect((await shownAtHub(second))?.fields['note']).toBe('断电之时');
    expect(await kinds(phone)).toEqual(['confirmed', 'confirmed']);
  });
  it('a record with a natural key has the id that the hub gives it', async () => {
    const phone = await joined('keyed');
    const figure = {
      name: 'Pm-a',
      year: 2025,
      value: 1,
      title: '在管项目',
      unit: '个',
      source: '年报',
      as_of: '2025-12-31',
    };
    const { status, body } = await hub.api('POST', 'records/city_figure', figure);
    expect(status, JSON.stringify(body)).toBe(201);
    const city = (await phone.certificate())?.city ?? new Uint8Array(0);
    expect((body as { id: string }).id).toBe(
      uuid(derivedRecordId(city, 16, '410700', [' pm-A ', 2025], null)),
    );
  });
  it("a new phone begins with the hub's snapshot, and edits what it says", async () => {
    const other = await joined('before the snapshot');
    const [a, b] = [other.newId(), other.newId()];
    await other.write([put(a, inspection('快照之前')), put(b, inspection('将删除'))]);
    await other.write([
      put(
        a,
        new Map<number, CborValue>([
          [14, '快照之前,改过'],
          [15, 3],
        ]),
      ),
    ]);
    await other.sync(hub.url);
    expect((await hub.api('DELETE', at(b))).status).toBe(204);
    linli('snapshot', '--data', hub.folder);
    const c = other.newId();
    await other.write([put(c, inspection('快照之后'))]);
    await other.sync(hub.url);

    const phone = await joined('begins with it');
    const store = await openStore('begins with it');
    expect(await store.read((tx) => tx.count('snapshots'))).toBeGreaterThan(0);
    const see = (id: Bytes): Promise<Seen | null> =>
      phone.record({ type: kInspection, scope: kScope, id });
    const first = await see(a);
    expect([first?.fields.get(14), first?.fields.get(15), first?.conflicts]).toEqual([
      '快照之前,改过',
      [2, 3],
      [],
    ]);
    expect([(await see(b))?.removed, (await see(c))?.fields.get(14)]).toEqual([true, '快照之后']);
    await phone.write([put(a, new Map([[14, '快照上再改']]))]);
    expect((await phone.sync(hub.url)).refused).toEqual([]);
    expect((await shownAtHub(a))?.fields['note']).toBe('快照上再改');
    expect((await see(a))?.conflicts).toEqual([]);
    await other.sync(hub.url);
    expect((await other.record({ type: kInspection, scope: kScope, id: a }))?.conflicts).toEqual(
      [],
    );
  });
});
