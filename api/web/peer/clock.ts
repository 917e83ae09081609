// clock.ts: stamps of this phone's changes: its own clock, but never behind a stamp that it gave or saw.
// Microseconds since 1970 UTC.

/** A stamp that was received and lies further ahead of our own clock isn't followed. */
export const kAheadMax = 10 * 60 * 1_000_000;
/** One peer whose clock stands in 2099 must not carry ours there, nor ahead at all. */
export const isFollowed = (stamp: number, now: number): boolean => stamp <= now + kAheadMax;

export type WallClock = () => number;
/** The browser's, in microseconds. */
export const systemClock: WallClock = () => Math.floor(Date.now()) * 1000;

export class HybridClock {
  /** `last`: the greatest stamp that was given or observed before, as the store kept it. */
  constructor(
    private readonly wall: WallClock,
    private last = 0,
  ) {}

  /** Greater than every one before. */
  next(): number {
    this.last = Math.max(this.wall(), this.last + 1);
    return this.last;
  }
  /** Takes note of somebody else's stamp, so that what is written on it comes after it. */
  observe(stamp: number): void {
    if (isFollowed(stamp, this.wall())) this.last = Math.max(this.last, stamp);
  }
  get newest(): number {
    return this.last;
  }
}
