// authoring.ts: from what a person wants to a change set that can be signed: bases, stamps, moves of
// the state, commitments instead of values that must stay erasable.
import { hex, randomBytes, sameBytes, type Bytes } from './bytes.ts';
import { decodeValue, encodeValue, eachCommitment, kNull, type CborValue } from './cbor_value.ts';
import type { Certificate } from './certificate.ts';
import {
  commitmentsOf,
  kKind,
  kNoBase,
  type Change,
  type ChangeSet,
  type Checkpoint,
  type Field,
  type Succession,
} from './change_set.ts';
import type { HybridClock } from './clock.ts';
import { commit, committed, type Secret } from './commitment.ts';
import type { FeedTip } from './feed.ts';
import type { RecordState } from './merge.ts';
import { feedId } from './names.ts';
import type { Incarnations } from './own.ts';
import type { Opening } from './parcel.ts';
import { moveIn, type Policy } from './policy.ts';
import { commitmentsIn, isErased, secretOf, stateOf } from './records.ts';
import { type RecordName } from './seen.ts';
import { demand, Refused } from './refused.ts';
import { kAudience } from './scope.ts';
import { mergeRulesOf, protectionOf, type Schema } from './schema.ts';
import type { Tx } from './store.ts';

/**
 * What a person wants of one record. A null empties a field; of a state only the new one is given.
 * `revive`: also if it was removed; it begins anew then, with these fields alone.
 */
export type Wish =
  | (RecordName & {
      readonly kind: 'put';
      readonly fields: ReadonlyMap<number, CborValue>;
      readonly revive?: boolean;
    })
  | (RecordName & { readonly kind: 'remove' })
  | (RecordName & { readonly kind: 'erase'; readonly fields: readonly number[] });

/** Under what a set is written. */
export interface Desk {
  readonly certificate: Certificate;
  readonly schema: Schema;
  readonly policy: Policy;
  readonly clock: HybridClock;
  readonly seen: Checkpoint | null;
  readonly incarnations: Incarnations;
}
export interface Act {
  /** Joins the sets of one act. */
  readonly action: Bytes;
  readonly actor: Bytes | null;
  readonly origin: string | null;
}
/** A set to be signed, with what opens its commitments. */
export interface Draft {
  readonly set: ChangeSet;
  readonly openings: readonly Opening[];
}

/** The audience of a set with these records. All must have the same. */
export function audienceOf(schema: Schema, type: number): number {
  const known = schema.types.get(type);
  demand(
    known !== undefined,
    'bad_value',
    `记录类型 ${type} 未知,请先同步。 Type ${type} isn't known: sync first.`,
  );
  return known.audience;
}

/**
 * Builds one set of `scope` and `audience` on what `tx` holds. Throws bad_value (a value that has no
 * form), bad_move (a state that can't be reached, or its group without it), not_found (nothing to
 * remove or erase, or it was removed), forbidden (a value around it that this phone can't read and would have to repeat).
 */
export async function draftSet(
  tx: Tx,
  desk: Desk,
  act: Act,
  place: { scope: string; audience: number },
  wishes: readonly Wish[],
): Promise<Draft> {
  const { all } = desk.incarnations;
  const incarnation = all[all.length - 1];
  demand(incarnation !== undefined, 'internal', 'no incarnation');
  const { city, subject: author } = desk.certificate;
  const where = { city, author, ...place };
  const endOf = (one: Bytes): Promise<FeedTip | undefined> => tx.get('feeds', hex(one));
  const feed = await endOf(feedId({ ...where, incarnation }));
  const isFirst = !feed && incarnation.number > 0n;
  const secrets = new Map<string, Secret>();
  const changes: Change[] = [];
  for (const wish of wishes) changes.push(await changeOf(tx, desk, wish, secrets));
  const set: ChangeSet = {
    ...where,
    incarnation,
    certificate: desk.certificate.hash,
    seq: (feed?.seq ?? 0n) + 1n,
    prev: feed ? feed.hash : null,
    seen: desk.seen,
    policy: desk.policy.hash,
    schema: desk.schema.version,
    timeBase: changes[0]?.stamp ?? 0,
    actor: act.actor,
    action: act.action,
    origin: act.origin,
    blind: place.audience === kAudience.street ? randomBytes(16) : null,
    succession: isFirst ? await successionOf(desk.incarnations, where, endOf) : null,
    changes,
  };
  return { set, openings: openingsOf(set, secrets) };
}
function openingsOf(set: ChangeSet, secrets: ReadonlyMap<string, Secret>): Opening[] {
  return commitmentsOf(set).flatMap(({ hash }, ordinal) => {
    const secret = secrets.get(hex(hash));
    return secret ? [{ ordinal, salt: secret.salt, value: secret.value }] : [];
  });
}
/** The feed that one of the incarnation of now goes on from, and its last head that is known. */
export async function successionOf(
  { all, reason }: Pick<Incarnations, 'all' | 'reason'>,
  where: { city: Bytes; author: Bytes; scope: string; audience: number },
  endOf: (feed: Bytes) => Promise<FeedTip | undefined>,
): Promise<Succession> {
  const earlier = all.slice(0, -1).reverse();
  for (const incarnation of earlier) {
    const feed = feedId({ ...where, incarnation });
    const end = await endOf(feed);
    if (end) return { reason, feed, seq: end.seq, head: end.hash };
  }
  const before = earlier[0] ?? { number: 0n, nonce: new Uint8Array(16) };
  const feed = feedId({ ...where, incarnation: before });
  return { reason, feed, seq: 0n, head: new Uint8Array(32) };
}

