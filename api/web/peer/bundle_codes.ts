// bundle_codes.ts: a small bundle as a series of QR codes, from screen to camera, where there is neither a
// line nor anything to carry a file on (sync/BUNDLE.md, "Codes").
import { fromBase45, toBase45 } from './base45.ts';
import { concat, sameBytes, utf8, type Bytes } from './bytes.ts';
import { hash, kDomain } from './names.ts';
import { demand } from './refused.ts';

/** A larger one takes too long to show. */
export const kCodedBytesMax = 64 << 10;
/** Of the part in each code: small enough for a bad camera. */
export const kCodeDataBytes = 360;
const kStem = 'LINLI';
const kPrefix = `${kStem}1:`;
const kCheckBytes = 4;
const kNameBytes = 8;
const kHeadBytes = kCheckBytes + kNameBytes + 4;
const kDataBytesMax = 1024;
const kCountMax = 1024;

const nameOfPart = (part: Bytes): Bytes =>
  hash(utf8(kDomain.bundleCodes), part).slice(0, kNameBytes);
const checkOf = (rest: Bytes): Bytes => hash(utf8(kDomain.bundleCode), rest).slice(0, kCheckBytes);

/** The texts of all codes, in their order. Throws too_large. */
export function codesOf(part: Bytes, dataBytes = kCodeDataBytes): string[] {
  demand(part.length <= kCodedBytesMax, 'too_large', 'a bundle over 64 KiB');
  const count = Math.ceil(part.length / dataBytes);
  demand(count >= 1 && count <= kCountMax, 'too_large', 'too many codes');
  const name = nameOfPart(part);
  return Array.from({ length: count }, (_, i) => {
    const numbers = new Uint8Array(4);
    new DataView(numbers.buffer).setUint16(0, i + 1);
    new DataView(numbers.buffer).setUint16(2, count);
    const rest = concat(name, numbers, part.subarray(i * dataBytes, (i + 1) * dataBytes));
    return kPrefix + toBase45(concat(checkOf(rest), rest));
  });
}

interface Code {
  readonly name: Bytes;
  readonly number: number;
  readonly count: number;
  readonly data: Bytes;
}
/** Throws bad_input (another text), newer_version, altered (it was misread), malformed (its numbers). */
function readCode(text: string): Code {
  demand(text.startsWith(kStem), 'bad_input', '这不是数据包的二维码。 Not a code of a bundle.');
  demand(text.startsWith(kPrefix), 'newer_version', 'a code of another version');
  const frame = fromBase45(text.slice(kPrefix.length));
  demand(frame.length > kHeadBytes, 'altered', 'a code that is cut short');
  const rest = frame.subarray(kCheckBytes);
  demand(
    sameBytes(checkOf(rest), frame.subarray(0, kCheckBytes)),
    'altered',
    '这张没有读对。 This code was misread.',
  );
  const view = new DataView(rest.buffer, rest.byteOffset + kNameBytes, 4);
  const code = {
    name: rest.slice(0, kNameBytes),
    number: view.getUint16(0),
    count: view.getUint16(2),
    data: rest.slice(kNameBytes + 4),
  };
  const { number, count, data } = code;
  demand(number >= 1 && number <= count && count <= kCountMax, 'malformed', "a code's numbers");
  demand(data.length <= kDataBytesMax, 'malformed', "a code's data");
  return code;
}

/** Puts the codes of one bundle together, in whatever order they are seen. */
export class CodeCollector {
  private readonly held = new Map<number, Bytes>();
  private first: Code | null = null;

  /**
   * True: it was new. Throws what is wrong with this one, and has kept nothing of it: bad_input,
   * newer_version, altered, malformed (also: of another bundle than the first).
   */
  take(text: string): boolean {
    const code = readCode(text);
    const first = (this.first ??= code);
    demand(
      sameBytes(code.name, first.name) && code.count === first.count,
      'malformed',
      '这是另一个数据包的二维码。 A code of another bundle.',
    );
    const isNew = !this.held.has(code.number);
    if (isNew) this.held.set(code.number, code.data);
    return isNew;
  }
  /** How many there are; 0: none was seen yet. */
  get count(): number {
    return this.first?.count ?? 0;
  }
  get seen(): number {
    return this.held.size;
  }
  /** Numbers of those that weren't seen yet, ascending. */
  missing(): number[] {
    return Array.from({ length: this.count }, (_, i) => i + 1).filter((n) => !this.held.has(n));
  }
  /** The bundle's file; null: codes are missing. Throws altered: then all are to be seen anew. */
  whole(): Bytes | null {
    const { first } = this;
    if (!first || this.held.size < first.count) return null;
    const parts = Array.from({ length: first.count }, (_, i) => this.held.get(i + 1));
    const part = concat(...parts.map((data) => data ?? new Uint8Array(0)));
    demand(sameBytes(nameOfPart(part), first.name), 'altered', 'the codes make no whole bundle');
    return part;
  }
}
