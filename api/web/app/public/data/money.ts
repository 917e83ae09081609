// money.ts: sums and measures as people write them. Sums are whole fen, areas whole square decimetres.
import { say } from '../../shared/language.ts';

const grouped = (whole: number): string => String(whole).replace(/\B(?=(\d{3})+$)/g, ',');

/** 123456 → `1,234.56`. */
export function yuan(fen: number): string {
  const size = Math.abs(fen);
  const cents = String(size % 100).padStart(2, '0');
  return `${fen < 0 ? '−' : ''}${grouped(Math.floor(size / 100))}.${cents}`;
}
export const money = (fen: number): string => say(['{sum} 元', '¥{sum}'], { sum: yuan(fen) });
/** A price in ten-thousandths of a yuan: 8950 → `0.895`. */
export function price(e4: number): string {
  const size = Math.abs(e4);
  const rest = String(size % 10_000)
    .padStart(4, '0')
    .replace(/0{1,2}$/, '');
  return `${e4 < 0 ? '−' : ''}${grouped(Math.floor(size / 10_000))}.${rest}`;
}
export function area(dm2: number): string {
  const rest = String(dm2 % 100).padStart(2, '0');
  return `${grouped(Math.floor(dm2 / 100))}${rest === '00' ? '' : `.${rest}`} m²`;
}
/** A part in per cent, rounded down: 66.66 of a needed two thirds isn't 67. */
export const percent = (part: number, whole: number): string =>
  whole > 0 ? `${(Math.floor((part * 1000) / whole) / 10).toFixed(1)}%` : '—';
