// cloned.ts: two phones with one key (a browser profile that was copied and goes on at both), and how
// they are told from one that was put back (sync/EXCHANGE.md, "Two machines with one key").
import { beginIncarnation, selfIn, type Base, type Self } from './base.ts';
import { sameBytes } from './bytes.ts';
import { kAheadMax } from './clock.ts';
import { kEpochLost, type PeerMemory } from './exchange.ts';
import type { OwnSet } from './intake.ts';
import { incarnationsIn } from './own.ts';
import { kValue } from './values.ts';
import { kMemoryStem } from './phone_shelf.ts';
import { demand } from './refused.ts';
import { valueOf, type Tx } from './store.ts';

/**
 * A set of our own came from elsewhere. While this store catches up that is what it had lost; later it
 * means that another phone writes with this key. `isBlank`: it held nothing of ours before.
 */
export async function meetOwn(
  tx: Tx,
  base: Base,
  { identity }: Self,
  { incarnation, stamp }: OwnSet,
  isBlank: boolean,
): Promise<void> {
  const { all, began = 0 } = await incarnationsIn(tx);
  const now = all[all.length - 1];
  if (!now) return;
  const isOfNow = incarnation.number === now.number && sameBytes(incarnation.nonce, now.nonce);
  const catchesUp = isBlank || (await valueOf<boolean>(tx, kValue.catchingUp)) === true;
  // Its numbers can't be trusted any more, or it is one that this store has forgotten.
  if (isOfNow || (catchesUp && incarnation.number >= now.number))
    return beginIncarnation(tx, identity.subject, 'restored', base.wall());
  if (catchesUp || stamp <= began + kAheadMax) return;
  if (!(await clonedSince(tx))) await tx.put('values', { name: kValue.cloned, value: base.wall() });
}
/** When that was found out, microseconds since 1970 UTC; null: it wasn't. */
export const clonedSince = (tx: Tx): Promise<number | null> => valueOf<number>(tx, kValue.cloned);

/** Throws cloned. */
export async function demandAlone(tx: Tx): Promise<void> {
  demand(
    (await clonedSince(tx)) === null,
    'cloned',
    '另有一部手机在用本机的密钥。 Another phone writes with this one’s key.',
  );
}
/**
 * A person says that no other phone writes with this key any more: it goes on in a new incarnation, and
 * takes in everything anew, also what the other one wrote.
 */
export function goOnAlone(base: Base): Promise<void> {
  return base.store.change(async (tx) => {
    const { identity } = await selfIn(tx, base.known);
    await beginIncarnation(tx, identity.subject, 'cloned', base.wall());
    await tx.remove('values', kValue.cloned);
    for (const { name, value } of await tx.all('values')) {
      if (!name.startsWith(kMemoryStem)) continue;
      const memory = value as PeerMemory;
      const pushedEpoch = memory.pushedEpoch === 0n ? 0n : kEpochLost;
      await tx.put('values', {
        name,
        value: { ...memory, pulled: null, session: null, pushedEpoch },
      });
    }
  });
}
