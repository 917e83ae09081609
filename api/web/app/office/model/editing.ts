// editing.ts: one form being filled in: what it began with, what was typed, what the node says to it.
import { computed, reactive, ref, shallowRef } from 'vue';
import { say } from '../../shared/language.ts';
import { api, explain, randomKey, Refusal } from './api.ts';
import { mayEdit, movesFrom } from './desk.ts';
import { draftOf, dropDraft, keepDraft } from './drafts.ts';
import { emptyOf, Mistyped, typedOf, valueOf, type Draft, type Typed } from './form.ts';
import { fieldNamed, stateField, typeNamed, type Field, type RecordType } from './schema.ts';
import { aboutOf } from './related.ts';
import { hiddenText, isEmpty, type DeskRecord } from './values.ts';

export interface Place {
  readonly type: string;
  readonly id?: string | undefined;
  readonly scope?: string | undefined;
  /** Of a new record: another one that it begins with, as `about` in its address (related.ts). */
  readonly begun?: string | undefined;
  /** And a value of its own, `field:value`. */
  readonly given?: string | undefined;
  /** The state that the record is moved to; undefined: it is edited, or new. */
  readonly to?: string | undefined;
}
const same = (a: Typed | undefined, b: Typed | undefined): boolean =>
  JSON.stringify(a ?? '') === JSON.stringify(b ?? '');
const nameOf = ({ type, id, scope, to, begun, given }: Place): string =>
  id
    ? [to ? `move:${to}` : 'edit', type, id, scope ?? ''].join('|')
    : ['new', type, encodeURIComponent(begun ?? ''), encodeURIComponent(given ?? '')].join('|');

/** Which fields a form of this place has. */
function fieldsOf(type: RecordType, place: Place, record: DeskRecord | null): Field[] {
  const state = stateField(type);
  const moved = (field: Field): boolean =>
    field === state || (Boolean(field.group) && field.group === state?.group);
  const given = (field: Field): boolean => !isEmpty(record?.fields[field.name]);
  return type.fields.filter((field) => {
    if (!mayEdit(field) || field.type === 'bytes' || field.sealed) return false;
    if (record && (type.key.includes(field.name) || hiddenText(record.fields[field.name])))
      return false;
    if (place.to) return moved(field) && field !== state;
    if (!record) return true;
    return field !== state && (!moved(field) || given(field));
  });
}

