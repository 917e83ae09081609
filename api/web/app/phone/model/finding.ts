// finding.ts: what an inspector does with a finding that stands: look at it again, and close it.
import type { Wish } from '../../../peer/authoring.ts';
import { unhex } from '../../../peer/bytes.ts';
import { dayOf } from '../../shared/days.ts';
import type { Entry } from './entry.ts';
import { checkField, kRequired, type Faults } from './faults.ts';
import { inspectorsIn, type Around } from './inspection.ts';
import { wishFor, type Value } from './wishes.ts';

/** From these states it can be found fixed; of the others only some can be found not to be. */
const kToFixed = ['open', 'noticed', 'replied', 'second_notice'];
const kToNotFixed = ['noticed', 'replied'];
export const mayRecheck = (finding: Entry): boolean => kToFixed.includes(finding.code('status'));
export const mayFail = (finding: Entry): boolean => kToNotFixed.includes(finding.code('status'));
export const mayClose = (finding: Entry): boolean =>
  ['fixed', 'referred'].includes(finding.code('status'));
export const isOpen = (finding: Entry): boolean =>
  !['closed', 'withdrawn', 'fixed'].includes(finding.code('status'));

export interface RecheckDraft {
  form: 'recheck';
  /** Of the inspection that looking again is. */
  id: string;
  finding: string;
  result: string;
  inspectors: string;
  startedAt: number;
  photos: string[];
  note: string;
}
export function recheckFaults(draft: RecheckDraft, around: Around): Faults {
  const faults: Faults = new Map();
  if (!draft.result) faults.set('result', kRequired);
  if (inspectorsIn(draft.inspectors).length === 0) faults.set('inspectors', kRequired);
  checkField(faults, 'note', draft.note, around.catalog.type('inspection'), 'note');
  return faults;
}
/** An inspection of its own, and the finding moved on. Throws if the finding isn't here. */
export function recheckWishes(draft: RecheckDraft, around: Around, now: number): Wish[] {
  const finding = around.find(draft.finding);
  const before = finding && around.find(finding.ref('inspection'));
  if (!finding) throw new Error('the finding is gone');
  const scope = finding.scope;
  const type = around.catalog.type('inspection');
  const inspection = wishFor(
    type,
    { scope, id: unhex(draft.id) },
    {
      kind: { code: 'reinspection' },
      compound: { ref: finding.ref('compound') },
      company: { ref: finding.ref('company') },
      template: { ref: before?.ref('template') ?? '' },
      campaign: { ref: finding.ref('campaign') },
      inspectors: { raw: inspectorsIn(draft.inspectors) },
      started_at: { number: draft.startedAt },
      ended_at: { number: Math.max(now, draft.startedAt) },
      note: { text: draft.note },
      status: { code: 'submitted' },
    },
  );
  const key = `${type.number}/${scope}/${draft.id}`;
  return [inspection, findingAfter(draft, around, finding, key, dayOf(now))];
}
function findingAfter(
  draft: RecheckDraft,
  around: Around,
  finding: Entry,
  inspection: string,
  today: number,
): Wish {
  const fixed = draft.result === 'fixed';
  const first = finding.code('first_reinspection') === '';
  const photos = [...finding.files('photos'), ...draft.photos];
  const values: Record<string, Value> = {
    status: { code: fixed ? 'fixed' : 'not_fixed' },
    reinspection: { ref: inspection },
  };
  if (fixed) values['fixed_on'] = { number: today };
  if (first) {
    values['first_reinspection'] = { code: draft.result };
    values['reinspected_on'] = { number: today };
  }
  if (draft.photos.length > 0) values['photos'] = { raw: photos.map(unhex) };
  return wishFor(around.catalog.type('finding'), finding.name, values);
}
export function closeWish(finding: Entry, around: Around, now: number): Wish {
  return wishFor(around.catalog.type('finding'), finding.name, {
    status: { code: 'closed' },
    closed_on: { number: dayOf(now) },
  });
}
