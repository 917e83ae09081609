// refused.ts: how everything here says no. One class, so that a caller who loops over objects can
// catch a refusal of one and go on with the next, and let a bug through.

/** The names that travel (sync/PROTOCOL.md, sync/EXCHANGE.md); those of this phone stand last. */
export type Reason =
  | 'malformed'
  | 'too_large'
  | 'unknown_critical'
  | 'newer_version'
  | 'other_city'
  | 'bad_signature'
  | 'stranger'
  | 'unknown_certificate'
  | 'forbidden'
  | 'out_of_scope'
  | 'bad_move'
  | 'unknown_policy'
  | 'revoked'
  | 'expired'
  | 'held'
  | 'frozen'
  | 'replay'
  | 'gap'
  | 'fork'
  | 'no_fork'
  | 'not_found'
  | 'stale'
  | 'clock_ahead'
  | 'unauthorised'
  | 'slow_down'
  | 'bad_cursor'
  | 'cloned'
  | 'quota'
  | 'disk_full'
  | 'io'
  | 'corrupt'
  | 'unreachable'
  | 'internal'
  | 'truncated'
  | 'altered'
  | 'wrong_recipient'
  | 'bad_input'
  | 'bad_value';

const kReasons: ReadonlySet<string> = new Set<Reason>([
  'malformed',
  'too_large',
  'unknown_critical',
  'newer_version',
  'other_city',
  'bad_signature',
  'stranger',
  'unknown_certificate',
  'forbidden',
  'out_of_scope',
  'bad_move',
  'unknown_policy',
  'revoked',
  'expired',
  'held',
  'frozen',
  'replay',
  'gap',
  'fork',
  'no_fork',
  'not_found',
  'stale',
  'clock_ahead',
  'unauthorised',
  'slow_down',
  'bad_cursor',
  'cloned',
  'quota',
  'disk_full',
  'io',
  'corrupt',
  'unreachable',
  'internal',
  'truncated',
  'altered',
  'wrong_recipient',
  'bad_input',
  'bad_value',
]);

/** What a peer called its reason. A name that isn't known counts as `unknown_critical`. */
export function reasonNamed(name: string): Reason {
  return kReasons.has(name) ? (name as Reason) : 'unknown_critical';
}

/** Something was refused. `reason` decides; `message` is for people, and nobody parses it. */
export class Refused extends Error {
  readonly reason: Reason;
  constructor(reason: Reason, detail: string) {
    super(detail);
    this.name = 'Refused';
    this.reason = reason;
  }
}

/** Throws `Refused(reason, detail)` unless `condition` holds. */
export function demand(condition: boolean, reason: Reason, detail: string): asserts condition {
  if (!condition) throw new Refused(reason, detail);
}

/** Says nothing about the object, only about this moment: it is to be sent again. */
export function isTransient(reason: Reason): boolean {
  return ['slow_down', 'disk_full', 'io', 'corrupt', 'unreachable', 'internal'].includes(reason);
}
