// change_set_reader.ts: reads a change set's body, strictly: one spelling each, and `malformed`
// before `unknown_critical` (sync/PROTOCOL.md §2, §4).
import { compareBytes, isZero, sameBytes, type Bytes } from './bytes.ts';
import { CborReader } from './cbor_reader.ts';
import {
  compareVersions,
  feedOf,
  kChangeSetBytesMax,
  kChangesMax,
  kFieldMax,
  kKind,
  kNoBase,
  kOffsetMax,
  kVersionsMax,
  type Base,
  type Change,
  type ChangeSet,
  type Checkpoint,
  type Field,
  type Header,
  type Succession,
  type VersionId,
} from './change_set.ts';
import { Layout, need, readScope, type Found, type KeyReaders } from './layout.ts';
import { kFirstIncarnation, type Incarnation } from './names.ts';
import { demand } from './refused.ts';

export const kTimeMax = Number.MAX_SAFE_INTEGER; // 2^53 − 1

/** Throws too_large, malformed, or unknown_critical: then readHeader says where it belongs. */
export function readChangeSet(body: Bytes): ChangeSet {
  const { layout, header, changesAt } = readKeys(body);
  const changes = readChanges(body, changesAt, header, layout);
  layout.finish();
  return { ...header, changes };
}

/**
 * Only the header, of a set that has something critical of a later version: enough to check its
 * signature and to keep it in its place. Throws too_large, malformed; unknown_critical if it is of
 * another suite or audience, of which not even the place can be known.
 */
export function readHeader(body: Bytes): Header {
  const { header } = readKeys(body);
  demand(header.audience <= 3, 'unknown_critical', `audience ${header.audience}`);
  return header;
}

function readKeys(body: Bytes): { layout: Layout; header: Header; changesAt: number } {
  demand(
    body.length <= kChangeSetBytesMax,
    'too_large',
    `${body.length} bytes, ${kChangeSetBytesMax} at most`,
  );
  const layout = new Layout(body, 'whole');
  const found: Found<Header> = {};
  let changesAt = -1;
  layout.keys({
    ...headerReaders(layout.reader, found),
    // The feed's id is needed to read them, and hangs on keys that may stand behind.
    13: () => {
      changesAt = layout.reader.position;
      layout.reader.item();
    },
  });
  demand(changesAt >= 0, 'malformed', 'key 13, the changes, is missing');
  const header = complete(found);
  if (header.audience > 3) layout.critical = true;
  return { layout, header, changesAt };
}

function headerReaders(reader: CborReader, found: Found<Header>): KeyReaders {
  return {
    1: () => (found.city = reader.bytes(32)),
    2: () => (found.author = reader.bytes(16)),
    3: () => (found.certificate = reader.bytes(32)),
    4: () => (found.scope = readScope(reader)),
    5: () => (found.audience = Number(reader.int(0n))),
    6: () => (found.incarnation = readIncarnation(reader)),
    7: () => (found.seq = reader.int(1n)),
    8: () => (found.prev = reader.bytes(32)),
    9: () => (found.seen = readCheckpoint(reader)),
    10: () => (found.policy = readPolicyName(reader)),
    11: () => (found.schema = reader.int(0n)),
    12: () => (found.timeBase = reader.small(0, kTimeMax)),
    14: () => (found.actor = reader.bytes(16)),
    15: () => (found.action = reader.bytes(16)),
    16: () => (found.origin = reader.text(1, 200)),
    17: () => (found.blind = reader.bytes(16)),
    18: () => (found.succession = readSuccession(reader)),
  };
}
function complete(found: Found<Header>): Header {
  const header: Header = {
    city: need(found.city, 'the city'),
    author: need(found.author, 'the author'),
    certificate: need(found.certificate, 'the certificate'),
    scope: need(found.scope, 'the scope'),
    audience: need(found.audience, 'the audience'),
    seq: need(found.seq, 'the number'),
    schema: need(found.schema, 'the schema version'),
    timeBase: need(found.timeBase, 'the time base'),
    incarnation: found.incarnation ?? kFirstIncarnation,
    prev: found.prev ?? null,
    seen: found.seen ?? null,
    policy: found.policy ?? null,
    actor: found.actor ?? null,
    action: found.action ?? null,
    origin: found.origin ?? null,
    blind: found.blind ?? null,
    succession: found.succession ?? null,
  };
  checkTogether(header);
  return header;
}
function checkTogether(header: Header): void {
  demand(
    (header.prev !== null) === header.seq > 1n,
    'malformed',
    'prev stands exactly behind number 1',
  );
  // An audience of a later version may well have its own use for the blind.
  demand(
    header.audience > 3 || (header.blind !== null) === (header.audience === 2),
    'malformed',
    'the blind stands exactly for the street',
  );
  const begins = header.incarnation.number > 0n && header.seq === 1n;
  demand(
    (header.succession !== null) === begins,
    'malformed',
    'a succession stands exactly at the first of a later incarnation',
  );
}

