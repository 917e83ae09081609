// inspection.js: the form for an inspection, filled in with a thumb, standing, perhaps in the rain.
// The draft is kept at each keystroke and holds the keys of its requests: however often "save" is
// tapped, repeated after a lost answer, or continued after a reload, one inspection comes of it.
import {
  addTexts, api, el, explain, fromWallTime, isEnglish, label, randomKey, replace, serverNow,
  shortId, store, stored, t, wallTime, whenFull,
} from './linli.js';

addTexts({
  new_title: ['新增检查', 'New inspection'],
  restored: ['已恢复 {when} 的草稿', 'Draft of {when} restored'],
  not_kept: [
    '这个浏览器不能保存草稿：离开本页会丢失内容。',
    'This browser can’t keep a draft: leaving this page loses it.',
  ],
  choose: ['请选择', 'Choose'],
  no_choices: ['本机还没有“{type}”，请先同步或登记', 'No “{type}” here yet; sync or add one first'],
  ended_hint: ['不填则为保存的时间', 'Left empty: when it is saved'],
  inspectors_hint: ['多人用顿号或空格分开', 'Separate several with commas'],
  checklist: ['检查表', 'Checklist'],
  no_items: ['这份检查表没有检查项', 'This checklist has no items'],
  choose_template: ['先选择检查表', 'Choose a checklist first'],
  veto: ['否决项', 'veto'],
  basis: ['依据：{basis}', 'Basis: {basis}'],
  add_finding: ['登记为问题，要求整改', 'Record as a finding'],
  progress: ['已查 {done} / {all}，不合格 {failed}', '{done} of {all} checked, {failed} failed'],
  progress_domain: ['{done} / {all}', '{done} / {all}'],
  save: ['保存', 'Save'],
  saving: ['正在保存…', 'Saving…'],
  save_anyway: ['仍然保存', 'Save anyway'],
  missing_items: ['还有 {n} 项没有查。可以补查，或再点一次保存。', '{n} items are unchecked. Check them, or save again.'],
  missing: ['请填写“{field}”', '“{field}” is required'],
  bad_times: ['结束时间不能早于开始时间', 'The end can’t be before the start'],
  no_answers: ['请至少检查一项', 'Check at least one item'],
  fix_faults: ['有 {n} 处需要改正，已标红', '{n} entries need correction, marked in red'],
  lost_answer: [
    '没有得到本机节点的答复。内容还在草稿里；再点一次“保存”即可，不会重复。',
    'The node didn’t answer. Everything is still in the draft; tap “Save” again, nothing is doubled.',
  ],
  not_saved: ['没有保存：{why}', 'Not saved: {why}'],
  already_saved: [
    '检查已保存在本机，下面的问题还没有。改正后再点保存。',
    'The inspection is saved on this node, the findings below are not yet. Correct them and save again.',
  ],
  saved: ['已保存在本机', 'Saved on this node'],
  saved_what: ['检查 1 份，问题 {n} 个', '1 inspection, {n} finding(s)'],
  saved_confirmed: ['市局已确认收到', 'The hub has confirmed it'],
  saved_waiting: [
    '等待市局确认：连上网络后自动送出，不用再操作',
    'Waiting for the hub’s confirmation: it is sent by itself once there is a network',
  ],
  show_record: ['查看记录', 'Show it'],
  another: ['再填一份', 'Another one'],
  to_list: ['返回列表', 'Back to the list'],
  back: ['‹ 返回', '‹ Back'],
  loading: ['正在读取…', 'Loading…'],
  finding_of: ['{item} 的问题', 'Finding on {item}'],
  other_faults: ['其他', 'Other'],
});

