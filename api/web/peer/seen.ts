// seen.ts: a record as this phone shows it.
import { unhex, type Bytes } from './bytes.ts';
import type { CborMap, CborValue, Commitment } from './cbor_value.ts';
import type { Conflict, OrderKey } from './merge.ts';

export interface RecordName {
  readonly type: number;
  readonly scope: string;
  readonly id: Bytes;
}
/** A value that isn't here: erased for good, or not for this phone to read. */
export class Hidden {
  constructor(readonly why: 'erased' | 'withheld') {}
}
/** As it is shown: commitments opened, where their values are here. */
export type Shown =
  | Exclude<CborValue, CborValue[] | CborMap | Commitment>
  | Hidden
  | Shown[]
  | Map<Shown, Shown>;

/** A version of this phone that stood in a conflict, and what the record says since somebody settled that. */
export interface Replaced {
  /** 0: it met a removal. */
  readonly cell: number;
  readonly own: OrderKey;
  /** Who settled it, and when. */
  readonly by: OrderKey;
  /** What this phone had written; null: it had emptied the field. */
  readonly fields: ReadonlyMap<number, Shown>;
}
/** A record as this phone knows it. */
export interface Seen {
  readonly name: RecordName;
  readonly removed: boolean;
  readonly fields: ReadonlyMap<number, Shown>;
  readonly conflicts: readonly Conflict[];
  /** What this phone wrote and others settled otherwise. */
  readonly replaced: readonly Replaced[];
  /** Is everything that made it confirmed by the hub? */
  readonly confirmed: boolean;
}
/** Of `type/scope/id`. */
export function nameOfKey(key: string): RecordName {
  const first = key.indexOf('/');
  const last = key.lastIndexOf('/');
  return {
    type: Number(key.slice(0, first)),
    scope: key.slice(first + 1, last),
    id: unhex(key.slice(last + 1)),
  };
}
