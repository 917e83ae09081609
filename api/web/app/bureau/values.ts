// values.ts: one field of a record as plain text.
import { labelOf, language, say } from '../shared/language.ts';
import { timeText } from '../shared/formats.ts';
import { number } from './figure.ts';
import type { Field } from './groups.ts';

export function fieldText(field: Field | null, value: unknown): string {
  if (value === null || value === undefined || value === '') return '—';
  if (Array.isArray(value)) {
    return value.map((one) => fieldText(field, one)).join(language.value === 'en' ? ', ' : '、');
  }
  if (typeof value === 'object') return objectText(value as Record<string, unknown>);
  if (typeof value === 'boolean') return value ? say(['是', 'yes']) : say(['否', 'no']);
  if (typeof value === 'number') return numberText(field, value);
  const text = String(value);
  const choice = field?.values?.find(({ code }) => code === text);
  if (choice) return labelOf(choice.label, text);
  return field?.type === 'instant' ? timeText(Date.parse(text)) : text;
}
function objectText(value: Record<string, unknown>): string {
  if (value['withheld']) return say(['按规定不显示', 'withheld']);
  if (value['erased']) return say(['已清除', 'erased']);
  if (typeof value['title'] === 'string') return value['title'];
  return JSON.stringify(value);
}
function numberText(field: Field | null, value: number): string {
  switch (field?.unit) {
    case 'fen':
      return `¥${number(value / 100, 2)}`;
    case 'yuan_e4':
      return `¥${number(value / 10_000, 4)}`;
    case 'dm2':
      return `${number(value / 100, 2)} m²`;
    case 'percent':
      return `${number(value)}%`;
    default:
      return field && /(^|_)year$/.test(field.name) ? String(value) : number(value);
  }
}
