// A phone below a relay, whose scopes go and come back: it knows no other way to the hub but by the
// notices in answers (sync/EXCHANGE.md, "Notices"; tests/node/scopes_relay_test.cpp). Runs where LINLI
// names the executable.
import 'fake-indexeddb/auto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bytes } from '../bytes.ts';
import { Phone } from '../phone.ts';
import { openStore } from '../store_idb.ts';
import {
  at,
  copied,
  hub,
  inspection,
  kInspection,
  kScope,
  put,
  shownAtHub,
  withHub,
} from './support/live_hub.ts';
import { eventually, kHasProgram, linli, newFolder, ServingNode } from './support/node.ts';

const kStreet = '410700/410702/410702003';
const kOther = '410700/410703/410703001/beijie';

withHub();
let street: ServingNode;
beforeAll(async () => {
  if (!kHasProgram) return;
  const folder = `${newFolder()}/street`;
  linli('join', '--data', folder, invite(hub, 'street', kStreet, '渠东街道'), '--hub', hub.url);
  street = await ServingNode.start(folder);
});
afterAll(async () => {
  if (kHasProgram) await street.kill();
});

function invite(by: ServingNode, role: string, scope: string, name: string): string {
  const place = ['--role', role, '--scope', scope, '--name', name];
  return (JSON.parse(linli('invite', '--data', by.folder, ...place, '--json')) as { line: string })
    .line;
}
async function joinedBelow(name: string): Promise<Phone> {
  const phone = await Phone.open(await openStore(name));
  await phone.join(invite(street, 'device', kScope, name), street.url);
  await phone.sync(street.url);
  await phone.learnSchema((await street.api('GET', 'schema')).body);
  await isAtTheHub(phone, await write(phone, '到了'));
  return phone;
}
async function write(phone: Phone, note: string): Promise<Bytes> {
  const id = phone.newId();
  await phone.write([put(id, inspection(note))]);
  return id;
}
/** So the hub knows its author as well. */
async function isAtTheHub(phone: Phone, id: Bytes): Promise<void> {
  await phone.sync(street.url);
  await eventually(() => shownAtHub(id));
}
/** At the hub. */
function change(name: string, add: readonly string[], remove: readonly string[]): void {
  const changes = [
    ...add.flatMap((path) => ['--add', path]),
    ...remove.flatMap((path) => ['--remove', path]),
  ];
  linli('nodes', 'scopes', '--data', hub.folder, name, ...changes);
}
/** It exchanges with the street alone until it works there. */
const comesToWorkIn = (phone: Phone, ...paths: readonly string[]): Promise<true> =>
  eventually(async () => {
    await phone.sync(street.url);
    return (await phone.certificate())?.paths.join() === paths.join() ? true : null;
  });
const note = async (phone: Phone, id: Bytes): Promise<unknown> =>
  (await phone.record({ type: kInspection, scope: kScope, id }))?.fields.get(14);

describe.skipIf(!kHasProgram)('a phone below a relay', () => {
  it('what comes back comes through that relay, and what it does not cover is told', async () => {
    const [phone, other] = [await joinedBelow('往返'), await joinedBelow('邻居')];
    expect(await phone.elsewhere(street.url)).toEqual([]);
    change('往返', [kOther], [kScope]);
    await comesToWorkIn(phone, kOther);
    expect(await phone.elsewhere(street.url)).toEqual([kOther]);
    const meanwhile = await write(other, '不在时所写');
    await other.sync(street.url);
    await phone.sync(street.url);
    expect(await note(phone, meanwhile)).toBeUndefined();

    // The relay holds the next certificate where the phone reads nothing any more.
    change('往返', [kScope], []);
    await comesToWorkIn(phone, kOther, kScope);
    expect(await note(phone, meanwhile)).toBe('不在时所写');
    const progress = await phone.sync(street.url);
    expect([progress.elsewhere, await phone.elsewhere(street.url)]).toEqual([[kOther], [kOther]]);
    // Another page load says the same, without a line.
    const again = await Phone.open(await openStore('往返'));
    expect(await again.elsewhere(street.url)).toEqual([kOther]);

    expect(await phone.elsewhere(hub.url)).toBeNull();
    expect((await phone.sync(hub.url)).elsewhere).toEqual([]);
    expect(await phone.elsewhere(hub.url)).toEqual([]);
    const id = await write(phone, '回来之后');
    await isAtTheHub(phone, id);
    expect((await phone.sync(street.url)).refused).toEqual([]);
  });
  it('what this phone wrote there at an earlier time comes back with the scope, to a store that lost it', async () => {
    const phone = await joinedBelow('早先');
    const id = await write(phone, '早先所写');
    await isAtTheHub(phone, id);
    change('早先', [kOther], [kScope]);
    await comesToWorkIn(phone, kOther);
    const blank = await copied('早先', '早先, 清空');
    await blank.learnSchema((await street.api('GET', 'schema')).body);
    await blank.sync(hub.url);
    expect(await note(blank, id)).toBeUndefined();
    change('早先', [kScope], []);
    await blank.sync(hub.url);
    expect(await note(blank, id)).toBe('早先所写');
  });
  it('a relay that moved says so, and nothing is pushed in vain', async () => {
    const phone = await joinedBelow('原处');
    const before = await write(phone, '搬走之前');
    await isAtTheHub(phone, before);
    const elsewhere = '410700/410703/410703001';
    change('渠东街道', [elsewhere], [kStreet]);
    // It has let go of what stands there, and so of the news.
    await eventually(async () =>
      (await street.api('GET', at(before))).status === 404 ? true : null,
    );
    expect((await phone.sync(street.url)).elsewhere).toEqual([kScope]);
    expect(await phone.elsewhere(street.url)).toEqual([kScope]);
    const id = await write(phone, '上级搬走之后');
    expect(await phone.sync(street.url)).toMatchObject({ sent: 0, elsewhere: [kScope] });
    expect(await shownAtHub(id)).toBeNull();
    expect((await phone.sync(hub.url)).refused).toEqual([]);
    expect((await shownAtHub(id))?.fields['note']).toBe('上级搬走之后');
    change('渠东街道', [kStreet], [elsewhere]);
    await eventually(async () => {
      await phone.sync(street.url);
      return (await phone.elsewhere(street.url))?.length === 0 ? true : null;
    });
  });
});
