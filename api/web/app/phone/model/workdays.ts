// workdays.ts: which days are worked (Civil Code 201–203), as the nodes see it (node/model/settings.cpp).

/** One year as the city announces it; days count from 1970-01-01. */
export interface WorkYear {
  readonly holidays: readonly { readonly from: number; readonly to: number }[];
  /** Saturdays and Sundays that are worked. */
  readonly worked: readonly number[];
}
/** The calendar of a year; null: nobody announced one, and only weekends are off. */
export type Calendar = (year: number) => WorkYear | null;

const yearOf = (day: number): number => new Date(day * 86_400_000).getUTCFullYear();
/** 1970-01-01 was a Thursday. */
const isWeekend = (day: number): boolean => [0, 6].includes((((day + 4) % 7) + 7) % 7);

export function isWorked(day: number, calendar: Calendar): boolean {
  const year = calendar(yearOf(day));
  if (year?.worked.includes(day)) return true;
  if (isWeekend(day)) return false;
  return !year?.holidays.some(({ from, to }) => from <= day && day <= to);
}
/** The day itself if it is worked, else the next one that is; itself where a whole year is off. */
export function workedAtOrAfter(day: number, calendar: Calendar): number {
  for (let moved = 0; moved < 366; ++moved) {
    if (isWorked(day + moved, calendar)) return day + moved;
  }
  return day;
}
