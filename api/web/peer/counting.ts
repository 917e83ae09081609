// counting.ts: brings the state of change sets that are held up to date with the words that are held.
import type { CertificateBook } from './book.ts';
import type { Certificate } from './certificate.ts';
import { unhex } from './bytes.ts';
import { readHeader } from './change_set_reader.ts';
import { isEarlier, readRevocation, type Revocation } from './receipt.ts';
import { readSigned } from './signature.ts';
import {
  effectiveReceipt,
  endsKeyOf,
  isBeyondHead,
  isByRight,
  standingOf,
  type Words,
} from './standing.ts';
import type { ReceiptRow, RulingRow, SetRow, Tx } from './store.ts';

export class Counting {
  constructor(
    private readonly tx: Tx,
    private readonly book: CertificateBook,
    /** A set's state changed. */
    private readonly changed: (row: SetRow) => Promise<void>,
  ) {}

  /** Does this set count? */
  async set(row: SetRow): Promise<void> {
    if (row.state === 'later') return;
    const { state, reason } = standingOf(
      { feed: unhex(row.feed), seq: row.seq, name: unhex(row.name) },
      await this.wordsOf(row),
    );
    if (state === row.state && reason === row.reason) return;
    const now: SetRow = {
      ...((await this.tx.get('sets', row.name)) ?? row),
      state,
      reason,
      heldOf: state === 'held' ? row.feed : null,
    };
    await this.tx.put('sets', now);
    await this.changed(now);
  }
  /** A receipt came: it confirms, and may let count what was held back. */
  async receipt(receipt: ReceiptRow): Promise<void> {
    const feed = await this.tx.get('feeds', receipt.feed);
    if (!feed) return;
    await this.tx.put('feeds', {
      ...feed,
      receiptedTo: feed.receiptedTo > receipt.to ? feed.receiptedTo : receipt.to,
    });
    // Those come in their order, so only what is new needs to be looked at; but for a hub that was restored.
    const isNext =
      (await this.tx.count('revocations')) === 0 &&
      (feed.confirmedBy === null || isEarlier(feed.confirmedBy, receipt.checkpoint));
    if (isNext) await this.confirmNext(receipt);
    else await this.confirmAll(receipt.feed);
    for (const row of await this.tx.find('sets', 'heldOf', receipt.feed)) await this.set(row);
  }
  /** A set was appended: receipts for it may be here already. */
  async appended(row: SetRow): Promise<void> {
    const feed = await this.tx.get('feeds', row.feed);
    if (feed && feed.receiptedTo >= row.seq) await this.confirmAll(row.feed);
    await this.set((await this.tx.get('sets', row.name)) ?? row);
  }
  /** The end of a key, or a certificate, may reach sets of any feed; both are rare. */
  async all(): Promise<void> {
    if ((await this.tx.count('revocations')) === 0) return;
    for (const { feed } of await this.tx.all('feeds')) await this.confirmAll(feed);
    for (const row of await this.tx.all('sets')) await this.set(row);
  }

  private async confirmNext(receipt: ReceiptRow): Promise<void> {
    const feed = await this.tx.get('feeds', receipt.feed);
    if (!feed) return;
    let seq = feed.confirmedTo;
    while (seq < receipt.to) {
      const row = (await this.tx.find('sets', 'place', `${receipt.feed}/${seq + 1n}`, 1))[0];
      if (!row && seq + 1n > feed.seq) break;
      seq += 1n;
      if (row && !row.confirmed) await this.confirm(row, receipt);
    }
    await this.tx.put('feeds', { ...feed, confirmedTo: seq, confirmedBy: receipt.checkpoint });
  }
  private async confirmAll(name: string): Promise<void> {
    const [feed, ends] = [await this.tx.get('feeds', name), await this.ends()];
    if (!feed) return;
    const receipts = (await this.tx.find('receipts', 'feed', name)).filter((receipt) =>
      receiptStands(receipt, ends, this.book),
    );
    for (const row of await this.tx.find('sets', 'feed', name))
      await this.confirm(row, effectiveReceipt(receipts, row.seq));
    const last = receipts.reduce<ReceiptRow | null>(
      (most, one) => (!most || isEarlier(most.checkpoint, one.checkpoint) ? one : most),
      null,
    );
    const to = receipts.reduce((most, one) => (one.to > most ? one.to : most), 0n);
    await this.tx.put('feeds', {
      ...feed,
      confirmedTo: to < feed.seq ? to : feed.seq,
      confirmedBy: last?.checkpoint ?? null,
    });
  }
  private async confirm(row: SetRow, receipt: ReceiptRow | null): Promise<void> {
    const confirmed = receipt
      ? { checkpoint: receipt.checkpoint, flagged: receipt.clockFlagged.includes(row.seq) }
      : null;
    const flagged = (row.confirmed?.flagged ?? false) !== (confirmed?.flagged ?? false);
    await this.tx.put('sets', { ...((await this.tx.get('sets', row.name)) ?? row), confirmed });
    if (flagged) await this.changed(row);
  }
  private ends(): Promise<Revocation[]> {
    return endsIn(this.tx, this.book);
  }
  private async wordsOf(row: SetRow): Promise<Words> {
    const { tx, book } = this;
    const rulings = await tx.find('rulings', 'set', row.name);
    // Without these a receipt changes nothing.
    if (rulings.length === 0 && (await tx.count('revocations')) === 0)
      return { receipts: [], rulings: [], ends: [] };
    const ends = await this.ends();
    const receipts = (await tx.find('receipts', 'feed', row.feed)).filter((receipt) =>
      receiptStands(receipt, ends, book),
    );
    const standing = rulings.filter((ruling) => rulingStands(ruling, ends, book));
    const certificate = ends.length > 0 ? book.find(readHeader(row.body).certificate) : null;
    return {
      receipts,
      rulings: standing,
      ends: certificate ? ends.filter((end) => endsKeyOf(end, certificate, book)) : [],
    };
  }
}

/** The ends of keys that are held and count. */
export async function endsIn(tx: Tx, book: CertificateBook): Promise<Revocation[]> {
  const held = (await tx.all('revocations')).map(({ bytes }) =>
    readRevocation(readSigned(bytes).body),
  );
  return held.filter((end) => isByRight(end, book));
}
/** Is the end of this certificate's key held, and does it count? */
export async function isKeyEnded(
  tx: Tx,
  certificate: Certificate,
  book: CertificateBook,
): Promise<boolean> {
  if ((await tx.count('revocations')) === 0) return false;
  return (await endsIn(tx, book)).some((end) => endsKeyOf(end, certificate, book));
}
/** Of a key that ended nothing counts that the last head which its end names doesn't cover. */
function receiptStands(
  receipt: ReceiptRow,
  ends: readonly Revocation[],
  book: CertificateBook,
): boolean {
  return endsOf(receipt.signer, ends, book).every(
    ({ lastHead }) => lastHead === null || !isBeyondHead(receipt.checkpoint, lastHead),
  );
}
function rulingStands(
  ruling: RulingRow,
  ends: readonly Revocation[],
  book: CertificateBook,
): boolean {
  return endsOf(ruling.signer, ends, book).every(
    ({ lastHead }) => lastHead === null || ruling.time <= lastHead.time,
  );
}
function endsOf(signer: string, ends: readonly Revocation[], book: CertificateBook): Revocation[] {
  const certificate = book.find(unhex(signer));
  return certificate ? ends.filter((end) => endsKeyOf(end, certificate, book)) : [];
}
