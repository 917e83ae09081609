// formats.ts: days, times and sizes as people read them. Days are those of the city (UTC+8), whatever
// the phone's own zone says.
import { language } from './language.ts';

const kZone = 'Asia/Shanghai';
const kDayMs = 86_400_000;
const locale = (): string => (language.value === 'en' ? 'en-GB' : 'zh-CN');

/** Days since 1970 of the city's calendar, at this instant (milliseconds since 1970 UTC). */
export const dayOf = (ms: number): number => Math.floor((ms + 8 * 3_600_000) / kDayMs);
/** `2026-05-03` of a day. */
export const isoDay = (day: number): string => new Date(day * kDayMs).toISOString().slice(0, 10);

export function dayText(day: number): string {
  const format: Intl.DateTimeFormatOptions = {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    timeZone: 'UTC',
  };
  return new Intl.DateTimeFormat(locale(), format).format(day * kDayMs);
}
export function timeText(ms: number): string {
  const format: Intl.DateTimeFormatOptions = {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZone: kZone,
    hour12: false,
  };
  return new Intl.DateTimeFormat(locale(), format).format(ms);
}
/** `3 天前`, `in 2 hours`. */
export function agoText(ms: number, now: number): string {
  const format = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' });
  const seconds = Math.round((ms - now) / 1000);
  const size = Math.abs(seconds);
  if (size < 60) return format.format(0, 'minute');
  if (size < 3600) return format.format(Math.round(seconds / 60), 'minute');
  if (size < 86_400) return format.format(Math.round(seconds / 3600), 'hour');
  return format.format(Math.round(seconds / 86_400), 'day');
}
export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1 << 20) return `${Math.round(bytes / 1024)} KiB`;
  if (bytes < 1 << 30) return `${(bytes / (1 << 20)).toFixed(1)} MiB`;
  return `${(bytes / (1 << 30)).toFixed(1)} GiB`;
}
