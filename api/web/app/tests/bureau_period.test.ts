// Days of the bureau's periods, what they are compared with, and the steps of its map.
import { describe, expect, test } from 'vitest';
import {
  comparedDays,
  daysOf,
  monthsOf,
  plusMonths,
  shifted,
  trendDays,
} from '../bureau/period.ts';
import { boundsOf, stepOf } from '../bureau/steps.ts';

const kToday = '2026-11-29';

describe('the days of a period', () => {
  test.each([
    ['', '2025-12-01', '2026-11-30'],
    ['2025', '2025-01-01', '2026-01-01'],
    ['2026', '2026-01-01', '2026-11-30'],
    ['2026-Q3', '2026-07-01', '2026-10-01'],
    ['2026-02', '2026-02-01', '2026-03-01'],
    ['2026-11', '2026-11-01', '2026-11-30'],
    ['2026-05-03..2026-06-01', '2026-05-03', '2026-06-01'],
    // What is written otherwise is twelve months, like nothing at all.
    ['2026-13', '2025-12-01', '2026-11-30'],
    ['2026-02-30..2026-03-05', '2025-12-01', '2026-11-30'],
    ['2026-06-01..2026-05-03', '2025-12-01', '2026-11-30'],
  ])('%s', (period, from, to) => {
    expect(daysOf(period, kToday)).toEqual({ from, to });
  });
  test('one that has not begun stays whole', () => {
    expect(daysOf('2027-01', kToday)).toEqual({ from: '2027-01-01', to: '2027-02-01' });
  });
});

describe('what a period is compared with', () => {
  test.each([
    ['2026-02', 'before', '2026-01-01', '2026-02-01'],
    ['2026-03', 'before', '2026-02-01', '2026-03-01'],
    ['2026-Q3', 'before', '2026-04-01', '2026-07-01'],
    ['2026-Q3', 'year', '2025-07-01', '2025-10-01'],
    // As many days of it, as long as the period isn't over.
    ['2026', 'before', '2025-01-01', '2025-11-30'],
    ['2026-11', 'before', '2026-10-01', '2026-10-30'],
    ['', 'year', '2024-12-01', '2025-11-30'],
    ['2026-05-03..2026-05-10', 'before', '2026-04-26', '2026-05-03'],
    ['2026-05-03..2026-05-10', 'year', '2025-05-03', '2025-05-10'],
  ] as const)('%s, %s', (period, compare, from, to) => {
    expect(comparedDays(period, compare, kToday)).toEqual({ from, to });
  });
  test('with nothing', () => {
    expect(comparedDays('2026', 'none', kToday)).toBeNull();
  });
  test('a leap day goes with the last of February', () => {
    expect(plusMonths('2024-02-29', 12)).toBe('2025-02-28');
    expect(shifted({ from: '2024-02-01', to: '2024-03-01' }, -12)).toEqual({
      from: '2023-02-01',
      to: '2023-03-01',
    });
  });
});

describe('months', () => {
  test('those that days touch', () => {
    expect(monthsOf({ from: '2025-11-30', to: '2026-02-01' })).toEqual([
      '2025-11',
      '2025-12',
      '2026-01',
    ]);
  });
  test('a trend is of the period, or of the year that ends with a short one', () => {
    expect(trendDays({ from: '2026-01-01', to: '2026-11-30' }).from).toBe('2026-01-01');
    expect(trendDays({ from: '2026-10-01', to: '2026-11-01' })).toEqual({
      from: '2025-11-01',
      to: '2026-11-01',
    });
  });
});

describe('steps of colour', () => {
  test('the largest is on the last, the smallest on the first', () => {
    const bounds = boundsOf([10, 60, 35]);
    expect(bounds).toEqual([10, 20, 30, 40, 50]);
    expect([10, 35, 60].map((value) => stepOf(bounds, value))).toEqual([0, 2, 4]);
  });
  test('all alike, or none', () => {
    expect(stepOf(boundsOf([7, 7]), 7)).toBe(0);
    expect(boundsOf([])).toEqual([]);
    expect(stepOf(boundsOf([1, 2]), null)).toBe(-1);
  });
});
