// families.ts: which figures stand together. What there is, and what it is called, the node says; here
// stands only in which order, and which ones the bureau looks at first.
import type { Text } from '../shared/language.ts';
import type { Statistic } from './figure.ts';

const kNames: Readonly<Record<string, Text>> = {
  overview: ['总览', 'Overview'],
  inspection: ['检查与整改', 'Inspections'],
  training: ['业务培训', 'Training'],
  disclosure: ['信息公开', 'Disclosures'],
  service: ['服务与意见', 'Service'],
  assembly: ['业主自治', 'Self-government'],
  red_property: ['红色物业', 'Red property'],
  dispute: ['矛盾纠纷', 'Disputes'],
  credit: ['信用评价', 'Credit'],
  campaign: ['专项行动', 'Campaigns'],
  organisation: ['小区与企业', 'Compounds and companies'],
};
const kFirst: readonly string[] = [
  'inspection_coverage',
  'inspections',
  'rectified_on_time',
  'overdue_findings',
  'pm_coverage',
  'disclosure_on_time',
  'overdue_disclosures',
  'self_gov_coverage',
  'committee_coverage',
  'demo_sites',
  'meeting_regularity',
  'disputes',
  'closure_rate',
  'credit_events',
  'campaign_plan_progress',
  'managed_coverage',
  'unmanaged',
];
/** Shares of one whole each: a total of them says nothing (100%). */
const kMixes: readonly string[] = ['severity_mix', 'dispute_mix'];

export const familyName = (family: string): Text => kNames[family] ?? [family, family];

/** Families that the node has figures of, in the order above; those that we don't know, last. */
export function familiesOf(statistics: readonly Statistic[]): string[] {
  const found = new Set(statistics.map(({ family }) => family));
  const known = Object.keys(kNames).filter((name) => name === 'overview' || found.has(name));
  return [...known, ...[...found].filter((name) => !(name in kNames))];
}
export function figuresOf(statistics: readonly Statistic[], family: string): Statistic[] {
  if (family !== 'overview') {
    const all = statistics.filter((statistic) => statistic.family === family);
    return [
      ...all.filter(({ name }) => !kMixes.includes(name)),
      ...all.filter(({ name }) => kMixes.includes(name)),
    ];
  }
  return kFirst.flatMap((name) => statistics.find((statistic) => statistic.name === name) ?? []);
}