async function changeOf(
  tx: Tx,
  desk: Desk,
  wish: Wish,
  secrets: Map<string, Secret>,
): Promise<Change> {
  const state = await stateOf(tx, wish, mergeRulesOf(desk.schema, wish.type, desk.policy));
  const stamp = desk.clock.next();
  const common = { type: wish.type, id: wish.id, stamp };
  if (wish.kind === 'remove') {
    demand(!state.blank && !state.removed, 'not_found', '没有这条记录。 No such record.');
    return {
      ...common,
      kind: kKind.remove,
      fields: [],
      base: state.baseForAll(),
      life: state.life,
    };
  }
  if (wish.kind === 'erase') {
    return {
      ...common,
      kind: kKind.erase,
      fields: erasedFields(state, wish.fields),
      base: kNoBase,
      life: 0,
    };
  }
  demand(
    !state.removed || wish.revive === true,
    'not_found',
    '该记录已被删除。 This record was removed.',
  );
  const fields = await fieldsOf(tx, desk, wish, state, secrets);
  const kind = fields.every(({ value }) => sameBytes(value, kNull)) ? kKind.clear : kKind.put;
  // A put on a record that was removed names the removal, and begins its next life.
  const base = state.removed
    ? state.baseForAll()
    : state.baseFor(fields.map(({ number }) => number));
  return { ...common, kind, fields, base, life: state.removed ? state.life + 1 : state.life };
}
/** Every commitment that stands in these fields now. */
function erasedFields(state: RecordState, fields: readonly number[]): Field[] {
  const found = state
    .merged()
    .fields.filter(({ number }) => fields.includes(number))
    .flatMap(({ number, value }) => {
      const hashes: Bytes[] = [];
      eachCommitment(value, (hash) => hashes.push(hash));
      const unique = [...new Map(hashes.map((hash) => [hex(hash), hash]))]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, hash]) => hash);
      return unique.length > 0 ? [{ number, value: encodeValue(unique) }] : [];
    });
  demand(found.length > 0, 'not_found', '没有可删除的内容。 Nothing in it can be erased.');
  return found;
}

// ---- Fields of a put -----------------------------------------------------------------------------

async function fieldsOf(
  tx: Tx,
  desk: Desk,
  wish: Wish & { kind: 'put' },
  state: RecordState,
  secrets: Map<string, Secret>,
): Promise<Field[]> {
  const rules = mergeRulesOf(desk.schema, wish.type, desk.policy);
  const now = state.removed ? [] : state.merged().fields;
  const fields = new Map<number, Bytes>();
  for (const [number, value] of wish.fields) {
    fields.set(
      number,
      number === rules.stateField
        ? moveTo(value, now, number)
        : protect(desk, wish, number, encodeValue(value), secrets),
    );
  }
  await repeatGroups(tx, desk, wish, now, fields, secrets);
  const state_ = rules.stateField;
  const touchesState =
    state_ !== null &&
    [...fields.keys()].some((number) => rules.cellOf(number) === rules.cellOf(state_));
  demand(
    !touchesState || (state_ !== null && fields.has(state_)),
    'bad_move',
    '该字段须与状态一同修改。 This field changes only together with the state.',
  );
  demand(fields.size > 0, 'bad_value', '没有任何修改。 Nothing to change.');
  return [...fields]
    .map(([number, value]) => ({ number, value }))
    .sort((a, b) => a.number - b.number);
}
/** `[from, to]`, where `from` is the state that the author sees. */
function moveTo(value: CborValue, now: readonly Field[], stateField: number): Bytes {
  if (typeof value !== 'number')
    throw new Refused('bad_move', '状态须为编号。 A state is given by its number.');
  const current = now.find(({ number }) => number === stateField);
  const from = current ? (moveIn(current.value)?.to ?? null) : null;
  return encodeValue([from, value]);
}
/** A group merges as one value: what isn't changed of it is written anew beside what is. */
async function repeatGroups(
  tx: Tx,
  desk: Desk,
  wish: Wish & { kind: 'put' },
  now: readonly Field[],
  fields: Map<number, Bytes>,
  secrets: Map<string, Secret>,
): Promise<void> {
  const rules = mergeRulesOf(desk.schema, wish.type, desk.policy);
  const cells = new Set([...fields.keys()].map(rules.cellOf));
  for (const field of now) {
    if (
      fields.has(field.number) ||
      field.number === rules.stateField ||
      !cells.has(rules.cellOf(field.number))
    )
      continue;
    fields.set(field.number, await repeated(tx, wish, field, secrets));
  }
}
/** A commitment is repeated as it is, with what opens it; one that was erased stays erased. */
async function repeated(
  tx: Tx,
  name: RecordName,
  field: Field,
  secrets: Map<string, Secret>,
): Promise<Bytes> {
  for (const { hash } of commitmentsIn(decodeValue(field.value))) {
    const secret = await secretOf(tx, name, field.number, hash);
    if (secret) secrets.set(hex(hash), secret);
    else
      demand(
        await isErased(tx, name, field.number, hash),
        'forbidden',
        '其中有本机无权读取的内容。 It holds a value that this phone may not read.',
      );
  }
  return field.value;
}
function protect(
  desk: Desk,
  name: RecordName,
  field: number,
  value: Bytes,
  secrets: Map<string, Secret>,
): Bytes {
  if (sameBytes(value, kNull) || protectionOf(desk.schema, name.type, field) === 'plain')
    return value;
  const { hash, ...secret } = commit(
    { city: desk.certificate.city, type: name.type, scope: name.scope, id: name.id, field },
    value,
  );
  secrets.set(hex(hash), secret);
  return committed(hash);
}
