// pages.ts: the pages behind the first screen, which come once that is drawn.
import type { Component } from 'vue';

type Pages = typeof import('./pages/all.ts');

/** What router and Vue take for a component that comes later. */
export const page =
  (name: keyof Pages): (() => Promise<Component>) =>
  async () =>
    (await import('./pages/all.ts'))[name];
