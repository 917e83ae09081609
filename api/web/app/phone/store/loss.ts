// loss.ts: the browser removed what this phone kept (its data were cleared, or it needed room). A small mark outlives the store
// in most browsers, so that the app knows at its start that something was here, and says what became of it.
import type { QueueEntry } from '../../../peer/queue.ts';
import { keep, kept } from '../../shared/kept.ts';
import { briefOf } from '../model/brief.ts';
import type { Entry } from '../model/entry.ts';

const kMark = 'phone was here';

export interface Loss {
  /** Milliseconds since 1970 UTC: when it was there last. */
  readonly lastSeen: number;
  /** Change sets that no node had then. */
  readonly waiting: number;
  /** And photos that records name. */
  readonly photos: number;
  /** What the change sets were about, where that is still known: they have to be written again. */
  readonly titles: readonly string[];
}

/** To be called when this phone has joined and one of the two was counted anew. */
export function mark(counted: Partial<Pick<Loss, 'waiting' | 'photos'>>): void {
  const { waiting, photos } = lossOfBefore() ?? { waiting: 0, photos: 0 };
  keep(kMark, { waiting, photos, ...counted, lastSeen: Date.now() });
}
/** Nothing is here: was there something? Null: not that this browser knew. */
export function lossOfBefore(): Loss | null {
  const found = kept(kMark);
  if (found === null || typeof found !== 'object') return null;
  const { lastSeen, waiting, photos } = found as Record<string, unknown>;
  if (typeof lastSeen !== 'number' || typeof waiting !== 'number') return null;
  return { lastSeen, waiting, photos: typeof photos === 'number' ? photos : 0, titles: [] };
}
/** It went while the page was open, which still knows what there was. */
export function lossNow(queue: readonly QueueEntry[], find: (key: string) => Entry | null): Loss {
  const waiting = queue.filter(({ state }) => state.kind === 'waiting');
  const titles = waiting.flatMap(({ records }) => {
    const record = records.map(find).find((found) => found !== null);
    return record ? briefOf(record, find).title : [];
  });
  const photos = lossOfBefore()?.photos ?? 0;
  return { lastSeen: Date.now(), waiting: waiting.length, photos, titles };
}
