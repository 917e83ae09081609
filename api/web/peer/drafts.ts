// drafts.ts: half-filled forms. What is in them is the form's own; they are kept until they are written
// or thrown away, through every upgrade of the page.
import type { DraftRow, Store } from './store.ts';

export type Draft = Pick<DraftRow, 'id' | 'content' | 'changedAt'>;

/** Durable when it answers. `now`: microseconds since 1970 UTC. Rejects with disk_full. */
export async function keepDraft(
  store: Store,
  id: string,
  content: unknown,
  now: number,
): Promise<void> {
  await store.change((tx) => tx.put('drafts', { id, content, changedAt: now }));
}
/** Null: there is none. */
export async function draftOf(store: Store, id: string): Promise<Draft | null> {
  return (await store.read((tx) => tx.get('drafts', id))) ?? null;
}
/** Newest first. */
export async function drafts(store: Store): Promise<Draft[]> {
  return (await store.read((tx) => tx.all('drafts'))).sort((a, b) => b.changedAt - a.changedAt);
}
export async function dropDraft(store: Store, id: string): Promise<void> {
  await store.change((tx) => tx.remove('drafts', id));
}
