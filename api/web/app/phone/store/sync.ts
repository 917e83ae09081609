// sync.ts: when this phone syncs, and with whom: at its start, when there is a line again, after each
// write, every few minutes while it is open, and at once when the node says that there is news.
import { ref, shallowRef } from 'vue';
import { Refused } from '../../../peer/refused.ts';
import { keep, kept } from '../../shared/kept.ts';
import { engine } from './engine.ts';
import { mark } from './loss.ts';
import { usePhone } from './phone.ts';
import { hearOtherTabs, tellOtherTabs } from './tabs.ts';

const kEveryMs = 5 * 60_000;
const kEveryMeteredMs = 30 * 60_000;
const kListenAgainMs = 30_000;

/** `offline`: no node could be reached, which is no error: everything waits on the phone. */
export type LastSync =
  | { readonly kind: 'never' }
  | { readonly kind: 'ok'; readonly sent: number; readonly received: number }
  | { readonly kind: 'offline' }
  | { readonly kind: 'refused'; readonly error: unknown };

/** Addresses, tried in this order; empty is the node that the page came from. */
const nodes = ref<readonly string[]>(readNodes());
const metered = ref(kept('metered') === true);
const running = ref(false);
const last = shallowRef<LastSync>({ kind: 'never' });
/** Milliseconds since 1970 UTC of the last exchange that came to its end. */
const lastAt = ref<number | null>(
  typeof kept('synced') === 'number' ? Number(kept('synced')) : null,
);
/** Bytes of photos that went in the one that runs. */
const photoBytes = ref(0);
/** Who answered last. */
const lastNode = ref<string | null>(null);
const photosWait = ref(0);
/** By how many minutes this phone's clock is ahead of the node's; null: it is right, or not known. */
const clockOff = ref<number | null>(null);
/** Paths of this phone that none of the nodes which ever answered covers. */
const elsewhere = ref<readonly string[]>([]);
let again = false;
let listening: AbortController | null = null;

function readNodes(): string[] {
  const list = kept('nodes');
  const own = Array.isArray(list)
    ? list.filter((url): url is string => typeof url === 'string')
    : [];
  return ['', ...own.filter((url) => url !== '')];
}
function setNodes(urls: readonly string[]): void {
  nodes.value = ['', ...urls.filter((url) => url !== '')];
  keep('nodes', nodes.value);
}
function setMetered(on: boolean): void {
  metered.value = on;
  keep('metered', on);
  if (!on) void sync();
}

