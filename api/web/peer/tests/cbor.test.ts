// Deterministic CBOR as sync/PROTOCOL.md §2 narrows it: everything else is refused, whatever the bytes.
import { describe, expect, it } from 'vitest';
import { hex, unhex, type Bytes } from '../bytes.ts';
import { CborReader } from '../cbor_reader.ts';
import { CborMap, Commitment, decodeValue, encodeValue, type CborValue } from '../cbor_value.ts';
import { decodeCertificate } from '../certificate.ts';
import { readChangeSet } from '../change_set_reader.ts';
import { readResponse } from '../messages.ts';
import { readParcel } from '../parcel.ts';
import { readPolicy } from '../policy.ts';
import { readReceipt, readRevocation, readRuling } from '../receipt.ts';
import { Refused } from '../refused.ts';
import { unpack } from '../wire.ts';
import { openZstd, storeZstd } from '../zstd_frame.ts';
import { expectRefused, refusal, Vector } from './support/vectors.ts';

const deep = (levels: number): string => `${'81'.repeat(levels)}00`;

describe('one spelling each', () => {
  it.each([
    ['a number with a longer head than it needs', '1817'],
    ['in two bytes', '1900ff'],
    ['in four', '1a0000ffff'],
    ['in eight', '1b00000000ffffffff'],
    ['beyond 63 bits', '1b8000000000000000'],
    ['below −2^63', '3b8000000000000000'],
    ['a float', 'f90000'],
    ['a double', 'fb0000000000000000'],
    ['undefined', 'f7'],
    ['another simple value', 'e0'],
    ['a long simple value', 'f8ff'],
    ['an indefinite array', '9fff'],
    ['an indefinite map', 'bfff'],
    ['indefinite bytes', '5f4100ff'],
    ['indefinite text', '7f6161ff'],
    ['a break', 'ff'],
    ['a reserved length', '1c'],
    ['a tag that is not used', 'c000'],
    ['a commitment of text', 'd9a06e60'],
    ['a commitment of 31 bytes', `d9a06e581f${'00'.repeat(31)}`],
    ['a key twice', 'a201000100'],
    ['keys out of order', 'a202000100'],
    ['a longer key before a shorter', 'a218180001 00'.replace(' ', '')],
    ['half a character', '61c3'],
    ['a surrogate', '63eda080'],
    ['an overlong form', '62c080'],
    ['bytes that are cut short', '4300'],
    ['text longer than everything', '7b7fffffffffffffff'],
    ['an array longer than everything', '9b7fffffffffffffff'],
    ['a map longer than everything', 'bb7fffffffffffffff'],
    ['nothing', ''],
    ['something behind it', '0000'],
    ['17 around one another', deep(17)],
  ])('%s', (_, bytes) => expectRefused('malformed', () => decodeValue(unhex(bytes))));

  it('16 around one another are read', () =>
    expect(refusal(() => decodeValue(unhex(deep(16))))).toBeNull());
  it('a byte order mark is text like other text', () =>
    expect(decodeValue(unhex('63efbbbf'))).toBe('\ufeff'));
  it('a count that nothing backs up reserves nothing', () => {
    const reader = new CborReader(unhex('9affffffff00'));
    expectRefused('malformed', () => reader.list(0, 0xffffffff, () => reader.int()));
  });
});

describe('values', () => {
  it.each<[CborValue]>([
    [0],
    [-1],
    [23],
    [24],
    [Number.MAX_SAFE_INTEGER],
    [2n ** 53n],
    [2n ** 63n - 1n],
    [-(2n ** 63n)],
    [''],
    ['电梯'],
    [null],
    [true],
    [false],
    [new Uint8Array([1, 2])],
    [[1, ['二', [null]]]],
    [
      new CborMap([
        [1, 'a'],
        ['b', [2]],
      ]),
    ],
    [new Commitment(new Uint8Array(32).fill(7))],
  ])('%o comes back', (value) => expect(decodeValue(encodeValue(value))).toEqual(value));
  it('integers beyond 2^53 keep every digit', () =>
    expect(decodeValue(unhex('1b0020000000000001'))).toBe(2n ** 53n + 1n));
  it.each<[CborValue]>([[1.5], [Number.NaN], [2 ** 53], [2n ** 63n], ['\ud800']])(
    '%o has no form',
    (value) => expectRefused('bad_value', () => encodeValue(value)),
  );
});

describe('whatever the bytes, a reader answers or refuses', () => {
  const readers: Array<(bytes: Bytes) => unknown> = [
    decodeValue,
    readChangeSet,
    readParcel,
    readReceipt,
    readRuling,
    readRevocation,
    readPolicy,
    decodeCertificate,
    unpack,
    (bytes) => readResponse(bytes, new Uint8Array(32)),
    (bytes) => openZstd(bytes, 1 << 20),
  ];
  const seeds = [
    ...Vector.of('change_sets')
      .list()
      .map((vector) => vector.bytes('body')),
    ...Vector.of('parcels')
      .list()
      .map((vector) => vector.bytes('parcel')),
    ...Vector.of('receipts')
      .list()
      .map((vector) => vector.bytes('body')),
    ...Vector.of('policies')
      .list()
      .map((vector) => vector.bytes('bytes')),
    ...Vector.of('city')
      .in('certificates')
      .list()
      .map((vector) => vector.bytes('body')),
    storeZstd(new Uint8Array(300)),
  ];
  it('changed, cut and joined', () => {
    let state = 7;
    const random = (below: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state % below;
    };
    let refused = 0;
    for (let round = 0; round < 6000; ++round) {
      let bytes = (seeds[random(seeds.length)] ?? new Uint8Array(0)).slice();
      for (let i = random(4); i >= 0; --i) bytes[random(bytes.length)] = random(256);
      if (random(5) === 0) bytes = bytes.subarray(0, random(bytes.length));
      for (const read of readers) {
        try {
          read(bytes);
        } catch (error) {
          if (!(error instanceof Refused)) throw new Error(`${hex(bytes)}: ${String(error)}`);
          refused += 1;
        }
      }
    }
    expect(refused).toBeGreaterThan(6000);
  });
});

describe('zstd', () => {
  // 80 blocks of one byte repeated 128 KiB: 10 MiB in 326 bytes.
  const bomb = unhex(`28b52ffd0038${'02001000'.repeat(79)}03001000`);
  it('what is stored comes back', () => {
    const content = Uint8Array.from({ length: 300_000 }, (_, i) => i % 251);
    expect(hex(openZstd(storeZstd(content), 1 << 20))).toBe(hex(content));
    expect(openZstd(storeZstd(new Uint8Array(0)), 0)).toHaveLength(0);
  });
  it('stops at its limit while it opens', () => {
    expectRefused('too_large', () => openZstd(storeZstd(new Uint8Array(300_000)), 200_000));
    expectRefused('too_large', () => openZstd(bomb, 8 << 20));
    expect(openZstd(bomb, 10 << 20)).toHaveLength(10 << 20);
  });
  it.each([
    ['no frame', '00'],
    ['a window over 8 MiB', '28b52ffd0070010000'],
    ['a size over 8 MiB in one segment', '28b52ffda00100800001 0000'.replace(' ', '')],
    ['something behind it', `${hex(storeZstd(new Uint8Array(3)))}00`],
    ['cut short', hex(storeZstd(new Uint8Array(3))).slice(0, -2)],
    ['a reserved block', '28b52ffd0038070000'],
  ])('%s', (_, bytes) => expectRefused('malformed', () => openZstd(unhex(bytes), 1 << 20)));
});
