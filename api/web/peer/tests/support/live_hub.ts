// live_hub.ts: a real hub for tests, phones that join it, and what they write.
import { afterAll, beforeAll, expect } from 'vitest';
import type { Wish } from '../../authoring.ts';
import { hex, randomBytes, type Bytes } from '../../bytes.ts';
import type { CborValue } from '../../cbor_value.ts';
import { Phone, type PhoneOptions } from '../../phone.ts';
import { openStore } from '../../store_idb.ts';
import { kHasProgram, linli, newFolder, ServingNode } from './node.ts';

export const kScope = '410700/410702/410702003/jiedu';
export const kInspection = 72;

/** The one that runs. */
export let hub: ServingNode;
/** After it was killed, at the same port. */
export async function startHubAgain(port: number): Promise<void> {
  hub = await ServingNode.start(hub.folder, port);
}
/** To be called in a test file: a hub of its own, from before its first test until after its last. */
export function withHub(): void {
  beforeAll(async () => {
    if (!kHasProgram) return;
    const folder = `${newFolder()}/hub`;
    linli('init', '--data', folder, '--role', 'hub', '--name', '市住建局', '--scope', '410700');
    hub = await ServingNode.start(folder);
  });
  afterAll(async () => {
    if (kHasProgram) await hub.kill();
  });
}

export const invite = (name: string): string =>
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

export async function joined(name: string, options: PhoneOptions = {}): Promise<Phone> {
  const store = await openStore(name);
  const phone = await Phone.open(store, options);
  await phone.join(invite(name), hub.url);
  await phone.sync(hub.url);
  await phone.learnSchema((await hub.api('GET', 'schema')).body);
  return phone;
}
/** A store that has nothing but who the phone is. */
export async function copied(from: string, to: string): Promise<Phone> {
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
export async function copyAll(from: string, to: string): Promise<void> {
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
export function inspection(note: string): Map<number, CborValue> {
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

export const uuid = (id: Bytes): string =>
  hex(id).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
export const at = (id: Bytes): string =>
  `records/inspection/${uuid(id)}?scope=${encodeURIComponent(kScope)}`;
export const put = (id: Bytes, fields: Map<number, CborValue>): Wish => ({
  kind: 'put',
  type: kInspection,
  scope: kScope,
  id,
  fields,
});
export const kinds = async (phone: Phone): Promise<string[]> =>
  (await phone.queue()).map(({ state }) => state.kind);
export interface Shown {
  readonly state: string;
  readonly fields: Record<string, unknown>;
  readonly confirmed: boolean;
}
export async function shownAtHub(id: Bytes): Promise<Shown | null> {
  const { status, body } = await hub.api('GET', at(id));
  return status === 200 ? (body as Shown) : null;
}
/** Another phone's record, whose note a clerk at the hub then wrote. */
export async function notedAtHub(note: string): Promise<Bytes> {
  const other = await joined(`before ${note}`);
  const id = other.newId();
  await other.write([put(id, inspection('起初'))]);
  await other.sync(hub.url);
  const { status, body } = await hub.api('PATCH', at(id), { note });
  expect(status, JSON.stringify(body)).toBe(200);
  return id;
}

/** Another one each time. */
export const photoOf = (size: number): Bytes => {
  const bytes = new Uint8Array(size).fill(7);
  bytes.set(randomBytes(64));
  return bytes;
};
export const finding = (id: Bytes, photo: Bytes): Wish => ({
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
export const places = async (phone: Phone): Promise<Array<[string, boolean, boolean]>> =>
  (await phone.files()).map(({ name, named, delivered }) => [name, named, delivered]);