function readIncarnation(reader: CborReader): Incarnation {
  return reader.tuple(2, 2, () => {
    const number = reader.int(1n);
    const nonce = reader.bytes(16);
    demand(!isZero(nonce), 'malformed', 'an empty nonce');
    return { number, nonce };
  });
}
export function readCheckpoint(reader: CborReader): Checkpoint {
  return reader.tuple(4, 4, () => ({
    epoch: reader.int(0n),
    size: reader.int(0n),
    root: reader.bytes(32),
    time: reader.small(0, kTimeMax),
  }));
}
function readPolicyName(reader: CborReader): Bytes {
  const name = reader.bytes(32);
  demand(!isZero(name), 'malformed', 'no policy is left out');
  return name;
}
function readSuccession(reader: CborReader): Succession {
  return reader.tuple(4, 4, () => {
    const succession = {
      reason: reader.text(1, 32),
      feed: reader.bytes(32),
      seq: reader.int(0n),
      head: reader.bytes(32),
    };
    demand(
      (succession.seq === 0n) === isZero(succession.head),
      'malformed',
      'number 0 has no head, every other one has',
    );
    return succession;
  });
}

// ---- Changes -------------------------------------------------------------------------------------

function readChanges(body: Bytes, at: number, header: Header, layout: Layout): Change[] {
  // Nesting was counted when the whole body was read.
  const reader = new CborReader(body.subarray(at));
  const feed = feedOf(header);
  let before = -1;
  return reader.list(1, kChangesMax, (index) => {
    const change = readChange(reader, header, { feed, seq: header.seq, index }, layout);
    demand(change.stamp > before, 'malformed', 'stamps ascend');
    before = change.stamp;
    return change;
  });
}

