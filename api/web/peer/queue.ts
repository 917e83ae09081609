// queue.ts: where each change set of this phone is: still here only, sent, safe at the hub, held back.
import type { SetRow, Tx } from './store.ts';

export type QueueState =
  /** On this phone only. */
  | { readonly kind: 'waiting' }
  /** A node has taken it; the hub's receipt isn't here yet. */
  | { readonly kind: 'sent'; readonly at: number }
  /** The hub has it since then, by its own clock. Only now may anything be deleted. */
  | { readonly kind: 'confirmed'; readonly since: number }
  /** It has its place, but counts nowhere until somebody approves it. */
  | { readonly kind: 'held'; readonly why: string }
  /** A node took it as evidence, and its changes count nowhere. */
  | { readonly kind: 'refused'; readonly why: string; readonly detail: string };

export interface QueueEntry {
  /** The change set, in hexadecimal. */
  readonly set: string;
  readonly scope: string;
  readonly seq: bigint;
  /** `type/scope/id`. */
  readonly records: readonly string[];
  readonly state: QueueState;
}

/** Every change set that was written here, oldest first. */
export async function queueOf(tx: Tx): Promise<QueueEntry[]> {
  const rows = (await tx.find('sets', 'own', 1)).sort((a, b) => a.arrival - b.arrival);
  const entries: QueueEntry[] = [];
  for (const row of rows) {
    const { name, scope, seq, records } = row;
    entries.push({ set: name, scope, seq, records, state: stateOf(row) });
  }
  return entries;
}
function stateOf(row: SetRow): QueueState {
  if (row.state === 'held') return { kind: 'held', why: row.reason ?? 'held' };
  if (row.confirmed) return { kind: 'confirmed', since: row.confirmed.checkpoint.time };
  if (!row.sent) return { kind: 'waiting' };
  const { refused, detail, at } = row.sent;
  if (refused === 'held') return { kind: 'held', why: detail };
  return refused && refused !== 'replay'
    ? { kind: 'refused', why: refused, detail }
    : { kind: 'sent', at };
}
