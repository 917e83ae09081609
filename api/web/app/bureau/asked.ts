// asked.ts: what a person asked of the hub: that it is under way, and what went wrong, in the reader's words. What is shown all
// the time and kept fresh is asking.ts.
import { computed, type ComputedRef, type Ref } from 'vue';
import { say } from '../shared/language.ts';
import { Problem } from '../shared/api.ts';
import { useTried, type Tried } from '../shared/tried.ts';

export interface Asked {
  readonly busy: Ref<boolean>;
  /** Empty: nothing. */
  readonly fault: ComputedRef<string>;
  readonly tried: Tried['tried'];
}
export function useAsked(): Asked {
  const { busy, error, tried } = useTried();
  return { busy, tried, fault: computed(() => (error.value ? explain(error.value) : '')) };
}
export const explain = (error: unknown): string =>
  (error instanceof Problem && error.code !== 'unreachable' && error.message) ||
  say(['连接不上市级节点，请稍后再试', 'The hub can’t be reached; try again later']);
