// draft.ts: a question while it is being written. Every keystroke is kept for this tab's session, so
// that a reload or an error loses nothing, and the next person at the same screen finds nothing.
import { reactive, watch } from 'vue';
import type { Wish } from './shapes.ts';

export type Kind = NonNullable<Wish['about_kind']>;
export interface Draft {
  text: string;
  about_kind: Kind;
  name: string;
  contact: string;
  show: boolean;
  /** Of the try before: what was sent, and under which key. */
  sent: string;
  key: string;
}
const empty = (about: Kind): Draft => ({
  text: '',
  about_kind: about,
  name: '',
  contact: '',
  show: true,
  sent: '',
  key: '',
});
const nameOf = (compound: string, about: string | null): string =>
  `linli.question ${compound} ${about ?? ''}`;

function read(name: string): Partial<Draft> {
  try {
    const held: unknown = JSON.parse(sessionStorage.getItem(name) ?? '{}');
    return typeof held === 'object' && held !== null ? held : {};
  } catch {
    return {};
  }
}
/** Each compound and disclosure has one; it is kept as long as the component lives. */
export function useDraft(compound: string, about: string | null): Draft {
  const name = nameOf(compound, about);
  const draft = reactive({ ...empty(about ? 'disclosure' : 'service'), ...read(name) });
  // At once: a page may be gone before the next tick, and nothing sent may stay behind.
  const save = (): void => {
    try {
      sessionStorage.setItem(name, JSON.stringify(draft));
    } catch {
      // Refused: it holds until the page is closed.
    }
  };
  watch(draft, save, { flush: 'sync' });
  return draft;
}
/** Sent and taken: nothing of it stays. */
export function clear(draft: Draft, about: string | null): void {
  Object.assign(draft, empty(about ? 'disclosure' : 'service'));
}
export function wishOf(draft: Draft, compound: string, about: string | null): Wish {
  const { text, about_kind, show } = draft;
  const name = draft.name.trim();
  const contact = draft.contact.trim();
  return {
    compound,
    text,
    about_kind,
    show,
    ...(about ? { disclosure: about } : {}),
    ...(name ? { name } : {}),
    ...(contact ? { contact } : {}),
  };
}
/** The same question asked again after a lost answer goes under the same key, and is asked once; a
    changed one is another question. */
export function keyFor(draft: Draft, body: string): string {
  if (draft.sent !== body || draft.key === '') {
    const random = crypto.getRandomValues(new Uint8Array(16));
    draft.key = Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('');
    draft.sent = body;
  }
  return draft.key;
}
/** As the node counts them: code points. */
export const characters = (text: string): number => [...text].length;
