// The plane of the day's map: where places come to lie, the scale, and what is drawn together.
import { describe, expect, it } from 'vitest';
import { metresBetween } from '../phone/model/rules.ts';
import {
  apart,
  centreOf,
  grouped,
  isFar,
  isSeen,
  kSide,
  moved,
  pointOf,
  scaleBar,
  spotOf,
  viewOf,
  zoomed,
} from '../phone/model/sketch.ts';

const centre = { latitude: 35.3, longitude: 113.9 };
const at = (east: number, north: number) => ({ east, north });

describe('the plane', () => {
  it('has north up and east to the right', () => {
    const point = pointOf({ latitude: 35.31, longitude: 113.92 }, centre);
    const view = viewOf([at(0, 0), point]);
    const [from, to] = [spotOf(at(0, 0), view), spotOf(point, view)];
    expect(to.x).toBeGreaterThan(from.x);
    expect(to.y).toBeLessThan(from.y);
  });
  it.each([
    [0.002, 0],
    [0, 0.003],
    [0.05, -0.08],
    [-0.2, 0.2],
  ])('keeps distances to a thousandth within a city: %f %f', (north, east) => {
    const place = { latitude: centre.latitude + north, longitude: centre.longitude + east };
    const real = metresBetween(centre, place);
    expect(Math.abs(apart(at(0, 0), pointOf(place, centre)) / real - 1)).toBeLessThan(0.0015);
  });
  it('goes the short way across the 180th meridian', () => {
    const { east } = pointOf({ latitude: 0, longitude: -179.9 }, { latitude: 0, longitude: 179.9 });
    expect(east).toBeCloseTo(22_239, -1);
  });
  it('is not moved by one wrong position', () => {
    const wrong = { latitude: 0, longitude: 0 };
    const found = centreOf([centre, centre, wrong]);
    expect(found).toEqual(centre);
    expect(isFar(pointOf(wrong, centre))).toBe(true);
    expect(centreOf([])).toBeNull();
  });
});

describe('the view', () => {
  const corners = [at(-900, -100), at(700, 300)];
  const whole = viewOf(corners);
  it('shows all, with room at the edge', () => {
    for (const corner of corners) {
      const { x, y } = spotOf(corner, whole);
      expect(Math.min(x, y, kSide - x, kSide - y)).toBeGreaterThanOrEqual(45);
    }
  });
  it('is not of nothing where there is one place', () => {
    expect(viewOf([at(5, 5)]).metresPerUnit * kSide).toBeCloseTo(200);
  });
  it('keeps what is under the fingers where it is', () => {
    const about = { x: 90, y: 200 };
    const near = zoomed(whole, 2, about, whole);
    expect(near.metresPerUnit).toBeCloseTo(whole.metresPerUnit / 2);
    const east = whole.middle.east + (about.x - kSide / 2) * whole.metresPerUnit;
    const north = whole.middle.north - (about.y - kSide / 2) * whole.metresPerUnit;
    expect(spotOf(at(east, north), near).x).toBeCloseTo(about.x);
    expect(spotOf(at(east, north), near).y).toBeCloseTo(about.y);
  });
  it('never shows more than all, and can’t be lost', () => {
    expect(zoomed(whole, 0.1, { x: 0, y: 0 }, whole)).toEqual(whole);
    expect(moved(whole, { x: 400, y: 9 }, whole)).toEqual(whole);
    const near = zoomed(whole, 4, { x: 160, y: 160 }, whole);
    const pulled = moved(near, { x: 1e6, y: 0 }, whole);
    expect(isSeen(spotOf(pulled.middle, whole))).toBe(true);
    expect(spotOf(near.middle, moved(near, { x: 10, y: 5 }, whole))).toEqual({ x: 170, y: 165 });
  });
});

describe('the scale bar', () => {
  it.each([
    [1, 100, 100],
    [0.99, 100, 50],
    [2.3, 100, 200],
    [7, 100, 500],
    [0.125, 100, 10],
    [314, 100, 20_000],
  ])('at %f m a unit and %i units: %i m', (metresPerUnit, most, metres) => {
    const bar = scaleBar(metresPerUnit, most);
    expect(bar.metres).toBe(metres);
    expect(bar.units).toBeCloseTo(metres / metresPerUnit);
    expect(bar.units).toBeLessThanOrEqual(most);
  });
});

describe('pins that would cover each other', () => {
  const items = [
    { n: 1, point: at(0, 0) },
    { n: 2, point: at(500, 0) },
    { n: 3, point: at(9, -9) },
    { n: 4, point: at(0, 0) },
    { n: 5, point: at(-11, 0) },
  ];
  const numbers = (gap: number) => grouped(items, gap).map((group) => group.map(({ n }) => n));
  it('stand together, under the first of them', () => {
    expect(numbers(20)).toEqual([[1, 3, 4, 5], [2]]);
  });
  it('part as the picture grows, but for those at one place', () => {
    expect(numbers(10)).toEqual([[1, 4], [2], [3], [5]]);
  });
});
