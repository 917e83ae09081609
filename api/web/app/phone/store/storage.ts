// storage.ts: will this phone's browser keep what is in it, and is there room? Warned is by age (what
// waits for long) and by pressure (little room, or a browser that promises nothing).
import { computed, ref, shallowRef } from 'vue';
import { askToKeep, type StorageState } from '../../../peer/storage.ts';
import { usePhone } from './phone.ts';
import { useDrafts } from './drafts.ts';
import { engine } from './engine.ts';

const kDayMs = 86_400_000;
/** What waits longer is in danger: a browser may clear a page that isn't opened for a week. */
const kAgeDays = 3;
const kRoomBytes = 50 << 20;

const state = shallowRef<StorageState | null>(null);
/** Milliseconds since 1970 UTC of the oldest change that no node has; null: none waits. */
const oldestWaiting = ref<number | null>(null);

/** Asks the browser to keep everything, and looks how much room there is. */
async function ask(): Promise<void> {
  state.value = await askToKeep();
  await look();
}
async function look(): Promise<void> {
  const { store } = await engine();
  const rows = await store.read((tx) => tx.find('sets', 'own', 1));
  const waiting = rows.filter((row) => !row.confirmed && !row.sent);
  oldestWaiting.value = waiting.length > 0 ? await timeOfOldest(waiting[0]?.body) : null;
  await useDrafts().list();
}
async function timeOfOldest(body: Uint8Array | undefined): Promise<number | null> {
  const { readChangeSet } = await import('./engine_script.ts');
  return body ? readChangeSet(body).timeBase / 1000 : null;
}

export type Warning = 'not kept' | 'little room' | 'waits long';
const warnings = computed<Warning[]>(() => {
  const found: Warning[] = [];
  const waits = usePhone().queue.value.some((entry) => entry.state.kind === 'waiting');
  if (state.value?.persistent === false && waits) found.push('not kept');
  const room = state.value?.available ?? null;
  if (room !== null && room < kRoomBytes) found.push('little room');
  const since = oldestWaiting.value;
  if (since !== null && Date.now() - since > kAgeDays * kDayMs) found.push('waits long');
  return found;
});

export const useStorage = () => ({ state, oldestWaiting, warnings, ask, look });
