// policy.ts: who may write what (sync/PROTOCOL.md §7). A set is judged by the policy that it names.
import { isZero, type Bytes } from './bytes.ts';
import { CborReader, kInt63Max } from './cbor_reader.ts';
import { encodeBytes, encodeFields, encodeInt, encodeList, kNull } from './cbor_value.ts';
import { kRight, type Certificate } from './certificate.ts';
import { kFieldMax, kKind, type Change, type ChangeSet } from './change_set.ts';
import { kDomain, nameOf } from './names.ts';
import { demand, Refused } from './refused.ts';
import { kAudience } from './scope.ts';

/** Types that are judged without a policy: certificate, policy, end of a key. */
export const kSystemType = { certificate: 1, policy: 2, revocation: 3 } as const;
export const kPolicyBytesMax = 256 << 10;

export interface Move {
  /** Null: a new record. */
  readonly from: bigint | null;
  readonly to: bigint;
  readonly roles: number;
  readonly rank: number;
}
export interface TypeRule {
  readonly type: number;
  readonly writers: number;
  readonly removers: number;
  readonly fields: ReadonlyMap<number, number>;
  readonly stateField: number | null;
  readonly moves: readonly Move[];
}
export interface Policy {
  readonly number: bigint;
  readonly previous: Bytes | null;
  readonly rules: ReadonlyMap<number, TypeRule>;
  /** Types whose records stay in community and street. */
  readonly confined: ReadonlySet<number>;
  /** Its name. */
  readonly hash: Bytes;
}

/** Throws too_large, malformed, unknown_critical. */
export function readPolicy(bytes: Bytes): Policy {
  demand(bytes.length <= kPolicyBytesMax, 'too_large', 'a policy over 256 KiB');
  const reader = new CborReader(bytes);
  let critical = false;
  let number = 0n;
  let previous: Bytes | null = null;
  let rules: Map<number, TypeRule> | null = null;
  let confined: number[] = [];
  reader.map(0, bytes.length, (key) => {
    if (key === 0n) number = reader.int(1n);
    else if (key === 1n) previous = readPrevious(reader);
    else if (key === 2n) rules = readRules(reader, bytes.length);
    else if (key === 3n)
      confined = ascending(reader.list(1, kFieldMax, () => reader.small(1, kFieldMax)));
    else {
      reader.itemApart();
      critical ||= key < 0n;
    }
  });
  demand(number > 0n && rules !== null, 'malformed', 'a key of the policy is missing');
  demand(
    (previous !== null) === number > 1n,
    'malformed',
    'the policy before stands exactly behind number 1',
  );
  reader.end();
  demand(!critical, 'unknown_critical', 'something critical of a later version');
  return {
    number,
    previous,
    rules,
    confined: new Set(confined),
    hash: nameOf(kDomain.policy, bytes),
  };
}
function readPrevious(reader: CborReader): Bytes {
  const name = reader.bytes(32);
  demand(!isZero(name), 'malformed', 'no policy is left out');
  return name;
}
function readRules(reader: CborReader, most: number): Map<number, TypeRule> {
  const rules = reader.list(0, most, () => readRule(reader, most));
  ascending(rules.map(({ type }) => type));
  return new Map(rules.map((rule) => [rule.type, rule]));
}
function readRule(reader: CborReader, most: number): TypeRule {
  const roles = (): number => reader.small(0, 0xffffffff);
  return reader.tuple(6, 6, () => {
    const type = reader.small(1, kFieldMax);
    const writers = roles();
    const removers = roles();
    const fields = reader.list(0, most, () =>
      reader.tuple(2, 2, () => [reader.small(1, kFieldMax), roles()] as const),
    );
    ascending(fields.map(([field]) => field));
    const stateField = reader.isNull() ? null : reader.small(1, kFieldMax);
    const moves = reader.list(0, most, () => readMove(reader));
    demand(stateField !== null || moves.length === 0, 'malformed', 'moves without a state field');
    checkMoves(moves);
    return { type, writers, removers, fields: new Map(fields), stateField, moves };
  });
}
function readMove(reader: CborReader): Move {
  return reader.tuple(4, 4, () => {
    const from = reader.isNull() ? null : reader.int(0n);
    return {
      from,
      to: reader.int(0n),
      roles: reader.small(0, 0xffffffff),
      rank: reader.small(0, 0xffffffff),
    };
  });
}
function ascending(numbers: readonly number[]): number[] {
  numbers.forEach((number, i) =>
    demand(i === 0 || number > (numbers[i - 1] ?? 0), 'malformed', 'numbers ascend, none twice'),
  );
  return [...numbers];
}
function checkMoves(moves: readonly Move[]): void {
  moves.forEach((move, i) => {
    const before = moves[i - 1];
    if (!before) return;
    const [a, b] = [before.from ?? -1n, move.from ?? -1n];
    demand(a < b || (a === b && before.to < move.to), 'malformed', 'moves ascend, none twice');
  });
}
export function writePolicy(policy: Omit<Policy, 'hash'>): Bytes {
  const rules = [...policy.rules.values()].sort((a, b) => a.type - b.type).map(encodeRule);
  const confined = [...policy.confined].sort((a, b) => a - b);
  return encodeFields([
    [0, encodeInt(policy.number)],
    [1, policy.previous ? encodeBytes(policy.previous) : null],
    [2, encodeList(rules)],
    [3, confined.length > 0 ? encodeList(confined.map(encodeInt)) : null],
  ]);
}
function encodeRule(rule: TypeRule): Bytes {
  const fields = [...rule.fields].sort(([a], [b]) => a - b);
  return encodeList([
    encodeInt(rule.type),
    encodeInt(rule.writers),
    encodeInt(rule.removers),
    encodeList(fields.map(([field, roles]) => encodeList([encodeInt(field), encodeInt(roles)]))),
    rule.stateField === null ? kNull : encodeInt(rule.stateField),
    encodeList(
      rule.moves.map(({ from, to, roles, rank }) =>
        encodeList([
          from === null ? kNull : encodeInt(from),
          encodeInt(to),
          encodeInt(roles),
          encodeInt(rank),
        ]),
      ),
    ),
  ]);
}

