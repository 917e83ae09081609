// route.ts: which page is open, by its address. Each has one of its own: to keep, to send, to print.
import { shallowRef } from 'vue';

export type Route =
  | { readonly page: 'find'; readonly words: string }
  | { readonly page: 'compound'; readonly id: string }
  | { readonly page: 'disclosure'; readonly id: string }
  | { readonly page: 'ask'; readonly compound: string; readonly about: string | null }
  | { readonly page: 'question'; readonly id: string }
  | { readonly page: 'mine' };

const kId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What isn't an address of ours is the first page. */
export function routeOf(search: string): Route {
  const query = new URLSearchParams(search);
  const id = (name: string): string | null => {
    const value = query.get(name);
    return value !== null && kId.test(value) ? value : null;
  };
  const [compound, disclosure, ask, question] = ['compound', 'disclosure', 'ask', 'question'].map(
    id,
  );
  if (ask) return { page: 'ask', compound: ask, about: disclosure ?? null };
  if (compound) return { page: 'compound', id: compound };
  if (disclosure) return { page: 'disclosure', id: disclosure };
  if (question) return { page: 'question', id: question };
  if (query.has('mine')) return { page: 'mine' };
  return { page: 'find', words: query.get('q') ?? '' };
}
export function addressOf(route: Route): string {
  const query = new URLSearchParams();
  if (route.page === 'find' && route.words) query.set('q', route.words);
  if (route.page === 'compound') query.set('compound', route.id);
  if (route.page === 'disclosure') query.set('disclosure', route.id);
  if (route.page === 'question') query.set('question', route.id);
  if (route.page === 'mine') query.set('mine', '1');
  if (route.page === 'ask') {
    query.set('ask', route.compound);
    if (route.about) query.set('disclosure', route.about);
  }
  const text = query.toString();
  return text ? `/public?${text}` : '/public';
}

export const route = shallowRef<Route>(routeOf(location.search));
/** A page was opened by a link: its heading gets the focus, and screen readers begin there. */
export const opened = shallowRef(0);

/** Where a page was left is where it is found again, after a reload too. */
export const returned = shallowRef(placeOf(history.state));
history.scrollRestoration = 'manual';

function placeOf(state: unknown): { readonly y: number } {
  const { y } = (state ?? {}) as { y?: unknown };
  return { y: typeof y === 'number' ? y : 0 };
}
const markPlace = (): void => history.replaceState({ y: scrollY }, '');
window.addEventListener('pagehide', markPlace);

export function go(to: Route): void {
  markPlace();
  history.pushState(null, '', addressOf(to));
  route.value = to;
  opened.value += 1;
}
/** The same page with other words in its address. */
export function amend(to: Route): void {
  history.replaceState(history.state, '', addressOf(to));
  route.value = to;
}
window.addEventListener('popstate', (event) => {
  route.value = routeOf(location.search);
  returned.value = placeOf(event.state);
});
