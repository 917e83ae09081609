// What an author works out before signing, against what the nodes would.
import { describe, expect, it } from 'vitest';
import { dayOf, isoDay } from '../shared/days.ts';
import {
  attendanceIsValid,
  metresBetween,
  scoreOf,
  suspectedProxies,
} from '../phone/model/rules.ts';

const item = (weight: number, mark: number, veto = false) => ({ weight, mark, veto });

describe('the score of an inspection', () => {
  it('is the share of weight that passed, half up, without what does not apply', () => {
    expect(scoreOf([item(1, 1), item(1, 2)])).toBe(50);
    expect(scoreOf([item(3, 1), item(5, 2), item(100, 3)])).toBe(38);
    expect(scoreOf([item(1, 1), item(7, 2)])).toBe(13);
    expect(scoreOf([item(2, 3)])).toBeNull();
    expect(scoreOf([])).toBeNull();
  });
  it('is at most 59 where an item vetoes', () => {
    expect(scoreOf([item(99, 1), item(1, 2, true)])).toBe(59);
    expect(scoreOf([item(1, 1), item(9, 2, true)])).toBe(10);
    expect(scoreOf([item(1, 1, true), item(1, 1)])).toBe(100);
  });
});

describe('presence at a session', () => {
  const session = { from: 0, to: 100 };
  it('needs a sign-in before the end, and the share of time where there is a sign-out', () => {
    expect(attendanceIsValid(session, 99, null, 80)).toBe(true);
    expect(attendanceIsValid(session, 100, null, 80)).toBe(false);
    expect(attendanceIsValid(session, -5, 80, 80)).toBe(true);
    expect(attendanceIsValid(session, 0, 79, 80)).toBe(false);
    expect(attendanceIsValid({ from: 5, to: 5 }, 0, null, 80)).toBe(false);
  });
});

describe('sign-ins that look made for others', () => {
  const every = (count: number, gapMs: number): number[] =>
    Array.from({ length: count }, (_, i) => i * gapMs);
  const found = (times: number[]): number => suspectedProxies(times, 10, 2).size;
  it('are more than ten within two minutes, all of them', () => {
    expect(found(every(10, 1000))).toBe(0);
    expect(found(every(11, 1000))).toBe(11);
    expect(found(every(11, 12_000))).toBe(11); // the last two minutes after the first
    expect(found(every(11, 12_001))).toBe(0);
    expect(found([...every(11, 1000), 600_000])).toBe(11);
    expect(found(every(11, 1000).reverse())).toBe(11);
    expect(found([])).toBe(0);
  });
});

describe('days and places', () => {
  it('a day of the city begins at 16:00 UTC of the day before', () => {
    expect(isoDay(dayOf(Date.UTC(2026, 4, 2, 15, 59)))).toBe('2026-05-02');
    expect(isoDay(dayOf(Date.UTC(2026, 4, 2, 16, 0)))).toBe('2026-05-03');
    expect(dayOf(-1)).toBe(0);
  });
  it('a degree of latitude is about 111 km', () => {
    const north = { latitude: 36, longitude: 113 };
    expect(Math.round(metresBetween({ latitude: 35, longitude: 113 }, north) / 1000)).toBe(111);
    expect(metresBetween(north, north)).toBe(0);
  });
});
