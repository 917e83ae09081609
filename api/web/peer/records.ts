// records.ts: what the phone's change sets add up to, record by record, and the values that are here.
import { hex, type Bytes } from './bytes.ts';
import { Commitment, CborMap, decodeValue, type CborValue } from './cbor_value.ts';
import { feedOf, kKind, type Field } from './change_set.ts';
import { readChangeSet } from './change_set_reader.ts';
import type { Secret } from './commitment.ts';
import {
  RecordState,
  type Leaf,
  type MergeRules,
  type OrderKey,
  type Seed,
  type Version,
} from './merge.ts';
import { Hidden, type RecordName, type Seen, type Shown } from './seen.ts';
import { readState } from './snapshot_state.ts';
import { effectiveReceipt } from './standing.ts';
import { erasedKey, recordKey, type SeedRow, type SetRow, type Tx } from './store.ts';

/** Every change of the record that counts, each feed's in its order. */
export async function versionsOf(tx: Tx, name: RecordName): Promise<Version[]> {
  const sets = await tx.find('sets', 'records', recordKey(name.type, name.scope, name.id));
  const counting = sets
    .filter(({ state }) => state === 'counts')
    .sort((a, b) => (a.seq < b.seq ? -1 : a.seq > b.seq ? 1 : 0));
  return counting.flatMap((row) => versionsIn(row, name));
}
/** What was read of a row, while somebody holds that row: hundreds of records may stand in one change set. */
const kRead = new WeakMap<SetRow, ReadonlyMap<string, readonly Version[]>>();
/** What one change set says of a record, in its order. */
export function versionsIn(row: SetRow, name: Omit<RecordName, 'scope'>): readonly Version[] {
  const read = kRead.get(row) ?? versionsByRecord(row);
  kRead.set(row, read);
  return read.get(`${name.type}/${hex(name.id)}`) ?? [];
}
/** `type/id` → its changes, in their order. */
function versionsByRecord(row: SetRow): Map<string, Version[]> {
  const set = readChangeSet(row.body);
  const feed = feedOf(set);
  const trusted = !(row.confirmed?.flagged ?? false);
  const found = new Map<string, Version[]>();
  for (const [index, change] of set.changes.entries()) {
    if (change.kind === kKind.erase) continue;
    const time = Math.max(change.stamp, set.seen?.time ?? 0);
    const version = { change, key: { trusted, time, version: { feed, seq: set.seq, index } } };
    const name = `${change.type}/${hex(change.id)}`;
    const there = found.get(name);
    if (there) there.push(version);
    else found.set(name, [version]);
  }
  return found;
}
export async function stateOf(tx: Tx, name: RecordName, rules: MergeRules): Promise<RecordState> {
  const versions = await versionsOf(tx, name);
  const rows = await tx.find('seeds', 'record', recordKey(name.type, name.scope, name.id));
  if (rows.length === 0) return new RecordState(versions, rules);
  const covered = await coveredBy(tx, rows);
  const behind = versions.filter(
    ({ key: { version } }) => version.seq > (covered.get(hex(version.feed)) ?? 0n),
  );
  const seeds: Seed[] = [];
  for (const { state } of rows) seeds.push(await distrusted(tx, readState(state)));
  return new RecordState(behind, rules, seeds);
}
/** Feed → number up to which the snapshots of these seeds stand for its change sets. */
async function coveredBy(tx: Tx, rows: readonly SeedRow[]): Promise<Map<string, bigint>> {
  const covered = new Map<string, bigint>();
  for (const { group } of rows) {
    for (const [feed, seq] of (await tx.get('snapshots', group))?.covered ?? [])
      covered.set(feed, seq);
  }
  return covered;
}
/** A receipt that flags a clock may come after the snapshot was made. */
async function distrusted(tx: Tx, seed: Seed): Promise<Seed> {
  const flagged = new Set<string>();
  for (const { feed } of seed.marks) {
    const receipts = await tx.find('receipts', 'feed', hex(feed));
    for (const seq of receipts.flatMap(({ clockFlagged }) => clockFlagged)) {
      if (effectiveReceipt(receipts, seq)?.clockFlagged.includes(seq))
        flagged.add(`${hex(feed)}/${seq}`);
    }
  }
  if (flagged.size === 0) return seed;
  const key = (one: OrderKey): OrderKey =>
    flagged.has(`${hex(one.version.feed)}/${one.version.seq}`) ? { ...one, trusted: false } : one;
  const leaf = (one: Leaf): Leaf => ({ ...one, key: key(one.key) });
  const lives = [...seed.lives].map(
    ([number, life]) =>
      [
        number,
        {
          ...life,
          cells: new Map([...life.cells].map(([cell, leaves]) => [cell, leaves.map(leaf)])),
          removals: life.removals.map(key),
          moves: new Map(
            [...life.moves].map(([cell, moves]) => [
              cell,
              moves.map((move) => ({ ...move, leaf: move.leaf && leaf(move.leaf) })),
            ]),
          ),
        },
      ] as const,
  );
  return { ...seed, lives: new Map(lives) };
}

