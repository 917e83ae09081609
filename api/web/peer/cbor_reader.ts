// cbor_reader.ts: reads deterministic CBOR as sync/PROTOCOL.md §2 narrows it, and refuses the rest.
// A cursor over the bytes that were received: nothing is reserved by a count that the bytes can't
// back up, and a value that isn't looked into stays a slice of them.
import { compareBytes, type Bytes } from './bytes.ts';
import { demand, Refused } from './refused.ts';

export const kNestingMax = 16;
export const kInt63Max = (1n << 63n) - 1n;
export const kCommitmentTag = 41070n;

const kText = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
enum Major {
  unsigned,
  negative,
  bytes,
  text,
  array,
  map,
  tag,
  simple,
}

/** Throws `malformed` whenever the bytes don't hold what is asked for. */
export class CborReader {
  private at = 0;
  private depth = 0;

  /** `commitments`: where tag 41070 may stand; elsewhere a committed value holds none (§6). */
  constructor(
    private readonly data: Bytes,
    private readonly commitments = true,
  ) {}

  /** Where the next item begins. */
  get position(): number {
    return this.at;
  }
  /** What was read since `from`; a view of the bytes given, no copy. */
  since(from: number): Bytes {
    return this.data.subarray(from, this.at);
  }
  /** Nothing may stand behind the last item. */
  end(): void {
    demand(this.at === this.data.length, 'malformed', 'something stands behind it');
  }

  /** An integer of `least` to `most`. */
  int(least: bigint = -kInt63Max - 1n, most: bigint = kInt63Max): bigint {
    const [major, argument] = this.head();
    demand(
      major === Major.unsigned || major === Major.negative,
      'malformed',
      'an integer is missing',
    );
    const value = major === Major.unsigned ? argument : -1n - argument;
    demand(value >= least && value <= most, 'malformed', `${value} isn't ${least} to ${most}`);
    return value;
  }
  /** The same for what is small enough for a number: `most` at most 2^53 − 1. */
  small(least: number, most: number): number {
    return Number(this.int(BigInt(least), BigInt(most)));
  }
  /** A byte string of `least` to `most` bytes; with one argument, of so many. */
  bytes(least = 0, most = least === 0 ? this.data.length : least): Bytes {
    const [major, length] = this.head();
    demand(major === Major.bytes, 'malformed', 'a byte string is missing');
    const found = this.take(length);
    demand(
      found.length >= least && found.length <= most,
      'malformed',
      `${found.length} bytes, not ${least} to ${most}`,
    );
    return found;
  }
  /** Text of `least` to `most` bytes. */
  text(least = 0, most = this.data.length): string {
    const [major, length] = this.head();
    demand(major === Major.text, 'malformed', 'a text is missing');
    const found = this.take(length);
    demand(
      found.length >= least && found.length <= most,
      'malformed',
      `${found.length} bytes of text, not ${least} to ${most}`,
    );
    return decodeText(found);
  }
  /** `true`, the only flag that is written: false is left out. */
  yes(): true {
    demand(this.peek() === 0xf5, 'malformed', 'true is missing');
    this.at += 1;
    return true;
  }
  bool(): boolean {
    if (this.peek() === 0xf4) {
      this.at += 1;
      return false;
    }
    return this.yes();
  }
  /** Reads a null, if one stands here. */
  isNull(): boolean {
    if (this.peek() !== 0xf6) return false;
    this.at += 1;
    return true;
  }
  isArray(): boolean {
    return this.peek() >> 5 === Major.array;
  }

  /** An array of `least` to `most` items; `item` reads one, and knows its place. */
  list<T>(least: number, most: number, item: (place: number) => T): T[] {
    const count = this.open(Major.array, least, most);
    const found: T[] = [];
    for (let place = 0; place < count; ++place) found.push(item(place));
    this.depth -= 1;
    return found;
  }
  /** An array of `least` to `most` items that `fill` reads by itself, given how many. */
  tuple<T>(least: number, most: number, fill: (count: number) => T): T {
    const count = this.open(Major.array, least, most);
    const from = this.at;
    const found = fill(count);
    demand(this.at > from || count === 0, 'malformed', 'an item is missing');
    this.depth -= 1;
    return found;
  }
  /** A map with integer keys; `entry` reads the value of each. Keys ascend by their encodings. */
  map(least: number, most: number, entry: (key: bigint) => void): void {
    const count = this.open(Major.map, least, most);
    let before: Bytes | null = null;
    for (let i = 0; i < count; ++i) {
      const from = this.at;
      const key = this.int();
      before = this.mustAscend(before, from);
      entry(key);
    }
    this.depth -= 1;
  }
  /** Any item, checked to its end. A view of the bytes given. */
  item(): Bytes {
    const from = this.at;
    this.pass();
    return this.since(from);
  }
  /** Any item that counts its nesting from itself: §2 says of which. */
  itemApart(): Bytes {
    const outside = this.depth;
    this.depth = 0;
    const found = this.item();
    this.depth = outside;
    return found;
  }

