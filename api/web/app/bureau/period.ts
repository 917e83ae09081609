// period.ts: the days that figures are of, and those that they are compared with. A period is written
// `2026`, `2026-Q3`, `2026-05`, `2026-05-01..2026-06-01` (the end is left out); empty: twelve months.
import type { Compare } from './address.ts';

/** [from, to), as 2026-05-01. */
export interface Days {
  readonly from: string;
  readonly to: string;
}
const kDayMs = 86_400_000;
const kMonthsMax = 60;

const isoDay = (day: number): string => new Date(day * kDayMs).toISOString().slice(0, 10);
const dayNumber = (day: string): number => Math.floor(Date.parse(`${day}T00:00:00Z`) / kDayMs);
export const plusDays = (day: string, n: number): string => isoDay(dayNumber(day) + n);
/** The same day `n` months on; the month's last where there is none. */
export function plusMonths(day: string, n: number): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  const last = new Date(Date.UTC(year, month - 1 + n + 1, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 + n, Math.min(date, last))).toISOString().slice(0, 10);
}
const firstOfMonth = (day: string): string => `${day.slice(0, 7)}-01`;
const isDay = (text: string): boolean =>
  /^\d{4}-\d\d-\d\d$/.test(text) && isoDay(dayNumber(text)) === text;

interface Parsed extends Days {
  /** Its length, as it is stepped over: months, or days. */
  readonly months: number;
  readonly days: number;
}
function parsed(period: string, today: string): Parsed {
  const year = /^(\d{4})(?:-Q([1-4])|-(\d\d))?$/.exec(period);
  if (year) {
    const [, number = '', quarter, month] = year;
    if (month && Number(month) >= 1 && Number(month) <= 12) return whole(`${period}-01`, 1);
    if (quarter) return whole(plusMonths(`${number}-01-01`, 3 * (Number(quarter) - 1)), 3);
    if (!month) return whole(`${number}-01-01`, 12);
  }
  const [from = '', to = ''] = period.split('..');
  if (isDay(from) && isDay(to) && from < to) {
    return { from, to, months: 0, days: dayNumber(to) - dayNumber(from) };
  }
  return whole(plusMonths(firstOfMonth(today), -11), 12);
}
const whole = (from: string, months: number): Parsed => ({
  from,
  to: plusMonths(from, months),
  months,
  days: 0,
});

/** Of a period that isn't over: up to and with today. */
export function daysOf(period: string, today: string): Days {
  const { from, to } = parsed(period, today);
  const end = plusDays(today, 1);
  return { from, to: to > end && from < end ? end : to };
}
/** What it is compared with: as many days of the period before, or of the year before. */
export function comparedDays(period: string, compare: Compare, today: string): Days | null {
  if (compare === 'none') return null;
  const { from, to } = daysOf(period, today);
  const { months, days } = parsed(period, today);
  if (compare === 'year' || months === 12) return shifted({ from, to }, -12);
  if (months > 0) return shifted({ from, to }, -months);
  return { from: plusDays(from, -days), to: plusDays(to, -days) };
}
/** Whole months earlier: whole months stay whole, however long they are. */
export function shifted({ from, to }: Days, months: number): Days {
  const end =
    to === firstOfMonth(to)
      ? plusMonths(to, months)
      : plusDays(plusMonths(plusDays(to, -1), months), 1);
  return { from: plusMonths(from, months), to: end };
}
/** Days that a trend is drawn for: the period's own months, or the year that ends with it. */
export function trendDays({ from, to }: Days): Days {
  const last = firstOfMonth(plusDays(to, -1));
  return firstOfMonth(from) <= plusMonths(last, -2)
    ? { from, to }
    : { from: plusMonths(last, -11), to };
}
/** `2026-05`, …: the months that these days touch. */
export function monthsOf({ from, to }: Days): string[] {
  const months: string[] = [];
  for (let day = firstOfMonth(from); day < to && months.length < kMonthsMax; ) {
    months.push(day.slice(0, 7));
    day = plusMonths(day, 1);
  }
  return months;
}
