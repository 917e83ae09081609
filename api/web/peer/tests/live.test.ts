// A phone and a real hub, over HTTP. Runs where LINLI names the executable.
import 'fake-indexeddb/auto';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Wish } from '../authoring.ts';
import { hex, randomBytes, unhex, type Bytes } from '../bytes.ts';
import type { CborValue } from '../cbor_value.ts';
import { Phone } from '../phone.ts';
import { derivedRecordId } from '../record_id.ts';
import type { Seen } from '../records.ts';
import type { Store } from '../store.ts';
import { openStore } from '../store_idb.ts';
import { kHasProgram, linli, newFolder, ServingNode } from './support/node.ts';

const kScope = '410700/410702/410702003/jiedu';
const kInspection = 72;

let hub: ServingNode;
beforeAll(async () => {
  if (!kHasProgram) return;
  const folder = `${newFolder()}/hub`;
  linli('init', '--data', folder, '--role', 'hub', '--name', '市住建局', '--scope', '410700');
  hub = await ServingNode.start(folder);
});
afterAll(async () => {
  if (kHasProgram) await hub.kill();
});

const invite = (name: string): string =>
  (
    JSON.parse(
      linli(
        'invite',
        '--data',
        hub.folder,
        '--role',
        'device',
        '--scope',
        kScope,
        '--name',
        name,
        '--json',
      ),
    ) as { line: string }
  ).line;

async function joined(name: string): Promise<Phone> {
  const store = await openStore(name);
  const phone = await Phone.open(store);
  await phone.join(invite(name), hub.url);
  await phone.sync(hub.url);
  await phone.learnSchema((await hub.api('GET', 'schema')).body);
  return phone;
}
/** A store that has nothing but who the phone is. */
async function copied(from: string, to: string): Promise<Phone> {
  const [old, blank] = [await openStore(from), await openStore(to)];
  const [identity, certificates] = await old.read(
    async (tx) => [await tx.get('values', 'identity'), await tx.all('certificates')] as const,
  );
  await blank.change(async (tx) => {
    if (identity) await tx.put('values', identity);
    for (const row of certificates) await tx.put('certificates', row);
  });
  return Phone.open(blank);
}
/** What a restored profile is: everything, as it was. */
async function copyAll(from: string, to: string): Promise<void> {
  const [source, target] = [await openStore(from), await openStore(to)];
  const tables = [
    'sets',
    'openings',
    'feeds',
    'log',
    'receipts',
    'certificates',
    'policies',
    'values',
  ] as const;
  for (const table of tables) {
    const rows = await source.read((tx) => tx.all(table));
    await target.change(async (tx) => {
      for (const row of rows) await tx.put(table, row);
    });
  }
}
function inspection(note: string): Map<number, CborValue> {
  const compound = [11, new Uint8Array(16).fill(1)];
  return new Map<number, CborValue>([
    [1, 1],
    [2, compound],
    [4, [70, new Uint8Array(16).fill(2), '410700']],
    [6, ['巡-01']],
    [7, Date.now()],
    [12, '张三'],
    [14, note],
    [15, 2],
  ]);
}

const uuid = (id: Bytes): string =>
  hex(id).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
const at = (id: Bytes): string =>
  `records/inspection/${uuid(id)}?scope=${encodeURIComponent(kScope)}`;
const put = (id: Bytes, fields: Map<number, CborValue>): Wish => ({
  kind: 'put',
  type: kInspection,
  scope: kScope,
  id,
  fields,
});
const kinds = async (phone: Phone): Promise<string[]> =>
  (await phone.queue()).map(({ state }) => state.kind);
interface Shown {
  readonly state: string;
  readonly fields: Record<string, unknown>;
  readonly confirmed: boolean;
}
async function shownAtHub(id: Bytes): Promise<Shown | null> {
  const { status, body } = await hub.api('GET', at(id));
  return status === 200 ? (body as Shown) : null;
}
/** Another phone's record, whose note a clerk at the hub then wrote. */
async function notedAtHub(note: string): Promise<Bytes> {
  const other = await joined(`before ${note}`);
  const id = other.newId();
  await other.write([put(id, inspection('起初'))]);
  await other.sync(hub.url);
  const { status, body } = await hub.api('PATCH', at(id), { note });
  expect(status, JSON.stringify(body)).toBe(200);
  return id;
}