  private open(kind: Major, least: number, most: number): number {
    const [major, argument] = this.head();
    demand(
      major === kind,
      'malformed',
      kind === Major.map ? 'a map is missing' : 'an array is missing',
    );
    const count = this.count(argument, kind);
    demand(count >= least && count <= most, 'malformed', `${count} items, not ${least} to ${most}`);
    this.nest();
    return count;
  }
  private nest(): void {
    this.depth += 1;
    demand(this.depth <= kNestingMax, 'malformed', `more than ${kNestingMax} around one another`);
  }
  /** Each item has a byte at least, each entry of a map two. */
  private count(argument: bigint, kind: Major): number {
    const room = Math.floor((this.data.length - this.at) / (kind === Major.map ? 2 : 1));
    demand(argument <= BigInt(room), 'malformed', 'it ends too early');
    return Number(argument);
  }
  private pass(): void {
    const [major, argument] = this.head();
    if (major === Major.unsigned || major === Major.negative) return;
    if (major === Major.bytes) this.take(argument);
    else if (major === Major.text) decodeText(this.take(argument));
    else if (major === Major.array) this.passItems(this.count(argument, major));
    else if (major === Major.map) this.passEntries(this.count(argument, major));
    else if (major === Major.tag) this.passCommitment(argument);
    else demand(argument >= 20n && argument <= 22n, 'malformed', 'no value that is used here');
  }
  private passItems(count: number): void {
    this.nest();
    for (let i = 0; i < count; ++i) this.pass();
    this.depth -= 1;
  }
  private passEntries(count: number): void {
    this.nest();
    let before: Bytes | null = null;
    for (let i = 0; i < count; ++i) {
      const from = this.at;
      this.pass();
      before = this.mustAscend(before, from);
      this.pass();
    }
    this.depth -= 1;
  }
  private passCommitment(tag: bigint): void {
    demand(tag === kCommitmentTag, 'malformed', `tag ${tag} isn't used here`);
    demand(this.commitments, 'malformed', 'a commitment where none may stand');
    this.bytes(32);
  }
  private mustAscend(before: Bytes | null, from: number): Bytes {
    const key = this.since(from);
    demand(
      before === null || compareBytes(before, key) < 0,
      'malformed',
      'keys ascend, none twice',
    );
    return key;
  }
  private peek(): number {
    const byte = this.data[this.at];
    demand(byte !== undefined, 'malformed', 'it ends too early');
    return byte;
  }
  private take(length: bigint): Bytes {
    demand(length <= BigInt(this.data.length - this.at), 'malformed', 'it ends too early');
    this.at += Number(length);
    return this.data.subarray(this.at - Number(length), this.at);
  }
  private head(): [Major, bigint] {
    const first = this.peek();
    this.at += 1;
    const major = (first >> 5) as Major;
    const info = first & 31;
    if (info < 24) return [major, BigInt(info)];
    // 24 to 27: a number in 1, 2, 4 or 8 bytes. 31 would be an indefinite length; a float has major 7.
    demand(
      info <= 27 && major !== Major.simple,
      'malformed',
      'an indefinite length, a float, or no CBOR',
    );
    const size = 2 ** (info - 24);
    let argument = 0n;
    for (const byte of this.take(BigInt(size))) argument = (argument << 8n) | BigInt(byte);
    const least = size === 1 ? 24n : 1n << BigInt(4 * size);
    demand(argument >= least, 'malformed', 'a number that has a shorter form');
    demand(argument <= kInt63Max, 'malformed', 'a number beyond 63 bits');
    return [major, argument];
  }
}

function decodeText(bytes: Bytes): string {
  try {
    return kText.decode(bytes);
  } catch {
    throw new Refused('malformed', "text that isn't UTF-8");
  }
}
