// all_at_once.ts: what records are read from, in memory: a list of thousands reads the store once, and
// not each record's rows one by one.
import type { Key, LogRow, Rows, Table, Tx } from './store.ts';

/** What seenRecord and recordNames look into. */
const kTables = ['sets', 'seeds', 'snapshots', 'openings', 'receipts', 'erased'] as const;

type Row = Record<string, unknown>;

/** Reads them within `tx`; what it answers with can be read without it, and changes nothing. */
export async function allAtOnce(tx: Tx): Promise<Tx> {
  const rows = new Map<Table, Row[]>();
  for (const table of kTables) rows.set(table, (await tx.all(table)) as unknown as Row[]);
  return new AllAtOnce(rows);
}

class AllAtOnce implements Tx {
  private readonly indexes = new Map<string, Map<Key, Row[]>>();
  constructor(private readonly rows: ReadonlyMap<Table, Row[]>) {}

  async get<T extends Table>(table: T, key: Key): Promise<Rows[T] | undefined> {
    return this.index(table, 'name').get(key)?.[0] as Rows[T] | undefined;
  }
  async all<T extends Table>(table: T): Promise<Array<Rows[T]>> {
    return this.of(table) as unknown as Array<Rows[T]>;
  }
  async find<T extends Table>(
    table: T,
    index: string,
    key: Key,
    most = Number.MAX_SAFE_INTEGER,
  ): Promise<Array<Rows[T]>> {
    const found = this.index(table, index).get(key) ?? [];
    return found.slice(0, most) as unknown as Array<Rows[T]>;
  }
  async count(table: Table): Promise<number> {
    return this.of(table).length;
  }
  above(): Promise<never> {
    return readOnly();
  }
  clear(): Promise<void> {
    return readOnly();
  }
  put(): Promise<void> {
    return readOnly();
  }
  remove(): Promise<void> {
    return readOnly();
  }
  logAfter(_arrival: number, _take: (row: LogRow) => boolean): Promise<void> {
    return readOnly();
  }
  newestArrival(): Promise<number> {
    return readOnly();
  }

  private of(table: Table): Row[] {
    const rows = this.rows.get(table);
    if (!rows) throw new Error(`${table} wasn't read`);
    return rows;
  }
  private index(table: Table, name: string): Map<Key, Row[]> {
    const place = `${table}/${name}`;
    const made = this.indexes.get(place);
    if (made) return made;
    const index = new Map<Key, Row[]>();
    for (const row of this.of(table)) {
      const value = row[name] as Key | readonly Key[];
      for (const key of Array.isArray(value) ? value : [value as Key]) {
        const there = index.get(key as Key);
        if (there) there.push(row);
        else index.set(key as Key, [row]);
      }
    }
    this.indexes.set(place, index);
    return index;
  }
}
const readOnly = (): Promise<never> => Promise.reject(new Error('it is for reading only'));
