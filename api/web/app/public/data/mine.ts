// mine.ts: which questions this browser asked, and which compounds it looked at. Of a question only
// its number is kept, never what it says.
import { ref } from 'vue';
import { keep, kept } from '../../shared/kept.ts';

export interface Asked {
  readonly id: string;
  readonly compound: string;
  readonly at: number;
}
export interface Visited {
  readonly id: string;
  readonly name: string;
}
const kAskedMax = 50;
const kVisitedMax = 5;

function list<T>(name: string, is: (one: Partial<T>) => boolean): T[] {
  const held = kept(name);
  return Array.isArray(held)
    ? (held.filter((one) => typeof one === 'object' && one !== null && is(one)) as T[])
    : [];
}
const text = (value: unknown): boolean => typeof value === 'string';

export const asked = ref(
  list<Asked>('board.asked', ({ id, compound }) => text(id) && text(compound)),
);
export const visited = ref(
  list<Visited>('board.visited', ({ id, name }) => text(id) && text(name)),
);

export function addAsked(one: Asked): void {
  asked.value = [one, ...asked.value.filter(({ id }) => id !== one.id)].slice(0, kAskedMax);
  keep('board.asked', asked.value);
}
export function addVisited(one: Visited): void {
  const others = visited.value.filter(({ id }) => id !== one.id);
  visited.value = [one, ...others].slice(0, kVisitedMax);
  keep('board.visited', visited.value);
}
/** For who shares this phone or screen with others. */
export function forget(): void {
  asked.value = [];
  visited.value = [];
  keep('board.asked', []);
  keep('board.visited', []);
}