const kDraft = 'draft.inspection';
const kFallbackMarks = [
  { code: 'ok', label: { zh: '合格', en: 'OK' } },
  { code: 'fail', label: { zh: '不合格', en: 'Fail' } },
  { code: 'na', label: { zh: '不适用', en: 'N/A' } },
];
/** What a finding has from its inspection, its days included: the node works those out. */
const kFindingGiven = ['inspection', 'item_code', 'compound', 'company', 'found_on', 'due_on'];
/** Asked for by own controls or set by us; other required fields get a plain control. */
const kOwnFields = ['results', 'started_at', 'ended_at', 'inspectors'];
const kHeadFields = ['compound', 'kind', 'template', 'company'];
const kFindingFields = ['severity', 'place', 'description', 'responsible'];

let memory = null; // stands in where the browser keeps nothing
let kept = true;

function readDraft() {
  const draft = stored(kDraft) || memory;
  // One that an older page wrote may lack what was added since.
  return draft && typeof draft === 'object' ? { ...emptyDraft(), ...draft } : null;
}

/** When the draft was last written, or null. An untouched form is no draft. */
export function draftExists() {
  const draft = readDraft();
  return draft?.touched ? draft.at : null;
}

export function dropDraft() {
  memory = null;
  store(kDraft, null);
}

function keep(draft) {
  draft.touched = true;
  draft.at = new Date(serverNow()).toISOString();
  memory = draft;
  kept = store(kDraft, draft);
}

function emptyDraft() {
  const now = serverNow();
  return {
    key: randomKey(),
    fields: {
      // It begins when the form is opened and ends when it is saved, unless somebody says otherwise.
      started_at: wallTime(now),
      ended_at: '',
      inspectors: stored('inspectors') || '',
      template: stored('template') || '',
    },
    results: {},
    findings: {},
    extra: [], // fields that the node asked for in an answer
    saved: null,
    at: null,
    touched: false,
  };
}

const askable = (spec) =>
  spec.need !== 'derived' &&
  ['text', 'integer', 'boolean', 'date', 'instant', 'choice', 'ref'].includes(spec.type);

