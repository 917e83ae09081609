// bundle_head.ts: what stands in the clear before each part of a bundle (sync/BUNDLE.md, "Part").
import { concat, sameBytes, utf8, type Bytes } from './bytes.ts';
import { hash, kDomain } from './names.ts';
import { demand } from './refused.ts';

export const kHeadBytes = 192;
/** Bytes that are the same in every part, and bind the content. */
export const kBoundBytes = 136;
const kMagicStem = utf8('linli bundle ');
const kMagic = concat(kMagicStem, utf8('1\r\n'));

export interface BundleHead {
  readonly id: Bytes;
  readonly city: Bytes;
  readonly recipient: Bytes;
  readonly exporter: Bytes;
  /** Microseconds since 1970 UTC. */
  readonly created: bigint;
  readonly part: number;
  /** 0: one part whose size wasn't known when it was begun. */
  readonly parts: number;
  readonly size: bigint;
  readonly offset: bigint;
  /** Bytes 0 to 135. */
  readonly bound: Bytes;
}

/** Throws bad_input (no bundle), newer_version, truncated, altered (its checksum), malformed (its numbers). */
export function readHead(part: Bytes): BundleHead {
  demand(
    part.length >= kMagicStem.length && sameBytes(part.subarray(0, kMagicStem.length), kMagicStem),
    'bad_input',
    '这不是邻里数据包。 Not a bundle.',
  );
  demand(part.length >= kMagic.length, 'truncated', 'it ends within the head');
  demand(
    sameBytes(part.subarray(0, kMagic.length), kMagic),
    'newer_version',
    'a bundle of another version',
  );
  demand(part.length >= kHeadBytes, 'truncated', 'it ends within the head');
  demand(sameBytes(checksum(part), part.subarray(160, 192)), 'altered', "the head's checksum");
  const view = new DataView(part.buffer, part.byteOffset, kHeadBytes);
  const head: BundleHead = {
    id: part.slice(16, 32),
    city: part.slice(32, 64),
    recipient: part.slice(64, 96),
    exporter: part.slice(96, 128),
    created: view.getBigInt64(128),
    part: view.getUint32(136),
    parts: view.getUint32(140),
    size: view.getBigUint64(144),
    offset: view.getBigUint64(152),
    bound: part.slice(0, kBoundBytes),
  };
  checkNumbers(head);
  return head;
}
function checkNumbers({ part, parts, size, offset }: BundleHead): void {
  if (parts === 0)
    return demand(
      part === 1 && size === 0n && offset === 0n,
      'malformed',
      'a part of unknown size is the only one',
    );
  demand(part >= 1 && part <= parts && size > 0n, 'malformed', "a part's number or size");
  demand((offset === 0n) === (part === 1), 'malformed', "a part's offset");
}
const checksum = (part: Bytes): Bytes => hash(utf8(kDomain.bundlePart), part.subarray(0, 160));

export function writeHead(head: Omit<BundleHead, 'bound'>): Bytes {
  const bytes = new Uint8Array(kHeadBytes);
  bytes.set(concat(kMagic, head.id, head.city, head.recipient, head.exporter));
  const view = new DataView(bytes.buffer);
  view.setBigInt64(128, head.created);
  view.setUint32(136, head.part);
  view.setUint32(140, head.parts);
  view.setBigUint64(144, head.size);
  view.setBigUint64(152, head.offset);
  bytes.set(checksum(bytes), 160);
  return bytes;
}

/**
 * The contents of all parts, joined, in whatever order the parts are given. Throws what readHead
 * throws; truncated, altered (a part's length), not_found (a part is missing), malformed (parts of two bundles).
 */
export function joinParts(parts: readonly Bytes[]): { head: BundleHead; content: Bytes } {
  const read = parts.map((bytes) => ({
    head: readHead(bytes),
    content: bytes.subarray(kHeadBytes),
  }));
  read.sort((a, b) => a.head.part - b.head.part);
  const first = read[0];
  demand(first !== undefined, 'bad_input', 'no part of a bundle');
  for (const { head, content } of read) {
    demand(
      head.parts === first.head.parts && sameBytes(head.bound, first.head.bound),
      'malformed',
      'parts of two bundles',
    );
    if (head.parts === 0) continue;
    demand(BigInt(content.length) >= head.size, 'truncated', `part ${head.part} ends too early`);
    demand(
      BigInt(content.length) === head.size,
      'altered',
      `something stands behind part ${head.part}`,
    );
  }
  demand(
    read.length === Math.max(first.head.parts, 1) &&
      read.every(({ head }, i) => head.part === i + 1),
    'not_found',
    `数据包有 ${first.head.parts} 份,缺少其中之一。 A part is missing.`,
  );
  checkOffsets(read.map(({ head }) => head));
  return { head: first.head, content: concat(...read.map(({ content }) => content)) };
}
function checkOffsets(heads: readonly BundleHead[]): void {
  let offset = 0n;
  for (const head of heads) {
    demand(head.offset === offset, 'malformed', `part ${head.part} begins elsewhere`);
    offset += head.size;
  }
}
