// login.js: logging in, and the first account of a node.
import { addTexts, api, el, explain, languageSwitch, loadSession, replace, t } from './linli.js';
import { choice, field, form, mustBeSame, valueOf } from './forms.js';

addTexts({
  login_title: ['登录', 'Sign in'],
  setup_title: ['首次设置', 'First set-up'],
  forgotten: ['忘了密码，请找本单位管理员重设。', 'Forgot it? This node’s administrator can set another.'],
  setup_text: [
    '这个节点还没有账号。第一个账号是管理员；之后每个人都要登录。',
    'This node has no accounts yet. The first is an administrator’s; from then on everybody logs in.',
  ],
  create: ['建立账号', 'Create it'],
  code: ['首次设置码（运行 linli serve 的窗口里）', 'Set-up code (linli serve prints it)'],
  no_accounts: ['这个节点还没有账号，可直接使用，或先设置账号。', 'No accounts yet: use it as it is, or set one up.'],
  use: ['直接使用', 'Use it'],
  r_bureau: ['市局', 'Bureau'],
  r_district: ['区县', 'District'],
  r_street: ['街道', 'Street office'],
  r_office: ['社区', 'Community office'],
  r_inspector: ['检查人员', 'Inspector'],
  r_company: ['物业企业', 'Company'],
  r_auditor: ['审计', 'Auditor'],
});

const kRoles = ['bureau', 'district', 'street', 'office', 'inspector', 'company', 'auditor'];
const main = document.getElementById('main');
const setUp = location.pathname === '/setup';

/** Only a path of this node: never a page elsewhere. */
function next() {
  const wanted = new URLSearchParams(location.search).get('next') || '/';
  return /^\/(?![/\\])/.test(wanted) ? wanted : '/';
}

function loginForm() {
  return form('login', t('login_title'), [
    field('name', t('name'), { autocomplete: 'username' }),
    field('password', t('password'), { type: 'password', autocomplete: 'current-password' }),
    el('p', { class: 'quiet' }, t('forgotten')),
  ], t('login_title'), async () => {
    await api('/session', {
      method: 'POST', body: { name: valueOf('name').trim(), password: valueOf('password') },
    });
    location.replace(next());
  });
}

function setUpForm(codeNeeded) {
  return form('setup', t('setup_title'), [
    el('p', {}, t('setup_text')),
    codeNeeded && field('code', t('code'), { autocomplete: 'one-time-code' }),
    field('name', t('name'), { autocomplete: 'username' }),
    choice('role', t('role'), kRoles.map((role) => [role, t(`r_${role}`)])),
    field('password', t('password'), {
      type: 'password', autocomplete: 'new-password', hint: t('password_hint'),
    }),
    field('again', t('again'), { type: 'password', autocomplete: 'new-password' }),
  ], t('create'), async () => {
    mustBeSame('password', 'again');
    await api('/setup', {
      method: 'POST',
      body: {
        name: valueOf('name').trim(), role: valueOf('role'), password: valueOf('password'),
        ...(codeNeeded ? { code: valueOf('code').trim() } : {}),
      },
    });
    location.replace('/');
  });
}

async function show() {
  document.getElementById('title').textContent = t(setUp ? 'setup_title' : 'login_title');
  document.getElementById('skip').textContent = t('skip');
  try {
    const session = await loadSession();
    if (setUp && session.accounts) return location.replace('/login');
    if (setUp) replace(main, setUpForm(session.code_needed));
    else if (session.accounts) replace(main, loginForm());
    else {
      replace(main, el('div', { class: 'card' }, el('p', {}, t('no_accounts')),
        el('div', { class: 'actions' },
          el('a', { class: 'button main', href: '/setup' }, t('setup_title')),
          !session.code_needed && el('a', { class: 'button', href: '/' }, t('use')))));
    }
    document.querySelector('input')?.focus();
  } catch (error) {
    replace(main, el('p', { class: 'notice bad' }, explain(error)));
  }
}

languageSwitch(document.getElementById('language'), show);
show();
