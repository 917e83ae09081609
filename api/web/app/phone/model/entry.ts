// entry.ts: one record as pages read it: by the names of its fields.
import { hex, unhex, type Bytes } from '../../../peer/bytes.ts';
import { Hidden, type RecordName, type Seen, type Shown } from '../../../peer/seen.ts';
import { labelOf, type Label } from '../../shared/language.ts';
import type { FieldInfo, TypeInfo } from './catalog.ts';

export interface Place {
  /** Degrees, WGS-84. */
  readonly latitude: number;
  readonly longitude: number;
}

export class Entry {
  /** `type/scope/id`: names it in addresses, drafts and the queue. */
  readonly key: string;
  constructor(
    readonly type: TypeInfo,
    readonly seen: Seen,
  ) {
    this.key = keyOf(seen.name);
  }
  get name(): RecordName {
    return this.seen.name;
  }
  get scope(): string {
    return this.seen.name.scope;
  }
  get confirmed(): boolean {
    return this.seen.confirmed;
  }

  /** Is there any value, shown or not? */
  has(field: string): boolean {
    return this.type.knows(field) && this.value(field) !== undefined;
  }
  text(field: string): string {
    const value = this.value(field);
    return typeof value === 'string' ? value : '';
  }
  texts(field: string): string[] {
    return this.items(field).filter((item): item is string => typeof item === 'string');
  }
  integer(field: string): number | null {
    const value = this.value(field);
    return typeof value === 'number' ? value : null;
  }
  flag(field: string): boolean {
    return this.type.knows(field) && this.value(field) === true;
  }
  /** The code of a choice, or of the state; empty if there is none, or one of a later version. */
  code(field: string): string {
    return this.choice(field)?.code ?? '';
  }
  /** What people call it. */
  choiceText(field: string): string {
    return labelOf(this.choice(field)?.label);
  }
  /** The key of the record that it refers to; empty if it refers to none. */
  ref(field: string): string {
    return refKey(this.value(field), this.scope);
  }
  refs(field: string): string[] {
    return this.items(field).flatMap((item) => refKey(item, this.scope) || []);
  }
  /** Item → mark. */
  marks(field: string): Map<string, number> {
    const value = this.value(field);
    const marks = new Map<string, number>();
    if (!(value instanceof Map)) return marks;
    for (const [item, mark] of value)
      if (typeof item === 'string' && typeof mark === 'number') marks.set(item, mark);
    return marks;
  }
  rows(field: string): Row[] {
    const info = this.type.field(field);
    return this.items(field).flatMap((item) => (item instanceof Map ? new Row(info, item) : []));
  }
  /** Names of files, in hexadecimal. */
  files(field: string): string[] {
    return this.items(field).flatMap((item) => (item instanceof Uint8Array ? hex(item) : []));
  }
  place(field: string): Place | null {
    const [latitude, longitude] = this.items(field);
    if (typeof latitude !== 'number' || typeof longitude !== 'number') return null;
    return { latitude: latitude / 1e7, longitude: longitude / 1e7 };
  }
  /** A value that isn't here: erased, or not for this phone to read. */
  hidden(field: string): Hidden | null {
    const value = this.value(field);
    return value instanceof Hidden ? value : null;
  }
  title(): string {
    return this.type.title ? this.text(this.type.title) : '';
  }

  private value(field: string): Shown | undefined {
    return this.seen.fields.get(this.type.numberOf(field));
  }
  private items(field: string): readonly Shown[] {
    const value = this.value(field);
    return Array.isArray(value) ? value : [];
  }
  private choice(field: string): { code: string; label: Label } | null {
    const info = this.type.field(field);
    const value = this.value(field);
    // A state is kept as the move that led to it.
    const number = Array.isArray(value) ? value[1] : value;
    return info.choices.find((choice) => choice.number === number) ?? null;
  }
}

/** A line of a table within a record, by the names of its columns. */
export class Row {
  constructor(
    private readonly info: FieldInfo,
    private readonly cells: ReadonlyMap<Shown, Shown>,
  ) {}
  text(column: string): string {
    const value = this.cell(column);
    return typeof value === 'string' ? value : '';
  }
  integer(column: string): number | null {
    const value = this.cell(column);
    return typeof value === 'number' ? value : null;
  }
  flag(column: string): boolean {
    return this.cell(column) === true;
  }
  code(column: string): string {
    return this.choice(column)?.code ?? '';
  }
  choiceText(column: string): string {
    return labelOf(this.choice(column)?.label);
  }
  private choice(column: string): { code: string; label: Label } | null {
    const number = this.cell(column);
    return this.column(column).choices.find((choice) => choice.number === number) ?? null;
  }
  private cell(column: string): Shown | undefined {
    return this.cells.get(this.column(column).number);
  }
  private column(name: string): FieldInfo {
    const found = this.info.columns.find((column) => column.name === name);
    if (!found) throw new Error(`${this.info.name} has no column ${name}`);
    return found;
  }
}

export const keyOf = ({ type, scope, id }: RecordName): string => `${type}/${scope}/${hex(id)}`;
/** Throws if it isn't a key: what stands in an address is checked before. */
export function nameOf(key: string): RecordName {
  const first = key.indexOf('/');
  const last = key.lastIndexOf('/');
  return {
    type: Number(key.slice(0, first)),
    scope: key.slice(first + 1, last),
    id: unhex(key.slice(last + 1)),
  };
}
function refKey(value: Shown | undefined, home: string): string {
  if (!Array.isArray(value)) return '';
  const [type, id, scope] = value;
  if (typeof type !== 'number' || !(id instanceof Uint8Array)) return '';
  return keyOf({ type, scope: typeof scope === 'string' ? scope : home, id });
}
/** `[type, id]`, with the scope where it is another than that of the record that refers. */
export function refTo(key: string, home: string): [number, Bytes] | [number, Bytes, string] {
  const { type, scope, id } = nameOf(key);
  return scope === home ? [type, id] : [type, id, scope];
}
