// bureau.js: the city's figures on one page. It keeps itself up to date, and what it can't refresh
// stays on the screen with its age.
import {
  addDays, addTexts, ago, api, ApiError, eachOf, el, explain, figureText, figureValue, isEnglish,
  label, languageSwitch, live, loadNode, loadSchema, number, replace, serverNow, showAccount, store, stored, t,
  today, valueText, when, whenFull,
} from './linli.js';
import { barChart, chart, monthChart } from './charts.js';

addTexts({
  title: ['小区治理全市看板', 'Compound governance, the whole city'],
  connecting: ['正在连接', 'connecting'],
  connected: ['实时', 'live'],
  disconnected: ['已断开', 'disconnected'],
  disconnected_text: [
    '已断开：连不上市级节点。以下是 {ago}（{when}）的数据，恢复后自动更新。',
    'Disconnected: the hub can’t be reached. These figures are from {ago} ({when}); they update by themselves.',
  ],
  never_connected: [
    '已断开：连不上市级节点，正在重试。',
    'Disconnected: the hub can’t be reached; trying again.',
  ],
  inspection: ['检查', 'Inspections'],
  training: ['培训', 'Training'],
  disclosure: ['信息公开', 'Disclosures'],
  organisation: ['全市概况', 'The city'],
  period: ['统计时段', 'Period'],
  last12: ['近 12 个月', 'Last 12 months'],
  year: ['{year} 年', '{year}'],
  custom: ['自定义', 'Other'],
  from: ['从', 'from'],
  until: ['至（含）', 'to (incl.)'],
  bad_period: ['结束日期不能早于开始日期', 'The end can’t be before the start'],
  by_district: ['按区县', 'By district'],
  by_month: ['按月', 'By month'],
  by_dimension: ['构成', 'Mix'],
  district: ['区县', 'District'],
  month: ['月份', 'Month'],
  figure: ['数值', 'Value'],
  parts: ['分子 / 分母', 'Numerator / denominator'],
  stale_communities: ['逾 24 小时未上报', 'Not reported for 24 h'],
  warn_legend: ['“!”：该区县有社区逾 24 小时未上报或从未上报', '“!”: communities there are late or never reported'],
  chart_summary: ['{n} 项，合计 {total}', '{n} entries, total {total}'],
  freshness: ['数据新鲜度', 'Freshness'],
  reported: ['{n} / {of} 个社区 24 小时内已上报', '{n} of {of} communities reported within 24 h'],
  fresh: ['24 小时内', 'within 24 h'],
  late: ['逾 24 小时', 'over 24 h'],
  never: ['从未上报', 'never'],
  oldest: ['最早的一次上报：{when}（{ago}）', 'Oldest report: {when} ({ago})'],
  no_oldest: ['还没有社区上报', 'No community has reported yet'],
  fresh_tile: ['24 小时内已上报的社区', 'Communities reported within 24 h'],
  oldest_tile: ['最早一次：{ago}', 'oldest: {ago}'],
  attention: ['需要联系的社区', 'Communities to call'],
  all_communities: ['全部社区（{n}）', 'All communities ({n})'],
  community: ['社区', 'Community'],
  last_report: ['最近上报', 'Last report'],
  state: ['状态', 'State'],
  all_fresh: ['所有社区都在 24 小时内上报', 'Every community reported within 24 h'],
  conflicts: ['待复核的冲突', 'Conflicts to review'],
  conflicts_n: ['待复核的冲突（{n}）', 'Conflicts to review ({n})'],
  conflicts_none: ['没有冲突', 'No conflicts'],
  conflict_row: ['{title}：{fields}', '{title}: {fields}'],
  in_force: ['生效：{value}（{node}，{when}）', 'In force: {value} ({node}, {when})'],
  kept: ['另存：{value}（{node}，{when}）', 'Kept aside: {value} ({node}, {when})'],
  in_year: ['{title}（{year}）', '{title} ({year})'],
  source: ['来源：{source}', 'Source: {source}'],
  updated: ['更新于 {when}', 'Updated {when}'],
  failed_part: ['“{name}”没有取到：{why}', '“{name}” could not be read: {why}'],
  empty_period: ['这段时间没有数据。可以改选统计时段。', 'No data in this period. Try another one.'],
});

const kStaleMs = 24 * 3600 * 1000;

