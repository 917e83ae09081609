// hand_in.ts: a form's way from the first keystroke to a signed record: its draft keeps itself, and goes once it is handed in.
import { shallowRef, type Ref, type ShallowRef } from 'vue';
import { useRouter } from 'vue-router';
import type { Wish } from '../../../peer/authoring.ts';
import { useTried } from '../../shared/tried.ts';
import type { Faults } from '../model/faults.ts';
import { useDrafts, useKeptDraft, type FormDraft, type Keeping } from './drafts.ts';
import { remember } from './forms.ts';
import { usePhone } from './phone.ts';
import { useSync } from './sync.ts';

export interface HandIn<T extends FormDraft> {
  readonly draft: T;
  readonly keeping: Ref<Keeping>;
  /** Another tab handed it in or deleted it. */
  readonly gone: Ref<boolean>;
  readonly faults: ShallowRef<Faults>;
  readonly busy: Ref<boolean>;
  readonly error: ShallowRef<unknown>;
  /** Signs what `wishes` makes of the draft, and leads to the queue. */
  readonly handIn: (wishes: () => readonly Wish[]) => Promise<void>;
}
export function useHandIn<T extends FormDraft>(id: string, content: T): HandIn<T> {
  const router = useRouter();
  const { draft, keeping, gone, flush, stop } = useKeptDraft(id, content);
  const faults = shallowRef<Faults>(new Map());
  const { busy, error, tried } = useTried();
  const handIn = (wishes: () => readonly Wish[]): Promise<void> =>
    tried(async () => {
      await flush();
      await usePhone().write(wishes());
      stop();
      await remember(draft);
      await useDrafts().drop(id);
      void useSync().sync();
      await router.replace('/queue?done=1');
    });
  return { draft, keeping, gone, faults, busy, error, handIn };
}