// ---- Judging -------------------------------------------------------------------------------------

/** Does any change of the set need a policy to be judged? */
export function needsPolicy(set: ChangeSet): boolean {
  return set.changes.some(({ type }) => type > kSystemType.revocation);
}
/**
 * May the certificate's role write all this? `policy`: the one that the set names, if it is known.
 * Throws unknown_policy (it waits), forbidden, bad_move.
 */
export function judge(set: ChangeSet, certificate: Certificate, policy: Policy | null): void {
  demand(
    set.policy === null || policy !== null,
    'unknown_policy',
    'written under a policy that is not here',
  );
  for (const change of set.changes) {
    if (change.type <= kSystemType.revocation) judgeSystem(change, certificate);
    else judgeByRule(change, set, certificate.role, policy);
  }
}
function judgeSystem(change: Change, certificate: Certificate): void {
  demand(
    change.kind === kKind.put,
    'forbidden',
    'certificates, policies and ends of keys are only put',
  );
  if (change.type === kSystemType.policy) {
    demand(
      (certificate.rights & kRight.policies) !== 0,
      'forbidden',
      'policies need the right to them',
    );
  } else {
    const mayEnd = change.type === kSystemType.revocation && certificate.earlier.length > 0;
    demand(
      certificate.delegation > 0 || mayEnd,
      'forbidden',
      'certificates need the right to issue them',
    );
  }
}
const hasRole = (roles: number, role: number): boolean =>
  role <= 31 && ((roles >>> role) & 1) === 1;

function judgeByRule(change: Change, set: ChangeSet, role: number, policy: Policy | null): void {
  const rule = policy?.rules.get(change.type);
  demand(
    policy !== null && rule !== undefined,
    'forbidden',
    `type ${change.type} may be written by nobody`,
  );
  demand(
    !policy.confined.has(change.type) || set.audience === kAudience.street,
    'forbidden',
    'this stays in community and street',
  );
  if (change.kind === kKind.remove) {
    demand(
      hasRole(rule.removers, role),
      'forbidden',
      `role ${role} may not remove type ${change.type}`,
    );
    return;
  }
  demand(
    hasRole(rule.writers, role),
    'forbidden',
    `role ${role} may not write type ${change.type}`,
  );
  for (const { number, value } of change.fields) {
    demand(
      hasRole(rule.fields.get(number) ?? 0xffffffff, role),
      'forbidden',
      `role ${role} may not write field ${number}`,
    );
    if (number === rule.stateField) judgeMove(value, change.kind, rule, role);
  }
}
function judgeMove(value: Bytes, kind: number, rule: TypeRule, role: number): void {
  const move = kind === kKind.put ? moveIn(value) : null;
  const known = move && rule.moves.find(({ from, to }) => from === move.from && to === move.to);
  if (!known) throw new Refused('bad_move', 'no move of the state that the policy knows');
  demand(hasRole(known.roles, role), 'bad_move', `role ${role} may not make this move`);
}
/** `[from / null, to]`; null if the value is anything else. */
export function moveIn(value: Bytes): { from: bigint | null; to: bigint } | null {
  try {
    const reader = new CborReader(value);
    const move = reader.tuple(2, 2, () => ({
      from: reader.isNull() ? null : reader.int(0n, kInt63Max),
      to: reader.int(0n),
    }));
    reader.end();
    return move;
  } catch (error) {
    if (error instanceof Refused) return null;
    throw error;
  }
}