/** What is shown per family: key numbers in order; the first is drawn until another is chosen. */
const kFamilies = [
  {
    name: 'inspection',
    tiles: [
      'inspections', 'findings', 'inspection_coverage', 'rectified_on_time', 'overdue_findings',
      'first_pass', 'close_days',
    ],
    mix: { statistic: 'severity_mix', by: 'severity' },
  },
  {
    name: 'training',
    tiles: ['attendances', 'pm_coverage', 'company_coverage', 'person_hours', 'show_up'],
    mix: { statistic: 'attendances', by: 'course_kind' },
  },
  {
    name: 'disclosure',
    tiles: [
      'disclosure_on_time', 'disclosure_complete', 'overdue_disclosures', 'fee_collection_rate',
      'common_income_per_m2',
    ],
    mix: { statistic: 'disclosure_on_time' },
  },
];
const kCityTiles = ['managed_coverage', 'unmanaged'];

const state = {
  node: null,
  schema: null,
  answers: new Map(), // request → its last answer; kept while the hub can't be reached
  failures: new Map(), // request → why the hub refused it
  conflicts: [],
  figures: [],
  at: null, // when the answers were read
  reached: null,
  chosen: Object.fromEntries(kFamilies.map((family) => [family.name, family.tiles[0]])),
  period: periodFromAddress(),
};

// ---- The period ---------------------------------------------------------------------------------

// It stands in the address, so that a wall screen can be given one and keeps it.
function periodFromAddress() {
  const query = new URLSearchParams(location.search);
  const day = /^\d{4}-\d\d-\d\d$/;
  const [from, to] = [query.get('from'), query.get('to')];
  if (day.test(from || '') && day.test(to || '') && from < to) return { kind: 'custom', from, to };
  const year = query.get('year');
  return /^\d{4}$/.test(year || '') ? { kind: year } : { kind: 'last12' };
}

function rememberPeriod() {
  const { kind, from, to } = state.period;
  const query =
    kind === 'custom' ? `?from=${from}&to=${to}` : kind === 'last12' ? '' : `?year=${kind}`;
  history.replaceState(null, '', location.pathname + query);
}

/** [from, to): whole months for the last twelve, up to and including today. */
function bounds() {
  const { kind, from, to } = state.period;
  if (kind === 'custom') return { from, to };
  if (kind !== 'last12') return { from: `${kind}-01-01`, to: `${Number(kind) + 1}-01-01` };
  const [year, month] = today().split('-').map(Number);
  const first = new Date(Date.UTC(year, month - 12, 1)).toISOString().slice(0, 10);
  return { from: first, to: addDays(today(), 1) };
}

function monthsOf({ from, to }) {
  const list = [];
  let [year, month] = from.split('-').map(Number);
  // A window of centuries is a slip of the keyboard.
  while (list.length < 120) {
    const name = `${year}-${String(month).padStart(2, '0')}`;
    if (`${name}-01` >= to) break;
    list.push(name);
    month += 1;
    if (month > 12) [year, month] = [year + 1, 1];
  }
  return list;
}

// ---- Reading ------------------------------------------------------------------------------------

// The window of what is on the screen. It moves on at midnight, but only with an answer: a page
// that lost its hub keeps yesterday's.
const request = (name, by, { from, to } = state.range) =>
  `/stats/${name}?by=${by}&from=${from}&to=${to}`;

function requests(range) {
  const list = [];
  for (const family of kFamilies) {
    for (const name of family.tiles) list.push([name, 'district']);
    list.push([state.chosen[family.name], 'month']);
    const by = mixDimension(family);
    if (by) list.push([family.mix.statistic, by]);
  }
  for (const name of kCityTiles) list.push([name, 'district']);
  return list
    .filter(([name]) => !state.schema.statistics.size || state.schema.statistics.has(name))
    .map(([name, by]) => request(name, by, range));
}

function mixDimension(family) {
  const statistic = state.schema.statistics.get(family.mix.statistic);
  return family.mix.by || statistic?.dim1 || null;
}

