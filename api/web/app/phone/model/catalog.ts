// catalog.ts: what records are called and made of, as a node's /api/v1/schema says it: numbers, labels
// in both languages, choices. Forms and lists are made of this; nothing of it is repeated here.
import type { Label } from '../../shared/language.ts';

export interface Choice {
  readonly number: number;
  readonly code: string;
  readonly label: Label;
}
export interface FieldInfo {
  readonly number: number;
  readonly name: string;
  readonly type: string;
  readonly label: Label;
  readonly help: Label | null;
  readonly choices: readonly Choice[];
  readonly columns: readonly FieldInfo[];
  /** Of a text: characters at most. */
  readonly max: number | null;
}
export class TypeInfo {
  private readonly byName: ReadonlyMap<string, FieldInfo>;
  constructor(
    readonly number: number,
    readonly name: string,
    readonly label: Label,
    readonly title: string,
    readonly state: string,
    readonly key: readonly string[],
    readonly fields: readonly FieldInfo[],
  ) {
    this.byName = new Map(fields.map((field) => [field.name, field]));
  }
  /** Throws if there is none: a name in this program that the schema doesn't have. */
  field(name: string): FieldInfo {
    const found = this.byName.get(name);
    if (!found) throw new Error(`${this.name} has no field ${name}`);
    return found;
  }
  numberOf(name: string): number {
    return this.field(name).number;
  }
  /** A node of before may lack what is new in this program. */
  knows(name: string): boolean {
    return this.byName.has(name);
  }
}

export class Catalog {
  private constructor(private readonly types: ReadonlyMap<string, TypeInfo>) {}

  /** `json`: what /api/v1/schema answered. Throws if it isn't that. */
  static of(json: unknown): Catalog {
    const types = (json as { types: RawType[] }).types.map(typeOf);
    return new Catalog(new Map(types.map((type) => [type.name, type])));
  }
  type(name: string): TypeInfo {
    const found = this.types.get(name);
    if (!found) throw new Error(`the schema has no type ${name}`);
    return found;
  }
  typeNumbered(number: number): TypeInfo | null {
    return [...this.types.values()].find((type) => type.number === number) ?? null;
  }
}

interface RawField {
  number: number;
  name: string;
  type: string;
  label: Label;
  help?: Label;
  values?: Choice[];
  columns?: RawField[];
  max?: number;
}
interface RawType {
  number: number;
  name: string;
  label: Label;
  title?: string;
  state?: string;
  key?: string[];
  fields: RawField[];
}
const typeOf = (raw: RawType): TypeInfo =>
  new TypeInfo(
    raw.number,
    raw.name,
    raw.label,
    raw.title ?? '',
    raw.state ?? '',
    raw.key ?? [],
    raw.fields.map(fieldOf),
  );
const fieldOf = (raw: RawField): FieldInfo => ({
  number: raw.number,
  name: raw.name,
  type: raw.type,
  label: raw.label,
  help: raw.help ?? null,
  choices: raw.values ?? [],
  columns: (raw.columns ?? []).map(fieldOf),
  max: raw.max ?? null,
});

/** The choice of this code. Throws if there is none. */
export function choiceOf(field: FieldInfo, code: string): Choice {
  const found = field.choices.find((choice) => choice.code === code);
  if (!found) throw new Error(`${field.name} has no choice ${code}`);
  return found;
}
