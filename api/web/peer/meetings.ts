// meetings.ts: what this store has met of its own feeds that it never wrote, and whether that can be
// what it lost (sync/EXCHANGE.md, "Two machines with one key"). All of it stands in the store, so that
// one that is put back forgets it as well.
import { hex, type Bytes } from './bytes.ts';
import type { Checkpoint } from './change_set.ts';
import { kObject } from './messages.ts';
import { valueOf, type Tx } from './store.ts';
import { kValue } from './values.ts';

const kCountMax = 3;
const kWithin = 3_600_000_000;

interface Met {
  readonly count: number;
  /** When the first of them was counted, microseconds since 1970 UTC by our clock. */
  readonly since: number;
  /** The newest arrival number when the last one came, … */
  readonly arrival: number;
  /** … and the number of our incarnation of then. */
  readonly incarnation: bigint;
}
const metIn = (tx: Tx): Promise<Met | null> => valueOf<Met>(tx, kValue.met);

/** Within one transaction, in which nothing is written here. */
export class Meetings {
  /** Undefined: not looked for. */
  private head: Checkpoint | null | undefined;

  /** `self`: our author id. */
  constructor(
    private readonly tx: Tx,
    private readonly self: Bytes,
  ) {}

  /**
   * A set of our own came from elsewhere, of an incarnation that this store never began. `seen`: the
   * newest head of the hub's log that its author knew. Counts it if that head covers what was written
   * here since the meeting before: whoever wrote the one had heard of the other. Who is put back once
   * has lost nothing of the kind, however many bring it back, and no clock is asked. `ours`: the number
   * of the incarnation of now; `now`: microseconds since 1970 UTC.
   */
  async count(seen: Checkpoint | null, ours: bigint, now: number): Promise<void> {
    const before = await metIn(this.tx);
    if (before && !(await this.hasHeard(seen, before))) return;
    const goesOn = before !== null && before.since <= now && now - before.since <= kWithin;
    const met: Met = {
      count: !before ? 0 : goesOn ? before.count + 1 : 1,
      since: !before ? 0 : goesOn ? before.since : now,
      arrival: await this.tx.newestArrival(),
      incarnation: ours,
    };
    await this.tx.put('values', { name: kValue.met, value: met });
    // Behind the newest number nothing was written.
    this.head = null;
  }
  private async hasHeard(seen: Checkpoint | null, before: Met): Promise<boolean> {
    if (this.head === undefined) this.head = await firstConfirmed(this.tx, this.self, before);
    const { head } = this;
    return head !== null && seen !== null && seen.epoch === head.epoch && seen.size >= head.size;
  }
}

/**
 * Three within an hour would take three restores within it, each from a copy made since the one before:
 * another phone writes with this key (`no`). Twice as many (`surely not`): and there is no quiet moment
 * in which what was set aside could be handed over first.
 */
export async function alone(tx: Tx): Promise<'yes' | 'no' | 'surely not'> {
  const count = (await metIn(tx))?.count ?? 0;
  return count >= 2 * kCountMax ? 'surely not' : count >= kCountMax ? 'no' : 'yes';
}
/** A person says that there is no other phone, or this one has stopped. */
export async function forgetMeetings(tx: Tx): Promise<void> {
  const met = await metIn(tx);
  if (met) await tx.put('values', { name: kValue.met, value: { ...met, count: 0 } });
}

/**
 * The head by which the hub confirmed the first set that was written here behind that number, in an
 * incarnation from that one on. Null: there is none yet. Costs what came since.
 */
async function firstConfirmed(
  tx: Tx,
  self: Bytes,
  { arrival, incarnation }: Met,
): Promise<Checkpoint | null> {
  const written: string[] = [];
  await tx.logAfter(arrival, ({ kind, author, from, name }) => {
    if (kind === kObject.parcel && from === '' && author === hex(self)) written.push(name);
    return true;
  });
  for (const name of written) {
    const set = await tx.get('sets', name);
    const feed = set?.confirmed ? await tx.get('feeds', set.feed) : undefined;
    if (feed && feed.incarnation.number >= incarnation) return set?.confirmed?.checkpoint ?? null;
  }
  return null;
}
