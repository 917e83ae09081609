// questions.ts: what the node is asked for a figure, here and for these days.
import { computed, type ComputedRef } from 'vue';
import { address } from './address.ts';
import { useAnswers, type Held, type Question } from './asking.ts';
import { keyOf, type Figure, type Figures, type Row, type Statistic } from './figure.ts';
import { comparedDays, daysOf, type Days } from './period.ts';
import { useShown } from './shown.ts';

export type FigureQuestion = Question<'/api/v1/stats/{name}'>;

export function figureQuestion(
  name: string,
  by: string,
  days: Days,
  scope: string,
): FigureQuestion {
  return {
    path: '/api/v1/stats/{name}',
    asked: {
      path: { name },
      query: { by, from: days.from, to: days.to, ...(scope ? { scope } : {}) },
    },
  };
}
/** The days that are chosen, and those that they are compared with. */
export function useDays() {
  const { today } = useShown();
  const days = computed(() => daysOf(address.period, today.value));
  const compared = computed(() => comparedDays(address.period, address.compare, today.value));
  return { days, compared };
}
/** Of these days, split by the level below the chosen place. */
export function useFigures(
  statistics: () => readonly Statistic[],
  days: () => Days | null,
): ComputedRef<readonly Held<Figures>[]> {
  const { place } = useShown();
  return useAnswers(() => {
    const of = days();
    if (!of || !place.unit.value) return [];
    return statistics().map(({ name }) =>
      figureQuestion(name, place.split.value, of, place.scope.value),
    );
  });
}
/** The figure of the chosen place: the node's total, or a compound's own row. */
export function figureHere(answer: Figures | null | undefined): Figure | null {
  if (!answer) return null;
  if (!address.compound) return answer.total;
  return answer.rows.find((row) => keyOf(row, 'compound').code === address.compound) ?? null;
}
/** A row for each month, of the chosen place. */
export function monthRows(answer: Figures | null | undefined): ReadonlyMap<string, Row> {
  const rows = (answer?.rows ?? []).filter(
    (row) => !address.compound || keyOf(row, 'compound').code === address.compound,
  );
  return new Map(rows.map((row) => [keyOf(row, 'month').code, row]));
}
export const monthSplit = (): string => (address.compound ? 'compound,month' : 'month');

/** Where a node's spreadsheet of a figure is. */
export function fileHref(question: FigureQuestion, format: 'xlsx' | 'csv'): string {
  const { name } = question.asked.path as { name: string };
  const query = new URLSearchParams(question.asked.query as Record<string, string>);
  query.set('format', format);
  return `/api/v1/stats/${name}?${query.toString()}`;
}
