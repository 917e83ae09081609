// drafts.ts: half-filled forms, kept at every keystroke. A draft is durable before the next one is
// written; of several that follow each other while one is being written only the last is.
import { onScopeDispose, reactive, ref, shallowRef, toRaw, watch, type Ref } from 'vue';
import { draftOf, drafts, dropDraft, keepDraft, type Draft } from '../../../peer/drafts.ts';
import type { InspectionDraft } from '../model/inspection.ts';
import type { RecheckDraft } from '../model/finding.ts';
import { engine } from './engine.ts';

export type FormDraft = InspectionDraft | RecheckDraft;
/** `failed`: it isn't kept, and the form must say so. */
export type Keeping = 'kept' | 'keeping' | 'failed';

const all = shallowRef<readonly Draft[]>([]);

async function list(): Promise<void> {
  all.value = await drafts((await engine()).store);
}
async function find<T extends FormDraft>(id: string): Promise<T | null> {
  const draft = await draftOf((await engine()).store, id);
  return (draft?.content as T | undefined) ?? null;
}
async function keep(id: string, content: FormDraft): Promise<void> {
  await keepDraft((await engine()).store, id, content, Date.now() * 1000);
}
/** Its photos as well, unless a record names them. */
async function drop(id: string): Promise<void> {
  const { store, phone } = await engine();
  const draft = await find(id);
  await dropDraft(store, id);
  if (draft) for (const photo of photosOf(draft)) await phone.dropFile(photo);
  await list();
}
function photosOf(draft: FormDraft): string[] {
  return draft.form === 'recheck'
    ? draft.photos
    : Object.values(draft.findings).flatMap(({ photos }) => photos);
}

export const useDrafts = () => ({ all, list, find, keep, drop });

/**
 * A form's draft that keeps itself: whatever changes in it is written at once. The form stops it with
 * `stop` before it drops the draft.
 */
export function useKeptDraft<T extends FormDraft>(
  id: string,
  content: T,
): { draft: T; keeping: Ref<Keeping>; flush: () => Promise<void>; stop: () => void } {
  const draft = reactive(content) as T;
  const keeping = ref<Keeping>('kept');
  let wanted = false;
  let running: Promise<void> = Promise.resolve();
  const run = async (): Promise<void> => {
    while (wanted) {
      wanted = false;
      try {
        await keep(id, structuredClone(plainOf(draft)));
        if (!wanted) keeping.value = 'kept';
      } catch {
        keeping.value = 'failed';
      }
    }
  };
  const stopWatching = watch(
    draft,
    () => {
      const idle = !wanted && keeping.value !== 'keeping';
      wanted = true;
      keeping.value = 'keeping';
      if (idle) running = run();
    },
    { deep: true, flush: 'sync' },
  );
  onScopeDispose(stopWatching);
  return { draft, keeping, flush: () => running, stop: stopWatching };
}
/** Without Vue's proxies, which a store can't keep. */
function plainOf<T>(value: T): T {
  const raw: unknown = toRaw(value);
  if (Array.isArray(raw)) return raw.map(plainOf) as T;
  if (raw === null || typeof raw !== 'object') return raw as T;
  return Object.fromEntries(Object.entries(raw).map(([key, item]) => [key, plainOf(item)])) as T;
}
