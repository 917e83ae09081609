// updates.ts: the app's own versions. A new one is fetched beside the one that runs, and takes over when
// the app is started next, or when somebody says so: what is being typed is never taken away.
import { ref } from 'vue';
import { useDrafts } from './drafts.ts';

/** A new version waits. */
const waiting = ref(false);
/** What is typed can't be kept, so that nothing may take its place. */
const heldUp = ref(false);
let registration: ServiceWorkerRegistration | null = null;
let wanted = false;

/** Registers the worker that makes the app start without a network. Without one (an old browser, no https) the app works, with a line. */
async function begin(): Promise<void> {
  if (!('serviceWorker' in navigator)) return;
  const had = navigator.serviceWorker.controller !== null;
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    // The first one takes over without having been asked, and changes nothing.
    if (had && wanted) void reloadOnceKept();
  });
  try {
    registration = await navigator.serviceWorker.register('/phone-worker.js', { scope: '/phone' });
  } catch {
    return;
  }
  // It waited since the last start: nothing has been typed yet.
  if (registration.waiting && had) return takeOver();
  registration.addEventListener('updatefound', () => watch(registration?.installing ?? null));
}
function watch(worker: ServiceWorker | null): void {
  worker?.addEventListener('statechange', () => {
    if (worker.state === 'installed' && navigator.serviceWorker.controller) waiting.value = true;
  });
}
async function reloadOnceKept(): Promise<void> {
  heldUp.value = !(await useDrafts().allKept());
  if (!heldUp.value) location.reload();
}
/** Not before every form on this page is kept. */
async function takeOver(): Promise<void> {
  heldUp.value = !(await useDrafts().allKept());
  if (heldUp.value) return;
  wanted = true;
  const next = registration?.waiting;
  if (next) next.postMessage('take over');
  // It took over already, when the drafts weren't kept yet.
  else await reloadOnceKept();
}

export const useUpdates = () => ({ waiting, heldUp, begin, takeOver });
