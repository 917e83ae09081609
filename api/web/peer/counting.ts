// counting.ts: brings the state of change sets that are held up to date with the words that are held.
import type { CertificateBook } from './book.ts';
import { unhex } from './bytes.ts';
import { readHeader } from './change_set_reader.ts';
import { readRevocation, type Revocation } from './receipt.ts';
import { readSigned } from './signature.ts';
import { endsKeyOf, isBeyondHead, isByRight, standingOf, type Words } from './standing.ts';
import type { ReceiptRow, RulingRow, SetRow, Tx } from './store.ts';

export class Counting {
  constructor(
    private readonly tx: Tx, private readonly book: CertificateBook,
    /** A set's state changed. */
    private readonly changed: (row: SetRow) => Promise<void>,
  ) {}

  async set(row: SetRow): Promise<void> {
    if (row.state === 'later') return;
    const standing = standingOf({ feed: unhex(row.feed), seq: row.seq, name: unhex(row.name) }, await this.wordsOf(row));
    if (standing.state === row.state && standing.reason === row.reason) return;
    const now: SetRow = { ...((await this.tx.get('sets', row.name)) ?? row), ...standing };
    await this.tx.put('sets', now);
    await this.changed(now);
  }
  async feed(feed: string): Promise<void> {
    for (const row of await this.tx.find('sets', 'feed', feed)) await this.set(row);
  }
  /** The end of a key, or a certificate, may reach sets of any feed; both are rare. */
  async all(): Promise<void> {
    if ((await this.tx.count('revocations')) === 0) return;
    for (const row of await this.tx.all('sets')) await this.set(row);
  }

  private async wordsOf(row: SetRow): Promise<Words> {
    const { tx, book } = this;
    const held = (await tx.all('revocations')).map(({ bytes }) => readRevocation(readSigned(bytes).body));
    const ends = held.filter((end) => isByRight(end, book));
    const receipts = (await tx.find('receipts', 'feed', row.feed)).filter((receipt) => receiptStands(receipt, ends, book));
    const rulings = (await tx.find('rulings', 'set', row.name)).filter((ruling) => rulingStands(ruling, ends, book));
    if (ends.length === 0) return { receipts, rulings, ends };
    const certificate = book.find(readHeader(row.body).certificate);
    return { receipts, rulings, ends: certificate ? ends.filter((end) => endsKeyOf(end, certificate, book)) : [] };
  }
}

/** Of a key that ended nothing counts that the last head which its end names doesn't cover. */
function receiptStands(receipt: ReceiptRow, ends: readonly Revocation[], book: CertificateBook): boolean {
  return endsOf(receipt.signer, ends, book).every(({ lastHead }) => lastHead === null || !isBeyondHead(receipt.checkpoint, lastHead));
}
function rulingStands(ruling: RulingRow, ends: readonly Revocation[], book: CertificateBook): boolean {
  return endsOf(ruling.signer, ends, book).every(({ lastHead }) => lastHead === null || ruling.time <= lastHead.time);
}
function endsOf(signer: string, ends: readonly Revocation[], book: CertificateBook): Revocation[] {
  const certificate = book.find(unhex(signer));
  return certificate ? ends.filter((end) => endsKeyOf(end, certificate, book)) : [];
}
