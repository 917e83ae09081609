// schema.ts: what records are: types, fields, choices and moves, as the node tells them. Forms, lists
// and details are made from this alone.
import { shallowRef } from 'vue';
import { labelOf, type Label, type Text } from '../../shared/language.ts';
import { api } from './api.ts';

export interface Choice {
  readonly code: string;
  readonly label: Label;
}
export interface Field {
  readonly name: string;
  readonly type: string;
  readonly label: Label;
  readonly need: 'optional' | 'required' | 'conditional' | 'derived';
  readonly protection: 'plain' | 'erasable' | 'personal';
  readonly unit?: string;
  readonly values?: readonly Choice[];
  readonly targets?: readonly string[];
  readonly columns?: readonly Field[];
  readonly min?: number;
  readonly max?: number;
  readonly group?: number;
  readonly searched: boolean;
  readonly sealed?: boolean;
  readonly writers?: readonly string[];
  readonly help?: Label;
}
export interface Move {
  readonly from: string | null;
  readonly to: string;
  readonly roles: readonly string[];
}
export interface RecordType {
  readonly number: number;
  readonly name: string;
  readonly label: Label;
  readonly key: readonly string[];
  readonly title: string;
  /** Who receives its records: `below`: every node beneath; `everyone`; others: those above. */
  readonly audience: string;
  readonly writers: readonly string[];
  readonly removers: readonly string[];
  readonly state?: string;
  readonly moves?: readonly Move[];
  readonly frozen?: readonly string[];
  readonly fields: readonly Field[];
}

const types = shallowRef<ReadonlyMap<string, RecordType>>(new Map());

export async function loadSchema(): Promise<void> {
  const { types: list } = await api<{ types: RecordType[] }>('/schema');
  types.value = new Map(list.map((type) => [type.name, type]));
}
export const allTypes = (): readonly RecordType[] => [...types.value.values()];
export const typeNamed = (name: string): RecordType | null => types.value.get(name) ?? null;
export const typeLabel = (name: string): string => labelOf(typeNamed(name)?.label, name);
export const fieldNamed = (type: RecordType | null, name: string): Field | null =>
  type?.fields.find((field) => field.name === name) ?? null;
export const stateField = (type: RecordType | null): Field | null =>
  type?.state ? fieldNamed(type, type.state) : null;
export const choiceLabel = (field: Field | null, code: unknown): string =>
  labelOf(field?.values?.find((value) => value.code === code)?.label, String(code ?? ''));

/** Types by their numbers, as the schema hands them out: a family has a range of its own. */
const kFamilies: readonly { readonly from: number; readonly name: Text }[] = [
  { from: 10, name: ['机构、小区与企业', 'Units, compounds, companies'] },
  { from: 30, name: ['业务培训', 'Training'] },
  { from: 50, name: ['信息公开与服务', 'Disclosure and service'] },
  { from: 70, name: ['检查与整改', 'Inspections'] },
  { from: 90, name: ['业主大会与业委会', 'Assemblies and committees'] },
  { from: 120, name: ['红色物业', 'Red property'] },
  { from: 130, name: ['矛盾纠纷', 'Disputes'] },
  { from: 140, name: ['专项计划、信用与统计', 'Campaign plans, credit, figures'] },
  { from: 0, name: ['系统', 'System'] },
];
export interface Family {
  readonly name: Text;
  readonly types: readonly RecordType[];
}
export function families(): readonly Family[] {
  const starts = kFamilies.map(({ from }) => from).sort((a, b) => a - b);
  const startOf = (number: number): number => starts.filter((from) => from <= number).pop() ?? 0;
  return kFamilies
    .map(({ from, name }) => ({
      name,
      types: allTypes().filter(({ number }) => startOf(number) === from),
    }))
    .filter((family) => family.types.length > 0);
}

/** What a list shows beside the title: short, plain values that say something of any record. */
export function columnsOf(type: RecordType): readonly Field[] {
  const short = ['ref', 'choice', 'date', 'instant', 'integer', 'boolean', 'text'];
  return type.fields
    .filter(
      (field) =>
        short.includes(field.type) &&
        field.name !== type.title &&
        field.name !== type.state &&
        field.protection === 'plain' &&
        !(field.type === 'text' && (field.max ?? 0) > 200) &&
        field.need !== 'conditional',
    )
    .slice(0, 5);
}
/** What a list can be filtered by with a choice among few. */
export const filtersOf = (type: RecordType): readonly Field[] =>
  type.fields
    .filter(({ type: kind, values }) => values && (kind === 'choice' || kind === 'state'))
    .slice(0, 4);
