// store_idb.ts: the store in the browser's IndexedDB.
import { deleteDB, openDB, type IDBPDatabase, type IDBPTransaction } from 'idb';
import { Noting } from './noting.ts';
import { Refused } from './refused.ts';
import {
  kIndexes,
  type Alone,
  type Key,
  type LogRow,
  type Rows,
  type Store,
  type Table,
  type Tx,
} from './store.ts';

/** Raised by whoever adds a table or an index; `upgrade` brings older ones up to it and keeps their rows. */
export const kStoreVersion = 3;

const kKeyPaths: Record<Table, string | string[]> = {
  sets: 'name',
  openings: ['set', 'ordinal'],
  feeds: 'feed',
  log: 'arrival',
  waiting: 'name',
  evidence: 'name',
  receipts: 'name',
  rulings: 'name',
  revocations: 'name',
  certificates: 'name',
  policies: 'name',
  erased: 'name',
  values: 'name',
  drafts: 'id',
  blobs: 'name',
  contents: 'name',
  parts: 'name',
  snapshots: 'name',
  seeds: 'name',
  folds: 'record',
};
const kTables = Object.keys(kKeyPaths) as Table[];
type Transaction = IDBPTransaction<unknown, string[], IDBTransactionMode>;

export interface OpenOptions {
  /** Another tab needs a newer version: this one's store is closed, and its page must be loaded anew. */
  readonly onOutdated?: () => void;
  /**
   * The browser closed the store, or somebody removed it (the browser's data were cleared): what it held may be gone. Opened
   * anew it is empty then.
   */
  readonly onGone?: () => void;
  /** This tab waits until older ones are closed. */
  readonly onBlocked?: () => void;
  /** Another one than kStoreVersion: what a later page will do. */
  readonly version?: number;
}

/**
 * Opens or makes the store called `name`. Rejects with newer_version, if a later version of the page
 * made it, and with disk_full or io.
 */
export async function openStore(name: string, options: OpenOptions = {}): Promise<Store> {
  try {
    const db = await openDB(name, options.version ?? kStoreVersion, {
      upgrade: (opened, _from, _to, transaction) =>
        upgrade(opened, transaction as unknown as Transaction),
      blocked: () => options.onBlocked?.(),
      blocking: (_current, wanted, event) => {
        (event.target as IDBDatabase).close();
        if (wanted === null) options.onGone?.();
        else options.onOutdated?.();
      },
      terminated: () => options.onGone?.(),
    });
    return new IdbStore(db, name);
  } catch (error) {
    throw refusalOf(error);
  }
}
/** Removes the store with all that is in it. */
export const removeStore = (name: string): Promise<void> => deleteDB(name);

/** Adds what is missing. Rows stay: what an older version wrote, drafts above all, is still there. */
function upgrade(db: IDBPDatabase, transaction: Transaction): void {
  transaction.done.catch(() => undefined); // whoever opens hears of it
  for (const table of kTables) {
    const made = db.objectStoreNames.contains(table);
    const keyPath = kKeyPaths[table];
    const rows = made ? transaction.objectStore(table) : db.createObjectStore(table, { keyPath });
    for (const index of indexesOf(table)) {
      if (rows.indexNames.contains(index)) continue;
      rows.createIndex?.(index, index, {
        multiEntry: index === 'records',
        unique: index === 'place',
      });
    }
  }
}
const indexesOf = (table: Table): readonly string[] =>
  (kIndexes as Partial<Record<Table, readonly string[]>>)[table] ?? [];

class IdbStore implements Store {
  constructor(
    private readonly db: IDBPDatabase,
    private readonly name: string,
  ) {}

  read<R>(work: (tx: Tx) => Promise<R>): Promise<R> {
    return this.run('readonly', work);
  }
  change<R>(work: (tx: Tx) => Promise<R>): Promise<R> {
    return this.run('readwrite', async (tx) => {
      const noting = new Noting(tx);
      const result = await work(noting);
      await noting.finish();
      return result;
    });
  }
  alone<R>(kind: Alone, work: () => Promise<R>): Promise<R> {
    const lock = `linli/${this.name}/${kind}`;
    if (typeof navigator !== 'undefined' && navigator.locks)
      return navigator.locks.request(lock, work) as Promise<R>;
    return queued(lock, work);
  }
  close(): void {
    this.db.close();
  }

