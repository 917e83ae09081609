// audit.js: who read personal data and who administered, for those who may look at that.
import { addTexts, api, el, explain, languageSwitch, loadSession, replace, showAccount, t, whenFull } from './linli.js';

addTexts({
  audit_title: ['审计日志', 'Audit log'],
  audit_text: [
    '读取个人信息和管理操作都记在这里，只增不改，逐条以校验值相连。',
    'Reads of personal data and acts of administration, only appended to and chained by hashes.',
  ],
  by_account: ['账号', 'Account'],
  by_record: ['记录编号', 'Record id'],
  from_day: ['自', 'Since'],
  show_it: ['查看', 'Show'],
  earlier: ['更早的', 'Earlier ones'],
  nothing: ['没有这样的记录', 'Nothing like that was noted'],
  verify: ['核验', 'Verify'],
  whole: ['完整：{n} 条，校验值 {head}', 'Whole: {n} rows, head {head}'],
  broken: ['日志被改动：{fault}', 'The log was altered: {fault}'],
  n_records: ['{n} 条记录', '{n} records'],
});

const main = document.getElementById('main');
let rows = null;

function about(item) {
  const parts = [item.type];
  if (item.records.length === 1) parts.push(item.records[0]);
  if (item.records.length > 1) parts.push(t('n_records', { n: item.records.length }));
  if (item.fields) parts.push(`[${item.fields}]`);
  parts.push(item.what, item.why && `（${item.why}）`);
  return parts.filter(Boolean).join(' ');
}

const row = (item) => el('li', { 'data-number': item.number, 'data-act': item.act },
  el('div', { class: 'head' }, el('b', {}, `${item.who} · ${item.act}`), el('time', {}, whenFull(item.at))),
  el('p', { class: 'brief' }, about(item)),
  el('p', { class: 'quiet' }, `#${item.number} · ${item.from}`));

async function load(before) {
  const query = new URLSearchParams({ limit: '50' });
  const put = (name, value) => value && query.set(name, value);
  put('account', document.getElementById('by-account').value.trim());
  put('record', document.getElementById('by-record').value.trim());
  const day = document.getElementById('since').value;
  put('since', day && `${day}T00:00:00+08:00`);
  put('before', before);
  try {
    const answer = await api(`/audit?${query}`);
    if (!before) replace(rows);
    document.getElementById('earlier')?.remove();
    rows.append(...answer.items.map(row));
    if (!rows.children.length) rows.append(el('li', { class: 'empty' }, t('nothing')));
    if (answer.before) {
      rows.after(el('button', { id: 'earlier', type: 'button', class: 'button', onclick: () => load(String(answer.before)) }, t('earlier')));
    }
  } catch (error) {
    replace(rows, el('li', { class: 'notice bad' }, explain(error)));
  }
}

async function verify() {
  const said = document.getElementById('verdict');
  try {
    const verdict = await api('/audit/verify');
    said.className = verdict.whole ? 'notice good' : 'notice bad';
    replace(said, verdict.whole
      ? t('whole', { n: verdict.rows, head: verdict.head.slice(0, 16) })
      : t('broken', { fault: verdict.fault }));
  } catch (error) {
    said.className = 'notice bad';
    replace(said, explain(error));
  }
}

const input = (id, text, type) => el('div', { class: 'field' },
  el('label', { for: id }, text), el('input', { id, type }));

function show() {
  document.getElementById('title').textContent = t('audit_title');
  document.getElementById('skip').textContent = t('skip');
  rows = el('ul', { class: 'records' });
  const onsubmit = (event) => {
    event.preventDefault();
    load();
  };
  replace(main,
    el('form', { class: 'card form', onsubmit },
      el('p', {}, t('audit_text')),
      el('div', { class: 'pair' }, input('by-account', t('by_account'), 'text'),
        input('by-record', t('by_record'), 'text'), input('since', t('from_day'), 'date')),
      el('div', { class: 'actions' },
        el('button', { class: 'button main', type: 'submit' }, t('show_it')),
        el('button', { id: 'verify', class: 'button', type: 'button', onclick: verify }, t('verify'))),
      el('p', { id: 'verdict', role: 'status' })),
    el('section', { class: 'card' }, rows));
  load();
}

languageSwitch(document.getElementById('language'), () => {
  show();
  showAccount();
});
loadSession().then(show, show);
showAccount();
