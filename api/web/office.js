// office.js: the page of a community office and of an inspector's phone: what this node holds, what
// still waits to be sent, and the form for an inspection.
import {
  addTexts, ago, api, ApiError, el, explain, isEnglish, label, languageSwitch, live, loadNode,
  loadSchema, noteTitles, number, refText, replace, serverNow, showAccount, shortId, store, stored, t, valueText, when,
  whenFull,
} from './linli.js';
import { conflictCard } from './conflicts.js';
import { draftExists, dropDraft, formView } from './inspection.js';

addTexts({
  title: ['社区工作台', 'Community office'],
  connecting: ['正在连接', 'connecting'],
  node_gone: ['无应答', 'no answer'],
  node_gone_text: [
    '连不上本机节点，正在重试。填写中的草稿仍保存在这台设备上。',
    'This node doesn’t answer; trying again. A draft stays on this device.',
  ],
  online: ['已连市局', 'hub connected'],
  offline: ['离线工作', 'working offline'],
  no_upstream: ['无上级节点', 'no upstream'],
  state: ['发送与确认', 'Sending and confirming'],
  connection: ['与上级连接', 'Upstream'],
  up_ok: ['正常', 'connected'],
  up_offline: ['已断开，恢复后自动补发', 'offline; will send by itself later'],
  up_none: ['未设置', 'not set'],
  clock_fast: ['本机时钟快 {n} 分钟，请校准', 'this clock is {n} minutes fast: set it right'],
  clock_slow: ['本机时钟慢 {n} 分钟，请校准', 'this clock is {n} minutes slow: set it right'],
  last_contact: ['上次联系 {when}（{ago}）', 'last contact {when} ({ago})'],
  waiting: ['等待发送', 'Waiting to be sent'],
  nothing_waits: ['没有，全部已送出', 'nothing, all sent'],
  waiting_n: ['{n} 项改动', '{n} changes'],
  waiting_oldest: ['最早 {when}（{ago}）', 'oldest {when} ({ago})'],
  safe: ['市局已安全保存', 'Safe at the hub'],
  safe_until: ['截至 {when}', 'up to {when}'],
  safe_not: ['还没有收到市局回执', 'no receipt from the hub yet'],
  trouble: ['需要处理', 'Needs attention'],
  trouble_none: ['无', 'none'],
  n_conflicts: ['冲突 {n}', 'conflicts {n}'],
  n_refused: ['被拒绝 {n}', 'refused {n}'],
  history_fault: ['市级历史有 {n} 处不一致，请报告上级', 'the hub’s history is in doubt ({n}): report it'],
  history_owed: ['市级历史自 {when} 起未得到证明', 'the hub’s history isn’t proven since {when}'],
  n_quarantined: ['暂存待审 {n}', 'quarantined {n}'],
  new_inspection: ['＋ 新增检查', '＋ New inspection'],
  continue_draft: ['继续填写草稿（{when}）', 'Continue the draft ({when})'],
  drop_draft: ['放弃草稿', 'Discard draft'],
  drop_sure: ['再点一次确认放弃', 'Tap again to discard'],
  search: ['搜索', 'Search'],
  search_hint: ['搜索小区、问题、公开内容，如：电梯', 'Search, e.g. 电梯'],
  found: ['“{q}”：{n} 条', '“{q}”: {n} found'],
  found_none: ['没有找到“{q}”', 'Nothing found for “{q}”'],
  records: ['本机记录', 'Records here'],
  no_records: ['还没有{type}记录', 'No records of this type yet'],
  more: ['加载更多', 'Load more'],
  loading: ['正在读取…', 'Loading…'],
  retry: ['重试', 'Try again'],
  confirmed: ['市局已确认', 'confirmed by the hub'],
  unconfirmed: ['待市局确认', 'not yet confirmed'],
  own_sets: ['本机的改动', 'What was written here'],
  own_sets_text: ['市局已存 {safe} 份，途中 {on_way} 份，待发 {waiting} 份', '{safe} safe, {on_way} on the way, {waiting} waiting'],
  own_held: ['暂缓 {n}', 'held back {n}'],
  own_refused: ['被拒收 {n}', 'refused {n}'],
  own_lost: ['冲突中搁置 {n}', 'lost in conflicts {n}'],
  conflict_chip: ['冲突 {n}', '{n} conflict(s)'],
  invalid_chip: ['内容有误', 'invalid'],
  back: ['‹ 返回', '‹ Back'],
  history: ['历史', 'History'],
  between: ['可证明的时间：{from} 至 {to}', 'proven between {from} and {to}'],
  by: ['{node} · 第 {seq} 号', '{node} · no. {seq}'],
  kind_put: ['填写', 'written'],
  kind_delete: ['删除', 'deleted'],
  kind_condensed: [
    '此前的逐步修改已并入市局快照，明细由市局保存',
    'the steps before are condensed into the hub’s snapshot; the hub keeps them',
  ],
  kind_erase: ['清除个人信息', 'personal value erased'],
  conflict_text: [
    '“{field}”有两处同时修改。目前生效的是上面的值；另存的值：',
    '“{field}” was changed in two places at once. The value above is in force; kept aside:',
  ],
  kept: ['{value}（{node}，{when}）', '{value} ({node}, {when})'],
  changed: ['最近改动 {when}', 'changed {when}'],
  show_ok: ['合格与不适用的项目（{n}）', 'Items ok or not applicable ({n})'],
  not_found: ['没有这条记录', 'No such record'],
  checked_fail: ['不合格 {n}', '{n} failed'],
});