/** Another one each time. */
const photoOf = (size: number): Bytes => {
  const bytes = new Uint8Array(size).fill(7);
  bytes.set(randomBytes(64));
  return bytes;
};
const finding = (id: Bytes, photo: Bytes): Wish => ({
  kind: 'put',
  type: 73,
  scope: kScope,
  id,
  fields: new Map<number, CborValue>([
    [1, [72, new Uint8Array(16).fill(4)]],
    [2, [11, new Uint8Array(16).fill(1)]],
    [4, 'F01'],
    [5, 3],
    [6, '楼道堆物'],
    [7, '3号楼2单元'],
    [8, [photo]],
    [9, 1],
    [10, 20_000],
    [11, 20_015],
    [12, 1],
  ]),
});
const places = async (phone: Phone): Promise<Array<[string, boolean, boolean]>> =>
  (await phone.files()).map(({ name, named, delivered }) => [name, named, delivered]);

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
    hub = await ServingNode.start(hub.folder, port);
    expect((await phone.sync(hub.url)).refused).toEqual([]);
    expect((await shownAtHub(first))?.fields['note']).toBe('断电之前');
    expect((await shownAtHub(second))?.fields['note']).toBe('断电之时');
    expect(await kinds(phone)).toEqual(['confirmed', 'confirmed']);
  });

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

  it('a clock that is wrong is told, and changes nothing', async () => {
    const phone = await joined('right clock');
    expect([phone.clockOff('http://127.0.0.1:9'), phone.clockOff(hub.url)]).toEqual([null, null]);
    for (const minutes of [-20, 4, 20]) {
      const off = minutes * 60_000_000;
      const clock = (): number => Date.now() * 1000 + off;
      const wrong = await Phone.open(await openStore('right clock'), { clock });
      await wrong.sync(hub.url);
      const told = wrong.clockOff(hub.url);
      if (Math.abs(minutes) < 5) expect(told).toBeNull();
      else expect(Math.abs((told ?? 0) - off)).toBeLessThan(60_000_000);
    }
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

  it('asks for its next certificate, and goes on under the same name', async () => {
    const phone = await joined('renews');
    const before = await phone.certificate();
    // Nothing but the time is another: the node gives the same, or one with a later end.
    const after = await phone.renew(hub.url);
    expect(hex(after.subject)).toBe(hex(before?.subject ?? after.hash));
    expect(after.validUntil >= (before?.validUntil ?? 0n)).toBe(true);
    const id = phone.newId();
    await phone.write([put(id, inspection('换证之后'))]);
    expect((await phone.sync(hub.url)).refused).toEqual([]);
    expect(await kinds(phone)).toEqual(['confirmed']);
  });

  it('a phone that was reported lost: nothing of it counts any more, and it gets nothing', async () => {
    const phone = await joined('lost phone');
    const [before, after] = [phone.newId(), phone.newId()];
    await phone.write([put(before, inspection('丢失之前'))]);
    await phone.sync(hub.url);
    linli('revoke', '--data', hub.folder, 'lost phone', '--reason', '手机丢失');
    await phone.write([put(after, inspection('丢失之后'))]);
    expect((await phone.sync(hub.url)).refused.map(({ refused }) => refused)).toEqual(['held']);
    expect(await kinds(phone)).toEqual(['confirmed', 'held']);
    expect((await shownAtHub(before))?.fields['note']).toBe('丢失之前');
    expect(await shownAtHub(after)).toBeNull();
    const other = await joined('another phone');
    expect(
      (await other.record({ type: kInspection, scope: kScope, id: before }))?.fields.get(14),
    ).toBe('丢失之前');
    expect(await other.record({ type: kInspection, scope: kScope, id: after })).toBeNull();
  });

  it('an answer that is played back, or signed by another, is dropped', async () => {
    let kept: ArrayBuffer | null = null;
    let plays = false;
    const fetch = async (url: string, options: RequestInit): Promise<Response> => {
      const answer = await globalThis.fetch(url, options);
      if (!url.endsWith('/api/v1/sync')) return answer;
      const bytes = await answer.arrayBuffer();
      if (plays && kept) return new Response(kept);
      kept = bytes;
      return new Response(bytes);
    };
    const phone = await Phone.open(await openStore('played back'), { fetch });
    await phone.join(invite('played back'), hub.url);
    await phone.sync(hub.url);
    plays = true;
    await expect(phone.sync(hub.url)).rejects.toMatchObject({ reason: 'malformed' });
    kept = new Uint8Array(
      new Uint8Array(kept ?? []).map((byte, i, all) => (i === all.length - 1 ? byte ^ 1 : byte)),
    ).buffer;
    await expect(phone.sync(hub.url)).rejects.toBeInstanceOf(Error);
    plays = false;
    expect((await phone.sync(hub.url)).refused).toEqual([]);
  });
});
