// late.ts: who hasn't reported.
import type { Community, Freshness } from './figure.ts';

export const isLate = (community: Community): boolean => community.age !== 'fresh';
const kOrder: readonly string[] = ['never', 'week', 'day', 'fresh'];

/** Those that have been silent for longest, first. */
export function silentIn(freshness: Freshness | null | undefined): Community[] {
  return (freshness?.communities ?? [])
    .filter(isLate)
    .sort(
      (a, b) =>
        kOrder.indexOf(a.age) - kOrder.indexOf(b.age) ||
        String(a.last_report).localeCompare(String(b.last_report)) ||
        a.scope.localeCompare(b.scope),
    );
}
/** How many of a place's communities are late, or never reported. */
export function lateIn(freshness: Freshness | null | undefined, path: string): number {
  return (freshness?.communities ?? []).filter(
    ({ scope, age }) => age !== 'fresh' && `${scope}/`.startsWith(`${path}/`),
  ).length;
}
