// What is found on the phone, by words and by pinyin.
import { describe, expect, it } from 'vitest';
import { loadReadings } from '../phone/model/pinyin.ts';
import { isLetters, plain, wordsOf } from '../phone/model/search.ts';

describe('a search', () => {
  it('minds neither width nor case', () => {
    expect(plain('ＡＢ１ 消防 ')).toBe('ab1 消防');
    expect(wordsOf(' ＡＢ１  消防 ')).toEqual(['ab1', '消防']);
  });
  it('reads words of two letters and more as pinyin', () => {
    expect(['dt', 'dianti', 'd', 'f06', '电梯'].map(isLetters)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('pinyin', () => {
  it.each([
    ['电梯', 'dianti', true],
    ['3号楼电梯间', 'dianti', true],
    ['电梯', 'diant', true],
    ['电梯', 'dt', true],
    ['电梯', 'dtj', false],
    ['电梯', 'tidian', false],
    ['重庆路', 'chongqing', true],
    ['长垣市', 'changyuan', true],
    ['西安', 'xian', true],
    ['先锋', 'xian', true],
    ['样例家园', 'yljy', true],
    ['样例 家园', 'lijia', false],
    ['F06', 'ff', false],
  ])('%s is found by %s: %s', async (text, letters, found) => {
    expect((await loadReadings()).matches(text, letters)).toBe(found);
  });
});
