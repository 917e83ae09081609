// csv.ts: a disclosure as a file for a spreadsheet, made in the browser.
import { labelOf, say } from '../../shared/language.ts';
import { price } from './money.ts';
import { periodText } from './periods.ts';
import type { Version } from './shapes.ts';

type Cell = string | number | undefined;

/** A text that a spreadsheet would take for a formula is kept a text. */
export function cell(value: Cell): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const plain = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
/** Fen as yuan with a point, without grouping: for a spreadsheet to add up. */
function plainYuan(fen: number | undefined): Cell {
  if (fen === undefined) return undefined;
  const size = Math.abs(fen);
  return Number(
    `${fen < 0 ? '-' : ''}${Math.floor(size / 100)}.${String(size % 100).padStart(2, '0')}`,
  );
}
const row = (cells: readonly Cell[]): string => `${cells.map(cell).join(',')}\r\n`;

export function csvOf(version: Version): string {
  const head: Cell[][] = [
    [say(['小区', 'Compound']), version.compound.title],
    [say(['公示内容', 'Disclosure']), version.kind.title],
    [say(['期间', 'Period']), periodText(version.period)],
    [say(['版本', 'Version']), version.revision],
    [say(['公示时间', 'Published']), version.published_at],
    [say(['期初余额（元）', 'Opening balance (yuan)']), plainYuan(version.opening_fen)],
    [say(['期末余额（元）', 'Closing balance (yuan)']), plainYuan(version.closing_fen)],
    [],
    [
      say(['收支', 'Direction']),
      say(['项目', 'Item']),
      say(['数量', 'Quantity']),
      say(['单位', 'Unit']),
      say(['单价（元）', 'Unit price (yuan)']),
      say(['金额（元）', 'Amount (yuan)']),
      say(['对方', 'Counterparty']),
      say(['依据', 'Basis']),
    ],
  ];
  const lines = version.lines.map((line): Cell[] => [
    labelOf(line.direction),
    line.name,
    line.quantity,
    line.unit,
    line.unit_price_e4 === undefined ? undefined : price(line.unit_price_e4).replaceAll(',', ''),
    plainYuan(line.amount_fen),
    line.counterparty,
    line.basis,
  ]);
  // The mark tells a spreadsheet that it is UTF-8.
  return `\uFEFF${[...head, ...lines].map(row).join('')}`;
}
/** Hands a file to the browser's downloads. */
export function download(name: string, parts: BlobPart, type: string): void {
  const url = URL.createObjectURL(new Blob([parts], { type }));
  const link = Object.assign(document.createElement('a'), { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
/** A name that every system takes. */
export const fileName = (parts: readonly string[], ending: string): string =>
  `${parts
    .join('-')
    .replace(/[\\/:*?"<>|\s]+/g, '_')
    .slice(0, 80)}.${ending}`;
