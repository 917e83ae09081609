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
import { Hidden, type RecordName, type Replaced, type Seen, type Shown } from './seen.ts';
import { settlementsOf, type History, type Settlement } from './settled.ts';
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
  const { versions, seeds } = await partsOf(tx, name);
  return new RecordState(versions, rules, seeds);
}
/** What a record is merged from. */
type Parts = Pick<History, 'versions' | 'seeds'>;
async function partsOf(tx: Tx, name: RecordName): Promise<Parts> {
  const versions = await versionsOf(tx, name);
  const rows = await tx.find('seeds', 'record', recordKey(name.type, name.scope, name.id));
  if (rows.length === 0) return { versions, seeds: [] };
  const covered = await coveredBy(tx, rows);
  const behind = versions.filter(
    ({ key: { version } }) => version.seq > (covered.get(hex(version.feed)) ?? 0n),
  );
  const seeds: Seed[] = [];
  for (const { state } of rows) seeds.push(await distrusted(tx, readState(state)));
  return { versions: behind, seeds };
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
  const parts = await partsOf(tx, name);
  const state = new RecordState(parts.versions, rules, parts.seeds);
  if (state.blank) return null;
  const { fields, removed, conflicts } = state.merged();
  const rows = await tx.find('sets', 'records', recordKey(name.type, name.scope, name.id));
  const ownFeeds = new Set(rows.filter(({ own }) => own === 1).map(({ feed }) => feed));
  const record = { name, removed, fields: await shownFields(tx, name, fields) };
  return {
    ...record,
    conflicts,
    replaced: await replacedIn(tx, record, settlementsOf({ ...parts, ownFeeds }, rules), rules),
    confirmed: rows.every(({ confirmed }) => confirmed !== null),
  };
}
/** Of what was settled, that in which the record says something else than this phone did. */
async function replacedIn(
  tx: Tx,
  record: Pick<Seen, 'name' | 'removed' | 'fields'>,
  settlements: readonly Settlement[],
  { cellOf, stateField }: MergeRules,
): Promise<Replaced[]> {
  const found: Replaced[] = [];
  for (const { cell, own, by, fields: written } of settlements) {
    const fields = await shownFields(tx, record.name, written);
    const numbers = new Set(fields.keys());
    for (const number of record.fields.keys()) if (cellOf(number) === cell) numbers.add(number);
    const differs = [...numbers].some(
      (number) =>
        !(fields.get(number) instanceof Hidden) &&
        !sayTheSame(fields.get(number), record.fields.get(number), number === stateField),
    );
    if (record.removed || differs) found.push({ cell, own, by, fields });
  }
  return found;
}
/** As people read them: of a move only where it led counts. */
function sayTheSame(a: Shown | undefined, b: Shown | undefined, isState: boolean): boolean {
  const [left, right] = [a, b].map((one) => (isState && Array.isArray(one) ? one[1] : one));
  return spelled(left) === spelled(right);
}
const spelled = (value: Shown | undefined): string =>
  JSON.stringify(value ?? null, (_, one: unknown) => {
    if (one instanceof Map) return [...(one as Map<unknown, unknown>)];
    return typeof one === 'bigint' ? `${one}n` : one;
  });
async function shownFields(
  tx: Tx,
  name: RecordName,
  fields: readonly Field[],
): Promise<Map<number, Shown>> {
  const shown = new Map<number, Shown>();
  for (const field of fields) shown.set(field.number, await shownField(tx, name, field));
  return shown;
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