export function useEditing(place: Place) {
  const type = typeNamed(place.type) as RecordType;
  const name = nameOf(place);
  const record = shallowRef<DeskRecord | null>(null);
  const fields = shallowRef<Field[]>([]);
  const typed = reactive<Draft>({});
  const faults = ref<Record<string, string>>({});
  const trouble = ref('');
  const busy = ref(false);
  const restored = ref<number | null>(null);
  /** What is typed is on the page alone: the browser has no room for it. */
  const unkept = ref(false);
  /** The record as somebody else saved it meanwhile. */
  const theirs = shallowRef<DeskRecord | null>(null);
  let base: Draft = {};
  let version: string | null = null;
  let key = randomKey();

  const draftFrom = (from: DeskRecord | null): Draft =>
    Object.fromEntries(
      fields.value.map((field) => [
        field.name,
        from ? typedOf(field, from.fields[field.name]) : emptyOf(field),
      ]),
    );
  async function load(): Promise<void> {
    try {
      if (place.id) {
        const query = { scope: place.scope };
        record.value = await api<DeskRecord>(`/records/${place.type}/${place.id}`, { query });
      }
      version = record.value?.version ?? null;
      fields.value = fieldsOf(type, place, record.value);
      base = draftFrom(record.value);
      const start = record.value ? {} : startValues(type, place);
      Object.assign(typed, draftFrom(record.value), start);
      const kept = draftOf(name);
      if (kept) {
        ({ base, version, key } = kept);
        Object.assign(typed, kept.typed);
        restored.value = kept.at;
      }
    } catch (error) {
      trouble.value = explain(error);
    }
  }
  function keepTyped(): void {
    const draft = { typed: { ...typed }, base, version, key, at: Date.now() };
    unkept.value = !keepDraft(name, draft);
  }
  function put(field: string, value: Typed): void {
    typed[field] = value;
    delete faults.value[field];
    keepTyped();
  }
  function drop(): void {
    dropDraft(name);
  }
  const changed = computed(() =>
    fields.value.filter((field) => !same(typed[field.name], base[field.name])),
  );

  /** What is sent: what was changed, or null if something can't be read. */
  function body(): Record<string, unknown> | null {
    const made: Record<string, unknown> = {};
    faults.value = {};
    for (const field of fields.value) {
      try {
        const value = valueOf(field, typed[field.name] ?? '');
        if (value === null && field.need === 'required' && !field.help) {
          faults.value[field.name] = say(['必填', 'Needed']);
        }
        if (!record.value && value !== null) made[field.name] = value;
        if (record.value && changed.value.includes(field)) made[field.name] = value;
      } catch (error) {
        if (!(error instanceof Mistyped)) throw error;
        faults.value[field.name] = say(error.text);
      }
    }
    if (place.to && type.state) made[type.state] = place.to;
    return Object.keys(faults.value).length ? null : made;
  }
  /** Resolves to the saved record, or null with what is wrong in `faults`, `trouble`, `theirs`. */
  async function save(): Promise<DeskRecord | null> {
    if (busy.value) return null;
    trouble.value = '';
    const made = body();
    if (!made) return null;
    busy.value = true;
    try {
      const saved = await send(made);
      drop();
      return saved;
    } catch (error) {
      take(error);
      return null;
    } finally {
      busy.value = false;
    }
  }
  function send(made: Record<string, unknown>): Promise<DeskRecord> {
    if (!record.value) {
      const headers = { 'Idempotency-Key': key };
      return api<DeskRecord>(`/records/${type.name}`, { method: 'POST', body: made, headers });
    }
    if (!Object.keys(made).length) return Promise.resolve(record.value);
    return api<DeskRecord>(`/records/${type.name}/${record.value.id}`, {
      method: 'PATCH',
      body: made,
      query: { scope: record.value.scope },
      headers: version ? { 'If-Match': `"${version}"` } : {},
    });
  }
  function take(error: unknown): void {
    const now = error instanceof Refusal && error.status === 412 ? error.body['now'] : null;
    if (now) {
      theirs.value = now as DeskRecord;
      return;
    }
    const shown = new Set(fields.value.map((field) => field.name));
    const rest: string[] = [];
    for (const fault of error instanceof Refusal ? error.faults : []) {
      const column = fault.field.split(/[.[]/)[0] ?? '';
      const text = say([fault.zh, fault.en]);
      if (shown.has(column)) faults.value[column] = text;
      else rest.push(text);
    }
    const told = Object.keys(faults.value).length > 0;
    trouble.value = rest.length ? rest.join(' ') : told ? '' : explain(error);
  }
  /** Goes on from what the other saved; `mine`: the fields whose typed value stays. */
  function agree(mine: ReadonlySet<string>): void {
    const now = theirs.value;
    if (!now) return;
    const fresh = draftFrom(now);
    for (const field of fields.value) {
      if (!mine.has(field.name)) typed[field.name] = fresh[field.name] ?? '';
    }
    base = fresh;
    version = now.version;
    record.value = now;
    theirs.value = null;
    keepTyped();
  }
  const isMine = (field: Field): boolean => !same(typed[field.name], base[field.name]);
  const isTheirs = (field: Field): boolean =>
    theirs.value !== null &&
    !same(typedOf(field, theirs.value.fields[field.name]), base[field.name]);
  return {
    type,
    record,
    fields,
    typed,
    faults,
    trouble,
    busy,
    restored,
    unkept,
    theirs,
    load,
    put,
    drop,
    save,
    agree,
    isMine,
    isTheirs,
  };
}
export type Editing = ReturnType<typeof useEditing>;

/** A new record's first state, where there is only one that this account may give. */
function startValues(type: RecordType, { begun: from, given = '' }: Place): Draft {
  const about = aboutOf(from ?? '');
  const named = fieldNamed(type, about?.field ?? '');
  const begun: Draft =
    about && named ? { [named.name]: named.type === 'refs' ? [about.ref] : about.ref } : {};
  const [name = '', ...value] = given.split(':');
  if (fieldNamed(type, name)) begun[name] = value.join(':');
  const firsts = movesFrom(type, null);
  const [only] = firsts;
  return type.state && only && firsts.length === 1 ? { ...begun, [type.state]: only.to } : begun;
}
