// tried.ts: what a person began: that it is under way, and what went wrong.
import { ref, shallowRef, type Ref, type ShallowRef } from 'vue';

export interface Tried {
  readonly busy: Ref<boolean>;
  /** What the last one rejected with; null: nothing. */
  readonly error: ShallowRef<unknown>;
  /** Does it, unless the one before is still under way. Never rejects. */
  readonly tried: (work: () => Promise<unknown>) => Promise<void>;
}
export function useTried(): Tried {
  const busy = ref(false);
  const error = shallowRef<unknown>(null);
  async function tried(work: () => Promise<unknown>): Promise<void> {
    if (busy.value) return;
    busy.value = true;
    error.value = null;
    try {
      await work();
    } catch (problem) {
      error.value = problem;
    } finally {
      busy.value = false;
    }
  }
  return { busy, error, tried };
}
