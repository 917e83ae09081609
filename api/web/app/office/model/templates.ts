// templates.ts: the items of a checklist.
import { api } from './api.ts';
import type { DeskRecord, Ref } from './values.ts';

export interface Item {
  readonly item_code: string;
  readonly text: string;
}
/** None if the checklist isn't here. */
export async function follow(template: Ref | null): Promise<readonly Item[]> {
  if (!template) return [];
  const { type, id, scope } = template;
  const path = `/records/${type}/${id}`;
  const found = await api<DeskRecord>(path, { query: { scope } }).catch(() => null);
  return (found?.fields['items'] as Item[] | undefined) ?? [];
}
