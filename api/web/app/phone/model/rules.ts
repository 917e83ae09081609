// rules.ts: what a record's author works out before signing, as the nodes do (node/model/rules.cpp,
// inspection_rules.cpp, training.cpp): what figures need stands in the record itself.

export const kMark = { ok: 1, fail: 2, na: 3 } as const;
export interface ScoredItem {
  readonly weight: number;
  readonly veto: boolean;
  readonly mark: number;
}
/** Where the bureau has set no others: the settings inspectors_min and veto_score_max. */
export const kInspectorsMin = 2;
export const kVetoScoreMax = 59;

/** 0 to 100, half up; at most `vetoMax` if an item failed that vetoes. Null: nothing was marked that counts. */
export function scoreOf(items: readonly ScoredItem[], vetoMax = kVetoScoreMax): number | null {
  let good = 0;
  let all = 0;
  let vetoed = false;
  for (const { weight, veto, mark } of items) {
    if (mark === kMark.na) continue;
    all += weight;
    if (mark === kMark.ok) good += weight;
    else if (veto) vetoed = true;
  }
  if (all === 0) return null;
  const score = Math.floor((200 * good + all) / (2 * all));
  return vetoed ? Math.min(score, vetoMax) : score;
}

/** Days to rectify where the bureau has set no others. */
export const kFindingDays: Readonly<Record<string, number>> = {
  critical: 1,
  major: 7,
  general: 15,
  minor: 30,
};
/** [D] Of its minutes, to count as present. */
export const kPresencePercent = 80;

/** Is one who signed in then present (node/model/rules.cpp, attendance_valid)? */
export function attendanceIsValid(
  session: { readonly from: number; readonly to: number },
  inAt: number,
  outAt: number | null,
  percent: number,
): boolean {
  const { from, to } = session;
  if (from >= to || inAt >= to) return false;
  if (outAt === null) return true;
  const present = Math.min(to, outAt) - Math.max(from, inAt);
  return present > 0 && present * 100 >= percent * (to - from);
}

/** [D] One device that signs in more people than that in so many minutes is flagged (node/model/attendance.cpp). */
export const kProxyPeopleMax = 10;
export const kProxyMinutes = 2;
/** Indices of the sign-ins (times in ms, in any order) that lie in a stretch of `minutes` with more than `most` of them. */
export function suspectedProxies(
  times: readonly number[],
  most: number,
  minutes: number,
): ReadonlySet<number> {
  const order = times.map((at, index) => ({ at, index })).sort((a, b) => a.at - b.at);
  const found = new Set<number>();
  let first = 0;
  order.forEach(({ at }, last) => {
    while (at - (order[first]?.at ?? at) > minutes * 60_000) ++first;
    if (last - first + 1 <= most) return;
    for (const one of order.slice(first, last + 1)) found.add(one.index);
  });
  return found;
}

/** Metres between two places, along the earth. */
export function metresBetween(
  a: { latitude: number; longitude: number },
  b: { latitude: number; longitude: number },
): number {
  const rad = Math.PI / 180;
  const dLat = (b.latitude - a.latitude) * rad;
  const dLon = (b.longitude - a.longitude) * rad;
  const h =
    Math.sin(dLat / 2) ** 2 +
    Math.cos(a.latitude * rad) * Math.cos(b.latitude * rad) * Math.sin(dLon / 2) ** 2;
  return 2 * 6_371_000 * Math.asin(Math.min(1, Math.sqrt(h)));
}
