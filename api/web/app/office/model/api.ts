// api.ts: everything that the desk asks of its node. Requests that change something carry the
// session's proof. A session that ended doesn't lose the request: it waits until somebody has logged
// in again, and then goes on.
import { ref } from 'vue';
import { language, say } from '../../shared/language.ts';

export interface Fault {
  readonly field: string;
  readonly code: string;
  readonly zh: string;
  readonly en: string;
}
export interface Account {
  readonly actor: string;
  readonly name: string;
  readonly role: string;
  readonly admin: boolean;
}
export interface Session {
  readonly accounts: boolean;
  readonly account: Account | null;
  readonly csrf: string | null;
  readonly code_needed: boolean;
}

/** What the node answers instead; `status` 0: nobody answered, it may or may not have been done. */
export class Refusal extends Error {
  readonly faults: readonly Fault[];
  constructor(
    readonly status: number,
    readonly body: Readonly<Record<string, unknown>>,
  ) {
    super(wordsOf(status, body));
    const faults = body['faults'];
    const field = body['field'];
    this.faults = Array.isArray(faults)
      ? (faults as Fault[])
      : typeof field === 'string'
        ? [{ field, code: String(body['code']), zh: this.message, en: this.message }]
        : [];
  }
}

/** Titles are in the reader's language; a detail often is, and says more. */
function wordsOf(status: number, { title, detail }: Readonly<Record<string, unknown>>): string {
  const [first, second] = [String(title ?? ''), String(detail ?? '')];
  if (language.value === 'en' || /\p{Script=Han}/u.test(second))
    return second || first || String(status);
  return [first, second].filter(Boolean).join(' ') || String(status);
}
export function explain(error: unknown): string {
  if (!(error instanceof Refusal)) return String((error as Error)?.message ?? error);
  if (error.status === 0) {
    return say([
      '连不上本机节点，请稍后再试。已填写的内容仍在。',
      'This node doesn’t answer: try again in a moment. What you typed is still here.',
    ]);
  }
  const [first] = error.faults;
  return first ? say([first.zh, first.en]) : error.message;
}

export const session = ref<Session | null>(null);
/** Somebody has to log in before what was begun can go on. */
export const sessionEnded = ref(false);
let waiting: (() => void)[] = [];

export async function loadSession(): Promise<Session> {
  session.value = (await send('/session', {})) as Session;
  return session.value;
}
export function loggedIn(now: Session): void {
  session.value = now;
  sessionEnded.value = false;
  const all = waiting;
  waiting = [];
  for (const goOn of all) goOn();
}
function untilLoggedIn(): Promise<void> {
  sessionEnded.value = true;
  return new Promise((done) => waiting.push(done));
}

export interface Wish {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | null | undefined>>;
  readonly signal?: AbortSignal;
}
const kAnswerMsMax = 30_000;

/** JSON of /api/v1`path`. Rejects with Refusal. */
export async function api<T>(path: string, wish: Wish = {}): Promise<T> {
  // A wrong password is no session that ended.
  if (path.startsWith('/session')) return (await send(path, wish)) as T;
  return (await again(() => send(path, wish))) as T;
}
/** The answer as it comes, for files. */
export async function file(path: string, wish: Wish = {}): Promise<Response> {
  return again(() => ask(path, wish));
}
async function again<T>(act: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await act();
    } catch (error) {
      const ended = error instanceof Refusal && error.status === 401 && session.value?.accounts;
      if (!ended) throw error;
      await untilLoggedIn();
    }
  }
}
async function send(path: string, wish: Wish): Promise<unknown> {
  const answer = await ask(path, wish);
  const text = await answer.text().catch(() => {
    throw new Refusal(0, {});
  });
  try {
    return text ? (JSON.parse(text) as unknown) : null;
  } catch {
    throw new Refusal(0, {}); // Half an answer is none.
  }
}
async function ask(path: string, wish: Wish): Promise<Response> {
  const method = wish.method ?? 'GET';
  const files = wish.body instanceof Blob || wish.body instanceof Uint8Array;
  const abort = new AbortController();
  const timer = files ? 0 : setTimeout(() => abort.abort(), kAnswerMsMax);
  const headers: Record<string, string> = {
    'Accept-Language': language.value === 'en' ? 'en' : 'zh-CN',
    ...(wish.body === undefined || files ? {} : { 'Content-Type': 'application/json' }),
    ...(method !== 'GET' && session.value?.csrf ? { 'X-Linli-Csrf': session.value.csrf } : {}),
    ...wish.headers,
  };
  const body = files ? (wish.body as BodyInit) : JSON.stringify(wish.body);
  const answer = await fetch(`/api/v1${path}${queryOf(wish.query)}`, {
    method,
    headers,
    cache: 'no-store',
    signal: wish.signal ?? abort.signal,
    ...(wish.body === undefined ? {} : { body }),
  }).catch(() => {
    throw new Refusal(0, {});
  });
  clearTimeout(timer);
  if (answer.ok) return answer;
  const problem = (await answer.json().catch(() => null)) as Record<string, unknown> | null;
  // A gateway in front answers for a node that it can't reach.
  if (!problem && answer.status >= 502) throw new Refusal(0, {});
  throw new Refusal(answer.status, problem ?? {});
}
function queryOf(query: Wish['query']): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== null && value !== undefined && value !== '') search.append(name, String(value));
  }
  const text = search.toString();
  return text ? `?${text}` : '';
}

/** 128 random bits; crypto.randomUUID is missing on plain http:// outside this machine. */
export function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
