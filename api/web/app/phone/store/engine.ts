// engine.ts: the phone of this browser, opened once. Everything that the pages keep lies in its store.
import { Phone } from '../../../peer/phone.ts';
import type { Store } from '../../../peer/store.ts';
import { openStore } from '../../../peer/store_idb.ts';

const kStoreName = 'linli-phone';

export interface Engine {
  readonly phone: Phone;
  readonly store: Store;
}
let opened: Promise<Engine> | null = null;

/** `outdated`: another tab has a newer version of the app. Rejects as openStore does. */
export function openEngine(outdated: () => void): Promise<Engine> {
  opened ??= (async () => {
    const store = await openStore(kStoreName, { onOutdated: outdated });
    return { store, phone: await Phone.open(store) };
  })();
  return opened;
}
/** The one that was opened before. Rejects if none was. */
export function engine(): Promise<Engine> {
  if (!opened) throw new Error('the phone was not opened');
  return opened;
}
