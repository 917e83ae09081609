// board.ts: whose notice board this is; read once for all pages.
import { inject, type InjectionKey } from 'vue';
import type { Shown } from './answer.ts';
import type { About } from './shapes.ts';

export const kBoard = '/api/v1/public';
export const kAbout: InjectionKey<Shown<About>> = Symbol('about');
export function useAbout(): Shown<About> {
  const about = inject(kAbout);
  if (!about) throw new Error('App.vue provides it');
  return about;
}
