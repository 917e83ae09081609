// ledgers.ts: a compound's disclosures, by kind and by year.
import { say } from '../../shared/language.ts';
import type { BarRow } from '../parts/BarRows.vue';
import { periodText, yearOf } from './periods.ts';
import type { DisclosureShort, Line } from './shapes.ts';

/** Periods of a chart: two years of quarters. */
const kPeriodsMax = 8;

export interface Kind {
  readonly code: string;
  readonly title: string;
  readonly count: number;
}
export const kindOf = (one: DisclosureShort): string => one.kind_code ?? one.kind.id;
export function kindsOf(items: readonly DisclosureShort[]): Kind[] {
  const kinds = new Map<string, Kind>();
  for (const one of items) {
    const code = kindOf(one);
    const before = kinds.get(code);
    kinds.set(code, {
      code,
      title: before?.title ?? one.kind.title ?? code,
      count: (before?.count ?? 0) + 1,
    });
  }
  return [...kinds.values()];
}
export interface Year {
  readonly year: string;
  readonly items: DisclosureShort[];
}
/** Newest first, as they come. */
export function yearsOf(items: readonly DisclosureShort[]): Year[] {
  const years = new Map<string, DisclosureShort[]>();
  for (const one of items) {
    const year = yearOf(one);
    years.set(year, [...(years.get(year) ?? []), one]);
  }
  return [...years]
    .map(([year, list]) => ({ year, items: list }))
    .sort((a, b) => b.year.localeCompare(a.year));
}
const hasSums = (one: DisclosureShort): boolean => Boolean(one.income_fen || one.cost_fen);

export interface Ledger {
  readonly kind: Kind;
  readonly rows: BarRow[];
}
/** Of each kind that tells income or costs: its last periods, oldest first. */
export function ledgersOf(items: readonly DisclosureShort[]): Ledger[] {
  return kindsOf(items.filter(hasSums)).map((kind) => {
    const own = items.filter((one) => kindOf(one) === kind.code && hasSums(one));
    const last = own.slice(0, kPeriodsMax).reverse();
    const rows = last.map(
      ({ id, period, income_fen, cost_fen }): BarRow => ({
        key: id,
        name: periodText(period),
        bars: [
          { kind: 'income', name: say(['收入', 'Income']), fen: income_fen ?? 0 },
          { kind: 'cost', name: say(['支出', 'Costs']), fen: cost_fen ?? 0 },
        ],
      }),
    );
    return { kind, rows };
  });
}
type Direction = 'income' | 'cost' | 'info';
export const directionOf = (line: Line): Direction => {
  const { code } = line.direction;
  return code === 'income' || code === 'cost' ? code : 'info';
};
/** A line each, the largest first; lines without a sum have no bar. */
export function barsOf(lines: readonly Line[]): BarRow[] {
  const names = {
    income: say(['收入', 'Income']),
    cost: say(['支出', 'Cost']),
    info: say(['金额', 'Amount']),
  };
  return lines
    .map((line, index) => ({ line, index }))
    .filter(({ line }) => line.amount_fen !== undefined)
    .sort((a, b) => Math.abs(b.line.amount_fen ?? 0) - Math.abs(a.line.amount_fen ?? 0))
    .map(({ line, index }): BarRow => {
      const kind = directionOf(line);
      return {
        key: String(index),
        name: line.name,
        bars: [{ kind, name: names[kind], fen: line.amount_fen ?? 0 }],
      };
    });
}
/** Opening + income − costs − closing, in fen: 0 where the account is right; null: it tells no
    balance. */
export function gapOf(one: {
  opening_fen?: number;
  closing_fen?: number;
  income_fen: number | null;
  cost_fen: number | null;
}): number | null {
  const { opening_fen, closing_fen, income_fen, cost_fen } = one;
  if (opening_fen === undefined || closing_fen === undefined) return null;
  if (income_fen === null || cost_fen === null) return null;
  return opening_fen + income_fen - cost_fen - closing_fen;
}
