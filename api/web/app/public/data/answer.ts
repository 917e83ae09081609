// answer.ts: what a page shows, from the node: at once what was seen last, then what is there now.
// When the node is down, or answers half, what was seen last stays, and its time is told.
import { onScopeDispose, reactive, watch } from 'vue';
import { request } from './asking.ts';
import type { Failure } from './failure.ts';
import { lastSeen, remember } from './last_seen.ts';
import type { Whole } from './shapes.ts';

export interface Shown<T> {
  value: T | null;
  /** When the node said so, milliseconds since 1970. */
  at: number;
  busy: boolean;
  failure: Failure | null;
  readonly again: () => Promise<void>;
}

/** `path`: of the API; null: nothing is wanted. Follows it until the component is gone. */
export function useAnswer<T>(path: () => string | null, whole: Whole): Shown<T> {
  const shown = reactive({ value: null, at: 0, busy: false, failure: null, again }) as Shown<T>;
  let wanted: string | null = null;

  async function again(): Promise<void> {
    const asked = wanted;
    if (asked === null) return;
    const seen = lastSeen(asked);
    shown.busy = true;
    const tag = seen && whole(seen.value) ? seen.tag : null;
    const answer = await request(asked, tag ? { headers: { 'If-None-Match': tag } } : {});
    if (asked !== wanted) return; // Another page was opened meanwhile.
    shown.busy = false;
    if (answer.kind === 'same' && seen) return keep(asked, seen.value, seen.tag, Date.now());
    if (answer.kind === 'json' && whole(answer.value)) {
      return keep(asked, answer.value, answer.tag, answer.at);
    }
    shown.failure = answer.kind === 'failed' ? answer.failure : { kind: 'broken' };
    // What was taken down isn't shown any longer.
    if (shown.failure.kind === 'missing') shown.value = null;
  }
  function keep(asked: string, value: unknown, tag: string | null, at: number): void {
    remember(asked, { value, at, tag });
    Object.assign(shown, { value, at, failure: null });
  }
  watch(
    path,
    (now) => {
      wanted = now;
      const seen = now === null ? null : lastSeen(now);
      const good = seen !== null && whole(seen.value);
      Object.assign(shown, { value: good ? seen.value : null, at: good ? seen.at : 0 });
      Object.assign(shown, { failure: null, busy: false });
      void again();
    },
    { immediate: true },
  );
  const online = (): void => void again();
  addEventListener('online', online);
  onScopeDispose(() => {
    wanted = null;
    removeEventListener('online', online);
  });
  return shown;
}
