// tests/vectors/*.json: bytes that must stay what they are. Byte strings are hexadecimal.
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { unhex, type Bytes } from '../../bytes.ts';
import { Refused, type Reason } from '../../refused.ts';

const kFolder = new URL('../../../../../tests/vectors/', import.meta.url);

export const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`${name}.json`, kFolder), 'utf8'));

/** A part of a vector, looked into with what is expected there. */
export class Vector {
  constructor(
    private readonly value: unknown,
    private readonly at = '',
  ) {}
  static of(name: string): Vector {
    return new Vector(read(name), name);
  }
  private child(key: string | number): unknown {
    return (this.value as Record<string | number, unknown>)[key];
  }
  has(key: string): boolean {
    return this.child(key) !== undefined && this.child(key) !== null;
  }
  in(key: string | number): Vector {
    if (this.child(key) === undefined) throw new Error(`no ${key} in ${this.at}`);
    return new Vector(this.child(key), `${this.at}.${key}`);
  }
  list(): Vector[] {
    return (this.value as unknown[]).map((_, i) => this.in(i));
  }
  text(key: string | number): string {
    return String(this.in(key).value);
  }
  number(key: string | number): number {
    return Number(this.in(key).value);
  }
  big(key: string | number): bigint {
    return BigInt(this.number(key));
  }
  bytes(key: string | number): Bytes {
    return unhex(this.text(key));
  }
  /** Null where it doesn't stand. */
  maybe(key: string): Bytes | null {
    return this.has(key) ? this.bytes(key) : null;
  }
  raw(): unknown {
    return this.value;
  }
}

/** The reason that `work` refuses with; null if it doesn't. */
export function refusal(work: () => unknown): Reason | null {
  try {
    work();
    return null;
  } catch (error) {
    if (error instanceof Refused) return error.reason;
    throw error;
  }
}
/** Expects `work` to refuse with this reason and no other. */
export function expectRefused(reason: Reason, work: () => unknown): void {
  expect(refusal(work)).toBe(reason);
}