/** Reads everything; the screen changes only when all of it has come. */
async function refresh() {
  try {
    const node = await loadNode();
    state.schema = state.schema && state.node?.version === node.version
      ? state.schema
      : await loadSchema();
    const range = bounds();
    const { period } = state;
    const answers = new Map();
    const failures = new Map();
    await eachOf(requests(range), async (path) => {
      try {
        answers.set(path, await api(path));
      } catch (error) {
        if (error.offline) throw error;
        failures.set(path, explain(error));
      }
    });
    const conflicts = await optional('/conflicts');
    const figures = state.schema.type('city_figure')
      ? await optional('/records/city_figure?limit=50')
      : null;
    Object.assign(state, {
      node, answers, failures, conflicts: conflicts?.items || [], figures: figures?.items || [],
      at: serverNow(), reached: true,
      // Another period may have been chosen meanwhile; its answers are on their way.
      range: period === state.period ? range : state.range,
    });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    state.reached = false;
  }
  show();
  return state.reached;
}

async function optional(path) {
  try {
    return await api(path);
  } catch (error) {
    if (error.offline) throw error;
    return null;
  }
}

// ---- The page -----------------------------------------------------------------------------------

state.range = bounds();

const byId = (id) => document.getElementById(id);
let view = null;

/** Builds the frame once per language; later updates only change what is in it. */
function build() {
  document.title = t('title');
  byId('subtitle').textContent = t('title');
  byId('skip').textContent = t('skip');
  view = { families: {}, notice: el('div', { role: 'alert' }) };
  view.hint = el('p', { class: 'notice', hidden: true });
  view.updated = el('p', { class: 'quiet' });
  const families = kFamilies.map((family) => buildFamily(family));
  replace(
    byId('main'),
    view.notice,
    el('div', { class: 'bar' }, buildPeriod(), view.updated),
    buildOverview(),
    view.hint,
    el('div', { class: 'families' }, families),
    buildFreshness(),
    buildConflicts(),
  );
}

function buildPeriod() {
  const thisYear = Number(today().slice(0, 4));
  const years = [];
  for (let year = thisYear; year >= Math.min(2021, thisYear); year--) years.push(String(year));
  if (/^\d{4}$/.test(state.period.kind) && !years.includes(state.period.kind)) {
    years.push(state.period.kind);
  }
  const { from, to } = bounds();
  const first = el('input', { type: 'date', id: 'from', value: from, required: true });
  const last = el('input', { type: 'date', id: 'until', value: addDays(to, -1), required: true });
  const fault = el('p', { class: 'fault', role: 'alert' });
  const custom = el(
    'div',
    { class: 'custom', hidden: state.period.kind !== 'custom' },
    el('span', {}, el('label', { for: 'from' }, t('from')), first),
    el('span', {}, el('label', { for: 'until' }, t('until')), last),
    fault,
  );
  const readDates = () => {
    fault.textContent = '';
    if (!first.value || !last.value) return;
    if (last.value < first.value) {
      fault.textContent = t('bad_period');
      return;
    }
    state.period = { kind: 'custom', from: first.value, to: addDays(last.value, 1) };
    periodChosen();
  };
  first.addEventListener('change', readDates);
  last.addEventListener('change', readDates);
  const option = (value, text) => el('option', { value }, text);
  const select = el(
    'select',
    {
      id: 'period',
      onchange: () => {
        custom.hidden = select.value !== 'custom';
        if (select.value === 'custom') {
          readDates();
          return;
        }
        state.period = { kind: select.value };
        periodChosen();
      },
    },
    option('last12', t('last12')),
    years.map((year) => option(year, t('year', { year }))),
    option('custom', t('custom')),
  );
  select.value = state.period.kind;
  return el(
    'div',
    { class: 'period' },
    el('label', { for: 'period' }, t('period')),
    select,
    custom,
  );
}

function buildOverview() {
  view.city = el('div', { class: 'tiles' });
  return el(
    'section',
    { class: 'card overview', 'aria-labelledby': 'h-city' },
    el('h2', { id: 'h-city' }, t('organisation')),
    view.city,
  );
}

