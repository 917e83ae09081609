// login.js: logging in. The first account of a node is made at the desk (/office).
import { addTexts, api, el, explain, languageSwitch, loadSession, replace, t } from './linli.js';
import { field, form, valueOf } from './forms.js';

addTexts({
  login_title: ['登录', 'Sign in'],
  setup_title: ['首次设置', 'First set-up'],
  forgotten: ['忘了密码，请找本单位管理员重设。', 'Forgot it? This node’s administrator can set another.'],
  no_accounts: ['这个节点还没有账号，可直接使用，或先设置账号。', 'No accounts yet: use it as it is, or set one up.'],
  use: ['直接使用', 'Use it'],
});

const main = document.getElementById('main');

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

async function show() {
  document.getElementById('title').textContent = t('login_title');
  document.getElementById('skip').textContent = t('skip');
  try {
    const session = await loadSession();
    if (session.accounts) replace(main, loginForm());
    else {
      replace(main, el('div', { class: 'card' }, el('p', {}, t('no_accounts')),
        el('div', { class: 'actions' },
          el('a', { class: 'button main', href: '/office' }, t('setup_title')),
          !session.code_needed && el('a', { class: 'button', href: '/' }, t('use')))));
    }
    document.querySelector('input')?.focus();
  } catch (error) {
    replace(main, el('p', { class: 'notice bad' }, explain(error)));
  }
}

languageSwitch(document.getElementById('language'), show);
show();
