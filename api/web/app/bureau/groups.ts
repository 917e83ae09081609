// groups.ts: what the groups of a figure are called: a choice of the schema, or a record.
import { computed } from 'vue';
import { labelOf, say, type Label, type Text } from '../shared/language.ts';
import { useAnswer, useAnswers } from './asking.ts';
import type { Readable } from '../shared/api.ts';
import { shallowReactive } from 'vue';

export interface Field {
  readonly name: string;
  readonly label?: Label;
  readonly type: string;
  readonly unit?: string;
  readonly values?: readonly { readonly code: string; readonly label: Label }[];
}
export interface RecordType {
  readonly name: string;
  readonly label: Label;
  readonly fields?: readonly Field[];
}
const kDimensions: Readonly<Record<string, Text>> = {
  category: ['类别', 'Category'],
  campaign: ['专项行动', 'Campaign'],
  company: ['企业', 'Company'],
  course_kind: ['课程', 'Course'],
  credit_rule: ['信用规则', 'Rule'],
  days: ['天数', 'Days'],
  decision_kind: ['决定事项', 'Decision'],
  kind: ['类型', 'Kind'],
  month: ['月份', 'Month'],
  severity: ['严重程度', 'Severity'],
  source: ['来源', 'Source'],
};
/** Dimensions that are records: of the type of their own name, or of another. */
const kRecords: Readonly<Record<string, string>> = {
  campaign: 'campaign',
  company: 'company',
  credit_rule: 'credit_rule',
  item_code: 'template',
  'disclosure.kind': 'disclosure_kind',
};
interface NamedRecord {
  readonly id: string;
  readonly title?: string;
  readonly fields?: {
    readonly code?: string;
    readonly items?: readonly { readonly item_code: string; readonly text: string }[];
  };
}

export function useGroups() {
  const schema = useAnswer(() => ({ path: '/api/v1/schema', asked: {} }) as const);
  const types = computed(() => (schema.value.answer?.types ?? []) as readonly RecordType[]);
  /** Types of which a name was asked for. */
  const needed = shallowReactive(new Set<string>());
  const records = useAnswers(() =>
    [...needed].map((type) => ({
      path: `/api/v1/records/${type}` as Readable,
      asked: { query: { limit: 500 } } as object,
    })),
  );
  /** By a record's id, by its code, and of a template by its items' codes. */
  const titles = computed(() => {
    const found = new Map<string, string>();
    for (const { answer } of records.value) {
      for (const { id, title = '', fields } of (answer as { items?: NamedRecord[] })?.items ?? []) {
        found.set(id.replaceAll('-', ''), title);
        if (fields?.code) found.set(fields.code, title);
        for (const { item_code, text } of fields?.items ?? []) found.set(item_code, text);
      }
    }
    return found;
  });
  const type = (name: string): RecordType | null =>
    types.value.find((one) => one.name === name) ?? null;
  const field = (of: string, name: string): Field | null =>
    type(of)?.fields?.find((one) => one.name === name) ?? null;

  /** The field of the dimension's name that has this choice, the family's first; else any that has. */
  function choice(dimension: string, code: string, family: string): string {
    const own = types.value.filter(({ name }) => name.startsWith(family));
    let other = '';
    for (const { name, fields = [] } of [...own, ...types.value]) {
      for (const { name: called, values } of fields) {
        const found = values?.find((value) => value.code === code);
        if (!found) continue;
        if (called === dimension || `${name}_${called}` === dimension) return labelOf(found.label);
        other ||= labelOf(found.label);
      }
    }
    return other;
  }
  /** What a figure of this family calls one of its groups. */
  function groupName(dimension: string, code: string, family: string): string {
    if (!code) return say(['未注明', 'not given']);
    const record = kRecords[`${family}.${dimension}`] ?? kRecords[dimension];
    if (record) needed.add(record);
    const title = record && titles.value.get(code);
    if (title) return title;
    if (/^[0-9a-f]{32}$/.test(code)) return `…${code.slice(-8)}`;
    return choice(dimension, code, family) || code;
  }
  function dimensionName(dimension: string): string {
    const known = kDimensions[dimension];
    if (known) return say(known);
    for (const { fields = [] } of types.value) {
      const found = fields.find(({ name }) => name === dimension);
      if (found?.label) return labelOf(found.label);
    }
    return dimension;
  }
  const typeName = (name: string): string => labelOf(type(name)?.label, name);
  return { type, field, typeName, groupName, dimensionName };
}
export type Groups = ReturnType<typeof useGroups>;
