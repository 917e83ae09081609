// asking.ts: answers of the node that what is on the screen needs. Each is asked once, however many
// show it; all are asked again when something changed; and what can't be asked again stays, with the
// time at which it was true.
import { computed, onScopeDispose, reactive, shallowReactive, watch, type ComputedRef } from 'vue';
import { ask, Problem, type Answer, type Asked, type Readable } from '../shared/api.ts';
import { language } from '../shared/language.ts';

export interface Question<P extends Readable> {
  readonly path: P;
  readonly asked: Asked<P>;
}
export interface Held<A> {
  /** The last one; it outlives the node's absence. */
  answer: A | null;
  /** When it came, by the node's clock; 0: never. */
  at: number;
  /** Why there is none now; not that the node is out of reach. */
  refusal: string;
}
interface Entry extends Held<unknown> {
  readonly question: Question<Readable>;
  users: number;
  queued: boolean;
}

const kAnswerMsMax = 15_000;
const kAtOnceMax = 4;
const kKeptUnusedMax = 300;

/** Is the node there? `at`: when it last was, by its own clock. */
export const connection = reactive({ reached: null as boolean | null, at: 0 });
const clock = reactive({ offset: 0, now: Date.now() });
/** The node's time: ages stay right on a wall whose own clock is wrong. Moves every few seconds. */
export const now = (): number => clock.now + clock.offset;
setInterval(() => (clock.now = Date.now()), 5000);
/** `time` as /node says it. */
export function setClock(time: string): void {
  const at = Date.parse(time);
  clock.now = Date.now();
  if (Number.isFinite(at)) clock.offset = at - clock.now;
}

const entries = new Map<string, Entry>();
const queue: Entry[] = [];
const pending = new Set<Promise<void>>();

/** The answers to these, each as it stands; they are kept fresh as long as the component lives. */
export function useAnswers<P extends Readable>(
  questions: () => readonly Question<P>[],
): ComputedRef<readonly Held<Answer<P>>[]> {
  const used = shallowReactive<{ keys: readonly string[] }>({ keys: [] });
  const wanted = computed(() =>
    questions().map((question) => ({ key: JSON.stringify(question), question })),
  );
  watch(
    wanted,
    (list) => {
      const before = used.keys;
      used.keys = list.map(({ key, question }) => hold(key, question));
      before.forEach(release);
    },
    { immediate: true },
  );
  onScopeDispose(() => used.keys.forEach(release));
  return computed(() => used.keys.map((key) => entries.get(key) as Held<Answer<P>>));
}
export function useAnswer<P extends Readable>(
  question: () => Question<P> | null,
): ComputedRef<Held<Answer<P>>> {
  const all = useAnswers<P>(() => {
    const one = question();
    return one ? [one] : [];
  });
  return computed(() => all.value[0] ?? { answer: null, at: 0, refusal: '' });
}

function hold(key: string, question: Question<Readable>): string {
  let entry = entries.get(key);
  if (!entry) {
    entry = shallowReactive({
      question,
      answer: null,
      at: 0,
      refusal: '',
      users: 0,
      queued: false,
    });
    entries.set(key, entry);
  }
  entry.users += 1;
  if (entry.users === 1) enqueue(entry);
  return key;
}
function release(key: string): void {
  const entry = entries.get(key);
  if (!entry) return;
  entry.users -= 1;
  if (entries.size <= kKeptUnusedMax) return;
  for (const [name, { users }] of entries) {
    if (users === 0 && entries.size > kKeptUnusedMax) entries.delete(name);
  }
}

function enqueue(entry: Entry): void {
  if (entry.queued) return;
  entry.queued = true;
  queue.push(entry);
  work();
}
function work(): void {
  while (pending.size < kAtOnceMax && queue.length > 0) {
    const entry = queue.shift() as Entry;
    entry.queued = false;
    if (entry.users === 0) continue;
    const task = answer(entry).finally(() => {
      pending.delete(task);
      work();
    });
    pending.add(task);
  }
}
async function answer(entry: Entry): Promise<void> {
  try {
    const { path, asked } = entry.question;
    entry.answer = await askNow(path, asked);
    entry.at = now();
    entry.refusal = '';
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.code !== 'unreachable') entry.refusal = error.message;
    // The next round asks for the others.
    else for (const waiting of queue.splice(0)) waiting.queued = false;
  }
}

/** Asks once, and notes whether the node is there. Rejects with Problem. */
export async function askNow<P extends Readable>(
  path: P,
  asked: Asked<P> = {},
): Promise<Answer<P>> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), kAnswerMsMax);
  try {
    const got = await ask(path, { ...asked, signal: stop.signal });
    clock.now = Date.now();
    Object.assign(connection, { reached: true, at: now() });
    return got;
  } catch (error) {
    throw noted(error);
  } finally {
    clearTimeout(timer);
  }
}
function noted(error: unknown): Problem {
  // A gateway in front answers for a node that it can't reach.
  const gone =
    !(error instanceof Problem) ||
    error.status === 0 ||
    ([502, 503, 504].includes(error.status) && error.code === 'internal');
  connection.reached = !gone;
  if (gone) return new Problem('unreachable', 0, '');
  if (error.status === 401) toLogin();
  return error;
}
export function toLogin(): void {
  location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
}

/** Asks everything on the screen again. Resolves when all of it has been answered, or can't be. */
export async function refresh(): Promise<void> {
  for (const entry of entries.values()) {
    if (entry.users > 0) enqueue(entry);
  }
  while (pending.size > 0) await Promise.all(pending);
}
// Answers say things in the reader's language.
watch(language, () => void refresh());
