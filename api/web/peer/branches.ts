// branches.ts: a feed of which two branches are known (sync/EXCHANGE.md, "Two branches"). The one
// that came first is held until the hub's receipt names the other: then it makes room, and is kept.
import { hex, sameBytes, unhex, type Bytes } from './bytes.ts';
import { feedOf } from './change_set.ts';
import { readHeader } from './change_set_reader.ts';
import type { Context, Tally } from './intake.ts';
import { hash, kDomain, nameOf } from './names.ts';
import { readParcel } from './parcel.ts';
import { dropSets, setAside } from './putback.ts';
import { readReceipt } from './receipt.ts';
import { readSigned } from './signature.ts';
import type { EvidenceRow, SetRow, Tx } from './store.ts';

/** Evidence that may take its place in the feed now. */
export interface Candidate {
  readonly bytes: Bytes;
  readonly from: Bytes | null;
}

/**
 * Makes room for the branch that this receipt confirms, and answers with what is known of it, in its
 * order. Null, and nothing is changed: what it contradicts is confirmed as well, or it is of no set
 * that is held or known; then a person looks at the evidence.
 */
export async function makeRoom(
  tx: Tx,
  context: Context,
  tally: Tally,
  signedReceipt: Bytes,
): Promise<Candidate[] | null> {
  const receipt = readReceipt(readSigned(signedReceipt).body);
  const feed = hex(receipt.feed);
  const known = (await evidenceOf(tx, receipt.feed)).sort((a, b) => (a.seq < b.seq ? -1 : 1));
  if (!known.some(({ name }) => sameBytes(name, receipt.last))) return null;
  const sets = (await tx.find('sets', 'feed', feed)).sort((a, b) => (a.seq < b.seq ? -1 : 1));
  const first = sets.findIndex(({ confirmed }) => confirmed === null);
  const doubted = first < 0 ? [] : sets.slice(first);
  if (!doubted.some(({ seq }) => seq === receipt.to)) return null;
  doubted.forEach(({ records }) => records.forEach((record) => tally.touched.add(record)));
  await takeOut(tx, context, receipt.feed, doubted);
  for (const { row } of known) await tx.remove('evidence', row.name);
  return known.map(({ row }) => ({
    bytes: row.bytes,
    from: row.from === '' ? null : unhex(row.from),
  }));
}
/** Our own are written again under new names; others' are kept as evidence. */
async function takeOut(
  tx: Tx,
  context: Context,
  feed: Bytes,
  doubted: readonly SetRow[],
): Promise<void> {
  if (doubted.some(({ own }) => own === 1)) return setAside(tx, feed);
  for (const { bytes, from } of await dropSets(tx, feed, doubted)) {
    const row = {
      name: hex(hash(bytes)),
      reason: 'fork',
      detail: 'the receipt names another branch',
    };
    await tx.put('evidence', { ...row, bytes, from, at: context.now });
  }
}
interface Known {
  readonly row: EvidenceRow;
  readonly seq: bigint;
  readonly name: Bytes;
}
async function evidenceOf(tx: Tx, feed: Bytes): Promise<Known[]> {
  const rows = (await tx.all('evidence')).filter(({ reason }) => reason === 'fork');
  return rows.flatMap((row) => {
    const { body } = readParcel(row.bytes);
    const header = readHeader(body);
    return sameBytes(feedOf(header), feed)
      ? [{ row, seq: header.seq, name: nameOf(kDomain.changeSet, body) }]
      : [];
  });
}
