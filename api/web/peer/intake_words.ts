// intake_words.ts: takes in the hub's word (receipts, rulings), and proofs of forks.
import { hex, type Bytes } from './bytes.ts';
import type { Checkpoint } from './change_set.ts';
import type { Counting } from './counting.ts';
import { checkForkProof } from './fork_proof.ts';
import type { Context } from './intake.ts';
import { kObject } from './messages.ts';
import { hash, kDomain } from './names.ts';
import { checkWord, isEarlier, readReceipt, readRuling } from './receipt.ts';
import { demand } from './refused.ts';
import { readSigned } from './signature.ts';
import { placeOf } from './standing.ts';
import { valueOf, type ReceiptRow, type Tx } from './store.ts';

/** The newest tree head of the hub that is known, as a value in the store. */
export const kHead = 'head';

export class WordIntake {
  constructor(
    private readonly tx: Tx,
    private readonly context: Context,
    private readonly counting: Counting,
  ) {}

  /** Throws as readReceipt and checkWord do; replay; fork (it is about another branch than is held). */
  async receipt(bytes: Bytes, from: Bytes | null): Promise<void> {
    const signed = readSigned(bytes);
    const receipt = readReceipt(signed.body);
    const { book } = this.context;
    checkWord(book.city, receipt, kDomain.receipt, signed, book.find(receipt.certificate));
    const name = hex(hash(bytes));
    demand(!(await this.tx.get('receipts', name)), 'replay', 'held already');
    await this.checkFeed(receipt);
    const { from: first, to, last, clockFlagged, checkpoint, certificate } = receipt;
    const row: ReceiptRow = {
      name,
      feed: hex(receipt.feed),
      from: first,
      to,
      last,
      clockFlagged,
      checkpoint,
      signer: hex(certificate),
    };
    await this.tx.put('receipts', row);
    await this.log(kObject.receipt, name, receipt, bytes, from);
    const head = await valueOf<Checkpoint>(this.tx, kHead);
    if (!head || isEarlier(head, checkpoint))
      await this.tx.put('values', { name: kHead, value: checkpoint });
    await this.counting.receipt(row);
  }
  /** A feed's id doesn't show its scope: who holds the feed compares. */
  private async checkFeed(word: {
    feed: Bytes;
    scope: string;
    audience: number;
    to: bigint;
    last: Bytes;
  }): Promise<void> {
    const row = await this.tx.get('feeds', hex(word.feed));
    if (!row) return;
    demand(
      row.scope === word.scope && row.audience === word.audience,
      'out_of_scope',
      'a word about another scope than its feed is of',
    );
    const held = (await this.tx.find('sets', 'place', placeOf(word.feed, word.to), 1))[0];
    demand(
      !held || held.name === hex(word.last),
      'fork',
      'the word is about another branch of the feed',
    );
  }

  /** Throws as readRuling and checkWord do; replay. */
  async ruling(bytes: Bytes, from: Bytes | null): Promise<void> {
    const signed = readSigned(bytes);
    const ruling = readRuling(signed.body);
    const { book } = this.context;
    checkWord(book.city, ruling, kDomain.ruling, signed, book.find(ruling.certificate));
    const name = hex(hash(bytes));
    demand(!(await this.tx.get('rulings', name)), 'replay', 'held already');
    const { approved, reason, time, certificate } = ruling;
    await this.tx.put('rulings', {
      name,
      set: hex(ruling.set),
      approved,
      reason,
      time,
      signer: hex(certificate),
    });
    await this.log(kObject.ruling, name, ruling, bytes, from);
    const row = await this.tx.get('sets', hex(ruling.set));
    if (row) await this.counting.set(row);
  }

  /** Throws as checkForkProof does; replay: one is kept for each feed. */
  async forkProof(bytes: Bytes, from: Bytes | null): Promise<void> {
    const proof = checkForkProof(bytes, this.context.book.city);
    const name = `fork/${hex(proof.feed)}`;
    demand(
      (await this.tx.find('log', 'name', name, 1)).length === 0,
      'replay',
      'one for each feed',
    );
    await this.log(kObject.forkProof, name, proof, bytes, from);
  }

  private async log(
    kind: number,
    name: string,
    about: { scope: string; audience: number },
    bytes: Bytes,
    from: Bytes | null,
  ): Promise<void> {
    const arrival = (await this.tx.newestArrival()) + 1;
    const { scope, audience } = about;
    await this.tx.put('log', {
      arrival,
      kind,
      name,
      scope,
      audience,
      author: '',
      from: from ? hex(from) : '',
      bytes,
    });
  }
}
