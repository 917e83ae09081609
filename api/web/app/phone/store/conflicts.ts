// conflicts.ts: what was changed here and elsewhere at once, and waits for a person to say which version stands.
import { computed, shallowRef } from 'vue';
import type { ShownConflict } from '../../../peer/conflicts.ts';
import { isOwn } from '../model/conflicts.ts';
import { keyOf } from '../model/entry.ts';
import { engine } from './engine.ts';
import { inConflict } from './tables.ts';

const all = shallowRef<readonly ShownConflict[]>([]);
/** Those in which this phone wrote one of the versions. */
const own = computed(() => all.value.filter(isOwn));

/** To be called when the tables have taken in what is new. */
async function look(): Promise<void> {
  const records = inConflict();
  all.value = records.length === 0 ? [] : await (await engine()).phone.conflicts(records);
}
/** Those of one record, by its key. */
const of = (key: string): readonly ShownConflict[] =>
  all.value.filter(({ record }) => keyOf(record.name) === key);
/** The store is gone. */
function forget(): void {
  all.value = [];
}

export const useConflicts = () => ({ own, of, look, forget });
