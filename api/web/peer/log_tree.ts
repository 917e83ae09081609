// log_tree.ts: the tree behind receipts and `seen` (sync/PROTOCOL.md §8): RFC 9162 §2.1 with BLAKE2b.
import type { Bytes } from './bytes.ts';
import { encodeBytes, encodeInt, encodeList } from './cbor_value.ts';
import { CborReader } from './cbor_reader.ts';
import { hash } from './names.ts';
import { demand } from './refused.ts';

const kLeaf = Uint8Array.of(0);
const kNode = Uint8Array.of(1);
const node = (left: Bytes, right: Bytes): Bytes => hash(kNode, left, right);

/** Grows by the names of change sets, in the order in which they were accepted. */
export class LogTree {
  /** `peaks`: roots of the complete subtrees, largest first. */
  constructor(
    readonly size: bigint = 0n,
    readonly peaks: readonly Bytes[] = [],
  ) {}

  /** The tree with one leaf more. */
  with(changeSet: Bytes): LogTree {
    const peaks = [...this.peaks];
    let grown = hash(kLeaf, changeSet);
    for (let bits = this.size; (bits & 1n) === 1n; bits >>= 1n)
      grown = node(peaks.pop() ?? grown, grown);
    return new LogTree(this.size + 1n, [...peaks, grown]);
  }
  root(): Bytes {
    const last = this.peaks[this.peaks.length - 1];
    if (!last) return hash();
    return this.peaks.slice(0, -1).reduceRight((right, left) => node(left, right), last);
  }
  encode(): Bytes {
    return encodeList([encodeInt(this.size), encodeList(this.peaks.map(encodeBytes))]);
  }
  /** Throws malformed unless there is one peak for each bit of size. */
  static decode(bytes: Bytes): LogTree {
    const reader = new CborReader(bytes);
    const tree = reader.tuple(
      2,
      2,
      () =>
        new LogTree(
          reader.int(0n),
          reader.list(0, 63, () => reader.bytes(32)),
        ),
    );
    reader.end();
    const bits = tree.size.toString(2).replaceAll('0', '').length;
    demand(tree.peaks.length === bits, 'malformed', 'one peak for each bit of size');
    return tree;
  }
}
