// desk.ts: what every page of the desk knows: this node, who is logged in, and when there is news.
import { computed, ref, shallowRef } from 'vue';
import { api, explain, session } from './api.ts';
import { loadSchema, type Field, type Move, type RecordType } from './schema.ts';

export interface Upstream {
  readonly url: string;
  readonly state: string;
  readonly offline_since: string | null;
  readonly next_try: string | null;
  readonly last_contact: string | null;
  readonly last_error: string;
  /** Paths of this node that the upstream doesn't cover. */
  readonly elsewhere: readonly string[];
  readonly to_send: number;
  readonly revoked?: boolean;
  readonly addresses: readonly string[];
  readonly exchange: {
    readonly sent: number;
    readonly received: number;
    readonly to_fetch: number;
    readonly seconds_left: number | null;
  } | null;
  readonly metered: boolean;
  readonly paused: { readonly until: string | null } | null;
  readonly clock: { readonly ahead_ms: number; readonly wrong: boolean } | null;
}
export interface Node {
  readonly name: string;
  readonly role: string;
  readonly scope: string;
  readonly city_scope: string;
  readonly city: string;
  readonly version: string;
  readonly time: string;
  readonly arrival: number;
  readonly confirmed_until: string | null;
  readonly waiting: {
    readonly sets: number;
    readonly changes: number;
    readonly oldest: string | null;
    readonly refused: number;
    readonly quarantined: number;
  };
  readonly upstream: Upstream | null;
  readonly certificate: {
    readonly until: string;
    readonly days_left: number;
    readonly soon: boolean;
    readonly ended: boolean;
  };
  readonly history: { readonly faults: number; readonly owed_since: string | null };
  readonly blobs: { readonly held: number; readonly missing: number; readonly to_send: number };
  readonly tls: { readonly addresses?: readonly string[] };
  readonly conflicts: number;
  readonly records: Readonly<Record<string, number>>;
}

export const node = shallowRef<Node | null>(null);
/** null: nobody was asked yet. */
export const reached = ref<boolean | null>(null);
export const trouble = ref('');
/** Grows with what arrives: pages read anew when it does. */
export const news = computed(() => node.value?.arrival ?? 0);

/** One's role as the schema names it: the account's, or the node's where there are no accounts. */
export const role = computed(() => {
  const names: Record<string, string> = { bureau: 'hub', inspector: 'device' };
  const own = session.value?.account?.role ?? node.value?.role ?? '';
  return names[own] ?? own;
});
/** A property company sees its own records and what is published, and nothing of the node: so api/door.cpp has it. */
export const isCompany = computed(() => session.value?.account?.role === 'company');
/** Pages of the desk that show the node, or what others wrote. */
export const isOfTheNode = (path: string): boolean =>
  /^\/(conflicts|held|sync|phones|node|search)(\/|$)/.test(path);
/** Registers and ballots stay with community and street, and with who collects them: so node/roles.cpp has it. */
const mayReadRegisters = (type: RecordType): boolean =>
  !session.value?.account ||
  ['office', 'street'].includes(role.value) ||
  type.writers.includes(role.value);
export const mayRead = (type: RecordType): boolean =>
  type.audience === 'street'
    ? mayReadRegisters(type)
    : !isCompany.value ||
      type.writers.includes('company') ||
      ['below', 'everyone'].includes(type.audience);
export const mayWrite = (type: RecordType): boolean => type.writers.includes(role.value);
export const mayRemove = (type: RecordType): boolean => type.removers.includes(role.value);
export const mayEdit = (field: Field): boolean =>
  field.need !== 'derived' && (!field.writers?.length || field.writers.includes(role.value));
export const movesFrom = (type: RecordType, state: string | null): readonly Move[] =>
  (type.moves ?? []).filter((move) => move.from === state && move.roles.includes(role.value));

const kPollMs = 10_000;
const kHeartbeatMs = 30_000;
let timer = 0;
let busy = false;
let again = false;
let streaming = false;

/** Reads the node's state; soon once more if something happened meanwhile. */
export async function refresh(): Promise<void> {
  clearTimeout(timer);
  if (busy) {
    again = true;
    return;
  }
  busy = true;
  again = false;
  try {
    const now = await api<Node>('/node');
    if (node.value?.version !== now.version) await loadSchema();
    node.value = now;
    reached.value = true;
  } catch (error) {
    reached.value = false;
    trouble.value = explain(error);
  } finally {
    busy = false;
    const wait = again ? 1000 : reached.value && streaming ? kHeartbeatMs : kPollMs;
    timer = window.setTimeout(() => void refresh(), wait);
  }
}
function soon(): void {
  if (busy) {
    again = true;
    return;
  }
  clearTimeout(timer);
  timer = window.setTimeout(() => void refresh(), 200);
}
function listen(): void {
  const source = new EventSource('/api/v1/events');
  source.addEventListener('open', () => {
    streaming = true;
    soon();
  });
  source.addEventListener('change', soon);
  source.addEventListener('error', () => {
    streaming = false;
    soon();
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, kPollMs);
  });
  window.addEventListener('pagehide', () => source.close());
}
export function start(): void {
  document.addEventListener('visibilitychange', () => document.hidden || soon());
  listen();
  void refresh();
}
