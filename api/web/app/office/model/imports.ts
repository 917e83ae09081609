// imports.ts: a table read by the node: first only looked at, then taken; and the rows that weren't,
// as a file to correct.
import { say } from '../../shared/language.ts';
import { api, file, Refusal } from './api.ts';

export interface Problem {
  readonly row: number;
  readonly line?: number;
  readonly column?: string;
  readonly heading?: string;
  readonly field?: string;
  readonly value?: string;
  readonly code: string;
  readonly zh: string;
  readonly en: string;
}
export interface Report {
  readonly records: number;
  readonly accepted: number;
  readonly refused: number;
  readonly done: Readonly<Record<string, number>>;
  /** Conflicts of the records that were open before. */
  readonly settled?: number;
  readonly dry_run: boolean;
  readonly nothing_went_in: boolean;
  readonly broke_off?: string;
  readonly form: string;
  readonly problems: readonly Problem[];
  readonly problems_left_out?: number;
}
const kKinds: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  ndjson: 'application/x-ndjson',
};
export const endingOf = (name: string): string => (/\.(\w+)$/.exec(name)?.[1] ?? '').toLowerCase();
export const isTable = (name: string): boolean => endingOf(name) in kKinds;

export interface How {
  readonly dryRun: boolean;
  readonly skipBad: boolean;
  readonly update: boolean;
}
/** The node's report, also where nothing went in. Rejects with Refusal for what is no table. */
export async function importTable(type: string, table: File, how: How): Promise<Report> {
  try {
    return await api<Report>(`/records/${type}/import`, {
      method: 'POST',
      body: table,
      headers: { 'Content-Type': kKinds[endingOf(table.name)] ?? 'text/csv' },
      query: {
        dry_run: how.dryRun ? '1' : null,
        skip_bad: how.skipBad ? '1' : null,
        update: how.update ? '1' : null,
      },
    });
  } catch (error) {
    if (error instanceof Refusal && Array.isArray(error.body['problems'])) {
      return error.body as unknown as Report;
    }
    throw error;
  }
}

const cell = (text: string): string =>
  // A spreadsheet would run what begins like a formula.
  `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replace(/"/g, '""')}"`;
export const whyOf = (problem: Problem): string => say([problem.zh, problem.en]);

/** What was wrong, a line each, where the table itself can't be read (with the mark by which spreadsheets know UTF-8). */
export function problemsFile(problems: readonly Problem[]): Blob {
  const head = [
    ['行', 'Row'],
    ['列', 'Column'],
    ['表头', 'Heading'],
    ['填写的内容', 'Value'],
    ['原因', 'Reason'],
  ];
  const lines = problems.map(({ row, column, heading, value, ...rest }) =>
    [String(row), column ?? '', heading ?? '', value ?? '', say([rest.zh, rest.en])]
      .map(cell)
      .join(','),
  );
  const first = head.map(([zh = '', en = '']) => cell(say([zh, en]))).join(',');
  return new Blob(['\uFEFF', [first, ...lines].join('\r\n'), '\r\n'], { type: 'text/csv' });
}

export type RejectsForm = 'xlsx' | 'csv' | 'ndjson';
/** What refused rows of this table can be had as, the likeliest first. */
export const rejectsForms = (table: string): readonly RejectsForm[] => {
  const form = endingOf(table);
  if (form === 'ndjson') return ['ndjson'];
  return form === 'xlsx' ? ['xlsx', 'csv'] : ['csv', 'xlsx'];
};
/**
 * The refused rows, with the reasons behind them, as a table that can be mended and brought again: the node reads it once more,
 * and writes nothing. Of an NDJSON its lines. Null: none is refused (any more).
 */
export async function rejectsFile(
  type: string,
  table: File,
  form: RejectsForm,
  report: Report,
  update: boolean,
): Promise<Blob | null> {
  if (form === 'ndjson') return refusedLines(await table.text(), report.problems);
  const answer = await file(`/records/${type}/import`, {
    method: 'POST',
    body: table,
    headers: { 'Content-Type': kKinds[endingOf(table.name)] ?? 'text/csv' },
    query: { rejects: form, update: update ? '1' : null },
  });
  return answer.status === 204 ? null : answer.blob();
}
function refusedLines(text: string, problems: readonly Problem[]): Blob | null {
  const bad = new Set(problems.map(({ line, row }) => line ?? row));
  const lines = text.split('\n').filter((_, i) => bad.has(i + 1));
  return lines.length ? new Blob([lines.join('\n'), '\n'], { type: 'application/x-ndjson' }) : null;
}
