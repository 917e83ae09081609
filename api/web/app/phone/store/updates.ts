// updates.ts: the app's own versions. A new one is fetched beside the one that runs, and takes over when
// the app is started next, or when somebody says so: what is being typed is never taken away.
import { ref } from 'vue';

/** A new version waits. */
const waiting = ref(false);
let registration: ServiceWorkerRegistration | null = null;
let wanted = false;

/** Registers the worker that makes the app start without a network. Without one (an old browser, no https) the app works, with a line. */
async function begin(): Promise<void> {
  if (!('serviceWorker' in navigator)) return;
  const had = navigator.serviceWorker.controller !== null;
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    // The first one takes over without having been asked, and changes nothing.
    if (had && wanted) location.reload();
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
function takeOver(): void {
  wanted = true;
  registration?.waiting?.postMessage('take over');
}

export const useUpdates = () => ({ waiting, begin, takeOver });