function buildFamily(family) {
  const parts = { tiles: new Map() };
  const tiles = family.tiles.map((name) => {
    const value = el('span', { class: 'value' }, '…');
    const part = el('span', { class: 'part' });
    const title = el('span', { class: 'name' }, name);
    const button = el(
      'button',
      {
        type: 'button', class: 'tile', 'data-stat': name,
        onclick: () => {
          state.chosen[family.name] = name;
          show();
          update();
        },
      },
      title,
      value,
      part,
    );
    parts.tiles.set(name, { button, value, part, title });
    return button;
  });
  parts.chosen = el('h3', {});
  parts.definition = el('p', { class: 'quiet' });
  parts.district = buildChart(t('by_district'), barChart, 'district');
  parts.month = buildChart(t('by_month'), monthChart, 'month');
  parts.mix = buildChart(t('by_dimension'), barChart, 'mix');
  view.families[family.name] = parts;
  return el(
    'section',
    { class: `card family ${family.name}`, 'aria-labelledby': `h-${family.name}` },
    el('h2', { id: `h-${family.name}` }, t(family.name)),
    el('div', { class: 'tiles' }, tiles),
    parts.chosen,
    parts.definition,
    parts.district.node,
    parts.month.node,
    parts.mix.node,
  );
}

function buildChart(title, draw, kind) {
  const host = el('div', { class: 'plot' });
  const note = el('p', { class: 'quiet' });
  const heading = el('h4', {}, title);
  const body = el('div', { class: 'scroll' });
  const table = el('details', {}, el('summary', {}, t('table')), body);
  return {
    node: el('figure', { class: `figure ${kind}` }, el('figcaption', {}, heading), host, note, table),
    set: chart(host, draw),
    host, note, heading, body, table,
  };
}

function buildFreshness() {
  view.fresh = el('div', {});
  view.attention = el('div', { class: 'scroll' });
  view.everyone = el('div', { class: 'scroll tall' });
  view.everyoneTitle = el('summary', {});
  return el(
    'section',
    { class: 'card', 'aria-labelledby': 'h-fresh', id: 'freshness' },
    el('h2', { id: 'h-fresh' }, t('freshness')),
    view.fresh,
    view.attention,
    el('details', {}, view.everyoneTitle, view.everyone),
  );
}

function buildConflicts() {
  view.conflicts = el('ul', { class: 'conflicts' });
  view.conflictsTitle = el('h2', { id: 'h-conflicts' });
  return el(
    'section',
    { class: 'card', 'aria-labelledby': 'h-conflicts', id: 'conflicts' },
    view.conflictsTitle,
    view.conflicts,
  );
}

// ---- Showing ------------------------------------------------------------------------------------

function show() {
  showConnection();
  if (!state.node) return;
  byId('city').textContent = state.node.name;
  const freshness = state.answers.get(request(kFamilies[0].tiles[0], 'district'))?.freshness;
  const late = lateByDistrict(freshness);
  showOverview(freshness);
  for (const family of kFamilies) showFamily(family, late);
  showFreshness(freshness);
  showConflicts();
  showHint();
}

function showConnection() {
  const pill = byId('connection');
  pill.className = `pill ${state.reached === null ? '' : state.reached ? 'good' : 'bad'}`;
  pill.textContent =
    state.reached === null ? t('connecting') : state.reached ? t('connected') : t('disconnected');
  document.body.classList.toggle('old', state.reached === false);
  const at = state.at && new Date(state.at).toISOString();
  view.updated.textContent = at ? t('updated', { when: whenFull(at) }) : '';
  const text = state.reached !== false
    ? ''
    : at
      ? t('disconnected_text', { ago: ago(at), when: whenFull(at) })
      : t('never_connected');
  // The text changes each minute; a reader is told once.
  if (!text) replace(view.notice);
  else if (view.notice.firstChild) view.notice.firstChild.textContent = text;
  else replace(view.notice, el('p', { class: 'notice bad' }, text));
}

const meta = (name, answer) => ({ ...state.schema.statistics.get(name), ...answer, name });

function showTile(parts, name) {
  const path = request(name, 'district');
  const answer = state.answers.get(path);
  const statistic = meta(name, answer);
  parts.title.textContent = label(statistic.label, name);
  parts.button.title = label(statistic.definition);
  const failure = state.failures.get(path);
  const total = answer?.total;
  const waiting = !answer && !failure;
  parts.button.classList.toggle('waiting', waiting);
  // Another period's number must not stand under this period's name.
  parts.value.textContent = waiting ? '…' : total ? figureText(statistic, figureValue(statistic, total)) : '—';
  parts.part.textContent = failure
    ? failure
    : total && statistic.figure === 'percent'
      ? `${number(total.numerator)} / ${number(total.denominator ?? 0)}`
      : '';
  parts.button.dataset.numerator = total?.numerator ?? '';
  parts.button.dataset.denominator = total?.denominator ?? '';
}

