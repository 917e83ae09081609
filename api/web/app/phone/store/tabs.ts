// tabs.ts: the tabs of this browser show the same store: each tells the others what it changed.

export type Told =
  /** Records, or where they are. */
  | { readonly kind: 'records' }
  /** What records are. */
  | { readonly kind: 'schema' }
  | { readonly kind: 'drafts' }
  /** This draft was handed in or deleted. */
  | { readonly kind: 'draft gone'; readonly id: string };

const channel =
  typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('linli-phone');
const listeners = new Set<(told: Told) => void>();
channel?.addEventListener('message', ({ data }: MessageEvent<Told>) =>
  listeners.forEach((hear) => hear(data)),
);

export const tellOtherTabs = (told: Told): void => channel?.postMessage(told);
/** Answers with what ends it. */
export function hearOtherTabs(hear: (told: Told) => void): () => void {
  listeners.add(hear);
  return () => void listeners.delete(hear);
}
