// form.ts: what a form holds for each kind of field (all of it text, as it was typed), and how that
// becomes what the API takes. Nothing here asks the node: its rules answer when the form is sent.
import { say, type Text } from '../../shared/language.ts';
import type { Field } from './schema.ts';
import { hiddenText, isEmpty, scaleOf, wallTime, type Place, type Ref } from './values.ts';

export interface Mark {
  item: string;
  code: string;
}
export interface PlaceTyped {
  lat: string;
  lon: string;
}
export type Row = Record<string, string>;
/** Texts for most; refs, marks, rows, codes and hashes as lists. */
export type Typed = string | Ref | null | (string | Ref | Mark | Row)[] | PlaceTyped;
export type Draft = Record<string, Typed>;

const kLists = ['choices', 'refs', 'marks', 'rows', 'blobs'];
export function emptyOf(field: Field): Typed {
  if (kLists.includes(field.type)) return [];
  if (field.type === 'ref') return null;
  if (field.type === 'geo') return { lat: '', lon: '' };
  return '';
}

/** As a form shows a value of the API. */
export function typedOf(field: Field, value: unknown): Typed {
  if (isEmpty(value) || hiddenText(value)) return emptyOf(field);
  switch (field.type) {
    case 'integer':
      return numberTyped(field, Number(value));
    case 'boolean':
      return value ? 'yes' : 'no';
    case 'instant':
      return wallTime(Date.parse(String(value)));
    case 'texts':
      return (value as string[]).join('\n');
    case 'ref':
      return value as Ref;
    case 'choices':
    case 'refs':
    case 'blobs':
      return [...(value as (string | Ref)[])];
    case 'marks':
      return Object.entries(value as Record<string, string>).map(([item, code]) => ({
        item,
        code,
      }));
    case 'rows':
      return (value as Record<string, unknown>[]).map((row) => rowTyped(field, row));
    case 'geo': {
      const { lat_e7, lon_e7 } = value as Place;
      return { lat: (lat_e7 / 1e7).toFixed(7), lon: (lon_e7 / 1e7).toFixed(7) };
    }
    default:
      return String(value);
  }
}
function numberTyped(field: Field, value: number): string {
  const { per, digits } = scaleOf(field);
  return per === 1 ? String(value) : (value / per).toFixed(digits).replace(/(\.\d\d)0+$/, '$1');
}
function rowTyped(field: Field, row: Record<string, unknown>): Row {
  const typed: Row = {};
  for (const column of field.columns ?? []) {
    const one = typedOf(column, row[column.name]);
    typed[column.name] = typeof one === 'string' ? one : '';
  }
  return typed;
}

/** What is wrong with what was typed, before anybody is asked. */
export class Mistyped extends Error {
  constructor(readonly text: Text) {
    super(text[1]);
  }
}

/** As the API takes it; null: no value. Throws Mistyped. */
export function valueOf(field: Field, typed: Typed): unknown {
  if (isEmpty(typed)) return null;
  switch (field.type) {
    case 'integer':
      return numberOf(field, String(typed).trim());
    case 'boolean':
      return typed === 'yes';
    case 'instant':
      return instantOf(String(typed));
    case 'texts':
      return linesOf(String(typed));
    case 'ref':
      return refOf(typed as Ref);
    case 'refs':
      return (typed as Ref[]).map(refOf);
    case 'marks':
      return marksOf(typed as Mark[]);
    case 'rows':
      return rowsOf(field, typed as Row[]);
    case 'geo':
      return placeOf(typed as PlaceTyped);
    case 'text':
      return String(typed).trim() || null;
    default:
      return typed;
  }
}
const refOf = ({ type, scope, id }: Ref): object => ({ type, scope, id });
const linesOf = (text: string): string[] | null => {
  const lines = text
    .split(/[\n、]/)
    .map((line) => line.trim())
    .filter(Boolean);
  return lines.length ? lines : null;
};
function marksOf(marks: Mark[]): object | null {
  const given = marks.filter(({ item, code }) => item.trim() && code);
  return given.length
    ? Object.fromEntries(given.map(({ item, code }) => [item.trim(), code]))
    : null;
}
function rowsOf(field: Field, rows: Row[]): object[] | null {
  const made = rows
    .map((row) => {
      const one: Record<string, unknown> = {};
      for (const column of field.columns ?? []) {
        const value = valueOf(column, row[column.name] ?? '');
        if (value !== null) one[column.name] = value;
      }
      return one;
    })
    .filter((row) => Object.keys(row).length);
  return made.length ? made : null;
}
function placeOf({ lat, lon }: PlaceTyped): object | null {
  if (!lat.trim() && !lon.trim()) return null;
  const [y, x] = [Number(lat), Number(lon)];
  if (!lat.trim() || !lon.trim() || !(Math.abs(y) <= 90) || !(Math.abs(x) <= 180)) {
    throw new Mistyped([
      '纬度、经度写作 35.30 和 113.90',
      'Latitude and longitude, as 35.30 and 113.90',
    ]);
  }
  return { lat_e7: Math.round(y * 1e7), lon_e7: Math.round(x * 1e7) };
}
function instantOf(text: string): string {
  const ms = Date.parse(`${text.slice(0, 16)}:00+08:00`);
  if (!Number.isFinite(ms)) throw new Mistyped(['时间不完整', 'The time isn’t complete']);
  return new Date(ms).toISOString();
}
/** Exact: digits are moved, nothing is multiplied. */
function numberOf(field: Field, text: string): number {
  const { per, digits, unit } = scaleOf(field);
  const plain = text.replace(/[,，\s]/g, '');
  const found = /^([+-]?)(\d+)(?:\.(\d*))?$/.exec(plain);
  if (!found) throw new Mistyped(['请填数字', 'A number, please']);
  const [, sign, whole = '0', part = ''] = found;
  if (part.replace(/0+$/, '').length > digits) {
    throw new Mistyped(
      digits
        ? [`最多 ${digits} 位小数（${unit[0]}）`, `At most ${digits} decimals (${unit[1]})`]
        : ['请填整数', 'A whole number, please'],
    );
  }
  const value = Number(`${sign}${whole}${part.padEnd(digits, '0').slice(0, digits)}`);
  if (!Number.isSafeInteger(value)) throw new Mistyped(['数字太大', 'The number is too large']);
  const { min, max } = field;
  if ((min !== undefined && value < min) || (max !== undefined && value > max)) {
    const low = min === undefined ? '' : String(min / per);
    const high = max === undefined ? '' : String(max / per);
    throw new Mistyped([`应在 ${low} 至 ${high} 之间`, `Between ${low} and ${high}`]);
  }
  return value;
}

export const missingText = (): string => say(['必填', 'Needed']);
