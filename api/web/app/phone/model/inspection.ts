// inspection.ts: the form for an inspection, from its draft to the records that come of it: one
// inspection, and one finding for each item that failed.
import type { Wish } from '../../../peer/authoring.ts';
import { CborMap } from '../../../peer/cbor_value.ts';
import { unhex } from '../../../peer/bytes.ts';
import { dayOf } from '../../shared/days.ts';
import type { Catalog } from './catalog.ts';
import { nameOf, type Entry, type Row } from './entry.ts';
import { checkField, kRequired, type Faults } from './faults.ts';
import { kFindingDays, kInspectorsMin, kMark, kVetoScoreMax, scoreOf } from './rules.ts';
import { plainText, wishFor } from './wishes.ts';
import { workedAtOrAfter, type Calendar } from './workdays.ts';

export interface Fix {
  readonly latitude: number;
  readonly longitude: number;
  /** Metres. */
  readonly accuracy: number;
}
export interface FindingDraft {
  /** Its record's id, in hexadecimal: however often it is saved, one finding comes of it. */
  id: string;
  wanted: boolean;
  severity: string;
  responsible: string;
  place: string;
  description: string;
  photos: string[];
}
export interface InspectionDraft {
  form: 'inspection';
  id: string;
  /** Key of the planned inspection that it carries out; empty: of none. */
  plan: string;
  kind: string;
  compound: string;
  company: string;
  template: string;
  campaign: string;
  inspectors: string;
  /** Milliseconds since 1970 UTC. */
  startedAt: number;
  fix: Fix | null;
  results: Record<string, number>;
  findings: Record<string, FindingDraft>;
  signer: string;
  refusedSign: boolean;
  note: string;
}
/** What the phone holds that a form needs. */
export interface Around {
  readonly catalog: Catalog;
  readonly find: (key: string) => Entry | null;
  /** A number that the bureau may have changed. */
  readonly setting: (code: string, otherwise: number) => number;
  readonly calendar: Calendar;
}

export const kPaired = ['routine', 'random', 'campaign'];
export const kPhotosMax = 9;
export const inspectorsIn = (text: string): string[] =>
  text
    .split(/[,，、;；\s]+/)
    .map(plainText)
    .filter((no) => no !== '');
export const itemsOf = (template: Entry | null): Row[] => template?.rows('items') ?? [];
export const isComplete = (draft: InspectionDraft, template: Entry | null): boolean =>
  itemsOf(template).every((item) => draft.results[item.text('item_code')] !== undefined);

/** What keeps it from being handed in. */
export function inspectionFaults(draft: InspectionDraft, around: Around, now: number): Faults {
  const faults: Faults = new Map();
  const type = around.catalog.type('inspection');
  for (const field of ['kind', 'compound', 'template'] as const)
    if (!draft[field]) faults.set(field, kRequired);
  const inspectors = inspectorsIn(draft.inspectors);
  const least = around.setting('inspectors_min', kInspectorsMin);
  if (inspectors.length === 0) faults.set('inspectors', kRequired);
  else if (kPaired.includes(draft.kind) && inspectors.length < least) {
    faults.set('inspectors', {
      text: [
        `例行、双随机、专项检查须有${String(least)}名以上检查人员`,
        `Routine, random and campaign inspections need ${String(least)} or more`,
      ],
    });
  }
  if (draft.kind === 'campaign' && !draft.campaign) faults.set('campaign', kRequired);
  if (draft.startedAt > now + 600_000) {
    faults.set('startedAt', { text: ['时间不得在将来', 'It can’t be in the future'] });
  }
  checkField(faults, 'signer', draft.signer, type, 'site_signer');
  checkField(faults, 'note', draft.note, type, 'note');
  checkItems(faults, draft, around);
  return faults;
}
function checkItems(faults: Faults, draft: InspectionDraft, around: Around): void {
  const template = around.find(draft.template);
  if (Object.keys(draft.results).length === 0 && draft.template) {
    faults.set('results', { text: ['请至少检查一项', 'Check at least one item'] });
  }
  const type = around.catalog.type('finding');
  for (const item of itemsOf(template)) {
    const code = item.text('item_code');
    const at = (field: string): string => `finding.${code}.${field}`;
    const finding = findingFor(draft, code);
    if (!finding) {
      // The photo that the checklist wants hangs on the finding.
      if (draft.results[code] === kMark.fail && item.flag('photo_required')) {
        faults.set(at('wanted'), {
          text: [
            '检查表要求这一项拍照，请登记为问题',
            'The checklist wants a photo of this item: record it as a finding',
          ],
        });
      }
      continue;
    }
    if (!finding.severity) faults.set(at('severity'), kRequired);
    if (!finding.responsible) faults.set(at('responsible'), kRequired);
    checkField(faults, at('place'), finding.place, type, 'place', true);
    checkField(faults, at('description'), finding.description, type, 'description', true);
    if (item.flag('photo_required') && finding.photos.length === 0) {
      faults.set(at('photos'), {
        text: ['检查表要求这一项拍照', 'The checklist wants a photo of this item'],
      });
    }
  }
}
/** The finding that comes of an item; null: none does. */
export function findingFor(draft: InspectionDraft, code: string): FindingDraft | null {
  const finding = draft.findings[code];
  return draft.results[code] === kMark.fail && finding?.wanted ? finding : null;
}

