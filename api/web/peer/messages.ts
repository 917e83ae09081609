// messages.ts: request and response of the exchange (sync/EXCHANGE.md, "Layout").
import { sameBytes, type Bytes } from './bytes.ts';
import { CborReader } from './cbor_reader.ts';
import { encodeBytes, encodeFields, encodeInt, encodeList, kTrue } from './cbor_value.ts';
import { need } from './layout.ts';
import { demand, reasonNamed, type Reason } from './refused.ts';
import { isScope } from './scope.ts';

export const kProtocol = 1n;
export const kAskMax = 2000;
export const kObjectsMax = 10_000;
export const kObjectBytesMax = 3 << 19;
const kNewerMax = 16;
const kElsewhereMax = 16;

export const kObject = { parcel: 1, receipt: 2, ruling: 3, snapshotPart: 4, forkProof: 5 } as const;
/** What stands in a node's log and travels as it is. */
export interface LogObject {
  readonly kind: number;
  readonly bytes: Bytes;
}
/** Up to where a reader was given everything. `mark` is its giver's. */
export interface Cursor {
  readonly epoch: bigint;
  readonly arrival: bigint;
  readonly mark: Bytes;
  /** The reader's at that time. */
  readonly certificate: Bytes;
}
export interface Frontier {
  readonly feed: Bytes;
  readonly seq: bigint;
  readonly hash: Bytes;
}
/** What became of a pushed object; `refused` null: it was accepted after all. */
export interface Verdict {
  readonly index: number;
  readonly refused: Reason | null;
  readonly detail: string;
}
export interface Request {
  readonly city: Bytes;
  readonly certificate: Bytes;
  readonly session: Bytes | null;
  readonly counter: bigint;
  readonly cursor: Cursor | null;
  readonly includeOwn: boolean;
  readonly pull: boolean;
  readonly ask: readonly Bytes[];
  readonly objects: readonly LogObject[];
  readonly snapshots: boolean;
  readonly portion: bigint;
}
export interface Response {
  readonly request: Bytes;
  readonly session: Bytes;
  readonly time: bigint;
  readonly error: Reason | null;
  readonly detail: string;
  readonly counter: bigint;
  readonly verdicts: readonly Verdict[];
  readonly frontiers: readonly Frontier[];
  readonly objects: readonly LogObject[];
  readonly cursor: Cursor | null;
  readonly more: boolean;
  readonly remaining: bigint;
  /** Signed certificates: our newest, last, behind its issuers. Empty: it knows of none that we lack. */
  readonly newer: readonly Bytes[];
  /** Paths of our newest certificate that the server doesn't cover. */
  readonly elsewhere: readonly string[];
}

export function writeRequest(request: Request): Bytes {
  const { session, cursor, ask, objects, portion } = request;
  return encodeFields([
    [0, encodeInt(kProtocol)],
    [1, encodeBytes(request.city)],
    [2, encodeBytes(request.certificate)],
    [3, session ? encodeBytes(session) : null],
    [4, encodeInt(request.counter)],
    [5, cursor ? encodeCursor(cursor, request.certificate) : null],
    [6, request.includeOwn ? kTrue : null],
    [7, request.pull ? null : kTrue],
    [8, ask.length > 0 ? encodeList(ask.map(encodeBytes)) : null],
    [9, objects.length > 0 ? encodeObjects(objects) : null],
    [10, request.snapshots ? kTrue : null],
    [11, portion > 0n ? encodeInt(portion) : null],
  ]);
}
function encodeCursor(cursor: Cursor, ours: Bytes): Bytes {
  const parts = [encodeInt(cursor.epoch), encodeInt(cursor.arrival), encodeBytes(cursor.mark)];
  if (!sameBytes(cursor.certificate, ours)) parts.push(encodeBytes(cursor.certificate));
  return encodeList(parts);
}
/** Flat: kind, bytes, kind, bytes, … */
export const encodeObjects = (objects: readonly LogObject[]): Bytes =>
  encodeList(objects.flatMap(({ kind, bytes }) => [encodeInt(kind), encodeBytes(bytes)]));

/**
 * `ours`: the certificate that a cursor means which names none.
 * Throws malformed, too_large, unknown_critical, newer_version.
 */
