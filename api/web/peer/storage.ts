// storage.ts: will the browser keep what this phone stored? Without being asked it may clear the
// store of a page that hasn't been opened for a while, and everything that wasn't sent with it.

export interface StorageState {
  /** The browser promises to keep it. Null: it can't say. */
  readonly persistent: boolean | null;
  /** Bytes; null: it can't say. */
  readonly used: number | null;
  readonly available: number | null;
}

/** Asks the browser to keep the store for good; some ask the person, some decide by themselves. Never rejects. */
export async function askToKeep(
  storage: StorageManager | undefined = globalThis.navigator?.storage,
): Promise<StorageState> {
  try {
    const persistent = storage?.persist
      ? (await storage.persisted()) || (await storage.persist())
      : null;
    return { ...(await roomIn(storage)), persistent };
  } catch {
    return { persistent: null, used: null, available: null };
  }
}
async function roomIn(
  storage: StorageManager | undefined,
): Promise<{ used: number | null; available: number | null }> {
  const { usage, quota } = storage?.estimate ? await storage.estimate() : {};
  return {
    used: usage ?? null,
    available: quota === undefined ? null : Math.max(0, quota - (usage ?? 0)),
  };
}
