// days.ts: days of the city's calendar (UTC+8), whatever the phone's own zone says: whole numbers, since
// 1970, as records have them.

const kDayMs = 86_400_000;

/** The day at this instant (milliseconds since 1970 UTC). */
export const dayOf = (ms: number): number => Math.floor((ms + 8 * 3_600_000) / kDayMs);
/** `2026-05-03`. */
export const isoDay = (day: number): string => new Date(day * kDayMs).toISOString().slice(0, 10);
