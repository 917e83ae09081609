// putback.ts: this store was put back to an earlier state (a restored profile, a copied phone), and
// wrote numbers that a peer knows as something else (sync/EXCHANGE.md, "Sessions, and disks that were
// rolled back"). What isn't confirmed is set aside, the peer's own comes in, and what didn't come
// back is written again (writing_again.ts): no fork leaves this phone, and nothing is lost.
import { hex, unhex, type Bytes } from './bytes.ts';
import { readChangeSet } from './change_set_reader.ts';
import { kEmptyTip, type FeedTip } from './feed.ts';
import { writeParcel } from './parcel.ts';
import { valueOf, type SetRow, type Tx } from './store.ts';
import { kValue } from './values.ts';

/** Parcels that were taken out, in the order in which they were written. */
export const asideIn = async (tx: Tx): Promise<readonly Bytes[]> =>
  (await valueOf<readonly Bytes[]>(tx, kValue.aside)) ?? [];

/** Takes out of the log what the hub hasn't confirmed of this feed of ours. */
export async function setAside(tx: Tx, feed: Bytes): Promise<void> {
  const row = await tx.get('feeds', hex(feed));
  if (!row) return;
  const sets = (await tx.find('sets', 'feed', row.feed)).sort((a, b) => (a.seq < b.seq ? -1 : 1));
  const first = await firstInDoubt(tx, sets);
  const kept = first < 0 ? sets : sets.slice(0, first);
  const aside = sets.slice(kept.length);
  const parcels = (await dropSets(tx, feed, aside)).map(({ bytes }) => bytes);
  await tx.put('values', { name: kValue.aside, value: [...(await asideIn(tx)), ...parcels] });
}
/**
 * Takes the last sets of a feed out of the log; it ends before them. Answers with their parcels, and
 * who brought them (an author id in hexadecimal; empty: written here).
 */
export async function dropSets(
  tx: Tx,
  feed: Bytes,
  last: readonly SetRow[],
): Promise<Array<{ readonly bytes: Bytes; readonly from: string }>> {
  const dropped = [];
  for (const set of last) dropped.push(await takeOut(tx, set));
  const row = await tx.get('feeds', hex(feed));
  const left = (await tx.find('sets', 'feed', hex(feed))).sort((a, b) => (a.seq < b.seq ? -1 : 1));
  const end = left[left.length - 1];
  const tip = end ? tipAt(end) : (row?.covered ?? null);
  if (row && tip) await tx.put('feeds', { ...row, ...tip });
  else await tx.remove('feeds', hex(feed));
  return dropped;
}
/** From the first that was written here and isn't confirmed: what came back from a peer is known there. */
async function firstInDoubt(tx: Tx, sets: readonly SetRow[]): Promise<number> {
  for (const [i, { confirmed, arrival }] of sets.entries()) {
    if (confirmed === null && (await tx.get('log', arrival))?.from === '') return i;
  }
  return -1;
}
async function takeOut(tx: Tx, set: SetRow): Promise<{ bytes: Bytes; from: string }> {
  const from = (await tx.get('log', set.arrival))?.from ?? '';
  const openings = (await tx.find('openings', 'set', set.name)).sort(
    (a, b) => a.ordinal - b.ordinal,
  );
  for (const { ordinal } of openings) await tx.remove('openings', [set.name, ordinal]);
  await tx.remove('sets', set.name);
  await tx.remove('log', set.arrival);
  return { bytes: writeParcel({ body: set.body, signature: set.signature, openings }), from };
}
function tipAt(row: SetRow): FeedTip {
  const { changes } = readChangeSet(row.body);
  return {
    seq: row.seq,
    hash: unhex(row.name),
    stamp: changes[changes.length - 1]?.stamp ?? kEmptyTip.stamp,
  };
}
