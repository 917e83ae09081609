// forms.ts: begins forms: a draft of its own each, kept before anything is typed.
import { hex } from '../../../peer/bytes.ts';
import { valueOf } from '../../../peer/store.ts';
import type { Entry } from '../model/entry.ts';
import type { RecheckDraft } from '../model/finding.ts';
import type { InspectionDraft } from '../model/inspection.ts';
import { useDrafts } from './drafts.ts';
import { engine } from './engine.ts';
import { usePhone } from './phone.ts';

/** The same people and the same checklist as last time. In the store: a browser writes down other settings when it likes. */
interface Usual {
  readonly inspectors: string;
  readonly template: string;
}
const kUsual = 'app/usual';
async function usual(): Promise<Usual> {
  const { store } = await engine();
  const kept = await store.read((tx) => valueOf<Usual>(tx, kUsual));
  return kept ?? { inspectors: '', template: '' };
}
export async function remember(draft: InspectionDraft | RecheckDraft): Promise<void> {
  const before = await usual();
  const template = draft.form === 'inspection' ? draft.template : before.template;
  const value: Usual = { inspectors: draft.inspectors, template };
  const { store } = await engine();
  await store.change((tx) => tx.put('values', { name: kUsual, value }));
}
const newHexId = async (): Promise<string> => hex(await usePhone().newId());

/** The checklist that was used last, if it still stands; the only one, if there is one. */
function usualTemplate(last: string): string {
  const phone = usePhone();
  const usable = phone.list('template').filter((entry) => entry.code('status') !== 'retired');
  const found = usable.find(({ key }) => key === last);
  return (found ?? (usable.length === 1 ? usable[0] : undefined))?.key ?? '';
}
/** Who manages the compound: the company of its contract that is in force; empty if none is here. */
export function companyOf(compound: string): string {
  const contract = usePhone()
    .list('service_contract')
    .find((entry) => entry.ref('compound') === compound && entry.code('status') === 'active');
  return contract?.ref('company') ?? '';
}

/** Answers with the draft's id. `of`: a compound, or a planned inspection. */
export async function beginInspection(of: Entry | null): Promise<string> {
  const plan = of?.type.name === 'inspection' ? of : null;
  const compound = plan ? plan.ref('compound') : (of?.key ?? '');
  const existing = plan && useDrafts().all.value.find(({ content }) => isOfPlan(content, plan.key));
  if (existing) return existing.id;
  const { inspectors, template } = await usual();
  const draft: InspectionDraft = {
    form: 'inspection',
    id: await newHexId(),
    plan: plan?.key ?? '',
    kind: plan?.code('kind') || 'patrol',
    compound,
    company: plan?.ref('company') || companyOf(compound),
    template: plan?.ref('template') || usualTemplate(template),
    campaign: plan?.ref('campaign') ?? '',
    inspectors: plan?.texts('inspectors').join(' ') || inspectors,
    startedAt: Date.now(),
    fix: null,
    results: plan ? Object.fromEntries(plan.marks('results')) : {},
    findings: {},
    signer: '',
    refusedSign: false,
    note: plan?.text('note') ?? '',
  };
  await useDrafts().begin(draft.id, draft);
  return draft.id;
}
const isOfPlan = (content: unknown, plan: string): boolean =>
  (content as { plan?: unknown } | null)?.plan === plan;

export async function beginRecheck(finding: Entry): Promise<string> {
  const before = useDrafts().all.value.find(
    ({ content }) => (content as RecheckDraft).finding === finding.key,
  );
  if (before) return before.id;
  const draft: RecheckDraft = {
    form: 'recheck',
    id: await newHexId(),
    finding: finding.key,
    result: '',
    inspectors: (await usual()).inspectors,
    startedAt: Date.now(),
    photos: [],
    note: '',
  };
  await useDrafts().begin(draft.id, draft);
  return draft.id;
}
