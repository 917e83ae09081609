// Clocks, certificates and answers that are not what they should be, between a phone and a real hub. Runs where LINLI names the executable.
import 'fake-indexeddb/auto';
import { describe, expect, it } from 'vitest';
import { hex } from '../bytes.ts';
import { Phone } from '../phone.ts';
import { openStore } from '../store_idb.ts';
import {
  kScope,
  kInspection,
  invite,
  joined,
  inspection,
  put,
  kinds,
  shownAtHub,
  hub,
  withHub,
} from './support/live_hub.ts';
import { kHasProgram, linli } from './support/node.ts';

withHub();

describe.skipIf(!kHasProgram)('whom a phone trusts, and who trusts it', () => {
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
