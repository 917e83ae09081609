// How far, and which way, in both languages.
import { afterEach, describe, expect, it } from 'vitest';
import { language } from '../shared/language.ts';
import { bearing, lengthText, wayText, windOf } from '../phone/model/ways.ts';

const here = { latitude: 35.3, longitude: 113.9 };
const away = (north: number, east: number) => ({
  latitude: here.latitude + north,
  longitude: here.longitude + east,
});
afterEach(() => void (language.value = 'zh'));

describe('a way', () => {
  it.each([
    [0.01, 0, 0, '北'],
    [0.01, 0.0122, 45, '东北'],
    [0, 0.01, 90, '东'],
    [-0.01, 0.0122, 135, '东南'],
    [-0.01, 0, 180, '南'],
    [-0.01, -0.0122, 225, '西南'],
    [0, -0.01, 270, '西'],
    [0.01, -0.0122, 315, '西北'],
  ])('to %f %f goes at %i degrees: %s', (north, east, degrees, wind) => {
    const found = bearing(here, away(north, east));
    expect(Math.abs(found - degrees)).toBeLessThan(1);
    expect(windOf(found)[0]).toBe(wind);
  });
  it('a little west of north is north', () => {
    expect(windOf(359)[0]).toBe('北');
  });
  it('is told in words', () => {
    expect(wayText(here, away(0.002, 0.0025))).toBe('东北 320 米');
    expect(wayText(here, away(0.00001, 0))).toBe('就在这里');
    language.value = 'en';
    expect(wayText(here, away(0.002, 0.0025))).toBe('320 m north-east');
  });
  it.each([
    [42.4, '42 米'],
    [996, '1.0 公里'],
    [1240, '1.2 公里'],
    [12_400, '12 公里'],
  ])('%f m is %s', (metres, text) => {
    expect(lengthText(metres)).toBe(text);
  });
});
