// facts.ts: a record's fields as people read them, with the schema's own labels.
import type { Shown } from '../../../peer/seen.ts';
import { Hidden } from '../../../peer/seen.ts';
import { dayText, timeText } from '../../shared/formats.ts';
import { labelOf, say } from '../../shared/language.ts';
import type { FieldInfo } from './catalog.ts';
import type { Entry } from './entry.ts';

export interface Fact {
  readonly field: FieldInfo;
  readonly label: string;
  readonly text: string;
  /** Keys of records that it refers to. */
  readonly refs: readonly string[];
  /** Names of photos. */
  readonly files: readonly string[];
}
export function factsOf(entry: Entry, nameOf: (key: string) => string): Fact[] {
  return entry.type.fields.flatMap((field) => {
    const value = entry.seen.fields.get(field.number);
    if (value === undefined || value === null || field.name === entry.type.state) return [];
    return factOf(entry, field, value, nameOf);
  });
}
/** One of its fields, which has this value. */
export function factOf(
  entry: Entry,
  field: FieldInfo,
  value: Shown,
  nameOf: (key: string) => string,
): Fact {
  const refs =
    field.type === 'ref'
      ? [entry.ref(field.name)]
      : field.type === 'refs'
        ? entry.refs(field.name)
        : [];
  const files = field.type === 'blobs' ? entry.files(field.name) : [];
  const text =
    refs.length > 0 ? refs.map((key) => nameOf(key)).join('、') : textOf(entry, field, value);
  return { field, label: labelOf(field.label), text, refs, files };
}
function textOf(entry: Entry, field: FieldInfo, value: Shown): string {
  if (value instanceof Hidden) return hiddenText(value);
  switch (field.type) {
    case 'date':
      return typeof value === 'number' ? dayText(value) : '';
    case 'instant':
      return typeof value === 'number' ? timeText(value) : '';
    case 'choice':
    case 'state':
      return entry.choiceText(field.name);
    case 'boolean':
      return value === true ? say(['是', 'Yes']) : say(['否', 'No']);
    case 'texts':
      return entry.texts(field.name).join('、');
    case 'geo': {
      const place = entry.place(field.name);
      return place ? `${place.latitude.toFixed(5)}, ${place.longitude.toFixed(5)}` : '';
    }
    case 'marks':
      return marksText(entry, field);
    case 'rows':
      return say(['{n} 项', '{n} items'], { n: entry.rows(field.name).length });
    case 'choices':
      return Array.isArray(value) ? value.map((one) => choiceText(field, one)).join('、') : '';
    default:
      return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  }
}
const hiddenText = ({ why }: Hidden): string =>
  why === 'erased'
    ? say(['已按要求删除', 'Erased on request'])
    : say(['本机无权查看', 'Not for this phone']);
const choiceText = (field: FieldInfo, number: Shown): string =>
  labelOf(field.choices.find((choice) => choice.number === number)?.label);
/** How many of each: `合格 21 · 不合格 2`. */
function marksText(entry: Entry, field: FieldInfo): string {
  const marks = [...entry.marks(field.name).values()];
  return field.choices
    .map(
      ({ number, label }) =>
        [labelOf(label), marks.filter((mark) => mark === number).length] as const,
    )
    .filter(([, count]) => count > 0)
    .map(([text, count]) => `${text} ${count}`)
    .join(' · ');
}
