// engine.ts: the phone of this browser, opened once. Everything that the pages keep lies in its store.
import type { Phone } from '../../../peer/phone.ts';
import { valueOf, type Store } from '../../../peer/store.ts';
import { openStore } from '../../../peer/store_idb.ts';
import { kValue } from '../../../peer/values.ts';

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
let stored: Promise<Store> | null = null;
let opened: Promise<Engine> | null = null;

/** Has this phone joined a city? Needs the store alone, and not the engine's script. Rejects as openStore does. */
export async function hasJoined(happenings: Happenings): Promise<boolean> {
  stored ??= storeOf(happenings);
  const identity = await (await stored).read((tx) => valueOf<unknown>(tx, kValue.identity));
  return identity !== null;
}
/** Rejects as openStore does. */
export function openEngine(happenings: Happenings): Promise<Engine> {
  stored ??= storeOf(happenings);
  opened ??= start(stored);
  return opened;
}
/** As long as the browser clears, it refuses to open: so often it is tried, a moment apart. */
const kTriesMost = 10;
const kTryAgainMs = 300;
/** Once more, after it was closed: empty, if it was removed. Rejects as openStore does. */
export function openAnew(happenings: Happenings): Promise<Engine> {
  const tried = async (left: number): Promise<Engine> => {
    try {
      return await start(storeOf(happenings));
    } catch (error) {
      if (left === 0) throw error;
      await new Promise((done) => setTimeout(done, kTryAgainMs));
      return tried(left - 1);
    }
  };
  opened = tried(kTriesMost);
  return opened;
}
const storeOf = ({ outdated, gone }: Happenings): Promise<Store> =>
  openStore(kStoreName, { onOutdated: outdated, onGone: gone });
/** The engine's script comes once the first screen is there: on a slow line that takes a while. */
async function start(opening: Promise<Store>): Promise<Engine> {
  const [store, { Phone }] = await Promise.all([opening, import('./engine_script.ts')]);
  return { store, phone: await Phone.open(store) };
}
/** The one that was opened before. Rejects if none was. */
export function engine(): Promise<Engine> {
  if (!opened) throw new Error('the phone was not opened');
  return opened;
}
