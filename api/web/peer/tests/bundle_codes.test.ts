// A bundle as a series of QR codes: byte for byte, in any order, and nothing but that bundle.
import { describe, expect, it } from 'vitest';
import { fromBase45, toBase45 } from '../base45.ts';
import { CodeCollector, codesOf, kCodedBytesMax, kCodeDataBytes } from '../bundle_codes.ts';
import { randomBytes, sameBytes, utf8 } from '../bytes.ts';
import { Vector } from './support/vectors.ts';

const refusal = (work: () => unknown): string => {
  try {
    work();
    return '';
  } catch (error) {
    return (error as { reason: string }).reason;
  }
};

describe('base 45', () => {
  it.each([
    ['AB', 'BB8'],
    ['Hello!!', '%69 VD92EX0'],
    ['base-45', 'UJCLQE7W581'],
    ['', ''],
  ])('%s as RFC 9285 has it', (plain, coded) => {
    expect(toBase45(utf8(plain))).toBe(coded);
    expect(fromBase45(coded)).toEqual(utf8(plain));
  });
  it.each(['A', 'BB8A', 'bb8', 'GGX', '::', '中文字'])('%s is none', (text) => {
    expect(refusal(() => fromBase45(text))).toBe('bad_input');
  });
});

describe('codes of a bundle', () => {
  const vector = Vector.of('bundle_codes');
  it('are what others make of it', () => {
    const texts = vector
      .in('codes')
      .list()
      .map((_, i) => vector.in('codes').text(i));
    const file = Vector.of('bundle').bytes('file');
    expect(codesOf(file, vector.number('data_bytes'))).toEqual(texts);
    const tiny = vector.in('tiny');
    expect(codesOf(tiny.bytes('part'), tiny.number('data_bytes'))).toEqual([
      tiny.in('codes').text(0),
      tiny.in('codes').text(1),
    ]);
  });
  it('make it whole in any order, and say which are missing', () => {
    const part = randomBytes(3 * kCodeDataBytes + 7);
    const [a = '', b = '', c = '', d = ''] = codesOf(part);
    const collector = new CodeCollector();
    expect([collector.count, collector.whole()]).toEqual([0, null]);
    expect([c, a, c].map((text) => collector.take(text))).toEqual([true, true, false]);
    expect([collector.count, collector.seen, collector.missing()]).toEqual([4, 2, [2, 4]]);
    expect(collector.whole()).toBeNull();
    collector.take(d);
    collector.take(b);
    expect(sameBytes(collector.whole() ?? part.slice(1), part)).toBe(true);
  });
  it('of another bundle, damaged, of another version, or no such code: refused, and nothing is kept', () => {
    const [first = '', second = ''] = codesOf(randomBytes(2 * kCodeDataBytes));
    const [other = ''] = codesOf(randomBytes(2 * kCodeDataBytes));
    const collector = new CodeCollector();
    expect(refusal(() => collector.take('https://example.org'))).toBe('bad_input');
    collector.take(first);
    const swap = (text: string, at: number): string =>
      text.slice(0, at) + (text[at] === '0' ? '1' : '0') + text.slice(at + 1);
    // Whatever character is misread, it isn't taken.
    for (let at = 7; at < second.length; at += 5)
      expect(['altered', 'bad_input']).toContain(refusal(() => collector.take(swap(second, at))));
    expect(refusal(() => collector.take(second.slice(0, 100)))).toBe('altered');
    expect(refusal(() => collector.take(other))).toBe('malformed');
    expect(refusal(() => collector.take(second.replace('LINLI1', 'LINLI2')))).toBe('newer_version');
    expect([collector.seen, collector.missing()]).toEqual([1, [2]]);
    expect(collector.take(second)).toBe(true);
    expect(collector.whole()).not.toBeNull();
  });
  it('are for small bundles only', () => {
    expect(codesOf(new Uint8Array(kCodedBytesMax)).length).toBeLessThan(200);
    expect(refusal(() => codesOf(new Uint8Array(kCodedBytesMax + 1)))).toBe('too_large');
  });
});
