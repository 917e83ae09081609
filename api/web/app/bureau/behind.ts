// behind.ts: what the contract leaves open in the answer about what stands behind a figure
// (node/store/provenance.h).
import type { Figure } from './figure.ts';

export interface Behind {
  readonly type: string;
  readonly id: string;
  readonly scope: string;
  readonly title: string;
  readonly at: string | null;
  readonly node: string | null;
  readonly conflict: boolean;
  readonly contributions: readonly {
    readonly term: string;
    readonly day: string;
    readonly n: number;
    /** The compound that it is about, its id in hex. */
    readonly unit?: string;
  }[];
}
export interface BehindFigure {
  readonly total: Figure;
  readonly records: number;
}
export interface IncludedNode {
  readonly author: string;
  readonly name: string;
  readonly sets: number;
  readonly until: string;
}
export interface Position {
  readonly arrival: number;
}