function showFamily(family, late) {
  const parts = view.families[family.name];
  const chosen = state.chosen[family.name];
  for (const [name, tile] of parts.tiles) {
    showTile(tile, name);
    tile.button.setAttribute('aria-pressed', String(name === chosen));
  }
  const path = request(chosen, 'district');
  const statistic = meta(chosen, state.answers.get(path));
  parts.chosen.textContent = label(statistic.label, chosen);
  parts.definition.textContent = label(statistic.definition);
  showDistricts(parts.district, statistic, path, late);
  showMonths(parts.month, statistic, request(chosen, 'month'));
  const by = mixDimension(family);
  parts.mix.node.hidden = !by;
  if (by) showMix(parts.mix, family.mix.statistic, by);
}

function showDistricts(part, statistic, path, late) {
  const rows = (state.answers.get(path)?.rows || []).map((row) => {
    const { key, name } = groupOf(row, 'district');
    const value = figureValue(statistic, row);
    return { key, name, value, text: figureText(statistic, value), warn: late.get(key) || 0, row };
  });
  part.note.textContent = rows.some((row) => row.warn) ? t('warn_legend') : '';
  drawBars(part, statistic, path, rows, t('district'), true);
}

function showMix(part, name, by) {
  const path = request(name, by);
  const statistic = meta(name, state.answers.get(path));
  const rows = (state.answers.get(path)?.rows || []).map((row) => {
    const { key, name: given } = groupOf(row, by);
    const value = figureValue(statistic, row);
    const text = given === key ? state.schema.codeLabel(by, key) : given;
    return { key, name: text, value, text: figureText(statistic, value), row };
  });
  part.heading.textContent = `${label(statistic.label, name)} · ${t('by_dimension')}`;
  drawBars(part, statistic, path, rows, t('by_dimension'), false);
}

/** A group's key is a code, or {code, name}. */
function groupOf(row, by) {
  const key = row.keys?.[by];
  if (key && typeof key === 'object') {
    const code = String(key.code ?? '');
    return { key: code, name: label(key.label) || label(key.name) || code };
  }
  const code = String(key ?? '');
  return { key: code, name: code || t('none') };
}

function drawBars(part, statistic, path, rows, heading, withLate) {
  if (isMissing(part, path, rows)) return;
  const total = state.answers.get(path)?.total;
  part.set({
    title: `${label(statistic.label)} · ${heading}`,
    summary: t('chart_summary', {
      n: rows.length,
      total: total ? figureText(statistic, figureValue(statistic, total)) : t('none'),
    }),
    percent: statistic.figure === 'percent',
    bars: rows,
  });
  const head = [heading, t('figure')];
  if (statistic.figure === 'percent') head.push(t('parts'));
  if (withLate) head.push(t('stale_communities'));
  showTable(part, head, rows.map((row) => {
    const cells = [row.name, row.text];
    if (statistic.figure === 'percent') cells.push(fraction(row.row));
    if (withLate) cells.push(row.warn ? number(row.warn) : '0');
    return cells;
  }));
}

function showMonths(part, statistic, path) {
  const answer = state.answers.get(path);
  const given = new Map((answer?.rows || []).map((row) => [groupOf(row, 'month').key, row]));
  if (isMissing(part, path, answer?.rows || [])) return;
  // A month without a row had nothing to count; a share of nothing is no share.
  const counts = statistic.figure === 'number' || statistic.figure === 'minutes';
  const points = monthsOf(state.range).map((month) => {
    const row = given.get(month) || (counts ? { numerator: 0, denominator: null } : null);
    const value = row ? figureValue(statistic, row) : null;
    return { month, value, text: figureText(statistic, value), row };
  });
  part.set({
    title: `${label(statistic.label)} · ${t('by_month')}`,
    summary: t('chart_summary', {
      n: points.length,
      total: answer ? figureText(statistic, figureValue(statistic, answer.total)) : t('none'),
    }),
    percent: statistic.figure === 'percent',
    line: !counts,
    format: (value) =>
      statistic.figure === 'percent' ? `${value}%` : number(value, 2),
    points,
  });
  const head = [t('month'), t('figure')];
  if (statistic.figure === 'percent') head.push(t('parts'));
  showTable(part, head, points.map((point) => {
    const cells = [point.month, point.text];
    if (statistic.figure === 'percent') cells.push(point.row ? fraction(point.row) : t('none'));
    return cells;
  }));
}

