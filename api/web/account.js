// account.js: one's own account, and everybody's for administrators.
import {
  addTexts, api, el, explain, isEnglish, label, languageSwitch, loadSession, replace, t, toLogin, whenFull,
} from './linli.js';
import { check, choice, field, form, mustBeSame, valueOf } from './forms.js';

addTexts({
  account_title: ['账号', 'Account'],
  log_out: ['退出登录', 'Sign out'],
  back: ['返回工作台', 'Back to work'],
  audit_log: ['审计日志', 'Audit log'],
  change_password: ['修改密码', 'Change the password'],
  old: ['现在的密码', 'The password now'],
  new: ['新密码', 'New password'],
  changed: ['密码已改，其他设备上的会话已结束。', 'Changed. Sessions on other devices have ended.'],
  people: ['本节点的账号', 'Accounts of this node'],
  add: ['新增账号', 'Add an account'],
  added: ['已新增“{name}”。', '“{name}” was added.'],
  disable: ['停用', 'Disable'],
  enable: ['启用', 'Enable'],
  disabled: ['已停用', 'disabled'],
  administrator: ['管理员', 'administrator'],
  company: ['企业统一社会信用代码（仅企业账号）', 'Code of its company (role company only)'],
  company_hint: ['只能看到该企业人员的姓名和电话；不填则谁的也看不到。', 'It reads the names and telephones of that company’s people only; without a code, nobody’s.'],
  reset: ['重设密码', 'Set password'],
  reset_for: ['为“{name}”设新密码', 'A new password for “{name}”'],
  since: ['密码改于 {when}', 'password of {when}'],
});

const main = document.getElementById('main');
let session = null;
let roles = [];

const roleLabel = (name) => label(roles.find((role) => role.name === name)?.label, name);

function notice(text) {
  const said = el('p', { class: 'notice good', role: 'status' }, text);
  document.querySelector('.notice')?.remove();
  main.prepend(said);
}

async function logOut() {
  await api('/session', { method: 'DELETE' }).catch(() => null);
  toLogin();
}

function ownCard() {
  const { account } = session;
  const mayAudit = account.admin || ['bureau', 'auditor'].includes(account.role);
  return el('section', { class: 'card' },
    el('h2', { id: 'me' }, account.name),
    el('p', {}, roleLabel(account.role), account.admin ? ` · ${t('administrator')}` : ''),
    el('div', { class: 'actions' },
      el('a', { class: 'button main', href: '/' }, t('back')),
      mayAudit && el('a', { class: 'button', href: '/audit' }, t('audit_log')),
      el('button', { id: 'logout', type: 'button', class: 'button danger', onclick: logOut }, t('log_out'))));
}

function passwordForm() {
  return form('password-form', t('change_password'), [
    field('old', t('old'), { type: 'password', autocomplete: 'current-password' }),
    field('new', t('new'), {
      type: 'password', autocomplete: 'new-password', hint: t('password_hint'),
    }),
    field('again', t('again'), { type: 'password', autocomplete: 'new-password' }),
  ], t('change_password'), async () => {
    mustBeSame('new', 'again');
    await api('/session/password', { method: 'POST', body: { old: valueOf('old'), new: valueOf('new') } });
    await show();
    notice(t('changed'));
  });
}

async function change(account, changes) {
  try {
    await api(`/accounts/${account.actor}`, { method: 'PATCH', body: changes });
    await show();
  } catch (error) {
    await show();
    replace(document.getElementById(`fault-${account.actor}`), error.problem?.detail || explain(error));
  }
}

function resetForm(account) {
  const made = form('reset', t('reset_for', { name: account.name }), [
    field('reset-password', t('new'), { type: 'password', autocomplete: 'new-password', hint: t('password_hint') }),
  ], t('reset'), async () => {
    await api(`/accounts/${account.actor}/password`, { method: 'POST', body: { password: valueOf('reset-password') } });
    await show();
  });
  document.getElementById('reset')?.remove();
  document.getElementById('people').after(made);
  made.querySelector('input').focus();
}

function row(account) {
  const own = account.actor === session.account.actor;
  return el('li', { 'data-actor': account.actor, 'data-name': account.name },
    el('div', { class: 'head' }, el('b', {}, account.name),
      account.disabled && el('span', { class: 'chip bad' }, t('disabled'))),
    el('p', { class: 'brief' },
      [roleLabel(account.role), account.company, account.admin && t('administrator'),
        t('since', { when: whenFull(account.password_changed) })].filter(Boolean).join(isEnglish() ? ', ' : '，')),
    el('p', { class: 'fault', id: `fault-${account.actor}`, role: 'alert' }),
    !own && el('div', { class: 'actions' },
      el('button', {
        type: 'button', class: account.disabled ? 'button toggle' : 'button danger toggle',
        onclick: () => change(account, { disabled: !account.disabled }),
      }, t(account.disabled ? 'enable' : 'disable')),
      el('button', { type: 'button', class: 'button', onclick: () => resetForm(account) }, t('reset'))));
}

function addForm() {
  return form('add-form', t('add'), [
    field('add-name', t('name'), { autocomplete: 'off' }),
    choice('add-role', t('role'), roles.map((role) => [role.name, label(role.label)])),
    field('add-company', t('company'), { autocomplete: 'off', hint: t('company_hint'), optional: true }),
    check('add-admin', t('admin')),
    field('add-password', t('password'), {
      type: 'password', autocomplete: 'new-password', hint: t('password_hint'),
    }),
  ], t('add'), async () => {
    const name = valueOf('add-name').trim();
    await api('/accounts', {
      method: 'POST',
      body: {
        name, role: valueOf('add-role'), password: valueOf('add-password'),
        admin: document.getElementById('add-admin').checked,
        company: valueOf('add-company').trim(),
      },
    });
    await show();
    notice(t('added', { name }));
  });
}

async function show() {
  document.getElementById('title').textContent = t('account_title');
  document.getElementById('skip').textContent = t('skip');
  try {
    session = await loadSession();
    if (!session.account) return location.replace(session.accounts ? '/login' : '/setup');
    const list = session.account.admin ? await api('/accounts') : null;
    roles = list?.roles || roles;
    replace(main, ownCard(), passwordForm(),
      list && el('section', { class: 'card', id: 'people' }, el('h2', {}, t('people')),
        el('ul', { class: 'records' }, list.items.map(row))),
      list && addForm());
  } catch (error) {
    replace(main, el('p', { class: 'notice bad' }, explain(error)));
  }
}

languageSwitch(document.getElementById('language'), show);
show();