function readChange(
  reader: CborReader,
  header: Header,
  version: VersionId,
  layout: Layout,
): Change {
  return reader.tuple(5, 8, (places) => {
    const type = reader.small(1, kFieldMax);
    const id = reader.bytes(16);
    const kind = reader.small(0, 31);
    if (kind > kKind.erase) layout.critical = true;
    const stamp = header.timeBase + reader.small(0, kOffsetMax);
    demand(stamp <= kTimeMax, 'malformed', 'a stamp beyond 2^53');
    const fields = readFields(reader);
    checkFields(kind, fields);
    const base = places > 5 ? readBase(reader, version) : kNoBase;
    demand(places !== 6 || !isEmptyBase(base), 'malformed', 'an empty base is left out');
    const life = places > 6 ? reader.small(0, 0xffffffff) : 0;
    demand(places !== 7 || life > 0, 'malformed', 'life 0 is left out');
    if (places > 7) readExtension(reader, layout);
    return { type, id, kind, stamp, fields, base, life };
  });
}
function readFields(reader: CborReader): Field[] {
  const fields: Field[] = [];
  reader.map(0, kFieldMax, (key) => {
    demand(key >= 1n && key <= BigInt(kFieldMax), 'malformed', `no field has the number ${key}`);
    fields.push({ number: Number(key), value: reader.item() });
  });
  return fields;
}
/** What each kind asks of its fields. */
export function checkFields(kind: number, fields: readonly Field[]): void {
  const isNull = ({ value }: Field): boolean => value.length === 1 && value[0] === 0xf6;
  if (kind === kKind.put)
    demand(
      fields.length === 0 || !fields.every(isNull),
      'malformed',
      'a put of nulls only is a clear',
    );
  if (kind === kKind.clear)
    demand(
      fields.length > 0 && fields.every(isNull),
      'malformed',
      'a clear holds nulls, one at least',
    );
  if (kind === kKind.remove) demand(fields.length === 0, 'malformed', 'a removal has no field');
  if (kind === kKind.erase) {
    demand(fields.length > 0, 'malformed', 'an erasure of nothing');
    fields.forEach(({ value }) => readErased(value));
  }
}
/** The hashes that an erasure lists of one field. Throws malformed. */
export function readErased(value: Bytes): Bytes[] {
  const reader = new CborReader(value);
  let before: Bytes | null = null;
  const hashes = reader.list(1, value.length, () => {
    const hash = reader.bytes(32);
    demand(
      before === null || compareBytes(before, hash) < 0,
      'malformed',
      'erased hashes ascend, none twice',
    );
    before = hash;
    return hash;
  });
  reader.end();
  return hashes;
}
function readExtension(reader: CborReader, layout: Layout): void {
  reader.map(1, kChangeSetBytesMax, (key) => {
    reader.item();
    if (key < 0n) layout.critical = true;
  });
}

// ---- Bases ---------------------------------------------------------------------------------------

const isEmptyBase = (base: Base): boolean => base.all.length === 0 && base.cells.size === 0;

function readBase(reader: CborReader, of: VersionId): Base {
  return reader.tuple(0, 2, (places) => {
    if (places === 0) return kNoBase;
    const all = readVersions(reader, of);
    demand(places === 2 || all.length > 0, 'malformed', 'a base of no versions is an empty array');
    const cells = places === 2 ? readCells(reader, of, all) : new Map<number, VersionId[]>();
    demand(places === 1 || cells.size > 0, 'malformed', 'no cells are left out');
    return { all, cells };
  });
}
function readCells(
  reader: CborReader,
  of: VersionId,
  all: readonly VersionId[],
): Map<number, VersionId[]> {
  const cells = new Map<number, VersionId[]>();
  reader.map(0, kFieldMax + 1, (key) => {
    demand(key >= 0n && key <= BigInt(kFieldMax), 'malformed', `no cell has the number ${key}`);
    const versions = readVersions(reader, of);
    const differs =
      versions.length !== all.length ||
      versions.some((v, i) => compareVersions(v, all[i] ?? v) !== 0);
    demand(differs, 'malformed', 'a cell like the rest is left out');
    cells.set(Number(key), versions);
  });
  return cells;
}
function readVersions(reader: CborReader, of: VersionId): VersionId[] {
  let before: VersionId | null = null;
  return reader.list(0, kVersionsMax, () => {
    const version = readVersion(reader, of);
    demand(
      before === null || compareVersions(before, version) < 0,
      'malformed',
      'versions ascend, none twice',
    );
    before = version;
    return version;
  });
}
function readVersion(reader: CborReader, of: VersionId): VersionId {
  return reader.tuple(2, 3, (places) => {
    const feed = places === 3 ? reader.bytes(32) : of.feed;
    const seq = reader.int(1n);
    const index = reader.small(0, kChangesMax - 1);
    if (places === 3)
      demand(!sameBytes(feed, of.feed), 'malformed', "the set's own feed is left out");
    else
      demand(
        seq < of.seq || (seq === of.seq && index < of.index),
        'malformed',
        'made on what comes later',
      );
    return { feed, seq, index };
  });
}
