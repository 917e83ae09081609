// nodeStates.ts: how a node of the city stands, worst first.
import type { Answer } from '../shared/api.ts';

export type CityNode = Answer<'/api/v1/nodes'>['items'][number];
export const kNodeStates = [
  'forked',
  'ended',
  'expiring',
  'silent',
  'fine',
  'replaced',
  'revoked',
] as const;
export type NodeStanding = (typeof kNodeStates)[number];

const kDayMs = 86_400_000;
const kSoonMs = 30 * kDayMs;

export function stateOf(node: CityNode, now: number): NodeStanding {
  if (node.revoked) return 'revoked';
  if (node.replaced_by) return 'replaced';
  if (node.forks > 0) return 'forked';
  const left = Date.parse(node.valid_until) - now;
  if (left < 0) return 'ended';
  if (left < kSoonMs) return 'expiring';
  // The hub doesn't talk to itself.
  if (node.role === 'hub') return 'fine';
  const last = node.last_contact ? Date.parse(node.last_contact) : 0;
  return now - last > kDayMs ? 'silent' : 'fine';
}
