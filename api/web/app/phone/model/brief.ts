// brief.ts: a record in a line: what it is called, and what stands beneath.
import { dayText, timeText } from '../../shared/formats.ts';
import { labelOf } from '../../shared/language.ts';
import type { Entry } from './entry.ts';

export interface Brief {
  readonly title: string;
  readonly below: string;
}
/** A record that is here, by its key. */
export type Find = (key: string) => Entry | null;
const joined = (...parts: Array<string | false | null | undefined>): string =>
  parts.filter((part) => part).join(' · ');
const titleOf = (find: Find, key: string): string => (key && find(key)?.title()) || '';

const kBriefs: Readonly<Record<string, (entry: Entry, find: Find) => Brief>> = {
  compound: (entry) => ({ title: entry.title(), below: entry.text('address') }),
  company: (entry) => ({ title: entry.title(), below: entry.text('complaint_phone') }),
  inspection: (entry, find) => ({
    title: titleOf(find, entry.ref('compound')) || labelOf(entry.type.label),
    below: joined(entry.choiceText('kind'), timeOf(entry.integer('started_at'))),
  }),
  finding: (entry, find) => ({
    title: joined(titleOf(find, entry.ref('compound')), entry.text('place')),
    below: joined(entry.choiceText('severity'), entry.text('item_code'), dueText(entry)),
  }),
  notice: (entry, find) => ({
    title: entry.text('official_no') || entry.text('provisional_no'),
    below: joined(titleOf(find, entry.ref('compound')), dueText(entry)),
  }),
  rectification: (entry) => ({
    title: entry.text('text'),
    below: dayOrNot(entry.integer('done_on')),
  }),
  session: (entry, find) => ({
    title: entry.title() || titleOf(find, entry.ref('course')),
    below: joined(timeOf(entry.integer('starts_at')), entry.text('place')),
  }),
  attendance: (entry, find) => ({
    title: joined(find(entry.ref('person'))?.text('staff_no'), labelOf(entry.type.label)),
    below: joined(
      titleOf(find, entry.ref('session')),
      timeOf(entry.integer('in_at')),
      entry.flag('proxy_suspected') && labelOf(entry.type.field('proxy_suspected').label),
    ),
  }),
  staff: (entry, find) => ({
    title: joined(entry.text('staff_no'), entry.text('name')),
    below: joined(titleOf(find, entry.ref('company')), entry.choiceText('role')),
  }),
};
export function briefOf(entry: Entry, find: Find): Brief {
  const made = kBriefs[entry.type.name]?.(entry, find);
  const title = made?.title || entry.title() || labelOf(entry.type.label);
  return { title, below: made?.below ?? '' };
}
const timeOf = (ms: number | null): string => (ms === null ? '' : timeText(ms));
const dayOrNot = (day: number | null): string => (day === null ? '' : dayText(day));
function dueText(entry: Entry): string {
  const day = entry.integer('due_on');
  return day === null ? '' : `${labelOf(entry.type.field('due_on').label)} ${dayText(day)}`;
}
