// related.ts: which types name records of another one, and how a new record begins with one of them.
import { mayWrite } from './desk.ts';
import { allTypes, type Field, type RecordType } from './schema.ts';
import { titleOf, type DeskRecord, type Ref } from './values.ts';

export interface Related {
  readonly type: RecordType;
  readonly field: Field;
  readonly mayAdd: boolean;
}
export const relatedOf = (name: string): readonly Related[] =>
  allTypes().flatMap((type) =>
    type.fields
      .filter((field) => field.targets?.includes(name) && field.type === 'ref' && type.number >= 10)
      .slice(0, 1)
      .map((field) => ({ type, field, mayAdd: mayWrite(type) })),
  );
export const listAddress = ({ type, field }: Related, { id }: DeskRecord): string =>
  `/list/${type.name}?${field.name}=${id}`;
export function newAddress({ type, field }: Related, record: DeskRecord): string {
  const parts = [field.name, record.type, record.scope, record.id, titleOf(record)];
  return `/new/${type.name}?about=${encodeURIComponent(parts.join('|'))}`;
}
/** Single values besides, `&with=item_code:F06`. */
export const withValue = (address: string, field: string, value: string): string =>
  `${address}&with=${encodeURIComponent(`${field}:${value}`)}`;
/** Which record, and in which field of the new one. */
export function aboutOf(begun: string): { field: string; ref: Ref } | undefined {
  const [field = '', type = '', scope = '', id = '', ...title] = begun.split('|');
  return field && id ? { field, ref: { type, scope, id, title: title.join('|') } } : undefined;
}
