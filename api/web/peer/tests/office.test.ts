// A phone, its community's office and the hub: the way that inspections really take. Runs where LINLI
// names the executable.
import 'fake-indexeddb/auto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hex, type Bytes } from '../bytes.ts';
import type { CborValue } from '../cbor_value.ts';
import { Phone } from '../phone.ts';
import { openStore } from '../store_idb.ts';
import { eventually, kHasProgram, linli, newFolder, ServingNode } from './support/node.ts';

const kScope = '410700/410702/410702003/jiedu';
const kInspection = 72;
const uuid = (id: Bytes): string =>
  hex(id).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

let [hub, office]: ServingNode[] = [];
beforeAll(async () => {
  if (!kHasProgram) return;
  const folder = newFolder();
  linli(
    'init',
    '--data',
    `${folder}/hub`,
    '--role',
    'hub',
    '--name',
    '市住建局',
    '--scope',
    '410700',
  );
  hub = await ServingNode.start(`${folder}/hub`);
  const line = invite(hub, 'office', '街渡社区');
  linli('join', '--data', `${folder}/office`, line, '--hub', hub.url);
  office = await ServingNode.start(`${folder}/office`);
});
afterAll(async () => {
  if (!kHasProgram) return;
  await hub?.kill();
  await office?.kill();
});

function invite(node: ServingNode, role: string, name: string): string {
  const answer = linli(
    'invite',
    '--data',
    node.folder,
    '--role',
    role,
    '--scope',
    kScope,
    '--name',
    name,
    '--json',
  );
  return (JSON.parse(answer) as { line: string }).line;
}
interface Shown {
  readonly fields: Record<string, unknown>;
  readonly confirmed: boolean;
}
async function shownAt(node: ServingNode, id: Bytes): Promise<Shown | null> {
  const { status, body } = await node.api(
    'GET',
    `records/inspection/${uuid(id)}?scope=${encodeURIComponent(kScope)}`,
  );
  return status === 200 ? (body as Shown) : null;
}
function inspection(note: string): Map<number, CborValue> {
  return new Map<number, CborValue>([
    [1, 1],
    [2, [11, new Uint8Array(16).fill(1)]],
    [4, [70, new Uint8Array(16).fill(2), '410700']],
    [6, ['巡-01']],
    [7, Date.now()],
    [12, '张三'],
    [14, note],
    [15, 2],
  ]);
}
async function joined(name: string): Promise<Phone> {
  const phone = await Phone.open(await openStore(name));
  await phone.join(invite(office as ServingNode, 'device', name), (office as ServingNode).url);
  await phone.sync((office as ServingNode).url);
  await phone.learnSchema((await (office as ServingNode).api('GET', 'schema')).body);
  return phone;
}
const kinds = async (phone: Phone): Promise<string[]> =>
  (await phone.queue()).map(({ state }) => state.kind);

