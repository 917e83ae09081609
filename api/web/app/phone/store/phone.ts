// phone.ts: who this phone is and what it holds, as pages see it: `usePhone()`. Thin: what is decided is
// decided by the engine (peer/), and by the rules in model/.
import { computed, ref, shallowRef } from 'vue';
import { hex, type Bytes } from '../../../peer/bytes.ts';
import type { Wish } from '../../../peer/authoring.ts';
import type { Certificate } from '../../../peer/certificate.ts';
import { readInvite } from '../../../peer/enrolment.ts';
import type { QueueEntry } from '../../../peer/queue.ts';
import { Refused } from '../../../peer/refused.ts';
import { valueOf } from '../../../peer/store.ts';
import { kValue } from '../../../peer/own.ts';
import { keep, kept } from '../../shared/kept.ts';
import { Catalog } from '../model/catalog.ts';
import { Entry } from '../model/entry.ts';
import { engine, openEngine } from './engine.ts';

/** What pages read; everything else on the phone waits unread. */
export const kTypes = [
  'compound',
  'company',
  'service_contract',
  'staff',
  'template',
  'campaign',
  'inspection',
  'finding',
  'notice',
  'rectification',
  'course',
  'session',
  'attendance',
  'rule_setting',
] as const;
export type TypeName = (typeof kTypes)[number];
/** `broken`: the store can't be opened; `outdated`: another tab has a newer version of the app. */
export type Stage = 'opening' | 'joining' | 'ready' | 'broken' | 'outdated';

const stage = ref<Stage>('opening');
const failure = shallowRef<unknown>(null);
const certificate = shallowRef<Certificate | null>(null);
const catalog = shallowRef<Catalog | null>(null);
const entries = shallowRef<ReadonlyMap<TypeName, readonly Entry[]>>(new Map());
/** See Phone.clonedSince. */
const clonedSince = ref<number | null>(null);
const queue = shallowRef<readonly QueueEntry[]>([]);
const byKey = computed(
  () => new Map([...entries.value.values()].flat().map((entry) => [entry.key, entry])),
);

async function open(): Promise<void> {
  try {
    const { phone, store } = await openEngine(() => (stage.value = 'outdated'));
    const schema = await store.read((tx) => valueOf<unknown>(tx, kValue.schema));
    if (schema) catalog.value = Catalog.of(schema);
    certificate.value = await phone.certificate();
    if (certificate.value) await refresh();
    stage.value = certificate.value ? 'ready' : 'joining';
  } catch (error) {
    failure.value = error;
    stage.value = 'broken';
  }
}

/** Reads anew what the store holds. */
async function refresh(): Promise<void> {
  const { phone } = await engine();
  queue.value = await phone.queue();
  clonedSince.value = await phone.clonedSince();
  const known = catalog.value;
  if (!known) return;
  const types = kTypes.map((name) => known.type(name));
  const found = await phone.recordsOf(types.map(({ number }) => number));
  entries.value = new Map(
    types.map((type) => [
      type.name as TypeName,
      (found.get(type.number) ?? [])
        .filter(({ removed }) => !removed)
        .map((seen) => new Entry(type, seen)),
    ]),
  );
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
  } catch (error) {
    if (!catalog.value) throw error;
  }
}

/** Joins by an invite. Rejects as Phone.join does. */
async function join(line: string): Promise<void> {
  const { phone } = await engine();
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
  stage.value = 'ready';
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
}

/** A person says that no other phone has this one's key any more. */
async function goOnAlone(): Promise<void> {
  await (await engine()).phone.goOnAlone();
  await refresh();
}

const list = (type: TypeName): readonly Entry[] => entries.value.get(type) ?? [];
const find = (key: string): Entry | null => byKey.value.get(key) ?? null;
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
  home,
  author,
  open,
  refresh,
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
