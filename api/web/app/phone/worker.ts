// worker.ts: the phone's service worker. It keeps the app of one build whole, so that it starts without
// a network, and takes the next build only when somebody says so: a half-filled form is an inspector's
// hour. What it serves is the app alone; the API goes to the node.
/// <reference lib="webworker" />
const worker = self as unknown as ServiceWorkerGlobalScope;

/** Put in by tools/finish.mjs: the files of this build, and its name. */
const kFiles = JSON.parse('__LINLI_FILES__') as string[];
const kCache = 'linli-phone-__LINLI_BUILD__';

worker.addEventListener('install', (event) => {
  // All of it, or this build isn't taken: the one before goes on.
  const all = kFiles.map((file) => new Request(file, { cache: 'no-cache' }));
  event.waitUntil(caches.open(kCache).then((cache) => cache.addAll(all)));
});
worker.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) {
        if (name.startsWith('linli-phone-') && name !== kCache) await caches.delete(name);
      }
      await worker.clients.claim();
    })(),
  );
});
worker.addEventListener('message', (event) => {
  if (event.data === 'take over') void worker.skipWaiting();
});
worker.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== worker.location.origin) return;
  const name = url.pathname;
  if (!kFiles.includes(name)) return;
  event.respondWith(
    (async () => (await (await caches.open(kCache)).match(name)) ?? fetch(event.request))(),
  );
});
