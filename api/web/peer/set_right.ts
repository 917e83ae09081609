// set_right.ts: a clock that stood ahead and was set right (sync/EXCHANGE.md, "Clocks"). Within a feed
// stamps only ascend, so what is written would be stamped later still, and lose every conflict until that
// day comes: feeds begin anew.
import { clockIn, nextIncarnation } from './base.ts';
import { hex, unhex, type Bytes } from './bytes.ts';
import { HybridClock, isFollowed, type WallClock } from './clock.ts';
import { incarnationsIn, type Incarnations } from './own.ts';
import { placeOf } from './standing.ts';
import type { FeedRow, Tx } from './store.ts';
import { kValue } from './values.ts';

/** What is stamped and numbered by. */
export interface Footing {
  readonly clock: HybridClock;
  readonly incarnations: Incarnations;
  /** How many incarnations there were when this was found. */
  readonly known: number;
  /** The clock goes back: what the store has of it counts no more. */
  readonly setBack: boolean;
}

/** By what to write now. Nothing is kept of it until keepFooting, so that a write that fails begins nothing anew. */
export async function footingIn(tx: Tx, wall: WallClock, self: Bytes): Promise<Footing> {
  const [clock, incarnations] = [await clockIn(tx, wall), await incarnationsIn(tx)];
  const footing = { clock, incarnations, known: incarnations.all.length, setBack: false };
  if (isFollowed(clock.newest, wall())) return footing;
  const from = incarnations.setRight?.from ?? 0n;
  const own = await tx.find('feeds', 'author', hex(self));
  const goneOnWith = own.filter(({ incarnation }) => incarnation.number >= from);
  const last = Math.max(0, ...goneOnWith.map(({ stamp }) => stamp));
  // It was only heard of, by a clock that was wrong as well.
  if (isFollowed(last, wall()))
    return { ...footing, clock: new HybridClock(wall, last), setBack: true };
  // Until the hub has spoken nobody knows which of the two clocks was wrong. Of whatever feed: as long as
  // what it said was from the future still is, the clock that stamps ahead is the wrong one.
  const ahead = own.filter(({ stamp }) => !isFollowed(stamp, wall()));
  if (!(await anyAsync(ahead, (feed) => endsFlagged(tx, feed)))) return footing;
  const next = await nextIncarnation(tx, self);
  return {
    ...footing,
    clock: new HybridClock(wall, wall()),
    incarnations: {
      all: [...incarnations.all, next],
      reason: 'clock',
      began: wall(),
      setRight: { from: next.number, left: clock.newest },
    },
    setBack: true,
  };
}
async function endsFlagged(tx: Tx, { feed, seq }: FeedRow): Promise<boolean> {
  const last = (await tx.find('sets', 'place', placeOf(unhex(feed), seq), 1))[0];
  return last?.confirmed?.flagged ?? false;
}
async function anyAsync<T>(
  list: readonly T[],
  test: (one: T) => Promise<boolean>,
): Promise<boolean> {
  for (const one of list) if (await test(one)) return true;
  return false;
}

/** False: another incarnation has begun meanwhile, and what was written by it is of no use. */
export async function isStill(tx: Tx, { known }: Footing): Promise<boolean> {
  return (await incarnationsIn(tx)).all.length === known;
}
export async function keepFooting(tx: Tx, wall: WallClock, footing: Footing): Promise<void> {
  const { clock, incarnations, known, setBack } = footing;
  if (incarnations.all.length > known)
    await tx.put('values', { name: kValue.incarnations, value: incarnations });
  // Beside an exchange, which may have moved it further.
  const value = setBack ? clock.newest : Math.max(clock.newest, (await clockIn(tx, wall)).newest);
  await tx.put('values', { name: kValue.clock, value });
}
