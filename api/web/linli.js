// linli.js: what both pages share: language, elements, the API, formatting, the schema, live news.
// Texts and names come from peers that may be hostile: everything is shown with textContent, never
// parsed as HTML.

// ---- Storage that may be missing (private mode, full disk) --------------------------------------

export function stored(name) {
  try {
    return JSON.parse(localStorage.getItem(`linli.${name}`));
  } catch {
    return null;
  }
}

/** Answers whether it was kept; a form tells its user when it was not. */
export function store(name, value) {
  try {
    if (value === null) localStorage.removeItem(`linli.${name}`);
    else localStorage.setItem(`linli.${name}`, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

// ---- Language -----------------------------------------------------------------------------------

let language = stored('language') === 'en' ? 'en' : 'zh';
const texts = {};

/** Adds texts: key → [Chinese, English]. `{name}` stands for a variable. */
export function addTexts(more) {
  Object.assign(texts, more);
}

export function t(key, variables = {}) {
  const pair = texts[key];
  if (!pair) return key;
  const text = language === 'en' ? pair[1] : pair[0];
  return text.replace(/\{(\w+)\}/g, (_, name) => String(variables[name] ?? ''));
}

/** A label of the schema ({zh, en}), or plain text. */
export function label(value, fallback = '') {
  if (!value) return fallback;
  if (typeof value === 'string') return value;
  return (language === 'en' ? value.en || value.zh : value.zh || value.en) || fallback;
}

export const isEnglish = () => language === 'en';

addTexts({
  skip: ['跳到内容', 'Skip to content'],
  other_language: ['English', '中文'],
  refused: ['没有成功：{detail}', 'Refused: {detail}'],
  unreachable: ['连接不上', 'Cannot be reached'],
  must_sign_in: ['需要先登录，或这个账号没有此权限', 'Sign in first, or this account may not do this'],
  sign_in: ['登录', 'Sign in'],
  set_up: ['设置账号', 'Set up accounts'],
  just_now: ['刚刚', 'just now'],
  minutes_ago: ['{n} 分钟前', '{n} min ago'],
  hours_ago: ['{n} 小时前', '{n} h ago'],
  days_ago: ['{n} 天前', '{n} d ago'],
  yes: ['是', 'yes'],
  no: ['否', 'no'],
  withheld: ['按规定不显示', 'withheld'],
  erased: ['已清除', 'erased'],
  none: ['—', '—'],
  days_unit: ['{n} 天', '{n} days'],
  table: ['数据表', 'Table'],
});

/** Shows the language switch in `button` and calls `redraw` after a change. */
export function languageSwitch(button, redraw) {
  const show = () => {
    document.documentElement.lang = language === 'en' ? 'en' : 'zh-CN';
    button.textContent = t('other_language');
    button.lang = language === 'en' ? 'zh-CN' : 'en';
  };
  button.addEventListener('click', () => {
    language = language === 'en' ? 'zh' : 'en';
    store('language', language);
    show();
    redraw();
  });
  show();
}

// ---- Elements -----------------------------------------------------------------------------------

function fill(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : String(child));
  }
  return node;
}

function make(node, properties, children) {
  for (const [name, value] of Object.entries(properties || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (name === 'value') node.value = value;
    else if (name === 'checked') node.checked = value;
    else node.setAttribute(name, value === true ? '' : String(value));
  }
  return fill(node, children);
}

/** An HTML element; `on…` properties are listeners, children are nodes or plain text. */
export function el(name, properties, ...children) {
  return make(document.createElement(name), properties, children);
}

export function replace(node, ...children) {
  node.replaceChildren();
  return fill(node, children);
}

// ---- The API ------------------------------------------------------------------------------------

/** `offline`: no answer; the request may or may not have been done. Else the server's refusal. */
export class ApiError extends Error {
  constructor(status, problem) {
    super(problem?.detail || problem?.title || String(status));
    this.status = status;
    this.problem = problem || {};
    this.faults = Array.isArray(this.problem.faults) ? this.problem.faults : [];
  }
  get offline() {
    return this.status === 0;
  }
  /** The server surely did nothing, so another try is a new request. */
  get definite() {
    if (this.faults.length) return true;
    return this.status >= 400 && this.status < 500 && ![408, 409, 425, 429].includes(this.status);
  }
}

const kAnswerMsMax = 15000;
let clockOffset = 0;

/** The node's time: ages stay right on a wall screen whose own clock is wrong. */
export const serverNow = () => Date.now() + clockOffset;

let session = null;

/** {accounts, account, csrf, code_needed}: who is logged in here, as the node says. */
export async function loadSession() {
  session = await api('/session');
  return session;
}

/** What requests that change something show: only pages of this node know it. */
async function proof(method, path) {
  if (method === 'GET') return {};
  if (!session && path !== '/session') await loadSession();
  return session?.csrf ? { 'X-Linli-Csrf': session.csrf } : {};
}

/** To the login page, and back here afterwards. */
export function toLogin() {
  if (location.pathname === '/login') return;
  location.assign(`/login?next=${encodeURIComponent(location.pathname + location.hash)}`);
}

export async function api(path, { method = 'GET', body, headers = {} } = {}) {
  const shown = await proof(method, path);
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), kAnswerMsMax);
  try {
    const answer = await fetch(`/api/v1${path}`, {
      method,
      headers: {
        Accept: 'application/json',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...shown,
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: abort.signal,
      cache: 'no-store',
    });
    const text = await answer.text();
    let data = null;
    try {
      data = text ? JSON.parse(text) : null;
    } catch {
      // A proxy's page instead of our JSON: as good as no answer.
      if (answer.ok) throw new ApiError(0);
    }
    if (!answer.ok) {
      // A gateway in front answers for a hub that it can't reach.
      if ([502, 503, 504].includes(answer.status) && !data) throw new ApiError(0);
      if (answer.status === 401 && !path.startsWith('/session') && path !== '/setup') toLogin();
      throw new ApiError(answer.status, data);
    }
    return data;
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new ApiError(0);
  } finally {
    clearTimeout(timer);
  }
}

/** Who is logged in, beside the language switch; leads to the account's own page. */
export async function showAccount() {
  const { accounts, account } = await loadSession().catch(() => ({}));
  if (!accounts && accounts !== false) return;
  const href = account ? '/account' : accounts ? '/login' : '/setup';
  const link = el('a', { id: 'account', href, class: 'pill' },
    account ? account.name : t(accounts ? 'sign_in' : 'set_up'));
  document.getElementById('account')?.remove();
  document.querySelector('.tools')?.prepend(link);
}

/** GET /node; also sets the clock that ages are counted with. */
export async function loadNode() {
  const node = await api('/node');
  const time = Date.parse(node.time);
  if (Number.isFinite(time)) clockOffset = time - Date.now();
  return node;
}

export function explain(error) {
  if (!(error instanceof ApiError)) return String(error?.message || error);
  if (error.offline) return t('unreachable');
  if (error.status === 401 || error.status === 403) {
    return `${t('must_sign_in')} ${error.problem.detail || ''}`.trim();
  }
  const fault = error.faults[0];
  const detail = fault ? label(fault) : error.problem.detail || error.problem.title;
  return t('refused', { detail: detail || String(error.status) });
}

/** 128 random bits; crypto.randomUUID is missing on plain http:// outside this machine. */
export function randomKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

// ---- Live news ----------------------------------------------------------------------------------

const kPollMs = 10000;
const kHeartbeatMs = 30000;
const kBurstMs = 1000;

/**
 * Calls `refresh` (async, answers whether the server was reached) at once, after each event, and
 * every 10 s while there is no event stream. With one, still every 30 s: a hub that lost power
 * closes no connection.
 */
export function live(refresh) {
  let source = null;
  let streaming = false;
  let busy = false;
  let again = false;
  let timer = 0;

  async function run() {
    clearTimeout(timer);
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    again = false;
    let reached = false;
    try {
      reached = await refresh();
    } finally {
      busy = false;
      // Each answer arms the next: a change that came meanwhile is read soon, yet a thousand
      // arrivals in a second are read together.
      timer = setTimeout(run, again ? kBurstMs : reached && streaming ? kHeartbeatMs : kPollMs);
    }
  }

  function soon() {
    if (busy) {
      again = true;
      return;
    }
    clearTimeout(timer);
    timer = setTimeout(run, 200);
  }

  function open() {
    source = new EventSource('/api/v1/events');
    source.addEventListener('open', () => {
      streaming = true;
      soon();
    });
    source.addEventListener('change', soon);
    source.addEventListener('error', () => {
      streaming = false;
      soon();
      if (source.readyState === EventSource.CLOSED) setTimeout(open, kPollMs);
    });
  }

  if ('EventSource' in window) open();
  document.addEventListener('visibilitychange', () => document.hidden || soon());
  window.addEventListener('pagehide', () => source?.close());
  window.addEventListener('pageshow', (event) => event.persisted && open());
  run();
  return soon;
}

// ---- Numbers and times --------------------------------------------------------------------------

// All times are shown as in Xinxiang, wherever the browser stands.
const kZone = 'Asia/Shanghai';
const kZoneMs = 8 * 3600 * 1000;

export const number = (value, digits = 0) =>
  new Intl.NumberFormat('zh-CN', { maximumFractionDigits: digits }).format(value);

/** Local wall time of an instant: "2023-05-27T09:00". */
export const wallTime = (ms) => new Date(ms + kZoneMs).toISOString().slice(0, 16);

/** "2023-05-27T09:00" of a form, read in our zone, as the API writes instants. */
export function fromWallTime(text) {
  const ms = Date.parse(`${text}:00Z`.replace(/(T\d\d:\d\d:\d\d):00Z$/, '$1Z')) - kZoneMs;
  return Number.isFinite(ms) ? new Date(ms).toISOString() : null;
}

export const today = () => wallTime(serverNow()).slice(0, 10);

export function addDays(day, n) {
  return new Date(Date.parse(`${day}T00:00:00Z`) + n * 86400000).toISOString().slice(0, 10);
}

export function when(instant) {
  const ms = Date.parse(instant);
  if (!Number.isFinite(ms)) return t('none');
  const text = wallTime(ms).replace('T', ' ');
  return text.slice(0, 4) === today().slice(0, 4) ? text.slice(5) : text;
}

export const whenFull = (instant) => {
  const ms = Date.parse(instant);
  return Number.isFinite(ms) ? wallTime(ms).replace('T', ' ') : t('none');
};

export function ago(instant) {
  const minutes = Math.floor((serverNow() - Date.parse(instant)) / 60000);
  if (!Number.isFinite(minutes)) return t('none');
  if (minutes < 1) return t('just_now');
  if (minutes < 60) return t('minutes_ago', { n: minutes });
  if (minutes < 48 * 60) return t('hours_ago', { n: Math.floor(minutes / 60) });
  return t('days_ago', { n: Math.floor(minutes / 1440) });
}

// ---- The schema ---------------------------------------------------------------------------------

export class Schema {
  constructor(json) {
    this.types = new Map((json.types || []).map((type) => [type.name, type]));
  }

  type(name) {
    return this.types.get(name) || null;
  }

  typeLabel(name) {
    return label(this.type(name)?.label, name);
  }

  field(type, name) {
    return this.type(type)?.fields?.find((field) => field.name === name) || null;
  }

  stateField(type) {
    const name = this.type(type)?.state;
    return name ? this.field(type, name) : null;
  }

  choiceLabel(field, code) {
    return label(field?.values?.find((value) => value.code === code)?.label, String(code ?? ''));
  }
}

export async function loadSchema() {
  return new Schema(await api('/schema'));
}

/** One value as plain text, for lists and summaries. */
export function valueText(schema, field, value) {
  if (value === null || value === undefined || value === '') return t('none');
  if (typeof value === 'object' && value.withheld) return t('withheld');
  if (typeof value === 'object' && value.erased) return t('erased');
  switch (field?.type) {
    case 'boolean':
      return value ? t('yes') : t('no');
    case 'instant':
      return whenFull(value);
    case 'choice':
    case 'state':
      return schema.choiceLabel(field, value);
    case 'choices':
      return listOf(value, (code) => schema.choiceLabel(field, code));
    case 'texts':
      return listOf(value, String);
    case 'ref':
      return refText(value);
    case 'refs':
      return listOf(value, refText);
    case 'integer':
      return integerText(field, value);
    case 'geo':
      return `${(value.lat_e7 / 1e7).toFixed(5)}, ${(value.lon_e7 / 1e7).toFixed(5)}`;
    default:
      return typeof value === 'object' ? JSON.stringify(value) : String(value);
  }
}

const listOf = (values, one) =>
  Array.isArray(values) ? values.map(one).join(isEnglish() ? ', ' : '、') : String(values);

const titles = new Map();

/** Remembers what records are called, for refs that come without their title. */
export function noteTitles(records) {
  for (const record of records || []) if (record.title) titles.set(record.id, record.title);
}

export const refText = (ref) =>
  typeof ref === 'object' && ref
    ? ref.title || titles.get(ref.id) || shortId(ref.id)
    : String(ref ?? '');

export const shortId = (id) => {
  const text = String(id ?? '');
  return text.length > 12 ? `…${text.slice(-8)}` : text;
};

function integerText(field, value) {
  switch (field.unit) {
    case 'fen':
      return `¥${number(value / 100, 2)}`;
    case 'yuan_e4':
      return `¥${number(value / 10000, 4)}`;
    case 'dm2':
      return `${number(value / 100, 2)} m²`;
    case 'minutes':
      return isEnglish() ? `${number(value)} min` : `${number(value)} 分钟`;
    case 'days':
      return t('days_unit', { n: number(value) });
    case 'percent':
      return `${number(value)}%`;
    default:
      // Years are numbers too, and nobody writes 2,023 for one.
      return /(^|_)year$/.test(field.name) ? String(value) : number(value);
  }
}
