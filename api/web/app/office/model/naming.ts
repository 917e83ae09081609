// naming.ts: a record's name where nothing beside it says more: which compound, what it is called, its kind, its day.
import { api } from './api.ts';
import { typeNamed, type Field, type RecordType } from './schema.ts';
import { hiddenText, isEmpty, titleOf, valueText, type DeskRecord, type Ref } from './values.ts';

type Named = Pick<DeskRecord, 'type' | 'id' | 'title'> & Partial<Pick<DeskRecord, 'fields'>>;

/** Compound, kind, and the first day or time that this type has; plain ones alone, so that nobody's data is read for a name. */
function namingFields(type: RecordType): Field[] {
  const plain = type.fields.filter(({ protection }) => protection === 'plain');
  const found = [
    plain.find(({ name }) => name === 'compound'),
    plain.find(({ name, type: kind }) => name === 'kind' && ['choice', 'ref'].includes(kind)),
    plain.find(({ type: kind }) => kind === 'date' || kind === 'instant'),
  ];
  return found.filter((field) => field !== undefined);
}
/** Without any of these, as lists call it. */
export function fullName(record: Named, type: RecordType | null): string {
  const texts = (type ? namingFields(type) : [])
    .map((field) => [field, record.fields?.[field.name]] as const)
    .filter(([, value]) => !isEmpty(value) && !hiddenText(value))
    .map(([field, value]) => [field.name, valueText(field, value)] as const);
  const [compound, others] = [
    texts.filter(([name]) => name === 'compound').map(([, text]) => text),
    texts.filter(([name]) => name !== 'compound').map(([, text]) => text),
  ];
  const all = [...compound, record.title, ...others].filter(Boolean);
  return all.length ? [...new Set(all)].join(' · ') : titleOf(record);
}

const keyOf = ({ type, scope, id }: Ref): string => `${type}/${scope}/${id}`;
/** Names of records that are known by type, scope and id alone. Each is asked for once, and anew when `seen` is another. */
export class Names {
  private readonly known = new Map<string, { readonly seen: string; readonly record: Named }>();

  /** In the reader's language; empty before it was learnt. */
  of(asked: Ref): string {
    const record = this.known.get(keyOf(asked))?.record;
    return record ? fullName(record, typeNamed(record.type)) : '';
  }
  /** Never rejects: one that can't be read has the name that its title gives it. */
  async learn(records: readonly (Ref & { readonly seen: string })[]): Promise<void> {
    const distinct = new Map(records.map((record) => [keyOf(record), record]));
    await Promise.all(
      [...distinct].map(async ([key, { seen, ...record }]) => {
        if (this.known.get(key)?.seen === seen) return;
        this.known.set(key, { seen, record: await read(record) });
      }),
    );
  }
}
async function read(record: Ref): Promise<Named> {
  const type = typeNamed(record.type);
  const fields = (type ? namingFields(type) : []).map(({ name }) => name);
  const bare = { ...record, title: record.title ?? '' };
  if (fields.length === 0) return bare;
  const query = { scope: record.scope, fields: fields.join(',') };
  return api<DeskRecord>(`/records/${record.type}/${record.id}`, { query }).catch(() => bare);
}
