// change_set_writer.ts: writes a change set's body, each thing in its one spelling.
import { isZero, sameBytes, type Bytes } from './bytes.ts';
import {
  encodeBytes,
  encodeFields,
  encodeInt,
  encodeList,
  encodeMap,
  encodeText,
  head,
} from './cbor_value.ts';
import {
  compareVersions,
  feedOf,
  type Base,
  type Change,
  type ChangeSet,
  type Checkpoint,
  type VersionId,
} from './change_set.ts';
import { readChangeSet } from './change_set_reader.ts';

/**
 * The bytes to sign. Reads them back, so that nothing is signed that others would refuse.
 * Throws too_large, malformed; bad_value for a field or number that stands twice.
 */
export function writeChangeSet(set: ChangeSet): Bytes {
  const feed = feedOf(set);
  const bytes = (value: Bytes | null): Bytes | null => (value ? encodeBytes(value) : null);
  const later = set.incarnation.number > 0n || !isZero(set.incarnation.nonce);
  const body = encodeFields([
    [0, encodeInt(1)],
    [1, encodeBytes(set.city)],
    [2, encodeBytes(set.author)],
    [3, encodeBytes(set.certificate)],
    [4, encodeText(set.scope)],
    [5, encodeInt(set.audience)],
    [
      6,
      later
        ? encodeList([encodeInt(set.incarnation.number), encodeBytes(set.incarnation.nonce)])
        : null,
    ],
    [7, encodeInt(set.seq)],
    [8, bytes(set.prev)],
    [9, set.seen ? encodeCheckpoint(set.seen) : null],
    [10, bytes(set.policy)],
    [11, encodeInt(set.schema)],
    [12, encodeInt(set.timeBase)],
    [13, encodeList(set.changes.map((change) => encodeChange(change, set.timeBase, feed)))],
    [14, bytes(set.actor)],
    [15, bytes(set.action)],
    [16, set.origin ? encodeText(set.origin) : null],
    [17, bytes(set.blind)],
    [18, encodeSuccession(set)],
  ]);
  readChangeSet(body);
  return body;
}
function encodeSuccession(set: ChangeSet): Bytes | null {
  const { succession } = set;
  if (!succession) return null;
  const { reason, feed, seq, head: last } = succession;
  return encodeList([encodeText(reason), encodeBytes(feed), encodeInt(seq), encodeBytes(last)]);
}
export function encodeCheckpoint(checkpoint: Checkpoint): Bytes {
  const { epoch, size, root, time } = checkpoint;
  return encodeList([encodeInt(epoch), encodeInt(size), encodeBytes(root), encodeInt(time)]);
}

/** Places are left out from the end, as far as they say nothing. */
function encodeChange(change: Change, timeBase: number, feed: Bytes): Bytes {
  const fields = encodeMap(change.fields.map(({ number, value }) => [encodeInt(number), value]));
  const places = [
    encodeInt(change.type),
    encodeBytes(change.id),
    encodeInt(change.kind),
    encodeInt(change.stamp - timeBase),
    fields,
  ];
  const hasBase = change.base.all.length > 0 || change.base.cells.size > 0;
  if (hasBase || change.life > 0) places.push(encodeBase(change.base, feed));
  if (change.life > 0) places.push(encodeInt(change.life));
  return encodeList(places);
}
function encodeBase(base: Base, feed: Bytes): Bytes {
  const all = encodeVersions(base.all, feed);
  if (base.cells.size > 0) {
    const cells = [...base.cells].map(
      ([cell, versions]) => [encodeInt(cell), encodeVersions(versions, feed)] as const,
    );
    return encodeList([all, encodeMap(cells)]);
  }
  return base.all.length > 0 ? encodeList([all]) : head(4, 0);
}
function encodeVersions(versions: readonly VersionId[], feed: Bytes): Bytes {
  const sorted = [...versions].sort(compareVersions);
  return encodeList(
    sorted.map((version) => {
      const place = [encodeInt(version.seq), encodeInt(version.index)];
      return encodeList(
        sameBytes(version.feed, feed) ? place : [encodeBytes(version.feed), ...place],
      );
    }),
  );
}
