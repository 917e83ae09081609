// place.ts: the organisation's tree, and where in it the screen looks.
import { computed, watchEffect } from 'vue';
import { say } from '../shared/language.ts';
import type { Answer } from '../shared/api.ts';
import { address, go } from './address.ts';
import { useAnswer } from './asking.ts';

export type Unit = Answer<'/api/v1/org/tree'>['units'][number];
/** What a question can be split by, from the city down. */
export type Split = 'district' | 'street' | 'community' | 'compound';
const kSplits: readonly Split[] = ['district', 'street', 'community', 'compound'];

/** One tile, one line of a ranking: a unit of the level below, or a compound. */
export interface Part {
  /** Of a unit: its code; of a compound: its id in hex, as figures name it. */
  readonly key: string;
  readonly name: string;
  /** Where it leads. */
  readonly place: string;
  readonly compound: string;
}

export function usePlace() {
  const tree = useAnswer(() => ({ path: '/api/v1/org/tree', asked: {} }) as const);
  const units = computed<readonly Unit[]>(() => tree.value.answer?.units ?? []);
  const root = computed(() => units.value.find(({ under }) => under === null) ?? null);
  const unit = computed(() => units.value.find(({ path }) => path === address.place) ?? root.value);
  const compound = computed(
    () => unit.value?.compounds.find(({ id }) => id === address.compound) ?? null,
  );
  // A compound that isn't there (any more) leaves its unit on the screen.
  watchEffect(() => {
    if (units.value.length > 0 && address.compound && !compound.value) go({ compound: '' }, true);
  });
  const below = computed(() => units.value.filter(({ under }) => under === unit.value?.code));
  /** The split of what is shown; a compound is shown as one row of its unit's. */
  const split = computed<Split>(() => {
    if (compound.value) return 'compound';
    const level = below.value[0]?.level;
    if (level && kSplits.includes(level as Split)) return level as Split;
    return 'compound';
  });
  const parts = computed<readonly Part[]>(() => {
    const place = unit.value?.path ?? '';
    const compounds = (unit.value?.compounds ?? []).map(({ id, name }) => ({
      key: id,
      name,
      place,
      compound: id,
    }));
    if (split.value === 'compound') return compounds;
    return below.value.map(({ code, name, path }) => ({
      key: code,
      name,
      place: path,
      compound: '',
    }));
  });
  /** From the city down to here. */
  const above = computed<readonly Unit[]>(() => {
    const chain: Unit[] = [];
    for (let at = unit.value; at; ) {
      chain.unshift(at);
      const under: string | null = at.under;
      at = under === null ? null : (units.value.find(({ code }) => code === under) ?? null);
      if (chain.length > 10) break;
    }
    return chain;
  });
  /** To be asked for; empty: the whole city. */
  const scope = computed(() => (unit.value === root.value ? '' : (unit.value?.path ?? '')));
  const name = computed(() => compound.value?.name ?? unit.value?.name ?? '');
  return { tree, units, root, unit, compound, split, parts, above, scope, name };
}
export type Place = ReturnType<typeof usePlace>;

export function goTo(part: Pick<Part, 'place' | 'compound'>): void {
  go({ place: part.place, compound: part.compound });
}
export function splitName(split: Split): string {
  switch (split) {
    case 'district':
      return say(['区县', 'District']);
    case 'street':
      return say(['街道、乡镇', 'Street or township']);
    case 'community':
      return say(['社区', 'Community']);
    default:
      return say(['小区', 'Compound']);
  }
}
/** A path in words, as far as the tree knows it: 红旗区 · 西街街道. */
export function pathName(units: readonly Unit[], path: string): string {
  const codes = path.split('/').slice(1);
  const names = codes.map((code) => units.find((unit) => unit.code === code)?.name ?? code);
  return names.join(' · ') || (units[0]?.name ?? path);
}