const fraction = (row) => `${number(row.numerator)} / ${number(row.denominator ?? 0)}`;

/** Says why there is no chart; answers whether there is none. */
function isMissing(part, path, rows) {
  const failure = state.failures.get(path);
  const waiting = !failure && !state.answers.has(path);
  const none = Boolean(failure) || waiting || rows.length === 0;
  part.table.hidden = none;
  if (none) {
    part.set(null);
    replace(part.host, el('p', { class: 'empty' }, failure || (waiting ? '…' : t('no_data'))));
  }
  return none;
}

function showTable(part, head, rows) {
  replace(part.body, table(head, rows));
}

function table(head, rows) {
  return el(
    'table',
    {},
    el('thead', {}, el('tr', {}, head.map((text) => el('th', { scope: 'col' }, text)))),
    el(
      'tbody',
      {},
      rows.map((cells) =>
        el('tr', {}, cells.map((cell, i) => (i ? el('td', {}, cell) : el('th', { scope: 'row' }, cell)))),
      ),
    ),
  );
}

function showOverview(freshness) {
  const tiles = [];
  for (const name of kCityTiles) {
    const answer = state.answers.get(request(name, 'district'));
    if (!answer) continue;
    const parts = {
      button: el('div', { class: 'tile', 'data-stat': name }),
      title: el('span', { class: 'name' }),
      value: el('span', { class: 'value' }),
      part: el('span', { class: 'part' }),
    };
    parts.button.append(parts.title, parts.value, parts.part);
    showTile(parts, name);
    tiles.push(parts.button);
  }
  const communities = freshness?.communities || [];
  const fresh = communities.filter((community) => freshnessOf(community) === 'fresh').length;
  tiles.push(
    el(
      'a',
      {
        class: `tile${fresh < communities.length ? ' warn' : ''}`, href: '#freshness',
        'data-figure': 'freshness',
      },
      el('span', { class: 'name' }, t('fresh_tile')),
      el('span', { class: 'value' }, `${number(fresh)} / ${number(communities.length)}`),
      freshness?.oldest
        ? el('span', { class: 'part' }, t('oldest_tile', { ago: ago(freshness.oldest) }))
        : null,
    ),
    el(
      'a',
      { class: `tile${conflictCount() ? ' warn' : ''}`, href: '#conflicts', 'data-figure': 'conflicts' },
      el('span', { class: 'name' }, t('conflicts')),
      el('span', { class: 'value' }, number(conflictCount())),
    ),
  );
  for (const record of state.figures) tiles.push(cityFigure(record));
  replace(view.city, tiles);
}

const conflictCount = () => state.node?.conflicts ?? state.conflicts.length;

/** A published figure with where it stands, e.g. the 101 demonstration sites of 2022. */
function cityFigure(record) {
  const { name, year, value, unit, source } = record.fields || {};
  const title = record.title || name || '';
  const dated = year && !title.includes(year) ? t('in_year', { title, year }) : title;
  return el(
    'div',
    { class: 'tile wide', 'data-figure': name },
    el('span', { class: 'name' }, dated),
    el(
      'span',
      { class: 'value' },
      Number.isFinite(value) ? number(value) : t('none'),
      unit ? el('small', {}, ` ${unit}`) : null,
    ),
    source ? el('span', { class: 'part' }, t('source', { source })) : null,
  );
}

// ---- Freshness and conflicts --------------------------------------------------------------------

function freshnessOf(community) {
  if (!community.last_report) return 'never';
  return serverNow() - Date.parse(community.last_report) > kStaleMs ? 'late' : 'fresh';
}

/** District code → how many of its communities are late. A scope reads city/district/street/… */
function lateByDistrict(freshness) {
  const late = new Map();
  for (const community of freshness?.communities || []) {
    if (freshnessOf(community) === 'fresh') continue;
    const district = community.scope.split('/')[1];
    late.set(district, (late.get(district) || 0) + 1);
  }
  return late;
}

