// layout.ts: what all signed bodies have in common: a map of integer keys that begins with the suite
// and can grow (sync/PROTOCOL.md §2). What is malformed is told before what is of a later version.
import type { Bytes } from './bytes.ts';
import { CborReader } from './cbor_reader.ts';
import { demand, Refused } from './refused.ts';
import { isScope } from './scope.ts';

/** What reads the value of each key, by its number. */
export type KeyReaders = Readonly<Record<string, () => unknown>>;
/** The parts of a `T` that were read so far. */
export type Found<T> = Partial<{ -readonly [K in keyof T]: T[K] }>;

export class Layout {
  readonly reader: CborReader;
  /** Something critical of a later version was met; `finish` says so. */
  critical = false;

  /** `nesting`: is it counted over the whole body, or from the value of each unknown key? */
  constructor(
    private readonly body: Bytes,
    private readonly nesting: 'whole' | 'apart' = 'apart',
  ) {
    this.reader = new CborReader(body);
  }

  /**
   * Reads the suite and then each key, by its entry in `known`; those without one are of a later version.
   * Throws malformed; unknown_critical at once, if the suite is another one: it may change everything.
   */
  keys(known: KeyReaders): void {
    let hasSuite = false;
    this.reader.map(0, this.body.length, (key) => {
      const read = known[String(key)];
      if (key === 0n) {
        hasSuite = true;
        const suite = this.reader.int();
        if (suite !== 1n) throw new Refused('unknown_critical', `suite ${suite}`);
      } else if (read) {
        read();
      } else {
        this.pass(key);
      }
    });
    this.reader.end();
    demand(hasSuite, 'malformed', 'key 0, the suite, is missing');
  }
  /** The value of a key that this version doesn't know. */
  pass(key: bigint): void {
    if (this.nesting === 'whole') this.reader.item();
    else this.reader.itemApart();
    if (key < 0n) this.critical = true;
  }
  /** Throws unknown_critical if something critical was met. */
  finish(): void {
    if (this.critical)
      throw new Refused('unknown_critical', 'something critical of a later version');
  }
}

/** Throws malformed, naming the place, if a key that must stand doesn't. */
export function need<T>(value: T | undefined, what: string): T {
  demand(value !== undefined, 'malformed', `${what} is missing`);
  return value;
}
export function readScope(reader: CborReader): string {
  const scope = reader.text();
  demand(isScope(scope), 'malformed', 'a scope has 1 to 8 segments of [a-z0-9-]');
  return scope;
}
