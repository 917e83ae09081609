// useTrend.ts: a figure's months, and those that they are compared with.
import { computed } from 'vue';
import { say } from '../shared/language.ts';
import { address } from './address.ts';
import { useAnswers } from './asking.ts';
import { isCount, valueOf, type Figure, type Kind } from './figure.ts';
import { comparedDays, daysOf, monthsOf, shifted, trendDays, type Days } from './period.ts';
import { figureQuestion, monthRows, monthSplit } from './questions.ts';
import { useShown } from './shown.ts';
import type { Series } from './trend.ts';

export interface Month {
  readonly month: string;
  readonly figure: Figure | null;
  readonly before: Figure | null;
}
export function useTrend(kind: () => Kind) {
  const { place, today } = useShown();
  const days = computed(() => trendDays(daysOf(address.period, today.value)));
  /** The same stretch, as far back as what the period is compared with. */
  const earlier = computed<Days | null>(() => {
    const compared = comparedDays(address.period, address.compare, today.value);
    if (!compared) return null;
    const [now] = monthsOf(daysOf(address.period, today.value));
    const [then] = monthsOf(compared);
    return shifted(days.value, now && then ? -apart(then, now) : 0);
  });
  const answers = useAnswers(() => {
    if (!place.unit.value) return [];
    const { name } = kind();
    return [days.value, earlier.value].flatMap((of) =>
      of ? [figureQuestion(name, monthSplit(), of, place.scope.value)] : [],
    );
  });
  const months = computed<Month[]>(() => {
    const [here, there] = answers.value.map(({ answer }) => (answer ? monthRows(answer) : null));
    const nothing = isCount(kind()) ? { numerator: 0, denominator: null } : null;
    const old = earlier.value ? monthsOf(earlier.value) : [];
    return monthsOf(days.value).map((month, i) => ({
      month,
      figure: here?.get(month) ?? (here ? nothing : null),
      before: there && old[i] ? (there.get(old[i]) ?? nothing) : null,
    }));
  });
  const series = computed<Series[]>(() => {
    const values = (pick: (month: Month) => Figure | null) =>
      months.value.map((month) => valueOf(kind(), pick(month)));
    const own = { name: say(['本时段', 'this period']), values: values(({ figure }) => figure) };
    if (!earlier.value) return [own];
    return [own, { name: say(['对比时段', 'compared']), values: values(({ before }) => before) }];
  });
  const refusal = computed(() => answers.value[0]?.refusal ?? '');
  return { months, series, refusal, earlier };
}
function apart(from: string, to: string): number {
  const [y = 0, m = 0] = from.split('-').map(Number);
  const [year = 0, month = 0] = to.split('-').map(Number);
  return (year - y) * 12 + month - m;
}
