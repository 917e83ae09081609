// schema.ts: what records are, as a node says it (GET /api/v1/schema), as far as the engine needs it:
// how fields are protected, grouped and moved. Labels and rules are for forms.
import type { MergeRules } from './merge.ts';
import type { Policy } from './policy.ts';
import { demand } from './refused.ts';
import { kAudience } from './scope.ts';

/** Plain: stands in signed bytes. Erasable: a commitment. Personal: likewise, and only for who may read it. */
export type Protection = 'plain' | 'erasable' | 'personal';
export interface FieldRule {
  readonly number: number;
  readonly name: string;
  readonly protection: Protection;
  /** The cell that it merges in: its group, or itself. */
  readonly cell: number;
}
export interface TypeSchema {
  readonly number: number;
  readonly name: string;
  readonly audience: number;
  readonly stateField: number | null;
  readonly fields: ReadonlyMap<number, FieldRule>;
}
export interface Schema {
  readonly version: bigint;
  readonly types: ReadonlyMap<number, TypeSchema>;
}
export const kNoSchema: Schema = { version: 0n, types: new Map() };

/** Throws malformed, if `json` isn't what /api/v1/schema answers. */
export function readSchema(json: unknown): Schema {
  const schema = objectOf(json);
  const types = listOf(schema['types']).map((type) => readType(objectOf(type)));
  return {
    version: BigInt(numberOf(schema['version'])),
    types: new Map(types.map((type) => [type.number, type])),
  };
}
function readType(type: Record<string, unknown>): TypeSchema {
  const fields = listOf(type['fields']).map((field) => readField(objectOf(field)));
  const state = type['state'];
  return {
    number: numberOf(type['number']),
    name: textOf(type['name']),
    audience: audienceOf(textOf(type['audience'])),
    stateField:
      typeof state === 'string' && state !== ''
        ? (fields.find(({ name }) => name === state)?.number ?? null)
        : null,
    fields: new Map(fields.map((field) => [field.number, field])),
  };
}
function readField(field: Record<string, unknown>): FieldRule {
  const number = numberOf(field['number']);
  const protection = textOf(field['protection']);
  demand(
    protection === 'plain' || protection === 'erasable' || protection === 'personal',
    'malformed',
    `protection ${protection}`,
  );
  return {
    number,
    name: textOf(field['name']),
    protection,
    cell: field['group'] === undefined ? number : numberOf(field['group']),
  };
}
function audienceOf(name: string): number {
  const audience: Record<string, number> = kAudience;
  const found = audience[name];
  demand(found !== undefined, 'malformed', `audience ${name}`);
  return found;
}
function objectOf(value: unknown): Record<string, unknown> {
  demand(
    typeof value === 'object' && value !== null && !Array.isArray(value),
    'malformed',
    'a schema: an object is missing',
  );
  return value as Record<string, unknown>;
}
function listOf(value: unknown): unknown[] {
  demand(Array.isArray(value), 'malformed', 'a schema: a list is missing');
  return value;
}
function numberOf(value: unknown): number {
  demand(
    typeof value === 'number' && Number.isSafeInteger(value),
    'malformed',
    'a schema: a number is missing',
  );
  return value;
}
function textOf(value: unknown): string {
  demand(typeof value === 'string', 'malformed', 'a schema: a text is missing');
  return value;
}

/** How records of this type merge. Of a type that isn't known each field merges alone. */
export function mergeRulesOf(schema: Schema, type: number, policy: Policy | null): MergeRules {
  const known = schema.types.get(type);
  const rule = policy?.rules.get(type) ?? null;
  return {
    cellOf: (field) => known?.fields.get(field)?.cell ?? field,
    stateField: known?.stateField ?? rule?.stateField ?? null,
    rule,
  };
}
/** Of a field that isn't known nothing may stand in the open. */
export function protectionOf(schema: Schema, type: number, field: number): Protection {
  return schema.types.get(type)?.fields.get(field)?.protection ?? 'personal';
}