/** Null: nothing of it is here. */
export async function seenRecord(
  tx: Tx,
  name: RecordName,
  rules: MergeRules,
): Promise<Seen | null> {
  const state = await stateOf(tx, name, rules);
  if (state.blank) return null;
  const { fields, removed, conflicts } = state.merged();
  const shown = new Map<number, Shown>();
  for (const field of fields) shown.set(field.number, await shownField(tx, name, field));
  return { name, removed, fields: shown, conflicts, confirmed: await isConfirmed(tx, name) };
}
async function isConfirmed(tx: Tx, name: RecordName): Promise<boolean> {
  const rows = await tx.find('sets', 'records', recordKey(name.type, name.scope, name.id));
  return rows.every(({ confirmed }) => confirmed !== null);
}
/** `type/scope/id` of every record that any set here touches, or a snapshot holds. */
export async function recordKeys(tx: Tx): Promise<Set<string>> {
  const keys = new Set<string>();
  for (const { records } of await tx.all('sets')) records.forEach((key) => keys.add(key));
  for (const { record } of await tx.all('seeds')) keys.add(record);
  return keys;
}
/** What a field says, its commitments opened where their values are here. */
export async function shownField(tx: Tx, name: RecordName, field: Field): Promise<Shown> {
  const value = decodeValue(field.value);
  const opened = new Map<string, Shown>();
  for (const commitment of commitmentsIn(value))
    opened.set(hex(commitment.hash), await openOne(tx, name, field.number, commitment));
  return replace(value, opened);
}
async function openOne(
  tx: Tx,
  name: RecordName,
  field: number,
  commitment: Commitment,
): Promise<Shown> {
  const secret = await secretOf(tx, name, field, commitment.hash);
  if (secret) return replace(decodeValue(secret.value), new Map());
  return new Hidden((await isErased(tx, name, field, commitment.hash)) ? 'erased' : 'withheld');
}
export async function secretOf(
  tx: Tx,
  name: RecordName,
  field: number,
  hash: Bytes,
): Promise<Secret | null> {
  const rows = await tx.find('openings', 'commitment', hex(hash));
  const record = recordKey(name.type, name.scope, name.id);
  return rows.find((row) => row.record === record && row.field === field) ?? null;
}
export async function isErased(
  tx: Tx,
  name: RecordName,
  field: number,
  hash: Bytes,
): Promise<boolean> {
  return (
    (await tx.get(
      'erased',
      erasedKey(recordKey(name.type, name.scope, name.id), field, hex(hash)),
    )) !== undefined
  );
}
export function commitmentsIn(value: CborValue): Commitment[] {
  if (value instanceof Commitment) return [value];
  if (Array.isArray(value)) return value.flatMap(commitmentsIn);
  if (value instanceof CborMap) return [...value].flat().flatMap(commitmentsIn);
  return [];
}
function replace(value: CborValue, opened: ReadonlyMap<string, Shown>): Shown {
  if (value instanceof Commitment) return opened.get(hex(value.hash)) ?? new Hidden('withheld');
  if (Array.isArray(value)) return value.map((item) => replace(item, opened));
  if (value instanceof CborMap)
    return new Map([...value].map(([key, item]) => [replace(key, opened), replace(item, opened)]));
  return value;
}
