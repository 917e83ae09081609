// ways.ts: how far, and which way, in words: 东北 320 米.
import { language, say, type Text } from '../../shared/language.ts';
import type { Place } from './entry.ts';
import { metresBetween } from './rules.ts';
import { pointOf } from './sketch.ts';

const kWinds: readonly Text[] = [
  ['北', 'north'],
  ['东北', 'north-east'],
  ['东', 'east'],
  ['东南', 'south-east'],
  ['南', 'south'],
  ['西南', 'south-west'],
  ['西', 'west'],
  ['西北', 'north-west'],
];
/** Nearer than this, a direction says nothing. */
const kHereMetres = 10;

/** Degrees from north, clockwise: 0 to below 360. */
export function bearing(from: Place, to: Place): number {
  const { east, north } = pointOf(to, from);
  return ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360;
}
export const windOf = (degrees: number): Text =>
  kWinds[Math.round(degrees / 45) % kWinds.length] ?? ['北', 'north'];

/** Rounded as nobody needs it more exactly: to ten metres, from a kilometre on to a tenth of it. */
export function lengthText(metres: number): string {
  const round = metres < 100 ? Math.round(metres) : Math.round(metres / 10) * 10;
  if (round < 1000) return say(['{n} 米', '{n} m'], { n: round });
  const kilometres =
    metres < 10_000 ? (metres / 1000).toFixed(1) : String(Math.round(metres / 1000));
  return say(['{n} 公里', '{n} km'], { n: kilometres });
}
export function wayText(from: Place, to: Place): string {
  const metres = metresBetween(from, to);
  if (metres < kHereMetres) return say(['就在这里', 'right here']);
  const wind = say(windOf(bearing(from, to)));
  const length = lengthText(metres);
  return language.value === 'en' ? `${length} ${wind}` : `${wind} ${length}`;
}
