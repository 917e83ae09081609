// phone.ts: who this phone is and what it holds, as pages see it: `usePhone()`. Thin: what is decided is
// decided by the engine (peer/), and by the rules in model/.
import { computed, ref, shallowRef } from 'vue';
import { hex, type Bytes } from '../../../peer/bytes.ts';
import type { Wish } from '../../../peer/authoring.ts';
import type { Certificate } from '../../../peer/certificate.ts';
import type { QueueEntry } from '../../../peer/queue.ts';
import { Refused } from '../../../peer/refused.ts';
import { keep, kept } from '../../shared/kept.ts';
import { Catalog } from '../model/catalog.ts';
import { useConflicts } from './conflicts.ts';
import { engine, hasJoined, openAnew, openEngine, type Happenings } from './engine.ts';
import { tellOtherTabs } from './tabs.ts';
import { find, forgetAll, knownTo, list, takeNews } from './tables.ts';
import { lossNow, lossOfBefore, mark, type Loss } from './loss.ts';

/** `broken`: the store can't be opened; `outdated`: another tab has a newer version of the app. */
export type Stage = 'opening' | 'joining' | 'ready' | 'broken' | 'outdated';

const stage = ref<Stage>('opening');
const failure = shallowRef<unknown>(null);
const certificate = shallowRef<Certificate | null>(null);
const catalog = shallowRef<Catalog | null>(null);
/** See Phone.clonedSince. */
const clonedSince = ref<number | null>(null);
const queue = shallowRef<readonly QueueEntry[]>([]);
/** What the browser removed from this phone; null: nothing. */
const loss = shallowRef<Loss | null>(null);

const happenings: Happenings = {
  outdated: () => (stage.value = 'outdated'),
  gone: () => void lookAgain(),
};
/** Which page comes first, by the store alone, while the engine's script is fetched. Never rejects: `open` says what is wrong. */
async function lookIn(): Promise<void> {
  try {
    const joined = await hasJoined(happenings);
    openEngine(happenings).catch(() => undefined);
    if (joined || stage.value !== 'opening') return;
    loss.value = lossOfBefore();
    stage.value = 'joining';
  } catch {
    // The same befalls `open`.
  }
}
async function open(): Promise<void> {
  try {
    const { phone } = await openEngine(happenings);
    await recall();
    // Somebody may be joining already.
    const before = await phone.certificate();
    certificate.value ??= before;
    loss.value = certificate.value ? null : lossOfBefore();
    if (certificate.value) await refresh();
    stage.value = certificate.value ? 'ready' : 'joining';
  } catch (error) {
    failure.value = error;
    stage.value = 'broken';
  }
}
/** What records are, as the store has it: another tab may have learnt it. */
async function recall(): Promise<void> {
  const schema = await (await engine()).phone.recallSchema();
  if (schema) catalog.value = Catalog.of(schema);
}
let closed = false;
let looking = false;
/** The store was closed under this page: it goes on if all is there, and else begins anew. */
async function lookAgain(): Promise<void> {
  closed = true;
  if (looking) return;
  looking = true;
  // It may be closed again meanwhile.
  while (closed) {
    closed = false;
    try {
      const { phone } = await openAnew(happenings);
      if (await phone.certificate()) await refresh();
      else if (certificate.value) lose();
    } catch (error) {
      if (closed) continue;
      failure.value = error;
      stage.value = 'broken';
    }
  }
  looking = false;
}
function lose(): void {
  loss.value = lossNow(queue.value, find);
  certificate.value = null;
  catalog.value = null;
  queue.value = [];
  clonedSince.value = null;
  forgetAll();
  useConflicts().forget();
  stage.value = 'joining';
}

let reading: Promise<void> = Promise.resolve();
/** Reads what has become of what the store holds. One at a time: each goes on from where the one before ended. */
function refresh(): Promise<void> {
  const read = reading.then(readNews);
  reading = read.catch(() => undefined);
  return read;
}
async function readNews(): Promise<void> {
  const { phone } = await engine();
  const written = await phone.queue();
  const own = await phone.certificate();
  // The store was emptied under this page: that it held nothing before mustn't be kept in mind.
  if (!own) return;
  queue.value = written;
  clonedSince.value = await phone.clonedSince();
  // A newer one may have come: with other paths, or a later end.
  if (certificate.value) certificate.value = own;
  mark({ waiting: queue.value.filter(({ state }) => state.kind === 'waiting').length });
  const catalogNow = catalog.value;
  if (!catalogNow) return;
  const news = await phone.news(knownTo(catalogNow));
  // Another store, another catalog by now: whoever took it reads anew.
  if (catalog.value !== catalogNow) return;
  takeNews(catalogNow, news);
  await useConflicts().look();
}

/**
 * What records are, from the node that the page came from. Kept; without a line the one of before does.
 * Rejects with what fetching rejects with only where there is none.
 */
async function learnSchema(): Promise<void> {
  try {
    const answer = await fetch('/api/v1/schema', { headers: { Accept: 'application/json' } });
    if (!answer.ok) throw new Refused('unreachable', `HTTP ${answer.status}`);
    const tag = answer.headers.get('ETag');
    if (catalog.value && tag && tag === kept('schema')) return;
    const json: unknown = await answer.json();
    const learnt = Catalog.of(json);
    await (await engine()).phone.learnSchema(json);
    catalog.value = learnt;
    keep('schema', tag);
    tellOtherTabs({ kind: 'schema' });
  } catch (error) {
    if (!catalog.value) throw error;
  }
}

/** Joins by an invite. Rejects as Phone.join does. */
async function join(line: string): Promise<void> {
  const { phone } = await engine();
  const { readInvite } = await import('./engine_script.ts');
  const { url } = readInvite(line);
  const ours = url === '' || sameOrigin(url);
  await learnSchema();
  try {
    certificate.value = await phone.join(line, ours ? '' : url);
  } catch (error) {
    // An address that only the office's own network knows: the node that the page came from may do.
    const away = !ours && error instanceof Refused && error.reason === 'unreachable';
    if (!away) throw error;
    certificate.value = await phone.join(line, '');
  }
  loss.value = null;
  stage.value = 'ready';
  tellOtherTabs({ kind: 'records' });
}
function sameOrigin(url: string): boolean {
  try {
    return new URL(url).origin === location.origin;
  } catch {
    return false;
  }
}

/** Signs and keeps; durable here when it answers. Rejects as Phone.write does. */
async function write(wishes: readonly Wish[]): Promise<void> {
  const { phone } = await engine();
  await phone.write(wishes);
  await refresh();
  tellOtherTabs({ kind: 'records' });
}

/** A person says that no other phone has this one's key any more. */
async function goOnAlone(): Promise<void> {
  await (await engine()).phone.goOnAlone();
  await refresh();
}

/** Path that new records of this phone stand under: the first that it may write in. */
const home = computed(() => certificate.value?.paths[0] ?? '');
/** As records name this phone's author. */
const author = computed(() => (certificate.value ? hex(certificate.value.subject) : ''));

export const usePhone = () => ({
  stage,
  failure,
  certificate,
  catalog,
  queue,
  clonedSince,
  goOnAlone,
  loss,
  home,
  author,
  lookIn,
  open,
  refresh,
  recall,
  learnSchema,
  join,
  write,
  list,
  find,
  /** Throws before the phone has joined. */
  known: (): Catalog => {
    if (!catalog.value) throw new Error('no schema yet');
    return catalog.value;
  },
  newId: async (): Promise<Bytes> => (await engine()).phone.newId(),
});
