// intake_parts.ts: takes in parts of snapshots (sync/PROTOCOL.md §8). Once all parts of one are here
// it stands for the change sets up to the numbers that it covers.
import { hex, type Bytes } from './bytes.ts';
import type { FeedTip } from './feed.ts';
import { noteStamp, type Context, type Tally } from './intake.ts';
import { kObject } from './messages.ts';
import { hash, kDomain } from './names.ts';
import { checkWord, isEarlier } from './receipt.ts';
import { demand } from './refused.ts';
import {
  openPart,
  snapshotName,
  type CoveredFeed,
  type OpenedPart,
  type SnapshotPart,
} from './snapshot.ts';
import { placeOf } from './standing.ts';
import { erasedKey, recordKey, type FeedRow, type SnapshotRow, type Tx } from './store.ts';

export class PartIntake {
  constructor(
    private readonly tx: Tx,
    private readonly context: Context,
    private readonly tally: Tally,
  ) {}

  /**
   * Answers with what may be judged now that waited. Throws as openPart and checkWord do; replay (it,
   * or a newer snapshot of its scope and audience, is here).
   */
  async take(bytes: Bytes, from: Bytes | null): Promise<string[]> {
    const opened = openPart(bytes);
    const { part } = opened;
    const { book } = this.context;
    checkWord(book.city, part, kDomain.snapshot, opened.signed, book.find(part.certificate));
    const snapshot = snapshotName(part);
    const name = `${snapshot}/${part.number}`;
    demand(
      !(await this.tx.get('parts', name)) && !(await this.isOutdone(part)),
      'replay',
      'held already, or a newer one is',
    );
    await this.tx.put('parts', { name, snapshot, number: part.number, isLast: part.isLast, bytes });
    const arrival = (await this.tx.newestArrival()) + 1;
    const { scope, audience } = part;
    await this.tx.put('log', {
      arrival,
      kind: kObject.snapshotPart,
      name: hex(hash(bytes)),
      scope,
      audience,
      author: '',
      from: from ? hex(from) : '',
      bytes: null,
    });
    const parts = (await this.tx.find('parts', 'snapshot', snapshot)).sort(
      (a, b) => a.number - b.number,
    );
    const isWhole =
      parts.every(({ number }, i) => number === i) && (parts[parts.length - 1]?.isLast ?? false);
    return isWhole ? this.adopt(parts.map((row) => openPart(row.bytes))) : [];
  }
  /** Of two snapshots the one with the greater (epoch, size, time) stands. */
  private async isOutdone(part: SnapshotPart): Promise<boolean> {
    const standing = await this.tx.get('snapshots', groupOf(part));
    return standing !== undefined && !isNewer(part, standing);
  }

  private async adopt(parts: readonly OpenedPart[]): Promise<string[]> {
    const first = parts[0]?.part;
    if (!first) return [];
    await this.dropBefore(first);
    const covered = first.feeds.map(({ feed, seq }) => [hex(feed), seq] as const);
    await this.tx.put('snapshots', {
      name: groupOf(first),
      snapshot: snapshotName(first),
      checkpoint: first.checkpoint,
      covered: new Map(covered),
    });
    for (const opened of parts) await this.plant(opened);
    for (const feed of first.feeds) await this.cover(first, feed);
    return first.feeds.map(({ feed, seq }) => placeOf(feed, seq));
  }
  /** Of an earlier snapshot of the same scope and audience nothing stands any more. */
  private async dropBefore(part: SnapshotPart): Promise<void> {
    const before = await this.tx.get('snapshots', groupOf(part));
    if (!before) return;
    for (const row of await this.tx.find('parts', 'snapshot', before.snapshot)) {
      await this.tx.remove('parts', row.name);
      for (const { set, ordinal } of await this.tx.find('openings', 'set', row.name))
        await this.tx.remove('openings', [set, ordinal]);
    }
    for (const { name } of await this.tx.find('seeds', 'group', before.name))
      await this.tx.remove('seeds', name);
  }
  private async plant({ part, openings }: OpenedPart): Promise<void> {
    const keys = part.records.map(({ type, id }) => recordKey(type, part.scope, id));
    for (const [i, { state }] of part.records.entries()) {
      const record = keys[i] ?? '';
      await this.tx.put('seeds', {
        name: `${record}#${part.audience}`,
        record,
        group: groupOf(part),
        state,
      });
      this.tally.touched.add(record);
    }
    for (const { record, field, commitment } of part.erased) {
      await this.tx.put('erased', {
        name: erasedKey(keys[record] ?? '', field, hex(commitment)),
        bytes: new Uint8Array(0),
      });
    }
    for (const [ordinal, { record, field, salt, value, commitment }] of openings.entries()) {
      const of = part.records[record];
      const row = {
        set: `${snapshotName(part)}/${part.number}`,
        ordinal,
        salt,
        value,
        commitment: hex(commitment),
        type: of?.type ?? 0,
        field,
        record: keys[record] ?? '',
      };
      if (!(await this.tx.get('erased', erasedKey(row.record, field, row.commitment))))
        await this.tx.put('openings', row);
    }
  }
  /** Goes on behind that number as if all change sets up to there were here. */
  private async cover(
    { scope, audience }: SnapshotPart,
    { author, incarnation, feed, seq, hash: last, stamp }: CoveredFeed,
  ): Promise<void> {
    const held = await this.tx.get('feeds', hex(feed));
    const covered: FeedTip = { seq, hash: last, stamp };
    const words = {
      receiptedTo: held?.receiptedTo ?? 0n,
      confirmedTo: held && held.confirmedTo > seq ? held.confirmedTo : seq,
      confirmedBy: held?.confirmedBy ?? null,
    };
    const row: FeedRow =
      held && held.seq > seq
        ? { ...held, ...words, covered }
        : {
            feed: hex(feed),
            author: hex(author),
            scope,
            audience,
            incarnation,
            ...words,
            ...covered,
            covered,
          };
    await this.tx.put('feeds', row);
    noteStamp(this.tally, stamp, this.context);
  }
}

const groupOf = ({ scope, audience }: { scope: string; audience: number }): string =>
  `${scope}/${audience}`;
function isNewer(part: SnapshotPart, standing: SnapshotRow): boolean {
  if (isEarlier(standing.checkpoint, part.checkpoint)) return true;
  return (
    !isEarlier(part.checkpoint, standing.checkpoint) &&
    part.checkpoint.time > standing.checkpoint.time
  );
}