/** What is signed once there are no faults. `now` ends the inspection. */
export function inspectionWishes(draft: InspectionDraft, around: Around, now: number): Wish[] {
  const scope = nameOf(draft.compound).scope;
  const planned = draft.plan ? nameOf(draft.plan) : null;
  const place = { scope: planned?.scope ?? scope, id: planned?.id ?? unhex(draft.id) };
  const type = around.catalog.type('inspection');
  const template = around.find(draft.template);
  const fix = draft.fix;
  const wish = wishFor(type, place, {
    kind: { code: draft.kind },
    compound: { ref: draft.compound },
    company: { ref: draft.company },
    template: { ref: draft.template },
    campaign: { ref: draft.campaign },
    inspectors: { raw: inspectorsIn(draft.inspectors) },
    started_at: { number: draft.startedAt },
    ended_at: { number: Math.max(now, draft.startedAt) },
    location: { raw: fix && geo(fix) },
    results: { raw: new CborMap(Object.entries(draft.results)) },
    score: {
      number: scoreOf(scored(draft, template), around.setting('veto_score_max', kVetoScoreMax)),
    },
    site_signer: { text: draft.signer },
    refused_sign: draft.refusedSign ? { flag: true } : { raw: null },
    note: { text: draft.note },
    status: { code: 'submitted' },
  });
  const inspection = `${type.number}/${place.scope}/${planned ? draft.plan.split('/').pop() : draft.id}`;
  const findings = itemsOf(template).flatMap((item) => {
    const finding = findingFor(draft, item.text('item_code'));
    return finding ? [findingWish(draft, around, item, finding, inspection, place.scope)] : [];
  });
  return [wish, ...findings];
}
function scored(draft: InspectionDraft, template: Entry | null) {
  return itemsOf(template).flatMap((item) => {
    const mark = draft.results[item.text('item_code')];
    const weight = item.integer('weight') ?? 1;
    return mark === undefined ? [] : [{ weight, veto: item.flag('veto'), mark }];
  });
}
const geo = ({ latitude, longitude, accuracy }: Fix): number[] => [
  Math.round(latitude * 1e7),
  Math.round(longitude * 1e7),
  Math.round(accuracy * 10),
];

function findingWish(
  draft: InspectionDraft,
  around: Around,
  item: Row,
  finding: FindingDraft,
  inspection: string,
  scope: string,
): Wish {
  const found = dayOf(draft.startedAt);
  return wishFor(
    around.catalog.type('finding'),
    { scope, id: unhex(finding.id) },
    {
      inspection: { ref: inspection },
      compound: { ref: draft.compound },
      company: { ref: draft.company },
      campaign: { ref: draft.campaign },
      item_code: { text: item.text('item_code') },
      severity: { code: finding.severity },
      responsible: { code: finding.responsible },
      place: { text: finding.place },
      description: { text: finding.description },
      photos: { raw: finding.photos.length > 0 ? finding.photos.map(unhex) : null },
      found_on: { number: found },
      due_on: { number: dayDue(draft, around, finding.severity, found) },
      status: { code: 'open' },
    },
  );
}
/**
 * The days are the bureau's; where they end on a day off, the next one that is worked is the last. Danger waits for no
 * holiday: neither what is critical, nor what an emergency shortens (node/model/finding_rules.cpp).
 */
export function dayDue(
  draft: InspectionDraft,
  around: Around,
  severity: string,
  found: number,
): number {
  const days = around.setting(`finding_days_${severity}`, kFindingDays[severity] ?? 0);
  const campaign = draft.campaign ? around.find(draft.campaign) : null;
  const most = campaign?.code('kind') === 'emergency' ? campaign.integer('finding_days_max') : null;
  if (most !== null && most !== undefined && most >= 0 && most <= days) return found + most;
  return severity === 'critical' ? found + days : workedAtOrAfter(found + days, around.calendar);
}
