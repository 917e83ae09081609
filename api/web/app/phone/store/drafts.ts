// drafts.ts: half-filled forms, kept at every keystroke. A draft is durable before the next one is
// written; of several that follow each other while one is being written only the last is.
import { onScopeDispose, reactive, ref, shallowRef, toRaw, watch, type Ref } from 'vue';
import { draftOf, drafts, dropDraft, keepDraft, type Draft } from '../../../peer/drafts.ts';
import type { InspectionDraft } from '../model/inspection.ts';
import type { RecheckDraft } from '../model/finding.ts';
import { engine } from './engine.ts';
import { hearOtherTabs, tellOtherTabs } from './tabs.ts';

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
/** The first of it. */
async function begin(id: string, content: FormDraft): Promise<void> {
  await keep(id, content);
  tellOtherTabs({ kind: 'drafts' });
}
/** Its photos as well, unless a record names them. */
async function drop(id: string): Promise<void> {
  const { store, phone } = await engine();
  const draft = await find(id);
  await dropDraft(store, id);
  if (draft) for (const photo of photosOf(draft)) await phone.dropFile(photo);
  await list();
  tellOtherTabs({ kind: 'draft gone', id });
}
function photosOf(draft: FormDraft): string[] {
  return draft.form === 'recheck'
    ? draft.photos
    : Object.values(draft.findings).flatMap(({ photos }) => photos);
}

/** Those whose forms are on the page. */
const open = new Map<string, FormDraft>();
/** What each of these answers once it is kept, or can't be. */
const keepers = new Set<() => Promise<Keeping>>();
/** All that is typed on this page lies in the store: it may be drawn anew. */
async function allKept(): Promise<boolean> {
  const states = await Promise.all([...keepers].map((keeper) => keeper()));
  return states.every((state) => state === 'kept');
}
/** A phone that had no room may have some again. */
const kKeepAgainMs = 5000;
/** Taken out of the page's memory when the store was gone; photos aren't in it. */
const rescued = new Map<string, FormDraft>();
const rescuedCount = ref(0);

/** The store is gone: keeps in memory what the page still knows of drafts, until `restore`. */
function rescue(): void {
  const known = new Map(all.value.map(({ id, content }) => [id, content as FormDraft]));
  for (const [id, draft] of [...known, ...open])
    rescued.set(id, withoutPhotos(structuredClone(plainOf(draft))));
  all.value = [];
  rescuedCount.value = rescued.size;
}
/** Puts them into the new store. */
async function restore(): Promise<void> {
  for (const [id, draft] of rescued) {
    await keep(id, draft);
    rescued.delete(id);
  }
  rescuedCount.value = 0;
  await list();
}
function withoutPhotos(draft: FormDraft): FormDraft {
  if (draft.form === 'recheck') draft.photos = [];
  else for (const finding of Object.values(draft.findings)) finding.photos = [];
  return draft;
}

export const useDrafts = () => ({
  all,
  rescuedCount,
  allKept,
  list,
  find,
  begin,
  drop,
  rescue,
  restore,
});

export interface KeptDraft<T extends FormDraft> {
  readonly draft: T;
  readonly keeping: Ref<Keeping>;
  /** Another tab handed it in or deleted it: it keeps itself no more. */
  readonly gone: Ref<boolean>;
  readonly flush: () => Promise<void>;
  readonly stop: () => void;
}
/**
 * A form's draft that keeps itself: whatever changes in it is written at once. The form stops it with
 * `stop` before it drops the draft.
 */
export function useKeptDraft<T extends FormDraft>(id: string, content: T): KeptDraft<T> {
  const draft = reactive(content) as T;
  const gone = ref(false);
  open.set(id, draft);
  const keeping = ref<Keeping>('kept');
  let wanted = false;
  let running: Promise<void> = Promise.resolve();
  let retry: ReturnType<typeof setTimeout> | undefined;
  const run = async (): Promise<void> => {
    while (wanted) {
      wanted = false;
      try {
        await keep(id, structuredClone(plainOf(draft)));
        if (!wanted) keeping.value = 'kept';
      } catch {
        keeping.value = 'failed';
        clearTimeout(retry);
        retry = setTimeout(keepNow, kKeepAgainMs);
      }
    }
  };
  const keepNow = (): void => {
    const idle = !wanted && keeping.value !== 'keeping';
    wanted = true;
    keeping.value = 'keeping';
    if (idle) running = run();
  };
  const keeper = async (): Promise<Keeping> => {
    if (keeping.value === 'failed') keepNow();
    await running;
    return keeping.value;
  };
  keepers.add(keeper);
  const stopWatching = watch(draft, keepNow, { deep: true, flush: 'sync' });
  const stopHearing = hearOtherTabs((told) => {
    if (told.kind !== 'draft gone' || told.id !== id) return;
    stop();
    gone.value = true;
  });
  const stop = (): void => {
    stopWatching();
    stopHearing();
    clearTimeout(retry);
    keepers.delete(keeper);
    open.delete(id);
  };
  onScopeDispose(stop);
  return { draft, keeping, gone, flush: () => running, stop };
}
/** Without Vue's proxies, which a store can't keep. */
function plainOf<T>(value: T): T {
  const raw: unknown = toRaw(value);
  if (Array.isArray(raw)) return raw.map(plainOf) as T;
  if (raw === null || typeof raw !== 'object') return raw as T;
  return Object.fromEntries(Object.entries(raw).map(([key, item]) => [key, plainOf(item)])) as T;
}
