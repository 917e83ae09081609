// conflicts.ts: what was changed here and elsewhere at once, and waits for a person to say which version stands; and
// what this phone wrote and somebody settled otherwise, which its holder has to see.
import { computed, shallowRef } from 'vue';
import type { ShownConflict, ShownReplaced } from '../../../peer/conflicts.ts';
import { isOwn } from '../model/conflicts.ts';
import { keyOf } from '../model/entry.ts';
import { engine } from './engine.ts';
import { inConflict, settledOtherwise } from './tables.ts';
import { tellOtherTabs } from './tabs.ts';

const all = shallowRef<readonly ShownConflict[]>([]);
/** Those in which this phone wrote one of the versions. */
const own = computed(() => all.value.filter(isOwn));
/** Newest first, also what was seen. */
const replaced = shallowRef<readonly ShownReplaced[]>([]);
const unseen = computed(() => replaced.value.filter(({ isSeen }) => !isSeen));

/** To be called when the tables have taken in what is new. */
async function look(): Promise<void> {
  const { phone } = await engine();
  const [contested, settled] = [inConflict(), settledOtherwise()];
  all.value = contested.length === 0 ? [] : await phone.conflicts(contested);
  replaced.value = settled.length === 0 ? [] : await phone.replaced(settled);
}
/** A person has seen this one. */
async function saw({ key }: ShownReplaced): Promise<void> {
  await (await engine()).phone.sawReplaced([key]);
  await look();
  tellOtherTabs({ kind: 'records' });
}
/** Those of one record, by its key. */
const of = (key: string): readonly ShownConflict[] =>
  all.value.filter(({ record }) => keyOf(record.name) === key);
const replacedOf = (key: string): readonly ShownReplaced[] =>
  replaced.value.filter(({ record }) => keyOf(record.name) === key);
/** The store is gone. */
function forget(): void {
  all.value = [];
  replaced.value = [];
}

export const useConflicts = () => ({ own, of, replaced, unseen, replacedOf, saw, look, forget });
