// forms.js: what the pages about people share: labelled fields, and a form that tells what is wrong.
import { addTexts, el, explain, replace, t } from './linli.js';

addTexts({
  name: ['账号名称', 'Name'],
  password: ['密码', 'Password'],
  again: ['再输一次', 'Once more'],
  not_same: ['两次输入不一致', 'The two aren’t the same'],
  password_hint: ['至少 10 个字符，例如几个互不相关的词', 'At least 10 characters, e.g. some unrelated words'],
  role: ['角色', 'Role'],
  admin: ['管理员（可管理账号）', 'Administrator (manages accounts)'],
});

/** A field with its label, a hint below, and a place for what is wrong with it. */
export function field(id, text, { type = 'text', autocomplete, hint, optional } = {}) {
  return el('div', { class: 'field' },
    el('label', { for: id }, text),
    el('input', { id, type, autocomplete, required: !optional, maxlength: 200, spellcheck: 'false' }),
    hint && el('p', { class: 'quiet' }, hint));
}

export function choice(id, text, options) {
  return el('div', { class: 'field' },
    el('label', { for: id }, text),
    el('select', { id }, options.map(([value, shown]) => el('option', { value }, shown))));
}

export function check(id, text) {
  return el('label', { class: 'check' }, el('input', { id, type: 'checkbox' }), text);
}

export const valueOf = (id) => document.getElementById(id).value;

/** Sends once at a time; `send` throws what is wrong. */
export function form(id, title, fields, button, send) {
  const fault = el('p', { class: 'fault', role: 'alert' });
  const submit = el('button', { class: 'button main', type: 'submit' }, button);
  const onsubmit = async (event) => {
    event.preventDefault();
    if (submit.disabled) return;
    submit.disabled = true;
    replace(fault);
    try {
      await send();
    } catch (error) {
      replace(fault, whatIsWrong(error));
    } finally {
      submit.disabled = false;
    }
  };
  return el('form', { id, class: 'card form', onsubmit },
    el('h2', {}, title), fields, fault, el('div', { class: 'actions' }, submit));
}

/** The node's own words: it knows whether it was the password, the wait or the role. */
function whatIsWrong(error) {
  return error.problem?.detail || explain(error);
}

export function mustBeSame(one, other) {
  if (valueOf(one) !== valueOf(other)) throw new Error(t('not_same'));
}