  private async run<R>(mode: 'readonly' | 'readwrite', work: (tx: Tx) => Promise<R>): Promise<R> {
    let transaction: Transaction;
    try {
      // Strict: answered only once it lies on the disk, not in the system's cache.
      transaction = this.db.transaction(kTables, mode, { durability: 'strict' });
    } catch (error) {
      throw refusalOf(error);
    }
    const done = transaction.done;
    done.catch(() => undefined); // told below, or no more than a consequence of what is told
    let result: R;
    try {
      result = await work(new IdbTx(transaction));
    } catch (error) {
      abort(transaction);
      await done.catch(() => undefined);
      throw refusalOf(error);
    }
    await done.catch((error: unknown) => {
      throw refusalOf(error);
    });
    return result;
  }
}
function abort(transaction: Transaction): void {
  try {
    transaction.abort();
  } catch {
    // It has ended by itself: a request of it failed.
  }
}

class IdbTx implements Tx {
  constructor(private readonly transaction: Transaction) {}

  async get<T extends Table>(table: T, key: Key): Promise<Rows[T] | undefined> {
    return (await this.transaction.objectStore(table).get(key)) as Rows[T] | undefined;
  }
  async put<T extends Table>(table: T, row: Rows[T]): Promise<void> {
    await this.transaction.objectStore(table).put?.(row);
  }
  async remove(table: Table, key: Key): Promise<void> {
    await this.transaction.objectStore(table).delete?.(key);
  }
  async clear(table: Table): Promise<void> {
    await this.transaction.objectStore(table).clear?.();
  }
  async all<T extends Table>(table: T): Promise<Array<Rows[T]>> {
    return (await this.transaction.objectStore(table).getAll()) as Array<Rows[T]>;
  }
  count(table: Table): Promise<number> {
    return this.transaction.objectStore(table).count();
  }
  async find<T extends Table>(
    table: T,
    index: string,
    key: Key,
    most?: number,
  ): Promise<Array<Rows[T]>> {
    return (await this.transaction.objectStore(table).index(index).getAll(key, most)) as Array<
      Rows[T]
    >;
  }
  async above<T extends Table>(table: T, index: string, number: number): Promise<Array<Rows[T]>> {
    const range = IDBKeyRange.lowerBound(number, true);
    return (await this.transaction.objectStore(table).index(index).getAll(range)) as Array<Rows[T]>;
  }
  async logAfter(arrival: number, take: (row: LogRow) => boolean): Promise<void> {
    let cursor = await this.transaction
      .objectStore('log')
      .openCursor(IDBKeyRange.lowerBound(arrival, true));
    while (cursor && take(cursor.value as LogRow)) cursor = await cursor.continue();
  }
  async newestArrival(): Promise<number> {
    const cursor = await this.transaction.objectStore('log').openKeyCursor(null, 'prev');
    return cursor ? Number(cursor.primaryKey) : 0;
  }
}

/** Where there are no locks (old browsers, Node): one at a time within this page. */
const queues = new Map<string, Promise<unknown>>();
function queued<R>(lock: string, work: () => Promise<R>): Promise<R> {
  const before = queues.get(lock) ?? Promise.resolve();
  const mine = before.then(work, work);
  queues.set(
    lock,
    mine.catch(() => undefined),
  );
  return mine;
}

function refusalOf(error: unknown): Error {
  if (error instanceof Refused) return error;
  const name = error instanceof Error || error instanceof DOMException ? error.name : '';
  if (name === 'QuotaExceededError')
    return new Refused(
      'disk_full',
      '存储空间不足,请清理手机空间后重试。 No room left on this phone: make some and try again.',
    );
  if (name === 'VersionError')
    return new Refused(
      'newer_version',
      '本页面版本过旧,请刷新。 This page is older than what it stored: load it anew.',
    );
  return error instanceof Error ? error : new Refused('io', String(error));
}
