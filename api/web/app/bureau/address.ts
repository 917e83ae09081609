// address.ts: what is on the screen stands in the address, so that a link, a bookmark, the way back and
// a wall screen all show the same.
import { reactive } from 'vue';

export type View = 'figures' | 'nodes' | 'report';
export type Compare = 'none' | 'before' | 'year';
export interface Address {
  view: View;
  /** Which family of figures; `overview`: those that the bureau looks at first. */
  family: string;
  /** A statistic's name; empty: the family's first. */
  figure: string;
  /** A unit's path; empty: the whole city. */
  place: string;
  /** A compound's id in hex, within `place`; empty: none. */
  compound: string;
  /** See period.ts. */
  period: string;
  compare: Compare;
  /** On a big screen, without anybody at it. */
  wall: boolean;
  /** Seconds that a wall shows one page. */
  seconds: number;
}

const kSecondsOfPage = 20;
const kViews: readonly string[] = ['figures', 'nodes', 'report'];

function read(): Address {
  const query = new URLSearchParams(location.search);
  const text = (name: string): string => query.get(name) ?? '';
  const view = text('view');
  const compare = text('compare');
  const seconds = Number(text('seconds'));
  return {
    view: kViews.includes(view) ? (view as View) : 'figures',
    family: text('family') || 'overview',
    figure: text('figure'),
    place: text('place'),
    compound: text('compound'),
    // Old addresses named a year, or two days.
    period: text('period') || text('year') || (text('from') && `${text('from')}..${text('to')}`),
    compare: compare === 'before' || compare === 'year' ? compare : 'none',
    wall: query.has('wall'),
    seconds: seconds >= 1 && seconds <= 3600 ? seconds : kSecondsOfPage,
  };
}

export const address = reactive<Address>(read());

function hrefOf(wanted: Address): string {
  const query = new URLSearchParams();
  if (wanted.view !== 'figures') query.set('view', wanted.view);
  if (wanted.family !== 'overview') query.set('family', wanted.family);
  for (const name of ['figure', 'place', 'compound', 'period'] as const) {
    if (wanted[name]) query.set(name, wanted[name]);
  }
  if (wanted.compare !== 'none') query.set('compare', wanted.compare);
  if (wanted.wall) query.set('wall', '1');
  if (wanted.seconds !== kSecondsOfPage) query.set('seconds', String(wanted.seconds));
  const text = query.toString();
  return location.pathname + (text ? `?${text}` : '');
}

/** To be used in a link: where the page would be with this changed. */
export const hrefWith = (change: Partial<Address>): string => hrefOf({ ...address, ...change });

/** `quietly`: not a step that the way back leads to. */
export function go(change: Partial<Address>, quietly = false): void {
  Object.assign(address, change);
  if (quietly) history.replaceState(null, '', hrefOf(address));
  else history.pushState(null, '', hrefOf(address));
}
window.addEventListener('popstate', () => Object.assign(address, read()));
