// lines.ts: one line of a ranking, one tile of a map.
import type { Figure } from './figure.ts';
import type { Part } from './place.ts';

export interface Line {
  readonly part: Part;
  readonly figure: Figure | null;
  readonly before: Figure | null;
  readonly value: number | null;
  readonly text: string;
  /** Communities there that are late, or never reported. */
  readonly late: number;
}
/** Highest first, those without a value last. */
export const ranked = (lines: readonly Line[]): Line[] =>
  [...lines].sort((a, b) => (b.value ?? -Infinity) - (a.value ?? -Infinity));
