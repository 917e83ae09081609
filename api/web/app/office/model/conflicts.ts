// conflicts.ts: what two people changed at once, and how one of them settles it.
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