const kTabs = ['inspection', 'finding', 'attendance', 'disclosure', 'compound'];
const kPage = 30;
/** What stands under a record's title; fields that a type doesn't have are left out. */
const kBrief = {
  inspection: ['kind', 'started_at', 'score', 'inspectors'],
  finding: ['severity', 'place', 'responsible', 'due_on'],
  attendance: ['session', 'in_at', 'method'],
  disclosure: ['kind', 'period', 'due_on'],
  compound: ['address', 'household_count', 'management_mode'],
};
/** Whose names make a title for types that declare none. */
const kTitle = {
  inspection: ['compound', 'kind'],
  attendance: ['person', 'session'],
  disclosure: ['compound', 'kind', 'period'],
};

const state = { node: null, schema: null, reached: null };
const byId = (id) => document.getElementById(id);
// Raised on each navigation: an answer that comes for a page already left is dropped.
let turn = 0;
let refreshView = null;

// ---- Frame and status ---------------------------------------------------------------------------

async function refresh() {
  try {
    const node = await loadNode();
    if (!state.schema || state.node?.version !== node.version) state.schema = await loadSchema();
    const first = !state.node;
    if (first) await learnTitles();
    state.own = (await quietly('/own-sets?limit=1'))?.summary || null;
    state.node = node;
    state.reached = true;
    showFrame();
    if (first) route();
    else await refreshView?.();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    state.reached = false;
    showFrame(error);
  }
  return state.reached;
}

/** Compounds are named in most rows: their names are fetched once, for answers without titles. */
async function learnTitles() {
  if (!state.schema.type('compound')) return;
  noteTitles((await quietly('/records/compound?limit=200'))?.items);
}

function showFrame(error) {
  const { node } = state;
  document.title = node ? `${node.name} · ${t('title')}` : t('title');
  byId('skip').textContent = t('skip');
  byId('node').textContent = node?.name || t('title');
  byId('scope').textContent = t('title');
  const pill = byId('connection');
  const upstream = node?.upstream?.state || 'none';
  const [tone, text] =
    state.reached === null ? ['', t('connecting')]
    : !state.reached ? ['bad', t('node_gone')]
    : upstream === 'ok' ? ['good', t('online')]
    : upstream === 'offline' ? ['warn', t('offline')]
    : ['', t('no_upstream')];
  pill.className = `pill ${tone}`;
  pill.textContent = text;
  let notice = byId('gone');
  if (state.reached === false && !notice) {
    notice = el('p', { id: 'gone', class: 'notice bad', role: 'alert' });
    byId('main').before(notice);
  }
  if (state.reached !== false) notice?.remove();
  else notice.textContent = error && !error.offline ? explain(error) : t('node_gone_text');
}

