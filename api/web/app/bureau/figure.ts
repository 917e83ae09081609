// figure.ts: a statistic's number as the node gives it, and as people read it. Nothing is summed here:
// a total is the node's own.
import { language, say } from '../shared/language.ts';
import type { Answer } from '../shared/api.ts';

export type Statistic = Answer<'/api/v1/stats'>['items'][number];
export type Figures = Answer<'/api/v1/stats/{name}'>;
export type Row = Figures['rows'][number];
export type Freshness = Figures['freshness'];
export type Community = NonNullable<Freshness['communities']>[number];
export interface Figure {
  readonly numerator: number;
  readonly denominator?: number | null;
}
/** What its text depends on. */
export type Kind = Pick<Statistic, 'name' | 'figure' | 'unit' | 'units'>;

const isDivided = (figure: Figure): boolean =>
  figure.denominator !== null && figure.denominator !== undefined;
/** Counts: where nothing happened, the figure is 0, not missing. */
export const isCount = ({ figure }: Kind): boolean => figure === 'number' || figure === 'minutes';
const isPerArea = ({ unit }: Kind): boolean => unit.code === 'yuan_per_m2';

/** For drawing and ordering; null: there is nothing to divide by. */
export function valueOf(kind: Kind, figure: Figure | null | undefined): number | null {
  if (!figure) return null;
  const { numerator, denominator } = figure;
  if (isDivided(figure) && !denominator) return null;
  const value = isDivided(figure) ? numerator / Number(denominator) : numerator;
  // Fen over 0.01 m² are yuan over m² already.
  if (isPerArea(kind)) return value;
  if (kind.figure === 'percent') return value * 100;
  if (kind.figure === 'fen') return value / 100;
  return kind.figure === 'minutes' ? value / 60 : value;
}

export function number(value: number, digits = 0): string {
  return new Intl.NumberFormat(language.value === 'en' ? 'en-GB' : 'zh-CN', {
    maximumFractionDigits: digits,
  }).format(value);
}
/** Sums are written to the last fen. */
const twoPlaces = (value: number): string =>
  new Intl.NumberFormat(language.value === 'en' ? 'en-GB' : 'zh-CN', {
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
  }).format(value);
const yuanText = (value: number): string => say(['{n} 元', '¥{n}'], { n: twoPlaces(value) });

export function valueText(kind: Kind, value: number | null): string {
  if (value === null || !Number.isFinite(value)) return '—';
  if (isPerArea(kind)) return say(['{n} 元/㎡', '¥{n}/m²'], { n: twoPlaces(value) });
  switch (kind.figure) {
    case 'percent':
      return `${number(value, 1)}%`;
    case 'fen':
      return yuanText(value);
    case 'minutes':
      return say(['{n} 小时', '{n} h'], { n: number(value, value < 1000 ? 1 : 0) });
    case 'days':
      return say(['{n} 天', '{n} days'], { n: number(value, 1) });
    case 'per_unit':
      return number(value, 2);
    default:
      return number(value, 1);
  }
}
export const textOf = (kind: Kind, figure: Figure | null | undefined): string =>
  valueText(kind, valueOf(kind, figure));

function partText(unit: string | null, value: number): string {
  if (unit === 'fen') return yuanText(value / 100);
  if (unit === 'dm2') return say(['{n} ㎡', '{n} m²'], { n: twoPlaces(value / 100) });
  return number(value);
}
/** `123 / 150`, `200.00 元 / 900.00 元`: what is divided by what; empty: it is no ratio. */
export function partsText({ units }: Kind, figure: Figure | null | undefined): string {
  if (!figure || !isDivided(figure)) return '';
  const { numerator, denominator } = figure;
  return `${partText(units.numerator, numerator)} / ${partText(units.denominator, Number(denominator))}`;
}
/** `▲ 3.1 个百分点`: how much more than `before`; empty: one of them is missing. */
export function changeText(
  kind: Kind,
  figure: Figure | null | undefined,
  before: Figure | null | undefined,
): string {
  const [value, old] = [valueOf(kind, figure), valueOf(kind, before)];
  if (value === null || old === null) return '';
  const more = value - old;
  const size = Math.abs(more);
  if (size < 0.05 && kind.figure === 'percent') return say(['＝ 持平', '＝ the same']);
  if (size === 0) return say(['＝ 持平', '＝ the same']);
  const text =
    kind.figure === 'percent'
      ? say(['{n} 个百分点', '{n} points'], { n: number(size, 1) })
      : valueText(kind, size);
  return `${more > 0 ? '▲' : '▼'} ${text}`;
}

/** The key of a row: a place's path or a compound's id, and what it is called; else a code. */
export function keyOf(row: Row, by: string): { code: string; scope: string; name: string } {
  const key: unknown = row.keys[by];
  if (typeof key === 'object' && key !== null) {
    const { code = '', scope = '', name = '' } = key as Record<string, string>;
    return { code, scope, name: name || code };
  }
  const code = String(key ?? '');
  return { code, scope: '', name: code };
}
