// clock.ts: stamps of this phone's changes: its own clock, but never behind a stamp that it gave or saw.
// Microseconds since 1970 UTC.

/** A stamp that was received never moves ours further than this past our own clock. */
export const kAheadMax = 10 * 60 * 1_000_000;

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
    this.last = Math.max(this.last, Math.min(stamp, this.wall() + kAheadMax));
  }
  get newest(): number {
    return this.last;
  }
}
