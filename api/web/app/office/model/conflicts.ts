// conflicts.ts: what two people changed at once, and how one of them settles it.
import type { Text } from '../../shared/language.ts';
import { api } from './api.ts';

export interface Version {
  readonly version: string;
  readonly node: string;
  readonly at: string;
  /** False: the hub called its node's clock unsure, so that a sure time goes before it. */
  readonly trusted_clock?: boolean;
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly removal?: boolean;
}
export interface Conflict {
  readonly conflict?: string;
  readonly severity: string;
  readonly seen?: string;
  readonly type: string;
  readonly id?: string;
  readonly scope?: string;
  readonly title?: string;
  readonly fields?: readonly string[];
  readonly winner?: Version | null;
  readonly losers?: readonly Version[];
}
export type Settlement = { readonly keep: true } | { readonly take: string };

/** Rejects with Refusal; 412 or 404: somebody else was faster. */
export async function settle(conflict: Conflict, how: Settlement): Promise<void> {
  await api(`/conflicts/${conflict.conflict}`, {
    method: 'POST',
    body: how,
    headers: { 'If-Match': `"${conflict.seen}"` },
  });
}

/** What a tap on this version does. Of a record that was deleted either does more than choose a value. */
export function choiceOf(conflict: Conflict, version: Version, stands: boolean): Text {
  if (version.removal === true)
    return stands ? ['维持删除', 'Keep it deleted'] : ['删除这条记录', 'Delete the record'];
  if (conflict.severity === 'delete')
    return ['恢复这条记录，并采用这些修改', 'Restore the record, with these edits'];
  return stands ? ['保留这个', 'Keep this'] : ['改用这个', 'Use this'];
}
