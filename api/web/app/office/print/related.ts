// related.ts: what a paper says of other records.
import { api } from '../model/api.ts';
import type { DeskRecord, Ref } from '../model/values.ts';

/** The record that is named, or null if it isn't here or may not be read. */
export async function follow(ref: unknown): Promise<DeskRecord | null> {
  const { type, id, scope } = (ref ?? {}) as Partial<Ref>;
  if (!type || !id) return null;
  return api<DeskRecord>(`/records/${type}/${id}`, { query: { scope } }).catch(() => null);
}
export async function followAll(refs: unknown): Promise<DeskRecord[]> {
  const found = await Promise.all((Array.isArray(refs) ? refs : []).map(follow));
  return found.filter((one): one is DeskRecord => one !== null);
}
/** `2026年5月3日`, as documents have it; blank to be filled in by hand. */
export function chineseDay(day: unknown): string {
  const [year, month, date] = String(day ?? '')
    .split('-')
    .map(Number);
  return year && month && date ? `${year}年${month}月${date}日` : '　　　　年　　月　　日';
}