/** Exchanges with the first node that answers, and with others for paths that it doesn't cover. `asked`: by a person: photos go also on a metered line. */
async function sync(asked = false): Promise<void> {
  if (running.value) {
    again = true;
    return;
  }
  running.value = true;
  try {
    do {
      again = false;
      await syncOnce(asked);
    } while (again && last.value.kind === 'ok');
  } catch (error) {
    // The store, most likely: what it said is shown, as a refusal is.
    last.value = { kind: 'refused', error };
  } finally {
    running.value = false;
  }
}
async function syncOnce(asked: boolean): Promise<void> {
  const phone = usePhone();
  if (!phone.certificate.value) return;
  if (!navigator.onLine && !asked) {
    last.value = { kind: 'offline' };
    await countPhotos();
    return;
  }
  await phone.learnSchema().catch(() => undefined);
  last.value = await tryEach();
  await compareClocks();
  elsewhere.value = await pathsElsewhere(nodes.value);
  await countPhotos();
  if (last.value.kind !== 'ok') return;
  lastAt.value = Date.now();
  keep('synced', lastAt.value);
  await phone.refresh();
  tellOtherTabs({ kind: 'records' });
  if (asked || !metered.value) await sendPhotos();
}
async function tryEach(): Promise<LastSync> {
  const { phone } = await engine();
  let refused: unknown = null;
  const answered: string[] = [];
  let [sent, received] = [0, 0];
  for (const url of nodes.value) {
    try {
      const moved = await phone.sync(url);
      [sent, received] = [sent + moved.sent, received + moved.received];
      if (answered.length === 0) lastNode.value = url;
      answered.push(url);
      // What this one doesn't cover goes by another.
      if ((await pathsElsewhere(answered)).length === 0) break;
    } catch (error) {
      const away = error instanceof Refused && error.reason === 'unreachable';
      if (!away) refused ??= error;
    }
  }
  if (answered.length > 0) return { kind: 'ok', sent, received };
  return refused ? { kind: 'refused', error: refused } : { kind: 'offline' };
}
/** That none of these covers. */
async function pathsElsewhere(urls: readonly string[]): Promise<string[]> {
  const { phone } = await engine();
  const known = await Promise.all(urls.map((url) => phone.elsewhere(url)));
  const [first = [], ...others] = known.flatMap((paths) => (paths ? [paths] : []));
  return first.filter((path) => others.every((paths) => paths.includes(path)));
}
/** Whoever answered, also by a refusal, showed its clock. */
async function compareClocks(): Promise<void> {
  const { phone } = await engine();
  const off = nodes.value.map((url) => phone.clockOff(url)).find((one) => one !== null);
  clockOff.value = off === undefined || off === null ? null : Math.round(off / 60_000_000);
}
/** Photos come last, and one that doesn't go through holds up nothing. */
async function sendPhotos(): Promise<void> {
  const { phone } = await engine();
  const url = lastNode.value;
  if (url === null || photosWait.value === 0) return;
  photoBytes.value = 0;
  await phone.deliverFiles(url, (bytes) => (photoBytes.value += bytes)).catch(() => undefined);
  await countPhotos();
}
async function countPhotos(): Promise<void> {
  const files = await (await engine()).phone.files();
  photosWait.value = files.filter(({ named, delivered }) => named && !delivered).length;
  mark({ photos: photosWait.value });
}

// ---- By itself -----------------------------------------------------------------------------------

/** Another tab wrote or synced. */
async function hearChange(): Promise<void> {
  await usePhone().refresh();
  await countPhotos();
  lastAt.value = typeof kept('synced') === 'number' ? Number(kept('synced')) : lastAt.value;
}
let begun = false;
/** Begins to sync by itself, until the page is closed. */
function begin(): void {
  if (begun) return void sync().then(listen);
  begun = true;
  hearOtherTabs(({ kind }) => {
    if (kind === 'records') void hearChange();
  });
  addEventListener('online', () => void sync().then(listen));
  addEventListener('offline', () => {
    listening?.abort();
    last.value = { kind: 'offline' };
  });
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void sync().then(listen);
    else listening?.abort();
  });
  const beat = (): void => {
    setTimeout(beat, metered.value ? kEveryMeteredMs : kEveryMs);
    if (document.visibilityState === 'visible') void sync();
  };
  setTimeout(beat, kEveryMs);
  void sync().then(listen);
}
/** The store is gone: what is known of exchanges is of another life. */
function forget(): void {
  listening?.abort();
  last.value = { kind: 'never' };
  lastAt.value = null;
  keep('synced', null);
  photosWait.value = 0;
  photoBytes.value = 0;
  elsewhere.value = [];
}
/** Hears of news at once, where the line carries it; otherwise the beat does. */
async function listen(): Promise<void> {
  const url = lastNode.value;
  if (url === null || metered.value || last.value.kind !== 'ok') return;
  if (listening && !listening.signal.aborted) return;
  const controller = new AbortController();
  listening = controller;
  const { phone } = await engine();
  await phone.listen(url, () => void sync(), controller.signal).catch(() => undefined);
  controller.abort();
  if (document.visibilityState === 'visible') setTimeout(() => void listen(), kListenAgainMs);
}

export const useSync = () => ({
  nodes,
  setNodes,
  metered,
  setMetered,
  running,
  last,
  lastAt,
  lastNode,
  photoBytes,
  photosWait,
  clockOff,
  elsewhere,
  sync,
  begin,
  forget,
  countPhotos,
});