/** Shows the form in `main`. Answers with what news should call, or null. */
export function formView(main, state) {
  const { schema } = state;
  const type = schema.type('inspection');
  const findingType = schema.type('finding');
  const draft = readDraft() || emptyDraft();
  const restored = draft.touched;
  const marks = schema.field('inspection', 'results')?.values;
  const answers = marks?.length ? marks : kFallbackMarks;
  const lists = new Map(); // type → its records, to choose from
  const slots = new Map(); // field path → where its fault is shown, and its control
  let items = [];
  let saving = false;
  let anyway = false;
  let confirmedView = null;

  const field = (name) => schema.field('inspection', name);

  // ---- Controls ----

  function slot(path, name, control, hint) {
    const id = `f-${path.replace(/[^\w-]/g, '-')}`;
    const fault = el('p', { class: 'fault', id: `${id}-fault`, role: 'alert' });
    control.id = id;
    control.setAttribute('aria-describedby', fault.id);
    slots.set(path, { control, fault, name });
    return el(
      'div',
      { class: 'field' },
      el('label', { for: id }, name),
      control,
      hint ? el('p', { class: 'quiet' }, hint) : null,
      fault,
    );
  }

  function changed(path) {
    anyway = false;
    keep(draft);
    if (path) showFault(path, '');
    showProgress();
  }

  const options = (entries, value) => {
    const select = el(
      'select',
      {},
      el('option', { value: '' }, t('choose')),
      entries.map((entry) => el('option', { value: entry.value }, entry.text)),
    );
    select.value = entries.some((entry) => entry.value === value) ? value : '';
    return select;
  };

  const refValue = (record) => `${record.type}|${record.scope}|${record.id}`;
  const refOf = (value) => {
    const [refType, scope, id] = value.split('|');
    return { type: refType, scope, id };
  };

  /** One control for any field that a person fills in, by its type. */
  function control(path, spec, values) {
    const name = label(spec.label, spec.name);
    let input;
    if (spec.type === 'choice') {
      const entries = (spec.values || []).map((v) => ({ value: v.code, text: label(v.label, v.code) }));
      input = options(entries, values[spec.name]);
    } else if (spec.type === 'ref') {
      const records = (spec.targets || []).flatMap((target) => lists.get(target) || []);
      const entries = records.map((r) => ({ value: refValue(r), text: r.title || shortId(r.id) }));
      // One choice is no question.
      if (!values[spec.name] && entries.length === 1 && spec.need !== 'optional') {
        values[spec.name] = entries[0].value;
      }
      input = options(entries, values[spec.name]);
      if (!entries.length) input.disabled = true;
      if (values[spec.name] && !input.value && entries.length) values[spec.name] = '';
      if (!entries.length) {
        const target = schema.typeLabel(spec.targets?.[0] || '');
        input.firstChild.textContent = t('no_choices', { type: target });
      }
    } else if (spec.type === 'boolean') {
      input = options([{ value: 'true', text: t('yes') }, { value: 'false', text: t('no') }], values[spec.name]);
    } else {
      const kind = { integer: 'number', date: 'date', instant: 'datetime-local' }[spec.type] || 'text';
      const long = spec.name === 'description';
      input = long ? el('textarea', { rows: 3 }) : el('input', { type: kind, autocomplete: 'off' });
      input.value = values[spec.name] || '';
    }
    const listen = () => {
      values[spec.name] = input.value;
      changed(path);
    };
    input.addEventListener('input', listen);
    input.addEventListener('change', listen);
    return slot(path, name, input, label(spec.help) || null);
  }

  // ---- Checklist ----

  const itemCode = (item) => String(item.item_code ?? item.code ?? '');
  const itemText = (item) => item.text ?? item.requirement ?? item.name ?? '';

  function domainLabel(code) {
    const column = schema.field('template', 'items')?.columns?.find((c) => c.name === 'domain');
    return code ? schema.choiceLabel(column, code) : t('checklist');
  }

  function drawItems() {
    const chosen = (lists.get('template') || []).find((r) => refValue(r) === draft.fields.template);
    items = (chosen?.fields?.items || []).filter((item) => item && itemCode(item));
    for (const path of [...slots.keys()]) if (path.startsWith('finding.')) slots.delete(path);
    if (!chosen || !items.length) {
      replace(view.items, el('p', { class: 'empty' }, t(chosen ? 'no_items' : 'choose_template')));
      return;
    }
    const domains = new Map();
    for (const item of items) {
      const name = item.domain ?? '';
      if (!domains.has(name)) domains.set(name, []);
      domains.get(name).push(item);
    }
    view.counts = new Map();
    replace(view.items, [...domains].map(([name, group]) => {
      const count = el('span', {});
      view.counts.set(count, group);
      return el(
        'section',
        { class: 'card domain' },
        el('h3', {}, domainLabel(name), count),
        group.map(drawItem),
      );
    }));
  }

  function drawItem(item) {
    const code = itemCode(item);
    const finding = el('div', { hidden: true });
    const title = `item-${code}`;
    const node = el(
      'div',
      { class: 'item', role: 'radiogroup', 'aria-labelledby': title, 'data-item': code },
      el(
        'p',
        { id: title },
        el('span', { class: 'code' }, `${code} `),
        itemText(item),
        item.veto ? [' ', el('span', { class: 'chip bad' }, t('veto'))] : null,
      ),
      item.basis ? el('p', { class: 'quiet' }, t('basis', { basis: item.basis })) : null,
      el('div', { class: 'answers' }, answers.map((answer) =>
        el(
          'label',
          { class: answer.code },
          el('input', {
            type: 'radio', name: `item-${code}`, value: answer.code,
            checked: draft.results[code] === answer.code,
            onchange: () => {
              draft.results[code] = answer.code;
              node.classList.remove('missing');
              changed(`results.${code}`);
              drawFinding(item, finding);
            },
          }),
          el('span', {}, label(answer.label, answer.code)),
        ))),
      finding,
    );
    drawFinding(item, finding);
    return node;
  }

  function drawFinding(item, host) {
    const code = itemCode(item);
    for (const path of [...slots.keys()]) if (path.startsWith(`finding.${code}.`)) slots.delete(path);
    host.hidden = draft.results[code] !== 'fail' || !findingType;
    if (host.hidden) {
      replace(host);
      return;
    }
    // What was typed survives a slip to "ok" and back.
    const values = (draft.findings[code] ||= {
      wanted: true, severity: item.default_severity || '', responsible: 'company',
    });
    const fields = el('div', { class: 'form', hidden: !values.wanted });
    const specs = findingType.fields.filter((spec) =>
      asked(spec, [...kFindingFields, ...(values.extra || [])], kFindingGiven));
    specs.sort((a, b) => rank(a.name, kFindingFields) - rank(b.name, kFindingFields));
    replace(fields, specs.map((spec) => control(`finding.${code}.${spec.name}`, spec, values)));
    const general = el('p', { class: 'fault', role: 'alert' });
    slots.set(`finding.${code}.`, { control: null, fault: general, name: '' });
    replace(
      host,
      el(
        'div',
        { class: 'finding' },
        el(
          'label',
          { class: 'check' },
          el('input', {
            type: 'checkbox', checked: values.wanted,
            onchange: (event) => {
              values.wanted = event.target.checked;
              fields.hidden = !values.wanted;
              changed();
            },
          }),
          t('add_finding'),
        ),
        general,
        fields,
      ),
    );
  }

  const rank = (name, order) => order.indexOf(name) + 1 || order.length + 1;

  /** Whether a person is asked for a field: named by us, or required and neither derived nor ours. */
  function asked(spec, named, ours) {
    if (named.includes(spec.name)) return true;
    return !ours.includes(spec.name) && spec.need === 'required' && askable(spec);
  }

  // ---- Faults and progress ----

  function showFault(path, text) {
    const entry = slots.get(path);
    if (!entry) return false;
    entry.fault.textContent = text;
    if (text) entry.control?.setAttribute('aria-invalid', 'true');
    else entry.control?.removeAttribute('aria-invalid');
    return true;
  }

  const clearFaults = () => [...slots.keys()].forEach((path) => showFault(path, ''));

  /** A rule may ask for a field that the form hadn't: then it is asked from now on. */
  async function askFor(faults, item) {
    const kind = item ? findingType : type;
    const holder = item ? draft.findings[item] : draft;
    const path = (name) => (item ? `finding.${item}.${name}` : name);
    const names = faults.map((fault) => fault.field).filter((name) => {
      const spec = kind.fields.find((candidate) => candidate.name === name);
      return spec && askable(spec) && !slots.has(path(name)) && !kFindingGiven.includes(name);
    });
    if (!names.length) return;
    holder.extra = [...new Set([...(holder.extra || []), ...names])];
    keep(draft);
    for (const name of names) await learn(kind.fields.find((spec) => spec.name === name));
    if (!item) drawHead();
    drawItems();
  }

  /** Fetches what a ref may name, once. */
  async function learn(spec) {
    for (const target of spec.type === 'ref' ? spec.targets || [] : []) {
      if (!lists.has(target)) lists.set(target, await everything(target));
    }
  }

  /** Shows faults where they belong; what belongs nowhere stands at the button. Goes to the first. */
  function showFaults(faults, prefix = '') {
    const elsewhere = [];
    for (const fault of faults) {
      const text = label(fault, fault.code);
      const head = String(fault.field || '').split(/[.[]/)[0];
      if (!showFault(prefix + fault.field, text) && !showFault(prefix + head, text)) {
        const spec = schema.field(prefix ? 'finding' : 'inspection', head);
        elsewhere.push(spec ? `${label(spec.label)}：${text}` : text);
      }
    }
    if (prefix && elsewhere.length && showFault(prefix, elsewhere.join('；'))) elsewhere.length = 0;
    const first = [...slots.values()].find((entry) => entry.fault.textContent);
    const target = first?.control || first?.fault;
    target?.scrollIntoView({ block: 'center' });
    first?.control?.focus({ preventScroll: true });
    return elsewhere;
  }

  function say(text, tone = 'bad') {
    view.message.className = text ? `notice ${tone}` : '';
    view.message.textContent = text;
  }

  function showProgress() {
    const done = items.filter((item) => draft.results[itemCode(item)]);
    const failures = done.filter((item) => draft.results[itemCode(item)] === 'fail');
    view.progress.textContent = t('progress', {
      done: done.length, all: items.length, failed: failures.length,
    });
    for (const [count, group] of view.counts || []) {
      count.textContent = t('progress_domain', {
        done: group.filter((item) => draft.results[itemCode(item)]).length, all: group.length,
      });
    }
    view.save.textContent = saving ? t('saving') : anyway ? t('save_anyway') : t('save');
    view.save.disabled = saving;
    view.kept.hidden = kept;
  }

  // ---- Saving ----

  const inspectorList = () =>
    draft.fields.inspectors.split(/[、，,;；\s]+/).map((name) => name.trim()).filter(Boolean);

  function valueOf(spec, text) {
    if (text === undefined || text === '') return undefined;
    switch (spec.type) {
      case 'ref':
        return refOf(text);
      case 'integer':
        return Number(text);
      case 'boolean':
        return text === 'true';
      case 'instant':
        return fromWallTime(text);
      default:
        return text.trim();
    }
  }

  function inspectionBody() {
    const body = {};
    for (const spec of type.fields) {
      if (kOwnFields.includes(spec.name) || spec.type === 'state') continue;
      const value = valueOf(spec, draft.fields[spec.name]);
      if (value !== undefined) body[spec.name] = value;
    }
    body.started_at = fromWallTime(draft.fields.started_at);
    // Left empty, it ends when it is saved, and a repetition of that request says the same.
    body.ended_at = draft.fields.ended_at
      ? fromWallTime(draft.fields.ended_at)
      : draft.pending?.ended_at ||
        fromWallTime(wallTime(Math.max(serverNow(), Date.parse(body.started_at))));
    if (field('inspectors')) {
      body.inspectors = field('inspectors').type === 'text'
        ? draft.fields.inspectors.trim()
        : inspectorList();
    }
    const codes = new Set(items.map(itemCode));
    body.results = Object.fromEntries(
      Object.entries(draft.results).filter(([code]) => codes.has(code)));
    return body;
  }

  function findingBody(item) {
    const values = draft.findings[itemCode(item)];
    const body = { inspection: draft.saved.ref, item_code: itemCode(item) };
    const specs = findingType.fields;
    // A finding belongs to the compound and company of its inspection, where it has such fields.
    for (const name of ['compound', 'company']) {
      const spec = specs.find((candidate) => candidate.name === name);
      if (spec && spec.need !== 'derived' && draft.fields[name]) body[name] = refOf(draft.fields[name]);
    }
    for (const spec of specs) {
      if (spec.name in body || spec.type === 'state') continue;
      const value = valueOf(spec, values[spec.name]);
      if (value !== undefined) body[spec.name] = value;
    }
    return body;
  }

  const wantedFindings = () => items.filter((item) =>
    draft.results[itemCode(item)] === 'fail' && findingType && draft.findings[itemCode(item)]?.wanted);

  /** What can be told without asking the node. */
  function ownFaults() {
    const faults = [];
    const need = (path, spec, text) => {
      if (!text?.trim()) faults.push([path, t('missing', { field: label(spec.label, spec.name) })]);
    };
    for (const spec of type.fields) {
      if (spec.need === 'required' && slots.has(spec.name) && spec.name !== 'ended_at') {
        need(spec.name, spec, draft.fields[spec.name]);
      }
    }
    if (draft.fields.ended_at && draft.fields.ended_at < draft.fields.started_at) {
      faults.push(['ended_at', t('bad_times')]);
    }
    for (const item of wantedFindings()) {
      const values = draft.findings[itemCode(item)];
      for (const spec of findingType.fields) {
        const path = `finding.${itemCode(item)}.${spec.name}`;
        if (!slots.has(path)) continue;
        // A finding without words helps nobody, whatever the schema lets pass.
        if (spec.need === 'required' || spec.name === 'description' || spec.name === 'severity') {
          need(path, spec, values[spec.name]);
        }
      }
    }
    return faults;
  }

  /** The shortest way of states from a new record to `goal`; null: the schema knows none. */
  function movesTo(kind, goal) {
    const ways = [['']];
    const seen = new Set(['']);
    while (ways.length) {
      const way = ways.shift();
      const last = way[way.length - 1];
      if (last === goal) return way.slice(1);
      for (const move of kind.moves || []) {
        if ((move.from || '') !== last || seen.has(move.to)) continue;
        seen.add(move.to);
        ways.push([...way, move.to]);
      }
    }
    return null;
  }

  async function post(name, body, key) {
    return api(`/records/${name}`, { method: 'POST', body, headers: { 'Idempotency-Key': key } });
  }

  async function saveInspection() {
    const way = type.state ? movesTo(type, 'submitted') : null;
    // After a lost answer the very same bytes go again: a key stands for one request.
    draft.pending ||= { ...inspectionBody(), ...(way?.length ? { [type.state]: way[0] } : {}) };
    keep(draft);
    let record;
    try {
      record = await post('inspection', draft.pending, draft.key);
    } catch (error) {
      if (error.definite) {
        draft.pending = null;
        draft.key = randomKey();
        keep(draft);
      }
      throw error;
    }
    draft.saved = {
      id: record.id, scope: record.scope, version: record.version, way: (way || []).slice(1),
      ref: { type: 'inspection', scope: record.scope, id: record.id },
    };
    // What was edited while the answer was lost goes after it as a change of its own.
    const body = inspectionBody();
    const edits = Object.fromEntries(Object.entries(body).filter(([name, value]) =>
      JSON.stringify(value) !== JSON.stringify(draft.pending[name])));
    draft.saved.edits = Object.keys(edits).length ? edits : null;
    keep(draft);
  }

  async function patch(body) {
    const { id, scope } = draft.saved;
    const record = await api(
      `/records/inspection/${encodeURIComponent(id)}?scope=${encodeURIComponent(scope)}`,
      { method: 'PATCH', body, headers: { 'If-Match': draft.saved.version } },
    );
    draft.saved.version = record?.version ?? draft.saved.version;
  }

  /** Edits, then the moves that are left, each remembered once done. */
  async function finishInspection() {
    const { saved } = draft;
    if (saved.edits) {
      await patch(saved.edits);
      saved.edits = null;
      keep(draft);
    }
    while (saved.way.length) {
      try {
        await patch({ [type.state]: saved.way[0] });
      } catch (error) {
        // The answer to an earlier try was lost: see how far it got.
        if (error.status !== 412 && error.status !== 409) throw error;
        const path = `/records/inspection/${encodeURIComponent(saved.id)}?scope=${encodeURIComponent(saved.scope)}`;
        const record = await api(path);
        saved.version = record.version;
        if (record.state !== saved.way[0]) throw error;
      }
      saved.way.shift();
      keep(draft);
    }
  }

  async function saveFindings() {
    const way = findingType?.state ? movesTo(findingType, 'open') : null;
    for (const item of wantedFindings()) {
      const code = itemCode(item);
      const values = draft.findings[code];
      if (values.saved) continue;
      values.key ||= randomKey();
      values.pending ||= { ...findingBody(item), ...(way?.length ? { [findingType.state]: way[0] } : {}) };
      keep(draft);
      try {
        values.saved = (await post('finding', values.pending, values.key)).id;
      } catch (error) {
        if (error.definite) {
          values.key = null;
          values.pending = null;
          keep(draft);
        }
        error.item = code;
        throw error;
      }
      keep(draft);
    }
  }

  async function save() {
    // A second tap while the first is on its way does nothing.
    if (saving) return;
    say('');
    clearFaults();
    const faults = ownFaults();
    if (faults.length) {
      for (const [path, text] of faults) showFault(path, text);
      showFaults([]);
      say(t('fix_faults', { n: faults.length }));
      return;
    }
    const open = items.filter((item) => !draft.results[itemCode(item)]);
    if (items.length && open.length === items.length) {
      say(t('no_answers'));
      return;
    }
    if (open.length && !anyway) {
      anyway = true;
      for (const item of open) itemNode(item)?.classList.add('missing');
      itemNode(open[0])?.scrollIntoView({ block: 'center' });
      say(t('missing_items', { n: open.length }), 'warn');
      showProgress();
      return;
    }
    saving = true;
    showProgress();
    try {
      if (!draft.saved) await saveInspection();
      await finishInspection();
      await saveFindings();
      store('inspectors', draft.fields.inspectors);
      store('template', draft.fields.template);
      const { ref } = draft.saved;
      const count = wantedFindings().length;
      dropDraft();
      savedView(ref, count);
    } catch (error) {
      await refused(error);
    } finally {
      saving = false;
      anyway = false;
      if (!confirmedView) showProgress();
    }
  }

  const itemNode = (item) =>
    [...view.items.querySelectorAll('.item')].find((node) => node.dataset.item === itemCode(item));

  async function refused(error) {
    if (error.offline) {
      say(t('lost_answer'));
      return;
    }
    const prefix = error.item ? `finding.${error.item}.` : '';
    await askFor(error.faults || [], error.item).catch(() => {});
    const elsewhere = showFaults(error.faults || [], prefix);
    const parts = [];
    if (draft.saved) parts.push(t('already_saved'));
    if (elsewhere.length) parts.push(elsewhere.join('；'));
    else if (error.faults?.length) parts.push(t('fix_faults', { n: error.faults.length }));
    else parts.push(t('not_saved', { why: error.problem?.detail || explain(error) }));
    say(parts.join(' '));
  }

  // ---- After saving ----

  function savedView(ref, count) {
    const confirmation = el('p', { class: 'strong' }, t('saved_waiting'));
    confirmedView = async () => {
      const record = await api(
        `/records/inspection/${encodeURIComponent(ref.id)}?scope=${encodeURIComponent(ref.scope)}`);
      confirmation.textContent = record.confirmed ? t('saved_confirmed') : t('saved_waiting');
      card.classList.toggle('good', Boolean(record.confirmed));
    };
    const card = el(
      'section',
      { class: 'notice form', id: 'saved', role: 'status' },
      el('h2', {}, `✓ ${t('saved')}`),
      el('p', {}, t('saved_what', { n: count })),
      confirmation,
    );
    const address = `#/record/inspection/${encodeURIComponent(ref.id)}/${encodeURIComponent(ref.scope)}`;
    replace(
      main,
      card,
      el(
        'div',
        { class: 'actions' },
        el('a', { class: 'button main', href: '#/list/inspection' }, t('to_list')),
        el('a', { class: 'button', href: address }, t('show_record')),
        el('button', {
          type: 'button', class: 'button',
          onclick: () => window.dispatchEvent(new HashChangeEvent('hashchange')),
        }, t('another')),
      ),
    );
    window.scrollTo(0, 0);
    confirmedView().catch(() => {});
  }

  // ---- The page ----

  const view = {
    items: el('div', { class: 'form', id: 'items' }),
    head: el('div', { class: 'card' }),
    message: el('p', { role: 'alert' }),
    progress: el('p', {}),
    save: el('button', { type: 'submit', class: 'button main', id: 'save' }, t('save')),
    kept: el('p', { class: 'notice warn', hidden: true }, t('not_kept')),
    counts: null,
  };

  function drawHead() {
    const specs = type.fields.filter((spec) =>
      !kOwnFields.includes(spec.name) && asked(spec, [...kHeadFields, ...draft.extra], []));
    specs.sort((a, b) => rank(a.name, kHeadFields) - rank(b.name, kHeadFields));
    if (!draft.fields.kind) draft.fields.kind = field('kind')?.values?.[0]?.code || '';
    const templates = lists.get('template') || [];
    if (!templates.some((r) => refValue(r) === draft.fields.template)) {
      draft.fields.template = templates[0] ? refValue(templates[0]) : '';
    }
    const ended = field('ended_at') && { ...field('ended_at'), help: t('ended_hint') };
    const times = [field('started_at'), ended].filter(Boolean).map((spec) =>
      control(spec.name, spec, draft.fields));
    replace(
      view.head,
      specs.map((spec) => control(spec.name, spec, draft.fields)),
      field('inspectors')
        ? control('inspectors', { ...field('inspectors'), type: 'text', help: t('inspectors_hint') }, draft.fields)
        : null,
      el('div', { class: 'pair' }, times),
    );
    const template = slots.get('template')?.control;
    template?.addEventListener('change', () => {
      drawItems();
      showProgress();
    });
    const compound = slots.get('compound')?.control;
    compound?.addEventListener('change', () => companyOf(compound.value));
  }

  /** A compound's contract in force says which company serves it. */
  function companyOf(value) {
    const { id } = refOf(value);
    const contract = (lists.get('service_contract') || []).find((r) =>
      r.fields?.compound?.id === id && ['active', 'open_ended'].includes(r.state));
    const company = contract?.fields?.company;
    const select = slots.get('company')?.control;
    if (!company?.id || !select) return;
    const wanted = (lists.get('company') || []).find((r) => r.id === company.id);
    if (!wanted) return;
    select.value = draft.fields.company = refValue(wanted);
    keep(draft);
  }

  async function start() {
    for (const spec of type.fields) {
      if (asked(spec, [...kHeadFields, ...draft.extra], [])) await learn(spec);
    }
    for (const spec of findingType?.fields || []) {
      if (asked(spec, [], kFindingGiven)) await learn(spec);
    }
    if (schema.type('service_contract')) {
      lists.set('service_contract', await everything('service_contract'));
    }
    lists.set('template', usable(lists.get('template') || (await everything('template'))));
    replace(
      main,
      el('div', { class: 'actions' },
        el('a', { class: 'button narrow', href: '#/' }, t('back'))),
      el('h2', {}, t('new_title')),
      restored ? el('p', { class: 'notice', id: 'restored' }, t('restored', { when: whenFull(draft.at) })) : null,
      view.kept,
      el(
        'form',
        {
          class: 'form', novalidate: true,
          onsubmit: (event) => {
            event.preventDefault();
            save();
          },
        },
        view.head,
        view.items,
        el(
          'div',
          { class: 'save' },
          view.message,
          el('div', { class: 'row' }, view.progress, view.save),
        ),
      ),
    );
    drawHead();
    drawItems();
    showProgress();
    if (draft.saved) say(t('already_saved'), 'warn');
  }

  /** Templates that may be used: the published ones, where they have a state. */
  function usable(templates) {
    const published = templates.filter((r) => r.state === 'published');
    return published.length ? published : templates;
  }

  replace(main, el('p', { class: 'empty' }, t('loading')));
  const begin = () => start().catch((error) => {
    replace(
      main,
      el('p', { class: 'notice bad', role: 'alert' }, explain(error)),
      el('button', { type: 'button', class: 'button', onclick: begin }, t('retry')),
    );
  });
  begin();
  // News never touch a form that is being filled in; only the note after saving waits for them.
  return async () => confirmedView?.();
}

const kChoicesMax = 600;

/** All records of a type, to choose from; a type that this node doesn't hold has none. */
async function everything(type) {
  const list = [];
  let cursor = null;
  try {
    do {
      const query = `limit=200${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`;
      const page = await api(`/records/${encodeURIComponent(type)}?${query}`);
      list.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor && list.length < kChoicesMax);
  } catch (error) {
    if (error.status !== 404 && error.status !== 403) throw error;
  }
  return list.sort((a, b) =>
    String(a.title).localeCompare(String(b.title), isEnglish() ? 'en' : 'zh-CN'));
}
