// drafts.ts: what is being typed, kept in this browser at every keystroke until it is saved or dropped.
import { keep, kept } from '../../shared/kept.ts';
import type { Draft } from './form.ts';

/** One draft; `version`: of the record that it began with; `key`: makes one record however often it is sent. */
export interface Kept {
  readonly typed: Draft;
  /** What the form began with: what differs from it is what somebody changed. */
  readonly base: Draft;
  readonly version: string | null;
  readonly key: string;
  readonly at: number;
}
export interface Place {
  readonly name: string;
  readonly at: number;
}

const nameOf = (name: string): string => `desk.draft.${name}`;
const kIndex = 'desk.drafts';

export function draftOf(name: string): Kept | null {
  const value = kept(nameOf(name)) as Kept | null;
  return value && typeof value === 'object' && value.typed ? value : null;
}
/** False: the browser has no room for it, and the form must say so. */
export function keepDraft(name: string, draft: Kept): boolean {
  const others = drafts().filter((one) => one.name !== name);
  return keep(nameOf(name), draft) && keep(kIndex, [{ name, at: draft.at }, ...others]);
}
export function dropDraft(name: string): void {
  localStorage.removeItem(`linli.${nameOf(name)}`);
  keep(
    kIndex,
    drafts().filter((one) => one.name !== name),
  );
}
/** All there are, the newest first. */
export function drafts(): readonly Place[] {
  const value = kept(kIndex);
  return Array.isArray(value) ? (value as Place[]) : [];
}
