// Two implementations, one merge (I3): phones and a hub edit the same records apart, sync now and
// then, and show the same in the end. Deterministic for a seed but for the clocks.
import 'fake-indexeddb/auto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Wish } from '../authoring.ts';
import { hex, type Bytes } from '../bytes.ts';
import type { CborValue } from '../cbor_value.ts';
import { Phone } from '../phone.ts';
import { Refused } from '../refused.ts';
import type { Seen } from '../seen.ts';
import { openStore } from '../store_idb.ts';
import { kHasProgram, linli, newFolder, ServingNode } from './support/node.ts';

const kScope = '410700/410702/410702003/jiedu';
const kInspection = 72;
const kStates = ['planned', 'started', 'submitted', 'returned', 'reviewed', 'closed'];

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

async function joined(name: string): Promise<Phone> {
  const phone = await Phone.open(await openStore(name));
  const offer = linli(
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
  );
  await phone.join((JSON.parse(offer) as { line: string }).line, hub.url);
  await phone.sync(hub.url);
  await phone.learnSchema((await hub.api('GET', 'schema')).body);
  return phone;
}
const uuid = (id: Bytes): string =>
  hex(id).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
const at = (id: Bytes): string =>
  `records/inspection/${uuid(id)}?scope=${encodeURIComponent(kScope)}`;

/** A personal value: whose opening is where differs; what is signed of it doesn't. */
const kSigner = 12;
/** What a phone wrote itself and was settled otherwise is told to it alone. */
const asAllSee = (seen: Seen | null | undefined): unknown => ({
  ...seen,
  replaced: [],
  fields: new Map([...(seen?.fields ?? [])].filter(([number]) => number !== kSigner)),
});
/**
 * A random edit; the phone itself says where a state can't be reached, or the record was removed. Now and
 * then the erasure of who signed.
 */
function edit(id: Bytes, random: (below: number) => number, text: string): Wish {
  const name = { type: kInspection, scope: kScope, id };
  if (random(12) === 0) return { ...name, kind: 'erase', fields: [kSigner] };
  const fields = new Map<number, CborValue>();
  if (random(4) === 0) fields.set(kSigner, random(3) === 0 ? null : '张三');
  if (random(4) === 0) fields.set(14, null);
  if (random(2) === 0) fields.set(14, text);
  if (random(3) === 0) fields.set(13, random(2) === 0);
  if (random(2) === 0) fields.set(15, 1 + random(4));
  if (fields.size === 0) fields.set(14, null);
  return { ...name, kind: 'put', fields, revive: random(4) === 0 };
}
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) % below;
  };
}
async function refusedOr<T>(work: Promise<T>): Promise<boolean> {
  try {
    await work;
    return false;
  } catch (error) {
    if (error instanceof Refused && (error.reason === 'bad_move' || error.reason === 'not_found'))
      return true;
    throw error;
  }
}

describe.skipIf(!kHasProgram)('phones and a hub', () => {
  it.each([1, 2, 3, 4])('show the same in the end (seed %i)', async (seed) => {
    const random = generator(seed * 7919);
    const phones = [
      await joined(`甲${seed}`),
      await joined(`乙${seed}`),
      await joined(`丙${seed}`),
    ];
    const any = (): Phone => phones[random(3)] as Phone;
    // So few that two apart often write the same.
    const note = (): string => ['一', '二', '三'][random(3)] ?? '';
    const ids: Bytes[] = [];
    for (let i = 0; i < 4; ++i) {
      const id = any().newId();
      ids.push(id);
      const start = new Map<number, CborValue>([
        [1, 1],
        [2, [11, new Uint8Array(16).fill(1)]],
        [4, [70, new Uint8Array(16).fill(2), '410700']],
        [6, ['巡-01']],
        [7, 1_780_000_000_000],
        [14, '起初'],
        [15, 2],
      ]);
      await any().write([{ kind: 'put', type: kInspection, scope: kScope, id, fields: start }]);
    }
    let [refused, edits] = [0, 0];
    for (const phone of [...phones, ...phones]) await phone.sync(hub.url);
    for (let step = 0; step < 60; ++step) {
      const id = ids[random(4)] as Bytes;
      const what = random(10);
      if (what < 6) {
        edits += 1;
        refused += (await refusedOr(any().write([edit(id, random, note())]))) ? 1 : 0;
      } else if (what < 8)
        await hub.api(
          'PATCH',
          at(id),
          random(2) === 0 ? { note: note() } : { status: kStates[random(5)] },
        );
      else if (what === 8 && random(3) === 0) await hub.api('DELETE', at(id));
      else await any().sync(hub.url);
    }
    for (const phone of [...phones, ...phones]) await phone.sync(hub.url);
    expect(refused).toBeLessThan(edits);

    for (const id of ids) {
      const seen = await Promise.all(
        phones.map((phone) => phone.record({ type: kInspection, scope: kScope, id })),
      );
      const [first] = seen;
      for (const other of seen) expect(asAllSee(other)).toEqual(asAllSee(first));
      const { status, body } = await hub.api('GET', at(id));
      expect(status).toBe(200);
      const shown = body as {
        removed?: boolean;
        state: string | null;
        fields: Record<string, unknown>;
        conflicts: number;
      };
      const state = first?.fields.get(15) as [number, number] | undefined;
      expect([
        shown.removed ?? false,
        shown.state ?? null,
        shown.fields['note'] ?? null,
        shown.fields['refused_sign'] ?? null,
        shown.conflicts,
      ]).toEqual([
        first?.removed,
        state ? kStates[state[1] - 1] : null,
        first?.fields.get(14) ?? null,
        first?.fields.get(13) ?? null,
        first?.conflicts.length,
      ]);
    }
  });
});
