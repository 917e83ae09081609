// What a record is called where nothing beside it says more: which compound, what, its kind, its day.
import { expect, it } from 'vitest';
import { fullName } from '../office/model/naming.ts';
import type { Field, RecordType } from '../office/model/schema.ts';
import { language } from '../shared/language.ts';

const label = (zh: string, en = zh) => ({ zh, en });
const field = (name: string, type: string, more: Partial<Field> = {}): Field => ({
  name,
  type,
  label: label(name),
  need: 'required',
  protection: 'plain',
  searched: false,
  ...more,
});
const kinds = [{ code: 'patrol', label: label('日常巡查', 'Patrol') }];
const typeOf = (name: string, title: string, fields: readonly Field[]): RecordType => ({
  number: 72,
  name,
  label: label(name),
  key: [],
  title,
  audience: 'ancestors',
  writers: [],
  removers: [],
  fields,
});
const inspection = typeOf('inspection', '', [
  field('kind', 'choice', { values: kinds }),
  field('compound', 'ref'),
  field('company', 'ref'),
  field('signed_on', 'date', { protection: 'personal' }),
  field('started_at', 'instant'),
  field('ended_at', 'instant'),
]);
const id = '0190a5b2-0000-7000-8000-0000000000aa';
const compound = { type: 'compound', scope: '410700', id: 'a', title: '样例家园' };

it('of an inspection says the compound, the kind and when it began', () => {
  const fields = {
    kind: 'patrol',
    compound,
    signed_on: '2026-01-04',
    started_at: '2026-01-05T09:00:00+08:00',
    ended_at: '2026-01-05T10:00:00+08:00',
  };
  const record = { type: 'inspection', id, title: '', fields };
  expect(fullName(record, inspection)).toBe('样例家园 · 日常巡查 · 2026-01-05 09:00');
  language.value = 'en';
  expect(fullName(record, inspection)).toBe('样例家园 · Patrol · 2026-01-05 09:00');
  language.value = 'zh';
  // Planned, and nobody knows yet when.
  const planned = { ...record, fields: { kind: 'patrol', compound } };
  expect(fullName(planned, inspection)).toBe('样例家园 · 日常巡查');
});
it('of what has a name of its own says that behind the compound', () => {
  const finding = typeOf('finding', 'place', [field('compound', 'ref'), field('due_on', 'date')]);
  const fields = { compound, due_on: '2026-02-01' };
  const record = { type: 'finding', id, title: '3号楼大堂', fields };
  expect(fullName(record, finding)).toBe('样例家园 · 3号楼大堂 · 2026-02-01');
  expect(fullName({ type: 'compound', id, title: '样例家园' }, null)).toBe('样例家园');
});
it('of what can’t be read says what there is', () => {
  const fields = { compound: { withheld: true }, kind: 'patrol' };
  expect(fullName({ type: 'inspection', id, title: '', fields }, inspection)).toBe('日常巡查');
  expect(fullName({ type: 'inspection', id, title: '' }, inspection)).toContain('000000aa');
});
