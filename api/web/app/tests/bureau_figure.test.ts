// Figures as people read them: sums of money in yuan to the last fen, with the unit.
import { afterEach, describe, expect, it } from 'vitest';
import { language } from '../shared/language.ts';
import { changeText, partsText, textOf, type Kind } from '../bureau/figure.ts';

const unit = (code: string) => ({ code, zh: '', en: '' });
const share: Kind = {
  name: 'fund_share',
  figure: 'percent',
  unit: unit('percent'),
  units: { numerator: 'fen', denominator: 'fen' },
};
const perArea: Kind = {
  name: 'common_income_per_m2',
  figure: 'per_unit',
  unit: unit('yuan_per_m2'),
  units: { numerator: 'fen', denominator: 'dm2' },
};
const average: Kind = {
  name: 'average',
  figure: 'fen',
  unit: unit('yuan'),
  units: { numerator: 'fen', denominator: 'count' },
};

describe('figures of money', () => {
  afterEach(() => (language.value = 'zh'));

  it('says a ratio of sums in yuan', () => {
    const figure = { numerator: 20_000, denominator: 90_000 };
    expect(textOf(share, figure)).toBe('22.2%');
    expect(partsText(share, figure)).toBe('200.00 元 / 900.00 元');
    language.value = 'en';
    expect(partsText(share, figure)).toBe('¥200.00 / ¥900.00');
  });
  it('says sums over areas in yuan for a square metre', () => {
    const figure = { numerator: 125_050, denominator: 250_000 };
    expect(textOf(perArea, figure)).toBe('0.50 元/㎡');
    expect(partsText(perArea, figure)).toBe('1,250.50 元 / 2,500.00 ㎡');
  });
  it('says sums and their averages to the last fen', () => {
    expect(textOf(average, { numerator: 1_250_050, denominator: 3 })).toBe('4,166.83 元');
    expect(textOf(average, { numerator: 120 })).toBe('1.20 元');
    expect(changeText(average, { numerator: 300 }, { numerator: 120 })).toBe('▲ 1.80 元');
    expect(partsText(average, { numerator: 120 })).toBe('');
  });
});
