// periods.ts: what a disclosure's period is called, and the board's dates.
import { language, say } from '../../shared/language.ts';
import { dayText, timeText } from '../../shared/formats.ts';

/** `2023-Q2`, `2023-H1`, `2023-05`, `2023`; others (a number, an event) stay as they are. */
export function periodText(period: string): string {
  const [, year = '', part = ''] = /^(\d{4})(?:-(Q[1-4]|H[12]|\d\d))?$/.exec(period) ?? [];
  if (year === '') return period;
  if (part === '') return say(['{year}年', '{year}'], { year });
  if (part.startsWith('Q')) {
    return say(['{year}年第{n}季度', 'Q{n} {year}'], { year, n: part.slice(1) });
  }
  if (part.startsWith('H')) {
    const n = part.slice(1);
    const half = n === '1' ? say(['上半年', 'first half of']) : say(['下半年', 'second half of']);
    return language.value === 'en' ? `${half} ${year}` : `${year}年${half}`;
  }
  if (language.value !== 'en') return `${year}年${Number(part)}月`;
  const month = new Date(Date.UTC(Number(year), Number(part) - 1, 1));
  const format = { month: 'long', year: 'numeric', timeZone: 'UTC' } as const;
  return new Intl.DateTimeFormat('en-GB', format).format(month);
}
/** `2023-07-03` as people write it; what is no day stays as it is. */
export function day(text: string | undefined): string {
  const ms = text === undefined ? Number.NaN : Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(ms) ? (text ?? '—') : dayText(ms / 86_400_000);
}
/** An instant of the API. */
export function time(text: string | undefined): string {
  const ms = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(ms) ? (text ?? '—') : timeText(ms);
}
/** The year it is listed under. */
export function yearOf(one: { period: string; period_to?: string; due_on?: string }): string {
  const [found] = /^\d{4}/.exec(one.period_to ?? one.due_on ?? one.period) ?? [];
  return found ?? say(['其他', 'Others']);
}
