// shown.ts: what every part of the page reads: the node, the place, which figures there are, today.
import { inject, type ComputedRef, type InjectionKey, type Ref } from 'vue';
import type { Answer } from '../shared/api.ts';
import type { Statistic } from './figure.ts';
import type { Groups } from './groups.ts';
import type { Place } from './place.ts';

export type NodeState = Answer<'/api/v1/node'>;
export interface Shown {
  readonly node: Ref<NodeState | null>;
  readonly place: Place;
  readonly statistics: ComputedRef<readonly Statistic[]>;
  readonly families: ComputedRef<readonly string[]>;
  /** Of the node's clock, as 2026-05-01. */
  readonly today: ComputedRef<string>;
  readonly groups: Groups;
}
export const kShown: InjectionKey<Shown> = Symbol('shown');

export function useShown(): Shown {
  const shown = inject(kShown);
  if (!shown) throw new Error('App provides it');
  return shown;
}
