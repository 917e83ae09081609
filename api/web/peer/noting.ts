// noting.ts: sees every row that a change writes or removes, and notes within the same transaction which
// records have to be folded anew (folds.ts). Here and not where rows are written: nothing gets by, and
// what was erased is gone from what was folded as well, at once (I10).
import { kValue } from './values.ts';
import {
  valueOf,
  type Key,
  type LogRow,
  type Rows,
  type SetRow,
  type Table,
  type Tx,
} from './store.ts';

export class Noting implements Tx {
  private readonly records = new Set<string>();
  /** Any record may look otherwise. */
  private everything = false;

  constructor(private readonly tx: Tx) {}

  async put<T extends Table>(table: T, row: Rows[T]): Promise<void> {
    await this.notePut(table, row);
    await this.tx.put(table, row);
  }
  async remove(table: Table, key: Key): Promise<void> {
    const row = isFolded(table) ? await this.tx.get(table, key) : undefined;
    if (table === 'sets' && row) this.note((row as SetRow).records);
    else if ((table === 'seeds' || table === 'openings') && row)
      this.note([(row as Rows['seeds']).record]);
    else if (row) this.everything = true;
    await this.tx.remove(table, key);
  }
  async clear(table: Table): Promise<void> {
    this.everything ||= isFolded(table);
    await this.tx.clear(table);
  }
  /** To be called once all is written. */
  async finish(): Promise<void> {
    if (this.everything) {
      await this.tx.clear('folds');
      await this.tx.remove('values', kValue.folded);
    } else if (this.records.size > 0 && (await valueOf(this.tx, kValue.folded)) !== null) {
      for (const record of this.records)
        await this.tx.put('folds', { record, turn: 0, stale: 1, seen: null });
    }
  }

  private async notePut<T extends Table>(table: T, row: Rows[T]): Promise<void> {
    if (table === 'sets') return this.noteSet(row as SetRow);
    if (table === 'seeds') return this.note([(row as Rows['seeds']).record]);
    if (table === 'openings') return this.note([(row as Rows['openings']).record]);
    if (table === 'erased') return this.note([recordOfErased((row as Rows['erased']).name)]);
    if (table === 'receipts') return this.noteReceipt(row as Rows['receipts']);
    if (table === 'values') this.everything ||= (row as Rows['values']).name === kValue.schema;
    else this.everything ||= isFolded(table);
  }
  /** Most of what is written of a set that was here already (sent, confirmed once more) changes no record. */
  private async noteSet(row: SetRow): Promise<void> {
    const before = await this.tx.get('sets', row.name);
    if (before && looksAlike(before, row)) return;
    this.note([...(before?.records ?? []), ...row.records]);
  }
  /** A flagged clock, or one that is flagged no more, reaches what snapshots say as well. */
  private async noteReceipt({ feed, clockFlagged }: Rows['receipts']): Promise<void> {
    if ((await this.tx.count('seeds')) === 0) return;
    const before = await this.tx.find('receipts', 'feed', feed);
    this.everything ||= [clockFlagged, ...before.map((one) => one.clockFlagged)].some(
      (flagged) => flagged.length > 0,
    );
  }
  private note(records: readonly string[]): void {
    records.forEach((record) => this.records.add(record));
  }

  get<T extends Table>(table: T, key: Key): Promise<Rows[T] | undefined> {
    return this.tx.get(table, key);
  }
  all<T extends Table>(table: T): Promise<Array<Rows[T]>> {
    return this.tx.all(table);
  }
  count(table: Table): Promise<number> {
    return this.tx.count(table);
  }
  find<T extends Table>(table: T, index: string, key: Key, most?: number): Promise<Array<Rows[T]>> {
    return this.tx.find(table, index, key, most);
  }
  above<T extends Table>(table: T, index: string, number: number): Promise<Array<Rows[T]>> {
    return this.tx.above(table, index, number);
  }
  logAfter(arrival: number, take: (row: LogRow) => boolean): Promise<void> {
    return this.tx.logAfter(arrival, take);
  }
  newestArrival(): Promise<number> {
    return this.tx.newestArrival();
  }
}
/** What records are folded from (all_at_once.ts), and by what rules. */
const kFolded: ReadonlySet<Table> = new Set<Table>([
  'sets',
  'seeds',
  'snapshots',
  'openings',
  'receipts',
  'erased',
  'policies',
]);
const isFolded = (table: Table): boolean => kFolded.has(table);

function looksAlike(before: SetRow, now: SetRow): boolean {
  return (
    before.state === now.state &&
    (before.confirmed === null) === (now.confirmed === null) &&
    (before.confirmed?.flagged ?? false) === (now.confirmed?.flagged ?? false) &&
    before.records.length === now.records.length
  );
}
/** `type/scope/id/field/commitment` → `type/scope/id`. */
const recordOfErased = (name: string): string => name.split('/').slice(0, -2).join('/');
