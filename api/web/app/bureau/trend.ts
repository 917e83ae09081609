// trend.ts: a figure month by month as a chart.
import type { EChartsCoreOption } from 'echarts/core';
import { isCount, valueText, type Kind } from './figure.ts';

export interface Series {
  readonly name: string;
  readonly values: readonly (number | null)[];
}
export interface Look {
  readonly ink: string;
  readonly soft: string;
  readonly line: string;
  readonly main: string;
  readonly other: string;
  readonly size: number;
  readonly still: boolean;
}
export const kDesk: Look = {
  ink: '#16202c',
  soft: '#4a5868',
  line: '#d8dee6',
  main: '#1553a0',
  other: '#a85a00',
  size: 12,
  still: false,
};
export const kPaper: Look = { ...kDesk, size: 11, still: true };
export const kWall: Look = {
  ink: '#f2f6fb',
  soft: '#b8c7da',
  line: '#2c4566',
  main: '#6db3ff',
  other: '#ffc46b',
  size: 18,
  still: true,
};

/** Counts as columns, shares as a line; the second series is what they are compared with. */
export function trendOption(
  kind: Kind,
  months: readonly string[],
  series: readonly Series[],
  look: Look,
): EChartsCoreOption {
  const columns = isCount(kind);
  const text = { color: look.soft, fontSize: look.size };
  const short = (value: number): string =>
    kind.figure === 'percent' ? `${value}%` : String(value);
  return {
    animation: !look.still,
    animationDuration: 300,
    color: [look.main, look.other],
    grid: {
      left: 4,
      right: 14,
      top: series.length > 1 ? look.size * 3 : look.size * 1.6,
      bottom: 2,
      containLabel: true,
    },
    ...(series.length > 1
      ? { legend: { top: 0, right: 0, textStyle: { color: look.ink, fontSize: look.size } } }
      : {}),
    tooltip: {
      trigger: 'axis',
      confine: true,
      // As HTML it would bring styles of its own, which the page's policy shuts out.
      renderMode: 'richText',
      valueFormatter: (value: unknown) => valueText(kind, typeof value === 'number' ? value : null),
    },
    xAxis: {
      type: 'category',
      data: [...months],
      axisLabel: { ...text, hideOverlap: true },
      axisLine: { lineStyle: { color: look.line } },
      axisTick: { show: false },
    },
    yAxis: {
      type: 'value',
      axisLabel: { ...text, formatter: short },
      splitLine: { lineStyle: { color: look.line } },
      ...(kind.figure === 'percent'
        ? { min: 0, max: (range: { max: number }) => Math.max(100, Math.ceil(range.max)) }
        : {}),
      ...(columns ? { minInterval: 1 } : {}),
    },
    series: series.map(({ name, values }, i) => ({
      name,
      type: columns ? 'bar' : 'line',
      data: [...values],
      barMaxWidth: look.size * 2.4,
      symbol: i === 0 ? 'circle' : 'diamond',
      symbolSize: look.size * 0.6,
      showAllSymbol: true,
      lineStyle: { width: look.size / 5, type: i === 0 ? 'solid' : 'dashed' },
      itemStyle:
        columns && i > 0
          ? {
              color: 'transparent',
              borderColor: look.other,
              borderWidth: 1.5,
              borderType: 'dashed',
            }
          : {},
    })),
  };
}
