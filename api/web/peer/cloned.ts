// cloned.ts: two phones with one key (a browser profile that was copied and goes on at both), and how
// they are told from one that was put back (sync/EXCHANGE.md, "Two machines with one key").
import { beginIncarnation, selfIn, type Base, type Self } from './base.ts';
import { sameBytes } from './bytes.ts';
import { kAheadMax } from './clock.ts';
import { kEpochLost } from './exchange.ts';
import type { OwnSet } from './intake.ts';
import { alone, forgetMeetings, Meetings } from './meetings.ts';
import type { Incarnation } from './names.ts';
import { incarnationsIn } from './own.ts';
import { changeMemories } from './phone_shelf.ts';
import { demand } from './refused.ts';
import { valueOf, type Tx } from './store.ts';
import { kValue } from './values.ts';

/**
 * Sets of our own came from elsewhere. While this store catches up that is what it had lost, unless it
 * happens again and again; later it means that another phone writes with this key. `isBlank`: it held
 * nothing of ours before.
 */
export async function meetOwn(
  tx: Tx,
  base: Base,
  { identity: { subject } }: Self,
  sets: readonly OwnSet[],
  isBlank: boolean,
): Promise<void> {
  const meetings = new Meetings(tx, subject);
  for (const { incarnation, stamp, seen } of sets) {
    const { all, began = 0, setRight } = await incarnationsIn(tx);
    const now = all[all.length - 1];
    if (!now) return;
    if (!all.some((one) => isSame(one, incarnation)))
      await meetings.count(seen, now.number, base.wall());
    if ((await alone(tx)) === 'surely not') await stop(tx, base);
    const catchesUp = isBlank || (await catchesUpIn(tx));
    // Its numbers can't be trusted any more, or it is one that this store has forgotten.
    if (isSame(incarnation, now) || (catchesUp && incarnation.number >= now.number))
      await beginIncarnation(tx, subject, 'restored', base.wall());
    // What our own clock stamped ahead may come back as well.
    else if (!catchesUp && stamp > Math.max(began, setRight?.left ?? 0) + kAheadMax)
      await stop(tx, base);
  }
}
const isSame = (a: Incarnation, b: Incarnation): boolean =>
  a.number === b.number && sameBytes(a.nonce, b.nonce);
/** What this store lost hasn't all come back yet. */
export const catchesUpIn = async (tx: Tx): Promise<boolean> =>
  (await valueOf<boolean>(tx, kValue.catchingUp)) === true;

/** Nothing is written from here on, until a person decides. */
async function stop(tx: Tx, base: Base): Promise<void> {
  if (await clonedSince(tx)) return;
  await tx.put('values', { name: kValue.cloned, value: base.wall() });
  await forgetMeetings(tx);
}
/** To be called when all is here, and nothing is left to hand over: too much was met by now. */
export async function stopUnlessAlone(base: Base): Promise<void> {
  const isToStop = async (tx: Tx): Promise<boolean> =>
    (await alone(tx)) !== 'yes' && !(await catchesUpIn(tx));
  if (!(await base.store.read(isToStop))) return;
  await base.store.change(async (tx) => {
    if (await isToStop(tx)) await stop(tx, base);
  });
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
    await forgetMeetings(tx);
    await changeMemories(tx, (memory) => ({
      ...memory,
      pulled: null,
      session: null,
      pushedEpoch: memory.pushedEpoch === 0n ? 0n : kEpochLost,
    }));
  });
}
