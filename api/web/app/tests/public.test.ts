// The notice board's own arithmetic and words: sums, periods, files, addresses, drafts.
import { beforeEach, describe, expect, it } from 'vitest';
import { cell, csvOf, fileName } from '../public/data/csv.ts';
import { characters, keyFor, wishOf, type Draft } from '../public/data/draft.ts';
import { gapOf, ledgersOf, yearsOf } from '../public/data/ledgers.ts';
import { area, percent, price, yuan } from '../public/data/money.ts';
import { day, periodText, yearOf } from '../public/data/periods.ts';
import { has, isCompound, type DisclosureShort, type Version } from '../public/data/shapes.ts';
import { language } from '../shared/language.ts';

const label = (code: string) => ({ code, zh: code, en: code });
const version = (lines: Version['lines']): Version => ({
  id: 'a',
  kind: { id: 'k', title: '公共收益' },
  compound: { id: 'c', title: '阳光花园' },
  period: '2023-Q2',
  revision: 2,
  opening_fen: -5,
  closing_fen: 100_000,
  lines,
  income_fen: 0,
  cost_fen: 0,
  status: label('published'),
  proof: '/x',
});
beforeEach(() => {
  language.value = 'zh';
});

describe('money', () => {
  it('writes whole fen and no floating point', () => {
    expect([0, 5, -5, 100, 123_456_789, -100_000_001].map(yuan)).toEqual([
      '0.00',
      '0.05',
      '−0.05',
      '1.00',
      '1,234,567.89',
      '−1,000,000.01',
    ]);
  });
  it('writes prices to a ten-thousandth and areas to a square decimetre', () => {
    expect([8950, 42_650, 10_000, 1].map(price)).toEqual(['0.895', '4.265', '1.00', '0.0001']);
    expect([12_050, 300_000_000].map(area)).toEqual(['120.50 m²', '3,000,000 m²']);
  });
  it('never rounds a share up to what it doesn’t reach', () => {
    expect(percent(6_666, 10_000)).toBe('66.6%');
    expect(percent(2, 3)).toBe('66.6%');
    expect(percent(1, 0)).toBe('—');
  });
});

describe('periods', () => {
  it('are called as people call them in both languages', () => {
    const periods = ['2023-Q2', '2023-H2', '2023-05', '2023', 'v3', '2023-Q5'];
    expect(periods.map(periodText)).toEqual([
      '2023年第2季度',
      '2023年下半年',
      '2023年5月',
      '2023年',
      'v3',
      '2023-Q5',
    ]);
    language.value = 'en';
    expect(periods.map(periodText)).toEqual([
      'Q2 2023',
      'second half of 2023',
      'May 2023',
      '2023',
      'v3',
      '2023-Q5',
    ]);
  });
  it('stand under the year in which they end', () => {
    expect(yearOf({ period: '2022-Q4', period_to: '2022-12-31', due_on: '2023-01-31' })).toBe(
      '2022',
    );
    expect(yearOf({ period: 'v3', due_on: '2024-02-01' })).toBe('2024');
    expect(yearOf({ period: 'v3' })).toBe('其他');
  });
  it('a day that is none is left as it is', () => {
    expect(day('2023-07-03')).toContain('2023');
    expect([day('soon'), day(undefined)]).toEqual(['soon', '—']);
  });
});

describe('a table for a spreadsheet', () => {
  it('keeps formulas texts, and quotes what needs it', () => {
    expect(['=1+1', '+86', '-2', '@x', 'a,b', 'a"b', 'a\nb', '电梯'].map(cell)).toEqual([
      "'=1+1",
      "'+86",
      "'-2",
      "'@x",
      '"a,b"',
      '"a""b"',
      '"a\nb"',
      '电梯',
    ]);
    expect([cell(-5), cell(undefined)]).toEqual(['-5', '']);
  });
  it('has its head, a line each, and sums that add up', () => {
    const text = csvOf(
      version([
        { code: 'x', direction: label('income'), name: '=广告', quantity: 4, amount_fen: 100_001 },
      ]),
    );
    expect(text.startsWith('\uFEFF小区,阳光花园\r\n')).toBe(true);
    expect(text).toContain('期初余额（元）,-0.05\r\n');
    expect(text.endsWith("income,'=广告,4,,,1000.01,,\r\n")).toBe(true);
  });
  it('has a name that every system takes', () => {
    expect(fileName(['阳光/花园', 'a:b', '2023-Q2'], 'csv')).toBe('阳光_花园-a_b-2023-Q2.csv');
  });
});

