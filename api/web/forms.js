// forms.js: labelled fields, and a form that tells what is wrong.
import { addTexts, el, explain, replace, t } from './linli.js';

addTexts({
  name: ['账号名称', 'Name'],
  password: ['密码', 'Password'],
});

/** A field with its label, a hint below, and a place for what is wrong with it. */
export function field(id, text, { type = 'text', autocomplete, hint, optional } = {}) {
  return el('div', { class: 'field' },
    el('label', { for: id }, text),
    el('input', { id, type, autocomplete, required: !optional, maxlength: 200, spellcheck: 'false' }),
    hint && el('p', { class: 'quiet' }, hint));
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
