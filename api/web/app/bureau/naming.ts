// naming.ts: what a record is called where nothing beside it says more, in a few words: its compound, and its own name. A
// conflict says neither of an inspection, whose type has no name of its own.
import { shallowReactive, watch } from 'vue';
import type { Readable } from '../shared/api.ts';
import { askNow } from './asking.ts';
import type { RecordType } from './groups.ts';

/** As a list of conflicts names a record; `seen` is another when the record has changed. */
export interface Named {
  readonly type: string;
  readonly id?: string;
  readonly scope?: string;
  readonly title?: string;
  readonly seen?: string;
}
/** The field that says what a record is about: its compound; without one, and without a name of its own, the first record that it names. */
export function subjectOf(type: RecordType | null, title: string): string {
  const names = (type?.fields ?? [])
    .filter((field) => field.type === 'ref')
    .map(({ name }) => name);
  if (names.includes('compound')) return 'compound';
  return title ? '' : (names[0] ?? '');
}
/** Empty where there is neither; nothing of what isn't shown to the reader. */
export function shortName(title: string, subject: unknown): string {
  const about = (subject as { readonly title?: unknown } | null | undefined)?.title;
  return [typeof about === 'string' ? about : '', title].filter(Boolean).join(' · ');
}

const keyOf = ({ type, scope = '', id = '', seen = '' }: Named): string =>
  [type, scope, id, seen].join('/');
/** Names of these; each record is read once for it, and again when it has changed. */
export function useNames(
  records: () => readonly Named[],
  typeOf: (name: string) => RecordType | null,
): (record: Named) => string {
  const subjects = shallowReactive(new Map<string, unknown>());
  async function learn(record: Named): Promise<void> {
    const subject = subjectOf(typeOf(record.type), record.title ?? '');
    if (!subject || !record.id || subjects.has(keyOf(record))) return;
    subjects.set(keyOf(record), null);
    const asked: object = { query: { scope: record.scope ?? '', fields: subject } };
    // One that can't be read keeps the name that it has; a lost hub is told elsewhere.
    const got = await askNow(
      `/api/v1/records/${record.type}/${record.id}` as Readable,
      asked,
    ).catch(() => null);
    const fields = (got as { readonly fields?: Readonly<Record<string, unknown>> } | null)?.fields;
    if (fields) subjects.set(keyOf(record), fields[subject]);
    else subjects.delete(keyOf(record));
  }
  watch(
    () => records().filter(({ type }) => typeOf(type)),
    (found) => void Promise.all(found.map(learn)),
    { immediate: true },
  );
  return (record) => shortName(record.title ?? '', subjects.get(keyOf(record)));
}
