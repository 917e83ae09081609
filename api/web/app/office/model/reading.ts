// reading.ts: what a page shows of the node: read when it opens and whenever it is asked for again, one at a
// time; what went wrong stays told until an answer comes. Lists come a page at a time.
import {
  computed,
  onMounted,
  ref,
  shallowRef,
  type ComputedRef,
  type Ref,
  type ShallowRef,
} from 'vue';
import { explain } from './api.ts';

export interface Reading {
  /** Nothing has come yet. */
  readonly loading: Ref<boolean>;
  readonly busy: Ref<boolean>;
  /** What the last one rejected with; null: nothing. */
  readonly error: ShallowRef<unknown>;
  /** The same in the reader's words; empty: nothing. */
  readonly fault: ComputedRef<string>;
  /** Reads anew; while one is under way, once more after it. Never rejects. */
  readonly again: () => Promise<void>;
}
export function useReading(read: () => Promise<unknown>): Reading {
  const loading = ref(true);
  const busy = ref(false);
  const error = shallowRef<unknown>(null);
  const fault = computed(() => (error.value ? explain(error.value) : ''));
  let running: Promise<void> = Promise.resolve();
  let wanted = false;

  async function run(): Promise<void> {
    busy.value = true;
    while (wanted) {
      wanted = false;
      try {
        await read();
        error.value = null;
      } catch (problem) {
        error.value = problem;
      }
    }
    loading.value = busy.value = false;
  }
  function again(): Promise<void> {
    wanted = true;
    if (!busy.value) running = run();
    return running;
  }
  onMounted(again);
  return { loading, busy, error, fault, again };
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next_cursor: string | null;
}
export interface Pages<T> extends Omit<Reading, 'error'> {
  readonly items: ShallowRef<readonly T[]>;
  /** There is more behind this; null: that is all. */
  readonly cursor: Ref<string | null>;
  readonly more: () => Promise<void>;
  /** Another list: what is shown goes at once. */
  readonly restart: () => Promise<void>;
}
/** `ask`: for the page at this cursor, null: the first. `again` reads from the beginning. */
export function usePages<T>(ask: (from: string | null) => Promise<Page<T>>): Pages<T> {
  const items = shallowRef<readonly T[]>([]);
  const cursor = ref<string | null>(null);
  let from: string | null = null;
  let list = 0;
  const reading = useReading(async () => {
    const [start, mine] = [from, list];
    from = null;
    const page = await ask(start);
    if (mine !== list) return;
    items.value = start ? [...items.value, ...page.items] : page.items;
    cursor.value = page.next_cursor;
  });
  function read(start: string | null): Promise<void> {
    from = start;
    return reading.again();
  }
  function restart(): Promise<void> {
    list += 1;
    items.value = [];
    reading.loading.value = true;
    return read(null);
  }
  const { loading, busy, fault } = reading;
  const [again, more] = [() => read(null), () => read(cursor.value)];
  return { items, cursor, loading, busy, fault, again, more, restart };
}