export function readResponse(body: Bytes, ours: Bytes): Response {
  const reader = new CborReader(body);
  const found: Partial<{ -readonly [K in keyof Response]: Response[K] }> = {};
  let protocol: bigint | undefined;
  let critical = false;
  reader.map(0, body.length, (key) => {
    switch (key) {
      case 0n:
        protocol = reader.int();
        break;
      case 1n:
        found.request = reader.bytes(32);
        break;
      case 2n:
        found.session = reader.bytes(16);
        break;
      case 3n:
        found.time = reader.int();
        break;
      case 4n:
        found.error = reasonNamed(reader.text());
        break;
      case 5n:
        found.detail = reader.text();
        break;
      case 6n:
        found.counter = reader.int(0n);
        break;
      case 7n:
        found.verdicts = readVerdicts(reader);
        break;
      case 8n:
        found.frontiers = readFrontiers(reader);
        break;
      case 9n:
        found.objects = readObjects(reader);
        break;
      case 10n:
        found.cursor = readCursor(reader, ours);
        break;
      case 11n:
        found.more = reader.yes();
        break;
      case 12n:
        found.remaining = reader.int(0n);
        break;
      case 13n:
        found.newer = reader.list(1, kNewerMax, () => reader.bytes(0, body.length));
        break;
      case 14n:
        found.elsewhere = reader.list(1, kElsewhereMax, () => readScope(reader));
        break;
      default:
        reader.itemApart();
        critical ||= key < 0n;
    }
  });
  reader.end();
  const response: Response = {
    request: need(found.request, 'what it answers'),
    session: need(found.session, 'the session'),
    time: need(found.time, 'the time'),
    error: found.error ?? null,
    detail: found.detail ?? '',
    counter: found.counter ?? 0n,
    verdicts: found.verdicts ?? [],
    frontiers: found.frontiers ?? [],
    objects: found.objects ?? [],
    cursor: found.cursor ?? null,
    more: found.more ?? false,
    remaining: found.remaining ?? 0n,
    newer: found.newer ?? [],
    elsewhere: found.elsewhere ?? [],
  };
  demand(need(protocol, 'the protocol') === kProtocol, 'newer_version', `protocol ${protocol}`);
  demand(!critical, 'unknown_critical', 'a critical key of a later version');
  checkResponse(response);
  return response;
}
function readScope(reader: CborReader): string {
  const scope = reader.text();
  demand(isScope(scope), 'malformed', 'not a scope path');
  return scope;
}
function checkResponse({ error, objects, cursor }: Response): void {
  demand(error === null || objects.length === 0, 'malformed', 'with an error there are no objects');
  demand(error !== null || cursor !== null, 'malformed', 'the cursor is missing');
}
/** How many groups of `size` a flat array holds; each group is read by `one`. */
function readFlat<T>(
  reader: CborReader,
  size: number,
  least: number,
  most: number,
  one: () => T,
): T[] {
  return reader.tuple(least * size, most * size, (count) => {
    demand(count % size === 0, 'malformed', `a flat array of groups of ${size}`);
    return Array.from({ length: count / size }, one);
  });
}
function readVerdicts(reader: CborReader): Verdict[] {
  return readFlat(reader, 3, 1, kObjectsMax, () => {
    const index = reader.small(0, kObjectsMax - 1);
    const name = reader.text();
    return { index, refused: name === '' ? null : reasonNamed(name), detail: reader.text() };
  });
}
function readFrontiers(reader: CborReader): Frontier[] {
  return readFlat(reader, 3, 1, kAskMax, () => ({
    feed: reader.bytes(32),
    seq: reader.int(1n),
    hash: reader.bytes(32),
  }));
}
/** An object over its limit gets its own verdict, so it is read here. */
export function readObjects(reader: CborReader): LogObject[] {
  return readFlat(reader, 2, 1, kObjectsMax, () => ({
    kind: reader.small(0, 255),
    bytes: reader.bytes(0, 8 << 20),
  }));
}
function readCursor(reader: CborReader, ours: Bytes): Cursor {
  return reader.tuple(3, 4, (places) => {
    const cursor = {
      epoch: reader.int(0n),
      arrival: reader.int(0n),
      mark: reader.bytes(0, 64),
      certificate: ours,
    };
    if (places === 3) return cursor;
    const certificate = reader.bytes(32);
    return { ...cursor, certificate };
  });
}
