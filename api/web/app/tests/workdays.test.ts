// Days off, as the phone counts them before it signs a deadline; the same days as in tests/model/settings_test.cpp.
import { describe, expect, it } from 'vitest';
import { isWorked, workedAtOrAfter, type Calendar } from '../phone/model/workdays.ts';

const day = (text: string): number => Date.parse(`${text}T00:00:00Z`) / 86_400_000;
const calendar: Calendar = (year) =>
  year === 2023
    ? {
        holidays: [{ from: day('2023-09-29'), to: day('2023-10-06') }],
        worked: [day('2023-10-07'), day('2023-10-08')],
      }
    : null;

describe('days off', () => {
  it('are weekends and holidays, but for weekends that are worked', () => {
    expect(isWorked(day('2023-09-28'), calendar)).toBe(true);
    expect(isWorked(day('2023-10-02'), calendar)).toBe(false);
    expect(isWorked(day('2023-10-07'), calendar)).toBe(true);
    expect(isWorked(day('2023-10-14'), calendar)).toBe(false);
    expect(isWorked(day('2024-01-07'), calendar)).toBe(false);
    expect(isWorked(day('2024-01-01'), calendar)).toBe(true);
    expect(isWorked(day('1969-12-28'), calendar)).toBe(false);
  });
  it('a period that ends on one ends on the next day that is worked', () => {
    expect(workedAtOrAfter(day('2023-09-28'), calendar)).toBe(day('2023-09-28'));
    expect(workedAtOrAfter(day('2023-09-29'), calendar)).toBe(day('2023-10-07'));
    expect(workedAtOrAfter(day('2023-10-14'), calendar)).toBe(day('2023-10-16'));
  });
  it('a year that is all holiday moves nothing', () => {
    const closed: Calendar = (year) => ({
      holidays: [{ from: day(`${String(year)}-01-01`), to: day(`${String(year)}-12-31`) }],
      worked: [],
    });
    expect(workedAtOrAfter(day('2023-01-02'), closed)).toBe(day('2023-01-02'));
  });
});
