// joining.ts: as what a machine may join.
import type { Text } from '../../shared/language.ts';

export const kRoles: readonly (readonly [string, Text])[] = [
  ['device', ['检查人员的手机', 'An inspector’s phone']],
  ['office', ['社区', 'Community office']],
  ['street', ['街道', 'Street office']],
  ['district', ['区县', 'District']],
  ['company', ['物业企业', 'Company']],
  ['relay', ['中转节点', 'Relay']],
];
export const kDurations: readonly (readonly [number, Text])[] = [
  [3600, ['一小时', 'An hour']],
  [86_400, ['一天', 'A day']],
  [604_800, ['七天', 'Seven days']],
];
export function roleText(role: string): Text {
  return kRoles.find(([name]) => name === role)?.[1] ?? [role, role];
}
