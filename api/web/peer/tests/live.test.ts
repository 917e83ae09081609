// A phone and a real hub, over HTTP. Runs where LINLI names the executable.
import 'fake-indexeddb/auto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hex } from '../bytes.ts';
import { CborMap, type CborValue } from '../cbor_value.ts';
import { Phone } from '../phone.ts';
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
  (JSON.parse(linli('invite', '--data', hub.folder, '--role', 'device', '--scope', kScope, '--name', name, '--json')) as { line: string }).line;

async function joined(name: string): Promise<Phone> {
  const phone = await Phone.open(await openStore(name));
  await phone.join(invite(name), hub.url);
  await phone.sync(hub.url);
  await phone.learnSchema((await hub.api('GET', 'schema')).body);
  return phone;
}
function inspection(note: string): Map<number, CborValue> {
  const compound = [11, new Uint8Array(16).fill(1)];
  return new Map<number, CborValue>([
    [1, 1], [2, compound], [4, [70, new Uint8Array(16).fill(2), '410700']], [6, ['巡-01']], [7, Date.now()],
    [12, '张三'], [14, note], [15, 2],
  ]);
}

describe.skipIf(!kHasProgram)('a phone and a hub', () => {
  it('joins, writes an inspection, and the hub shows it', async () => {
    const phone = await joined('one');
    const id = phone.newId();
    await phone.write([{ kind: 'put', type: kInspection, scope: kScope, id, fields: inspection('消防通道畅通') }]);
    expect((await phone.queue()).map(({ state }) => state.kind)).toEqual(['waiting']);
    const progress = await phone.sync(hub.url);
    expect(progress.refused).toEqual([]);
    const uuid = hex(id).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    const shown = await hub.api('GET', `records/inspection/${uuid}?scope=${encodeURIComponent(kScope)}`);
    console.log(JSON.stringify(shown.body));
    console.log(await phone.queue(), progress);
    expect(shown.status).toBe(200);
    void CborMap;
  });
});
