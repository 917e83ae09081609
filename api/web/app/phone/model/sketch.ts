// sketch.ts: the plane that a day's map is drawn on: from latitude and longitude to metres, and from metres to the
// picture. North is up; nothing here knows of records, of Vue or of a network.
import type { Place } from './entry.ts';

/** Metres east and north of the plane's centre. */
export interface Point {
  readonly east: number;
  readonly north: number;
}
/** What of the plane is seen: its middle, and how many metres a unit of the picture stands for. */
export interface View {
  readonly middle: Point;
  readonly metresPerUnit: number;
}
export interface Spot {
  readonly x: number;
  readonly y: number;
}
/** Units of the picture, which is a square; as wide as a phone of 360 pixels shows it. */
export const kSide = 320;
/** Two pins nearer than this would cover each other. */
export const kPinGap = 36;
/** No single city reaches as far: who stands beyond has a wrong position, and would make all others one dot. */
export const kFarthest = 100_000;
/** A pin's body stands above its tip. */
const kMargin = 46;
const kNearest = 200 / kSide;
const kClosest = 40 / kSide;
const kMetresPerDegree = (6_371_000 * Math.PI) / 180;

/** The middle one of each, so that a single wrong position doesn't move it. Null of none. */
export function centreOf(places: readonly Place[]): Place | null {
  if (places.length === 0) return null;
  const middle = (values: number[]): number =>
    values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  return {
    latitude: middle(places.map((place) => place.latitude)),
    longitude: middle(places.map((place) => place.longitude)),
  };
}
/** Equirectangular about the centre: within a city right to a thousandth. */
export function pointOf(place: Place, centre: Place): Point {
  const shrink = Math.cos((centre.latitude * Math.PI) / 180);
  // The short way around, also across the 180th meridian.
  const degrees = ((place.longitude - centre.longitude + 540) % 360) - 180;
  return {
    east: degrees * kMetresPerDegree * shrink,
    north: (place.latitude - centre.latitude) * kMetresPerDegree,
  };
}
export const apart = (a: Point, b: Point): number => Math.hypot(a.east - b.east, a.north - b.north);
export const isFar = (point: Point): boolean => apart(point, { east: 0, north: 0 }) > kFarthest;

/** Shows all of them, and not less than two hundred metres. */
export function viewOf(points: readonly Point[]): View {
  if (points.length === 0) return { middle: { east: 0, north: 0 }, metresPerUnit: kNearest };
  const box = { west: Infinity, east: -Infinity, south: Infinity, north: -Infinity };
  for (const { east, north } of points) {
    box.west = Math.min(box.west, east);
    box.east = Math.max(box.east, east);
    box.south = Math.min(box.south, north);
    box.north = Math.max(box.north, north);
  }
  const span = Math.max(box.east - box.west, box.north - box.south);
  return {
    middle: { east: (box.west + box.east) / 2, north: (box.south + box.north) / 2 },
    metresPerUnit: Math.max(kNearest, span / (kSide - 2 * kMargin)),
  };
}
export function spotOf(point: Point, view: View): Spot {
  return {
    x: kSide / 2 + (point.east - view.middle.east) / view.metresPerUnit,
    y: kSide / 2 - (point.north - view.middle.north) / view.metresPerUnit,
  };
}
export const isSeen = ({ x, y }: Spot): boolean => x >= 0 && x <= kSide && y >= 0 && y <= kSide;

/** Larger by `factor` (smaller below 1); what is at `about` stays there. Never wider than `whole`. */
export function zoomed(view: View, factor: number, about: Spot, whole: View): View {
  const wanted = Math.max(kClosest, view.metresPerUnit / factor);
  if (wanted >= whole.metresPerUnit) return whole;
  const gained = view.metresPerUnit - wanted;
  return {
    middle: {
      east: view.middle.east + (about.x - kSide / 2) * gained,
      north: view.middle.north - (about.y - kSide / 2) * gained,
    },
    metresPerUnit: wanted,
  };
}
/** The picture moves by so many units to the right and down; its middle stays within what `whole` shows. */
export function moved(view: View, by: Spot, whole: View): View {
  const reach = Math.max(0, (whole.metresPerUnit - view.metresPerUnit) * (kSide / 2));
  const within = (wanted: number, middle: number): number =>
    Math.min(middle + reach, Math.max(middle - reach, wanted));
  return {
    middle: {
      east: within(view.middle.east - by.x * view.metresPerUnit, whole.middle.east),
      north: within(view.middle.north + by.y * view.metresPerUnit, whole.middle.north),
    },
    metresPerUnit: view.metresPerUnit,
  };
}

/** The longest of 1, 2, 5, 10, … metres that is at most `most` units long. */
export function scaleBar(metresPerUnit: number, most: number): { metres: number; units: number } {
  const room = metresPerUnit * most;
  const ten = 10 ** Math.floor(Math.log10(room));
  const metres = [5, 2, 1].map((step) => step * ten).find((one) => one <= room) ?? ten;
  return { metres, units: metres / metresPerUnit };
}

/**
 * Those that would cover each other, together; the first of each group is where it stands. In the order given, so that
 * the first keep their places. It depends on the scale alone: moving the picture regroups nothing.
 */
export function grouped<T extends { readonly point: Point }>(
  items: readonly T[],
  gap: number,
): T[][] {
  const cells = new Map<string, T[][]>();
  const groups: T[][] = [];
  for (const item of items) {
    const column = Math.floor(item.point.east / gap);
    const row = Math.floor(item.point.north / gap);
    const near = [-1, 0, 1].flatMap((i) =>
      [-1, 0, 1].flatMap((j) => cells.get(`${column + i} ${row + j}`) ?? []),
    );
    const joins = near.find(([first]) => first && apart(first.point, item.point) < gap);
    if (joins) {
      joins.push(item);
      continue;
    }
    const made = [item];
    groups.push(made);
    const cell = `${column} ${row}`;
    cells.set(cell, [...(cells.get(cell) ?? []), made]);
  }
  return groups;
}