function showFreshness(freshness) {
  if (!freshness) return;
  const order = { never: 0, late: 1, fresh: 2 };
  const list = freshness.communities
    .map((community) => ({ ...community, state: freshnessOf(community) }))
    .sort((a, b) =>
      order[a.state] - order[b.state] ||
      String(a.last_report).localeCompare(String(b.last_report)) ||
      a.scope.localeCompare(b.scope));
  const count = (wanted) => list.filter((community) => community.state === wanted).length;
  const chip = (kind) => el('span', { class: `chip ${kind}`, 'data-count': count(kind) }, `${t(kind)} ${count(kind)}`);
  replace(
    view.fresh,
    el('p', { class: 'strong' }, t('reported', { n: count('fresh'), of: list.length })),
    el('p', { class: 'chips' }, chip('fresh'), chip('late'), chip('never')),
    el(
      'p',
      { class: 'quiet' },
      freshness.oldest
        ? t('oldest', { when: whenFull(freshness.oldest), ago: ago(freshness.oldest) })
        : t('no_oldest'),
    ),
  );
  const bad = list.filter((community) => community.state !== 'fresh');
  replace(
    view.attention,
    bad.length
      ? [el('h3', {}, t('attention')), communityList(bad)]
      : list.length ? el('p', {}, t('all_fresh')) : null,
  );
  view.everyoneTitle.textContent = t('all_communities', { n: list.length });
  replace(view.everyone, communityList(list));
}

function communityList(list) {
  return el(
    'ul',
    { class: 'communities' },
    list.map((community) =>
      el(
        'li',
        { class: community.state, 'data-scope': community.scope },
        el('span', { class: 'who' }, community.name || community.scope),
        el('span', { class: 'where' }, districtName(community.scope)),
        el(
          'span',
          { class: `chip ${community.state}` },
          community.last_report ? `${when(community.last_report)} · ${ago(community.last_report)}` : t('never'),
        ),
      ),
    ),
  );
}

function districtName(scope) {
  const code = scope.split('/')[1];
  const rows = state.answers.get(request(kFamilies[0].tiles[0], 'district'))?.rows || [];
  const row = rows.find((candidate) => groupOf(candidate, 'district').key === code);
  return row ? groupOf(row, 'district').name : code || '';
}

function showConflicts() {
  view.conflictsTitle.textContent = t('conflicts_n', { n: number(conflictCount()) });
  if (!state.conflicts.length) {
    replace(view.conflicts, el('li', { class: 'quiet' }, t('conflicts_none')));
    return;
  }
  replace(view.conflicts, state.conflicts.slice(0, 50).map((conflict) => {
    const names = (conflict.fields || []).map((name) =>
      label(state.schema.field(conflict.type, name)?.label, name));
    return el(
      'li',
      {},
      el('p', { class: 'strong' }, t('conflict_row', {
        title: `${state.schema.typeLabel(conflict.type)} ${conflict.title || ''}`.trim(),
        fields: names.join(isEnglish() ? ', ' : '、'),
      })),
      el('p', {}, version('in_force', conflict.type, conflict.winner)),
      (conflict.losers || []).map((loser) => el('p', {}, version('kept', conflict.type, loser))),
    );
  }));
}

function version(key, type, entry) {
  const values = Object.entries(entry?.fields || {}).map(([name, value]) =>
    valueText(state.schema, state.schema.field(type, name), value));
  return t(key, { value: values.join(' · '), node: entry?.node || '?', when: whenFull(entry?.at) });
}

function showHint() {
  const empty = kFamilies.every((family) => {
    const total = state.answers.get(request(family.tiles[0], 'district'))?.total;
    return total && !total.numerator && !total.denominator;
  });
  view.hint.hidden = !empty;
  view.hint.textContent = empty ? t('empty_period') : '';
}

// ---- Start --------------------------------------------------------------------------------------

build();
languageSwitch(byId('language'), () => {
  showAccount();
  build();
  show();
});
if (stored('bureau_chosen')) {
  for (const family of kFamilies) {
    const name = stored('bureau_chosen')[family.name];
    if (family.tiles.includes(name)) state.chosen[family.name] = name;
  }
}
const soon = live(refresh);
function periodChosen() {
  state.range = bounds();
  rememberPeriod();
  update();
}

/** After a choice: remember it, and read what it needs at once. */
function update() {
  store('bureau_chosen', state.chosen);
  show();
  soon();
}
// Ages go on while nothing arrives; the same pass marks a community late the minute that it is.
setInterval(show, 30000);
showAccount();
