// Stamps: never behind one that was given, and never carried ahead by somebody else's clock.
import { describe, expect, it } from 'vitest';
import { HybridClock, kAheadMax } from '../clock.ts';

describe('the hybrid clock', () => {
  let now = 1_000;
  const wall = (): number => now;
  it('gives its own time, or one microsecond past the last stamp', () => {
    const clock = new HybridClock(wall);
    expect([clock.next(), clock.next()]).toEqual([1_000, 1_001]);
    now = 500;
    expect(clock.next()).toBe(1_002);
    now = 2_000;
    expect(clock.next()).toBe(2_000);
  });
  it('what it heard of comes before what it gives', () => {
    const clock = new HybridClock(wall);
    clock.observe(now + kAheadMax);
    expect(clock.next()).toBe(now + kAheadMax + 1);
  });
  it('a stamp further ahead than ten minutes is not followed at all', () => {
    const clock = new HybridClock(wall, 1_500);
    clock.observe(now + kAheadMax + 1);
    expect([clock.newest, clock.next()]).toEqual([1_500, 2_000]);
  });
});