/** A machine whose clock is off by minutes: its changes go on, but their times are unsure. */
function clockTrouble(clock) {
  if (!clock?.wrong) return null;
  const n = number(Math.round(Math.abs(clock.ahead_ms) / 60000));
  return t(clock.ahead_ms > 0 ? 'clock_fast' : 'clock_slow', { n });
}

/** Does the hub's signed history hold? A day without a proof is a fault by then. */
function historyTrouble(history) {
  if (history?.faults) return t('history_fault', { n: number(history.faults) });
  return history?.owed_since ? t('history_owed', { when: when(history.owed_since) }) : null;
}

/** Nothing of this office's was lost, and a person can see it. */
function ownSetsFact(fact) {
  const own = state.own;
  if (!own) return null;
  const more = ['held', 'refused', 'lost'].filter((name) => own[name]);
  return fact(
    'own',
    t('own_sets'),
    t('own_sets_text', {
      safe: number(own.safe), on_way: number(own.on_way), waiting: number(own.waiting),
    }),
    more.length ? more.map((name) => t(`own_${name}`, { n: number(own[name]) })).join(' · ') : null,
  );
}

function statusCard() {
  const { node } = state;
  const fact = (name, title, value, more) =>
    el(
      'div',
      { 'data-fact': name },
      el('dt', {}, title),
      el('dd', {}, value),
      more ? el('dd', { class: 'quiet' }, more) : null,
    );
  const upstream = node.upstream;
  const waiting = node.waiting || {};
  const troubles = [
    node.conflicts ? t('n_conflicts', { n: number(node.conflicts) }) : null,
    waiting.refused ? t('n_refused', { n: number(waiting.refused) }) : null,
    clockTrouble(upstream?.clock),
    historyTrouble(node.history),
    waiting.quarantined ? t('n_quarantined', { n: number(waiting.quarantined) }) : null,
  ].filter(Boolean);
  return el(
    'section',
    { class: 'card status', 'aria-label': t('state') },
    el(
      'dl',
      { class: 'facts' },
      fact(
        'upstream',
        t('connection'),
        t(`up_${upstream?.state || 'none'}`),
        upstream?.last_contact
          ? t('last_contact', { when: when(upstream.last_contact), ago: ago(upstream.last_contact) })
          : null,
      ),
      fact(
        'waiting',
        t('waiting'),
        waiting.sets ? t('waiting_n', { n: number(waiting.changes ?? waiting.sets) }) : t('nothing_waits'),
        waiting.sets && waiting.oldest
          ? t('waiting_oldest', { when: when(waiting.oldest), ago: ago(waiting.oldest) })
          : null,
      ),
      fact(
        'safe',
        t('safe'),
        node.confirmed_until ? t('safe_until', { when: whenFull(node.confirmed_until) }) : t('safe_not'),
      ),
      ownSetsFact(fact),
      fact('trouble', t('trouble'), troubles.length ? troubles.join(' · ') : t('trouble_none')),
    ),
  );
}

// ---- Pages --------------------------------------------------------------------------------------

