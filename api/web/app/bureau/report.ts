// report.ts: everything that a monthly report holds, read once: a report is a document, it doesn't
// change while somebody reads it.
import { askNow, now } from './asking.ts';
import { familiesOf, figuresOf } from './families.ts';
import type { Figure, Figures, Freshness, Statistic } from './figure.ts';
import { plusMonths, type Days } from './period.ts';
import { figureQuestion } from './questions.ts';
import type { Split } from './place.ts';

export interface ReportLine {
  readonly statistic: Statistic;
  readonly figure: Figure;
  readonly before: Figure;
  readonly yearBefore: Figure;
}
export interface Chapter {
  readonly family: string;
  readonly lines: readonly ReportLine[];
  /** What its chart and its ranking are of. */
  readonly first: Statistic;
  readonly months: Figures;
  readonly parts: Figures;
}
export interface Report {
  readonly days: Days;
  /** The twelve months that end with it. */
  readonly trend: Days;
  readonly at: number;
  readonly chapters: readonly Chapter[];
  readonly freshness: Freshness;
}
const kAtOnceMax = 4;

/** `done` of `all` questions have been answered. Rejects with Problem. */
export async function readReport(
  month: string,
  scope: string,
  split: Split,
  statistics: readonly Statistic[],
  told: (done: number, all: number) => void,
): Promise<Report> {
  const from = `${month}-01`;
  const of = (months: number): Days => ({
    from: plusMonths(from, months),
    to: plusMonths(from, months + 1),
  });
  const trend = { from: plusMonths(from, -11), to: of(0).to };
  const families = familiesOf(statistics).filter((family) => family !== 'overview');
  let done = 0;
  const all = statistics.length * 3 + families.length * 2;
  const waiting: (() => void)[] = [];
  let busy = 0;
  async function read(name: string, by: string, days: Days): Promise<Figures> {
    if (busy >= kAtOnceMax) await new Promise<void>((go) => waiting.push(go));
    busy += 1;
    try {
      const { path, asked } = figureQuestion(name, by, days, scope);
      return await askNow(path, asked);
    } finally {
      busy -= 1;
      done += 1;
      told(done, all);
      waiting.shift()?.();
    }
  }
  const line = async (statistic: Statistic): Promise<ReportLine> => {
    const [figure, before, yearBefore] = await Promise.all(
      [0, -1, -12].map(async (n) => (await read(statistic.name, 'month', of(n))).total),
    );
    return { statistic, figure, before, yearBefore } as ReportLine;
  };
  const chapters = await Promise.all(
    families.map(async (family): Promise<Chapter> => {
      const figures = figuresOf(statistics, family);
      const first = figures[0] as Statistic;
      const [lines, months, parts] = await Promise.all([
        Promise.all(figures.map(line)),
        read(first.name, 'month', trend),
        read(first.name, split, of(0)),
      ]);
      return { family, lines, first, months, parts };
    }),
  );
  const freshness = (chapters[0] as Chapter).parts.freshness;
  return { days: of(0), trend, at: now(), chapters, freshness };
}
