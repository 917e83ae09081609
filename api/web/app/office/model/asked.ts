// asked.ts: what a person asked of the node: that it is under way, and what went wrong, in the reader's words.
import { computed, type ComputedRef, type Ref } from 'vue';
import { useTried, type Tried } from '../../shared/tried.ts';
import { explain } from './api.ts';

export interface Asked {
  readonly busy: Ref<boolean>;
  /** Empty: nothing. */
  readonly fault: ComputedRef<string>;
  readonly error: Tried['error'];
  readonly tried: Tried['tried'];
}
export function useAsked(): Asked {
  const { busy, error, tried } = useTried();
  return { busy, error, tried, fault: computed(() => (error.value ? explain(error.value) : '')) };
}