describe.skipIf(!kHasProgram)('a phone, an office and a hub', () => {
  it("the office reads who signed, the hub doesn't; its receipt comes back down (I6)", async () => {
    const phone = await joined('one');
    const id = phone.newId();
    await phone.write([
      { kind: 'put', type: kInspection, scope: kScope, id, fields: inspection('经社区上报') },
    ]);
    expect((await phone.sync((office as ServingNode).url)).refused).toEqual([]);
    expect((await shownAt(office as ServingNode, id))?.fields['site_signer']).toBe('张三');
    const atHub = await eventually(() => shownAt(hub as ServingNode, id));
    expect([atHub.fields['note'], atHub.fields['site_signer']]).toEqual([
      '经社区上报',
      { withheld: true },
    ]);
    await eventually(async () => {
      await phone.sync((office as ServingNode).url);
      return (await kinds(phone)).every((kind) => kind === 'confirmed') ? true : null;
    });
  });

  it("an office that is gone: the hub takes what it never passed on, and doesn't know the phone before", async () => {
    const hubPort = Number(new URL((hub as ServingNode).url).port);
    await (hub as ServingNode).kill();
    const phone = await joined('two');
    const id = phone.newId();
    await (office as ServingNode).kill();
    hub = await ServingNode.start((hub as ServingNode).folder, hubPort);
    await phone.write([
      { kind: 'put', type: kInspection, scope: kScope, id, fields: inspection('社区电脑坏了') },
    ]);
    await expect(phone.sync((office as ServingNode).url)).rejects.toMatchObject({
      reason: 'unreachable',
    });
    expect((await phone.sync((hub as ServingNode).url)).refused).toEqual([]);
    expect((await shownAt(hub as ServingNode, id))?.fields['note']).toBe('社区电脑坏了');
    expect(await kinds(phone)).toEqual(['confirmed']);
    office = await ServingNode.start((office as ServingNode).folder);
    expect((await phone.sync(office.url)).refused).toEqual([]);
    expect((await shownAt(office, id))?.fields['site_signer']).toBe('张三');
  });

  it('a node of another city is a stranger', async () => {
    const folder = `${newFolder()}/other`;
    linli('init', '--data', folder, '--role', 'hub', '--name', '别的城市', '--scope', '410800');
    const other = await ServingNode.start(folder);
    const phone = await joined('three');
    await expect(phone.sync(other.url)).rejects.toMatchObject({ reason: 'stranger' });
    await other.kill();
  });

  it('hears at once of what another phone wrote', async () => {
    const [phone, other] = [await joined('hears'), await joined('tells')];
    const node = office as ServingNode;
    await phone.sync(node.url);
    const ending = new AbortController();
    let count = 0;
    const heard = phone.listen(node.url, () => (count += 1), ending.signal);
    await eventually(async () => (count > 0 ? true : null));
    const [id, before] = [other.newId(), count];
    await other.write([
      { kind: 'put', type: kInspection, scope: kScope, id, fields: inspection('新消息') },
    ]);
    await other.sync(node.url);
    await eventually(async () => (count > before ? true : null));
    await phone.sync(node.url);
    expect((await phone.record({ type: kInspection, scope: kScope, id }))?.fields.get(14)).toBe(
      '新消息',
    );
    ending.abort();
    await heard;
    const unknown = phone.listen(
      'http://127.0.0.1:9',
      () => undefined,
      new AbortController().signal,
    );
    await expect(unknown).rejects.toMatchObject({ reason: 'unauthorised' });
  });

  it('a lost phone hands over its last work once its office may read there again', async () => {
    const [city, node] = [hub as ServingNode, office as ServingNode];
    const phone = await joined('lost');
    const elsewhere = '410700/410703/410703001/beijie';
    const move = (add: string, remove: string): string =>
      linli('nodes', 'scopes', '--data', city.folder, '街渡社区', '--add', add, '--remove', remove);
    /** What the phone knows of its office. */
    const comesToKnow = (path: string): Promise<boolean> =>
      eventually(async () => {
        await phone.sync(node.url);
        const known = (await phone.recipients()).find(({ name }) => name === '街渡社区');
        return (known?.paths.join() ?? elsewhere) === path ? true : null;
      });
    move(elsewhere, kScope);
    await comesToKnow(elsewhere);
    const id = phone.newId();
    await phone.write([
      { kind: 'put', type: kInspection, scope: kScope, id, fields: inspection('丢失之前所写') },
    ]);
    expect((await phone.sync(node.url)).sent).toBe(0);
    move(kScope, elsewhere);
    linli('revoke', '--data', city.folder, 'lost', '--reason', '手机丢失');
    await eventually(async () => {
      const { items } = JSON.parse(linli('nodes', 'list', '--data', node.folder, '--json')) as {
        items: Array<{ name: string; revoked: string | null }>;
      };
      return items.some(({ name, revoked }) => name === 'lost' && revoked) ? true : null;
    });
    // It gets no page any more, so it hears of its office's newest certificate only if it asks. What
    // the office has yet to get back from the hub it may get from the phone.
    expect((await phone.sync(node.url)).sent).toBeGreaterThan(0);
    expect(await kinds(phone)).toEqual(['held']);
    const held = await eventually(async () => {
      const { body } = await city.api('GET', 'held');
      const rows = (body as { held: Array<{ reason: string }> }).held;
      return rows.length > 0 ? rows : null;
    });
    expect(held.map(({ reason }) => reason)).toEqual(['revoked']);
  });
});
