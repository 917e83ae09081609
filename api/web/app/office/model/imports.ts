// imports.ts: a table read by the node: first only looked at, then taken; and the rows that weren't,
// as a file to correct.
import { say } from '../../shared/language.ts';
import { api, Refusal } from './api.ts';

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

/** What was wrong, a line each, for a spreadsheet (with the mark by which it knows UTF-8). */
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

/**
 * The refused rows of a CSV as they stand there, with the reason behind; of an NDJSON its lines, which can be corrected and
 * brought again; null for workbooks, whose rows only the node reads.
 */
export async function rejectsFile(table: File, problems: readonly Problem[]): Promise<Blob | null> {
  const form = endingOf(table.name);
  if (form === 'ndjson') return refusedLines(await table.text(), problems);
  if (form !== 'csv') return null;
  const rows = rowsOf(textOf(await table.arrayBuffer()));
  const [head = '', ...rest] = rows;
  const why = new Map<number, string[]>();
  for (const one of problems) why.set(one.row, [...(why.get(one.row) ?? []), whyOf(one)]);
  // Row 1 is the heading.
  const bad = rest.flatMap((row, i) => {
    const reasons = why.get(i + 2);
    return reasons ? [`${row},${cell(reasons.join('; '))}`] : [];
  });
  if (!bad.length) return null;
  const first = `${head},${cell(say(['原因', 'Reason']))}`;
  return new Blob(['\uFEFF', [first, ...bad].join('\r\n'), '\r\n'], { type: 'text/csv' });
}
function refusedLines(text: string, problems: readonly Problem[]): Blob | null {
  const bad = new Set(problems.map(({ line, row }) => line ?? row));
  const lines = text.split('\n').filter((_, i) => bad.has(i + 1));
  return lines.length ? new Blob([lines.join('\n'), '\n'], { type: 'application/x-ndjson' }) : null;
}
function textOf(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('gb18030').decode(bytes);
  }
}
/** Lines, but not where a quoted cell goes over several. */
function rowsOf(text: string): string[] {
  const rows: string[] = [];
  let row = '';
  let quoted = false;
  for (const letter of text) {
    if (letter === '"') quoted = !quoted;
    if (letter === '\n' && !quoted) {
      rows.push(row.replace(/\r$/, ''));
      row = '';
    } else row += letter;
  }
  if (row) rows.push(row);
  return rows;
}
