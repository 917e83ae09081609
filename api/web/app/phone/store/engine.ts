// engine.ts: the phone of this browser, opened once. Everything that the pages keep lies in its store.
import { Phone } from '../../../peer/phone.ts';
import type { Store } from '../../../peer/store.ts';
import { openStore } from '../../../peer/store_idb.ts';

const kStoreName = 'linli-phone';

export interface Engine {
  readonly phone: Phone;
  readonly store: Store;
}
/** What becomes of the store while it is open. */
export interface Happenings {
  /** Another tab has a newer version of the app. */
  readonly outdated: () => void;
  /** The browser closed it, or it was removed; openAnew says which. */
  readonly gone: () => void;
}
let opened: Promise<Engine> | null = null;

/** Rejects as openStore does. */
export function openEngine(happenings: Happenings): Promise<Engine> {
  opened ??= start(happenings);
  return opened;
}
/** As long as the browser clears, it refuses to open: so often it is tried, a moment apart. */
const kTriesMost = 10;
const kTryAgainMs = 300;
/** Once more, after it was closed: empty, if it was removed. Rejects as openStore does. */
export function openAnew(happenings: Happenings): Promise<Engine> {
  const tried = async (left: number): Promise<Engine> => {
    try {
      return await start(happenings);
    } catch (error) {
      if (left === 0) throw error;
      await new Promise((done) => setTimeout(done, kTryAgainMs));
      return tried(left - 1);
    }
  };
  opened = tried(kTriesMost);
  return opened;
}
async function start({ outdated, gone }: Happenings): Promise<Engine> {
  const store = await openStore(kStoreName, { onOutdated: outdated, onGone: gone });
  return { store, phone: await Phone.open(store) };
}
/** The one that was opened before. Rejects if none was. */
export function engine(): Promise<Engine> {
  if (!opened) throw new Error('the phone was not opened');
  return opened;
}
