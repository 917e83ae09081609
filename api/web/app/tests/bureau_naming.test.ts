// What the bureau calls a record that two changed at once: its compound and its own name, in a few words.
import { expect, it } from 'vitest';
import { shortName, subjectOf } from '../bureau/naming.ts';

const ref = (name: string) => ({ name, type: 'ref' });
const compound = { type: 'compound', title: '样例家园' };

it('calls an inspection by its compound, and a finding by compound and place', () => {
  const fields = [ref('company'), ref('compound'), { name: 'kind', type: 'choice' }];
  const inspection = { name: 'inspection', label: { zh: '检查', en: 'Inspection' }, fields };
  expect(subjectOf(inspection, '')).toBe('compound');
  expect(shortName('', compound)).toBe('样例家园');
  expect(subjectOf(inspection, '3号楼大堂')).toBe('compound');
  expect(shortName('3号楼大堂', compound)).toBe('样例家园 · 3号楼大堂');
});
it('asks for another record’s name only where there is none', () => {
  const attendance = {
    name: 'attendance',
    label: { zh: '签到', en: 'Sign-in' },
    fields: [{ name: 'in_at', type: 'instant' }, ref('session'), ref('person')],
  };
  expect(subjectOf(attendance, '')).toBe('session');
  expect(subjectOf(attendance, '防汛演练')).toBe('');
  expect(subjectOf(null, '')).toBe('');
});
it('says nothing of what isn’t shown', () => {
  expect(shortName('', { withheld: true })).toBe('');
  expect(shortName('样例家园', undefined)).toBe('样例家园');
});
