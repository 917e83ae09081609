// steps.ts: five steps of colour for a map of tiles, between its smallest and its largest value.
export const kSteps = 5;

/** The lower bounds of the steps, ascending; fewer where the values don't differ so much. */
export function boundsOf(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[0], sorted.at(-1)];
  if (low === undefined || high === undefined) return [];
  if (low === high) return [low];
  return Array.from({ length: kSteps }, (_, step) => low + ((high - low) * step) / kSteps);
}
/** Which step a value is on, from 0; -1: it has none. */
export function stepOf(bounds: readonly number[], value: number | null): number {
  if (value === null) return -1;
  let step = -1;
  for (const bound of bounds) if (value >= bound) step += 1;
  return Math.max(step, bounds.length > 0 ? 0 : -1);
}