// The address after # names the page, so that the phone's back key works:
// #/list/TYPE · #/search/TEXT · #/record/TYPE/ID/SCOPE · #/new
function route() {
  const [page = '', ...parts] = location.hash.replace(/^#\/?/, '').split('/').map(decode);
  turn += 1;
  refreshView = null;
  if (!state.node) {
    replace(byId('main'), el('p', { class: 'empty' }, t('loading')));
    return;
  }
  if (page === 'new') {
    refreshView = formView(byId('main'), state);
  } else if (page === 'record' && parts.length >= 2) {
    recordPage(parts[0], parts[1], parts.slice(2).join('/'));
  } else if (page === 'search' && parts[0]) {
    homePage(null, parts.join('/'));
  } else {
    const tabs = kTabs.filter((name) => state.schema.type(name));
    homePage(tabs.includes(parts[0]) ? parts[0] : tabs[0], '');
  }
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const recordAddress = (record) =>
  `#/record/${encodeURIComponent(record.type)}/${encodeURIComponent(record.id)}/${encodeURIComponent(record.scope)}`;

function homePage(type, query) {
  const mine = turn;
  const status = el('div', {}, statusCard());
  const input = el('input', {
    type: 'search', id: 'search', value: query, placeholder: t('search_hint'),
    'aria-label': t('search'), autocomplete: 'off', enterkeyhint: 'search',
  });
  const tabs = el('nav', { class: 'tabs', 'aria-label': t('records') });
  const drawTabs = () => {
    const names = kTabs.filter((name) => state.schema.type(name));
    replace(tabs, names.map((name) =>
      el(
        'a',
        { href: `#/list/${name}`, 'aria-current': name === type ? 'page' : null },
        state.schema.typeLabel(name),
        el('span', {}, number(state.node.records?.[name] ?? 0)),
      )));
  };
  drawTabs();
  const results = el('section', { class: 'card', 'aria-live': 'polite' });
  replace(
    byId('main'),
    status,
    el('div', { class: 'actions' }, draftActions()),
    el(
      'form',
      {
        class: 'search', role: 'search',
        onsubmit: (event) => {
          event.preventDefault();
          const text = input.value.trim();
          location.hash = text ? `#/search/${encodeURIComponent(text)}` : '#/';
        },
      },
      input,
      el('button', { class: 'button', type: 'submit' }, t('search')),
    ),
    tabs,
    results,
  );
  const fill = query ? searchResults(results, query, mine) : recordList(results, type, mine);
  refreshView = async () => {
    replace(status, statusCard());
    drawTabs();
    await fill();
  };
  fill();
}

function draftActions() {
  const at = draftExists();
  if (!at) return el('a', { class: 'button main', href: '#/new' }, t('new_inspection'));
  let sure = false;
  const drop = el(
    'button',
    {
      type: 'button', class: 'button danger',
      onclick: () => {
        if (!sure) {
          sure = true;
          drop.textContent = t('drop_sure');
          return;
        }
        dropDraft();
        route();
      },
    },
    t('drop_draft'),
  );
  return [
    el('a', { class: 'button main', href: '#/new' }, t('continue_draft', { when: when(at) })),
    drop,
  ];
}

/** A list that grows by pages; news reload as much as is shown, so that nothing jumps. */
function recordList(host, type, mine) {
  const list = el('ul', { class: 'records' });
  const note = el('div', { class: 'more' });
  replace(host, list, note);
  let shown = 0;
  let cursor = null;
  const read = async (from, limit) => {
    const query = `limit=${limit}${from ? `&cursor=${encodeURIComponent(from)}` : ''}`;
    return api(`/records/${encodeURIComponent(type)}?${query}`);
  };
  const end = () => {
    if (cursor) {
      replace(note, el('button', { type: 'button', class: 'button', onclick: more }, t('more')));
    } else if (!shown) {
      replace(note, el('p', { class: 'empty' }, t('no_records', { type: state.schema.typeLabel(type) })));
    } else {
      replace(note);
    }
  };
  async function more() {
    note.firstChild.disabled = true;
    try {
      const page = await read(cursor, kPage);
      if (mine !== turn) return;
      list.append(...page.items.map(recordRow));
      shown += page.items.length;
      cursor = page.next_cursor;
      end();
    } catch (error) {
      if (mine === turn) failed(note, error, more);
    }
  }
  async function reload() {
    if (!list.firstChild && !note.firstChild) {
      replace(note, el('p', { class: 'empty' }, t('loading')));
    }
    try {
      const page = await read(null, Math.max(kPage, Math.min(shown, 200)));
      if (mine !== turn) return;
      replace(list, page.items.map(recordRow));
      shown = page.items.length;
      cursor = page.next_cursor;
      end();
    } catch (error) {
      if (mine === turn && !shown) failed(note, error, reload);
    }
  }
  return reload;
}

function failed(host, error, again) {
  replace(
    host,
    el('p', { class: 'notice bad', role: 'alert' }, explain(error)),
    el('button', { type: 'button', class: 'button', onclick: again }, t('retry')),
  );
}

function recordRow(record) {
  const type = state.schema.type(record.type);
  const fields = record.fields || {};
  const used = record.title ? [] : kTitle[record.type] || [];
  const brief = (kBrief[record.type] || [])
    .filter((name) => !used.includes(name) && fields[name] !== undefined && fields[name] !== null)
    .map((name) => {
      const field = type?.fields?.find((candidate) => candidate.name === name);
      const text = valueText(state.schema, field, fields[name]);
      return field?.type === 'integer' || field?.type === 'date'
        ? `${label(field.label)} ${text}`
        : text;
    });
  const fails = Object.values(fields.results || {}).filter((code) => code === 'fail').length;
  if (record.type === 'inspection' && fails) brief.push(t('checked_fail', { n: fails }));
  return el(
    'li',
    { 'data-id': record.id },
    el(
      'a',
      { href: recordAddress(record) },
      el(
        'span',
        { class: 'head' },
        el('b', {}, titleOf(record)),
        el('time', { datetime: record.changed_at }, when(record.changed_at)),
      ),
      brief.length ? el('span', { class: 'brief' }, brief.join(' · ')) : null,
      el('span', { class: 'chips' }, chips(record)),
    ),
  );
}

function chips(record) {
  return [
    record.state
      ? el('span', { class: 'chip' },
          state.schema.choiceLabel(state.schema.stateField(record.type), record.state))
      : null,
    record.confirmed === false
      ? el('span', { class: 'chip warn' }, t('unconfirmed'))
      : el('span', { class: 'chip good' }, t('confirmed')),
    record.conflicts
      ? el('span', { class: 'chip bad' }, t('conflict_chip', { n: record.conflicts }))
      : null,
    record.invalid?.length ? el('span', { class: 'chip bad' }, t('invalid_chip')) : null,
  ];
}

function titleOf(record) {
  if (record.title) return record.title;
  const texts = (kTitle[record.type] || [])
    .map((name) => ({ name, value: record.fields?.[name] }))
    .filter(({ value }) => value !== undefined && value !== null)
    .map(({ name, value }) => valueText(state.schema, state.schema.field(record.type, name), value));
  return texts.join(' · ') || `${state.schema.typeLabel(record.type)} ${shortId(record.id)}`;
}

function searchResults(host, query, mine) {
  return async () => {
    if (!host.firstChild) replace(host, el('p', { class: 'empty' }, t('loading')));
    try {
      const { items } = await api(`/search?q=${encodeURIComponent(query)}&limit=50`);
      if (mine !== turn) return;
      replace(
        host,
        el('p', { class: 'strong' },
          t(items.length ? 'found' : 'found_none', { q: query, n: items.length })),
        el('ul', { class: 'records' }, items.map((item) =>
          el('li', {}, el(
            'a',
            { href: recordAddress(item) },
            el('span', { class: 'head' },
              el('b', {}, marked(item.title || shortId(item.id), query)),
              el('span', { class: 'chip' }, state.schema.typeLabel(item.type))),
            item.snippet ? el('span', { class: 'brief' }, marked(item.snippet, query)) : null,
          )))),
      );
    } catch (error) {
      if (mine === turn) failed(host, error, route);
    }
  };
}

function marked(text, query) {
  const parts = String(text).split(query);
  return parts.flatMap((part, i) => (i ? [el('mark', {}, query), part] : [part]));
}

// ---- One record ---------------------------------------------------------------------------------

function recordPage(type, id, scope) {
  const mine = turn;
  const host = el('div', { class: 'form' }, el('p', { class: 'empty' }, t('loading')));
  replace(
    byId('main'),
    el('div', { class: 'actions' },
      el('button', { type: 'button', class: 'button narrow', onclick: () => history.back() }, t('back'))),
    host,
  );
  const base = `/records/${encodeURIComponent(type)}/${encodeURIComponent(id)}`;
  const query = scope ? `?scope=${encodeURIComponent(scope)}` : '';
  let version = null;
  const load = async () => {
    try {
      const record = await api(base + query);
      // Only a change redraws: what a person reads doesn't fold up under their finger.
      const now = JSON.stringify([record.version, record.confirmed, record.conflicts, isEnglish()]);
      if (mine !== turn || now === version) return;
      version = now;
      const [past, conflicts, template] = await Promise.all([
        quietly(`${base}/history${query}`),
        record.conflicts
          ? quietly(`/conflicts?type=${encodeURIComponent(type)}&scope=${encodeURIComponent(record.scope)}&limit=1000`)
          : null,
        record.fields?.template?.id ? quietly(refPath(record.fields.template)) : null,
      ]);
      if (mine !== turn) return;
      const open = (conflicts?.items || []).filter(
        (conflict) => conflict.type === record.type && conflict.id === record.id);
      replace(
        host,
        open.map((conflict) => conflictCard(state.schema, conflict, () => { version = null; load(); })),
        recordCard(record, open, template),
        historyCard(record, past?.items || []),
      );
    } catch (error) {
      if (mine !== turn || version) return;
      if (error.status === 404) replace(host, el('p', { class: 'empty' }, t('not_found')));
      else failed(host, error, load);
    }
  };
  refreshView = load;
  load();
}

const refPath = (ref) =>
  `/records/${encodeURIComponent(ref.type)}/${encodeURIComponent(ref.id)}?scope=${encodeURIComponent(ref.scope)}`;

async function quietly(path) {
  try {
    return await api(path);
  } catch {
    return null;  // What is asked for this way only adds to a page.
  }
}

function recordCard(record, conflicts, template) {
  const type = state.schema.type(record.type);
  const fields = record.fields || {};
  const rows = [];
  const shownNames = new Set();
  for (const field of type?.fields || []) {
    shownNames.add(field.name);
    const value = fields[field.name];
    const open = conflicts.filter((conflict) => (conflict.fields || []).includes(field.name));
    if ((value === undefined || value === null) && !open.length) continue;
    rows.push(
      el('dt', {}, label(field.label, field.name)),
      el('dd', {}, valueNode(field, value, template), open.map((conflict) => losers(field, conflict))),
    );
  }
  // Fields that a newer version wrote: shown as they are rather than hidden.
  for (const [name, value] of Object.entries(fields)) {
    if (shownNames.has(name)) continue;
    rows.push(el('dt', {}, name), el('dd', {}, JSON.stringify(value)));
  }
  return el(
    'article',
    { class: 'card' },
    el('p', { class: 'quiet' }, state.schema.typeLabel(record.type)),
    el('h2', {}, titleOf(record)),
    el('p', { class: 'chips' }, chips(record)),
    (record.invalid || []).map((fault) =>
      el('p', { class: 'notice bad' },
        `${label(state.schema.field(record.type, fault.field)?.label, fault.field)}：${label(fault, fault.code)}`)),
    el('dl', { class: 'detail' }, rows),
    el('p', { class: 'quiet' }, t('changed', { when: whenFull(record.changed_at) })),
  );
}

function losers(field, conflict) {
  return el(
    'div',
    { class: 'notice warn' },
    el('p', {}, t('conflict_text', { field: label(field.label, field.name) })),
    (conflict.losers || []).map((loser) =>
      el('p', { class: 'strong' }, t('kept', {
        value: valueText(state.schema, field, loser.fields?.[field.name]),
        node: loser.node || '?',
        when: whenFull(loser.at),
      }))),
  );
}

function valueNode(field, value, template) {
  const withheld = value && typeof value === 'object' && (value.withheld || value.erased);
  if (withheld || value === null || value === undefined) return valueText(state.schema, field, value);
  switch (field.type) {
    case 'ref':
      return refLink(value);
    case 'refs':
      return Array.isArray(value) ? el('ul', {}, value.map((ref) => el('li', {}, refLink(ref)))) : String(value);
    case 'marks':
      return marksNode(field, value, template);
    case 'rows':
      return rowsNode(field, value);
    default:
      return valueText(state.schema, field, value);
  }
}

function refLink(ref) {
  if (!ref || typeof ref !== 'object' || !ref.type || !ref.id) return refText(ref);
  const text = refText(ref);
  const named = text === shortId(ref.id) ? `${state.schema.typeLabel(ref.type)} ${text}` : text;
  return el('a', { href: recordAddress({ scope: '', ...ref }) }, named);
}

/** Failed items first and open; the others folded away. */
function marksNode(field, marks, template) {
  const texts = new Map((template?.fields?.items || []).map((item) => [
    item.item_code ?? item.code, item.text ?? item.requirement ?? item.name ?? '',
  ]));
  const row = ([item, code]) =>
    el(
      'li',
      {},
      el('span', { class: `chip ${code === 'fail' ? 'bad' : code === 'ok' ? 'good' : ''}` },
        state.schema.choiceLabel(field, code)),
      el('span', {}, `${item} ${texts.get(item) || ''}`),
    );
  const entries = Object.entries(marks);
  const failures = entries.filter(([, code]) => code === 'fail');
  const others = entries.filter(([, code]) => code !== 'fail');
  return [
    el('ul', { class: 'marks' }, failures.map(row)),
    others.length
      ? el('details', {}, el('summary', {}, t('show_ok', { n: others.length })),
          el('ul', { class: 'marks' }, others.map(row)))
      : null,
  ];
}

function rowsNode(field, rows) {
  const columns = (field.columns || []).filter((column) =>
    rows.some((row) => row?.[column.name] !== undefined && row[column.name] !== null));
  return el(
    'div',
    { class: 'scroll' },
    el(
      'table',
      {},
      el('thead', {}, el('tr', {}, columns.map((column) =>
        el('th', { scope: 'col' }, label(column.label, column.name))))),
      el('tbody', {}, rows.map((row) => el('tr', {}, columns.map((column) =>
        el('td', {}, valueText(state.schema, column, row?.[column.name])))))),
    ),
  );
}

function historyCard(record, items) {
  const line = (item) => {
    const values = Object.entries(item.fields || {}).map(([name, value]) => {
      const field = state.schema.field(record.type, name);
      const text = field?.type === 'marks' && value && !value.withheld && !value.erased
        ? number(Object.keys(value).length)
        : field?.type === 'rows' && Array.isArray(value)
          ? number(value.length)
          : valueText(state.schema, field, value);
      return el('p', {}, `${label(field?.label, name)}：${text}`);
    });
    return el(
      'li',
      {},
      el('p', { class: 'strong' }, `${whenFull(item.at)} · ${t(`kind_${item.kind}`)}`),
      el('p', { class: 'quiet' }, item.kind === 'condensed'
        ? item.node
        : t('by', { node: item.node || shortId(item.author), seq: item.seq })),
      // The hub's clock on both sides, beside what the author's clock says.
      item.not_before || item.safe_since
        ? el('p', { class: 'quiet' }, t('between', {
          from: item.not_before ? whenFull(item.not_before) : '…',
          to: item.safe_since ? whenFull(item.safe_since) : '…',
        }))
        : null,
      values,
    );
  };
  return el(
    'section',
    { class: 'card' },
    el('h2', {}, t('history')),
    el('ol', { class: 'history' }, items.map(line)),
  );
}

// ---- Start --------------------------------------------------------------------------------------

showFrame();
route();
languageSwitch(byId('language'), () => {
  showAccount();
  showFrame();
  route();
});
window.addEventListener('hashchange', () => {
  route();
  window.scrollTo(0, 0);
  byId('main').focus({ preventScroll: true });
});
live(refresh);
showAccount();