describe('ledgers', () => {
  const one = (period: string, income: number | null, kind = 'common_income'): DisclosureShort => ({
    id: period + kind,
    kind: { id: 'k', title: kind },
    kind_code: kind,
    period,
    period_to: `${period.slice(0, 4)}-12-31`,
    revision: 1,
    income_fen: income,
    cost_fen: 0,
    status: label('published'),
  });
  it('draw the last eight periods, oldest first, and kinds without sums not at all', () => {
    const periods = Array.from({ length: 10 }, (_, i) => one(`${2023 - i}`, 100 + i));
    const ledgers = ledgersOf([...periods, one('2023-H1', 0, 'fee_collection'), one('1', null)]);
    expect(ledgers.map(({ kind }) => kind.code)).toEqual(['common_income']);
    expect(ledgers[0]?.rows.map(({ name }) => name)).toEqual(
      [2016, 2017, 2018, 2019, 2020, 2021, 2022, 2023].map((year) => `${year}年`),
    );
  });
  it('stand by year, newest first', () => {
    const years = yearsOf([one('2021-Q1', 1), one('2023-Q1', 1), one('2021-Q2', 1)]);
    expect(years.map(({ year, items }) => [year, items.length])).toEqual([
      ['2023', 1],
      ['2021', 2],
    ]);
  });
  it('say whether an account adds up', () => {
    const sums = { opening_fen: 100, income_fen: 50, cost_fen: 20 };
    expect(gapOf({ ...sums, closing_fen: 130 })).toBe(0);
    expect(gapOf({ ...sums, closing_fen: 129 })).toBe(1);
    expect(gapOf(sums)).toBeNull();
    expect(gapOf({ ...sums, closing_fen: 130, income_fen: null })).toBeNull();
  });
});

describe('a question', () => {
  const draft = (): Draft => ({
    text: ' 灯不亮 ',
    about_kind: 'service',
    name: '  ',
    contact: ' 0373 ',
    show: false,
    sent: '',
    key: '',
  });
  it('is sent as it was written, without what was left empty', () => {
    expect(wishOf(draft(), 'c', null)).toEqual({
      compound: 'c',
      text: ' 灯不亮 ',
      about_kind: 'service',
      show: false,
      contact: '0373',
    });
    expect(wishOf(draft(), 'c', 'd').disclosure).toBe('d');
  });
  it('asked again goes under the same key, changed under another', () => {
    const it1 = draft();
    const key = keyFor(it1, 'body');
    expect(key).toMatch(/^[0-9a-f]{32}$/);
    expect(keyFor(it1, 'body')).toBe(key);
    const changed = keyFor(it1, 'other body');
    expect(changed).not.toBe(key);
    // Back to the first wording: a question of its own, as far as anybody knows.
    expect(keyFor(it1, 'body')).not.toBe(changed);
  });
  it('counts characters as the node does', () => {
    expect(['', '灯', '🏘️', 'ab'].map(characters)).toEqual([0, 1, 2, 2]);
  });
});

describe('an answer', () => {
  it('is whole only with all that a page reads', () => {
    const whole = {
      id: 'c',
      name: 'x',
      address: 'y',
      contracts: [],
      disclosures: [],
      standards: [],
      committees: [],
      management_committees: [],
      assemblies: [],
      meetings: [],
      questions: [],
    };
    expect(isCompound(whole)).toBe(true);
    for (const name of Object.keys(whole)) {
      expect(isCompound({ ...whole, [name]: undefined })).toBe(false);
    }
    for (const other of [null, 'text', 5, [], {}]) expect(has(['items'])(other)).toBe(false);
  });
});
