// due.ts: what is due at this office: which dates of which records count, and in which states.
import type { Text } from '../../shared/language.ts';
import { api } from './api.ts';
import { typeNamed } from './schema.ts';
import type { DeskRecord } from './values.ts';

export interface DueKind {
  readonly name: Text;
  readonly type: string;
  /** The day it is due on; a later one that replaces it (an extension), if the record has it. */
  readonly day: string;
  readonly later?: string;
  /** In which states it is still open. */
  readonly open: readonly string[];
  /** From how many days before it is told. */
  readonly ahead: number;
}
export const kDueKinds: readonly DueKind[] = [
  {
    name: ['问题整改', 'Findings to rectify'],
    type: 'finding',
    day: 'due_on',
    open: ['open', 'noticed', 'replied', 'not_fixed', 'second_notice'],
    ahead: 14,
  },
  {
    name: ['整改通知书', 'Rectification notices'],
    type: 'notice',
    day: 'due_on',
    later: 'extended_due_on',
    open: ['issued', 'served', 'extended'],
    ahead: 14,
  },
  {
    name: ['信息公示', 'Disclosures'],
    type: 'disclosure',
    day: 'due_on',
    open: ['expected', 'drafted', 'submitted', 'returned', 'checked'],
    ahead: 14,
  },
  {
    name: ['联席会议议题跟进', 'Matters of joint meetings'],
    type: 'matter',
    day: 'due_on',
    open: ['raised', 'accepted', 'assigned', 'in_progress', 'escalated', 'reopened'],
    ahead: 14,
  },
  {
    name: ['矛盾纠纷', 'Disputes'],
    type: 'dispute',
    day: 'due_on',
    later: 'extended_due_on',
    open: ['received', 'accepted', 'assigned', 'handling', 'mediating', 'escalated', 'reopened'],
    ahead: 7,
  },
  {
    name: ['业委会任期', 'Terms of committees'],
    type: 'committee',
    day: 'term_end',
    open: ['elected', 'filed', 'active', 'short'],
    ahead: 90,
  },
  {
    name: ['培训证明到期', 'Training certificates'],
    type: 'training_certificate',
    day: 'valid_until',
    open: ['valid'],
    ahead: 60,
  },
  {
    name: ['物业服务合同到期', 'Service contracts'],
    type: 'service_contract',
    day: 'end_on',
    open: ['signed', 'filed', 'active'],
    ahead: 90,
  },
];

export interface DueItem {
  readonly record: DeskRecord;
  readonly day: string;
}
export interface DueList {
  readonly kind: DueKind;
  readonly items: readonly DueItem[];
  /** There may be more than was read. */
  readonly cut: boolean;
}
const kMost = 300;

/** What of this kind is due up to `today` + ahead, the oldest first. */
export async function dueOf(kind: DueKind, until: string): Promise<DueList> {
  const type = typeNamed(kind.type);
  const known = new Set(
    type?.fields.find(({ name }) => name === type.state)?.values?.map(({ code }) => code),
  );
  const states = kind.open.filter((state) => known.has(state));
  const pages = await Promise.all(
    states.map((state) =>
      api<{ items: DeskRecord[]; next_cursor: string | null }>(`/records/${kind.type}`, {
        query: { [type?.state ?? 'status']: state, limit: kMost, order: 'newest' },
      }),
    ),
  );
  const items = pages
    .flatMap((page) => page.items)
    .map((record) => ({ record, day: dayOf(kind, record) }))
    .filter(({ day }) => day !== '' && day <= until)
    .sort((a, b) => a.day.localeCompare(b.day));
  return { kind, items, cut: pages.some((page) => page.next_cursor !== null) };
}
function dayOf(kind: DueKind, record: DeskRecord): string {
  const later = kind.later ? record.fields[kind.later] : null;
  return String(later ?? record.fields[kind.day] ?? '');
}
