// values.ts: a record's values as people read them.
import { language, labelOf, say, type Text } from '../../shared/language.ts';
import { choiceLabel, columnsOf, typeLabel, typeNamed, type Field } from './schema.ts';

/** How an integer is written: 1 on screen is so many of what is stored. */
export interface Scale {
  readonly per: number;
  readonly digits: number;
  readonly unit: readonly [zh: string, en: string];
}
const kScales: Readonly<Record<string, Scale>> = {
  fen: { per: 100, digits: 2, unit: ['元', 'yuan'] },
  yuan_e4: { per: 10_000, digits: 4, unit: ['元', 'yuan'] },
  dm2: { per: 100, digits: 2, unit: ['㎡', 'm²'] },
  dm: { per: 10, digits: 1, unit: ['米', 'm'] },
};
const kPlainUnits: Readonly<Record<string, readonly [string, string]>> = {
  minutes: ['分钟', 'min'],
  days: ['天', 'days'],
  percent: ['%', '%'],
  points: ['分', 'points'],
};
export const scaleOf = (field: Field): Scale =>
  kScales[field.unit ?? ''] ?? {
    per: 1,
    digits: 0,
    unit: kPlainUnits[field.unit ?? ''] ?? ['', ''],
  };

export interface Ref {
  readonly type: string;
  readonly scope: string;
  readonly id: string;
  readonly title?: string;
}
export interface Place {
  readonly lat_e7: number;
  readonly lon_e7: number;
  readonly accuracy_dm?: number;
}
export interface DeskRecord {
  readonly type: string;
  readonly id: string;
  readonly scope: string;
  readonly version: string;
  readonly title: string;
  readonly state?: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly invalid: readonly { field: string; code: string; zh: string; en: string }[];
  readonly conflicts: number;
  readonly confirmed?: boolean;
  readonly changed_at?: string;
  readonly removed?: boolean;
}

const kZoneMs = 8 * 3_600_000;
/** Beside a time of a node whose clock the hub called unsure: a sure time goes before it. */
export const kUnsureTime: Text = [
  '时间不可信：该机时钟当时不准，让位于可信的时间',
  'Unsure time: its clock was wrong, and a sure one goes before it',
];

/** Wall time in Xinxiang, `2026-05-27 09:00`, wherever the browser stands. */
export function timeOf(instant: string | null | undefined): string {
  const ms = Date.parse(instant ?? '');
  return Number.isFinite(ms) ? wallTime(ms).replace('T', ' ') : '—';
}
export const wallTime = (ms: number): string => new Date(ms + kZoneMs).toISOString().slice(0, 16);
export const today = (): string => wallTime(Date.now()).slice(0, 10);
export const dayAfter = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
export const daysBetween = (from: string, to: string): number =>
  Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000);

export const shortId = (id: string): string => (id.length > 12 ? `…${id.slice(-8)}` : id);
export const join = (texts: readonly string[]): string =>
  texts.join(language.value === 'en' ? ', ' : '、');

export function numberText(field: Field, value: number): string {
  const { per, digits, unit } = scaleOf(field);
  const years = /(^|_)year$/.test(field.name);
  const shown = new Intl.NumberFormat('zh-CN', {
    minimumFractionDigits: digits === 2 ? 2 : 0,
    maximumFractionDigits: digits,
    useGrouping: !years,
  }).format(value / per);
  const name = say(unit);
  return name === '%' ? `${shown}%` : name ? `${shown} ${name}` : shown;
}
export const refText = (ref: Ref): string =>
  ref.title || `${typeLabel(ref.type)} ${shortId(ref.id)}`;

const isMarked = (value: unknown, mark: string): boolean =>
  typeof value === 'object' && value !== null && (value as Record<string, unknown>)[mark] === true;
/** Why a value isn't shown, if it isn't. */
export function hiddenText(value: unknown): string | null {
  if (isMarked(value, 'erased')) return say(['已依法删除', 'erased']);
  if (isMarked(value, 'withheld')) return say(['无权查看', 'not for this account or node']);
  return null;
}
export const isEmpty = (value: unknown): boolean =>
  value === null || value === undefined || value === '' || (Array.isArray(value) && !value.length);

/** One value as plain text; `—` for none. */
export function valueText(field: Field | null, value: unknown): string {
  if (isEmpty(value)) return '—';
  const hidden = hiddenText(value);
  if (hidden) return hidden;
  const many = (one: (item: never) => string): string =>
    Array.isArray(value) ? join(value.map((item) => one(item as never))) : String(value);
  switch (field?.type) {
    case 'boolean':
      return value ? say(['是', 'Yes']) : say(['否', 'No']);
    case 'instant':
      return timeOf(String(value));
    case 'integer':
      return numberText(field, Number(value));
    case 'choice':
    case 'state':
      return choiceLabel(field, value);
    case 'choices':
      return many((code) => choiceLabel(field, code));
    case 'texts':
      return many(String);
    case 'ref':
      return refText(value as Ref);
    case 'refs':
      return many(refText);
    case 'geo':
      return placeText(value as Place);
    case 'rows':
      return say(['{n} 行', '{n} rows'], { n: (value as unknown[]).length });
    case 'marks':
      return say(['{n} 项', '{n} items'], { n: Object.keys(value as object).length });
    case 'blob':
    case 'blobs':
      return say(['{n} 个附件', '{n} files'], { n: Array.isArray(value) ? value.length : 1 });
    default:
      return typeof value === 'object' ? JSON.stringify(value) : String(value);
  }
}
export const placeText = ({ lat_e7, lon_e7 }: Place): string =>
  `${(lat_e7 / 1e7).toFixed(5)}, ${(lon_e7 / 1e7).toFixed(5)}`;

/** A record's name; without one, what its first short fields say. */
export function titleOf(
  record: Pick<DeskRecord, 'type' | 'id' | 'title'> & Partial<Pick<DeskRecord, 'fields'>>,
): string {
  if (record.title) return record.title;
  const type = typeNamed(record.type);
  const texts = (type && record.fields ? columnsOf(type) : [])
    .filter(({ type: kind }) => ['ref', 'choice', 'date', 'instant'].includes(kind))
    .map((field) => [field, record.fields?.[field.name]] as const)
    .filter(([, value]) => !isEmpty(value) && !hiddenText(value))
    .slice(0, kTitleParts)
    .map(([field, value]) => valueText(field, value));
  return texts.length ? texts.join(' · ') : `${typeLabel(record.type)} ${shortId(record.id)}`;
}
const kTitleParts = 2;
export const addressOf = (record: Pick<Ref, 'type' | 'id' | 'scope'>): string =>
  `/record/${record.type}/${record.id}?scope=${encodeURIComponent(record.scope)}`;
export const fieldLabel = (field: Field | null, name: string): string =>
  labelOf(field?.label, name);
