// How the pages in app/ are built: one entry for each face, `dist/<face>.html`, everything else beside
// it under names with a hash (served at /app/). tools/finish.mjs goes over what comes out.
//
// The owner's notice board and the inspector's phone are built each by itself (--mode public, --mode phone,
// after the others): what they share with other faces would carry what only those need, in more files than
// a browser fetches at once, and they have to come quickly on an old phone.
import vue from '@vitejs/plugin-vue';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { resolve } from 'node:path';
import { defineConfig } from 'vite';

const app = fileURLToPath(new URL('app', import.meta.url));
const kAlone = ['public', 'phone'];
const others = readdirSync(app).filter(
  (name) => name.endsWith('.html') && !kAlone.includes(name.replace('.html', '')),
);
/** What a mode builds: a face that stands alone, or all others. */
function inputs(mode: string): string[] {
  if (!kAlone.includes(mode)) return others;
  return mode === 'phone' ? ['phone.html', 'phone/worker.ts'] : [`${mode}.html`];
}

export default defineConfig(({ mode }) => ({
  root: app,
  base: '/app/',
  publicDir: !kAlone.includes(mode) && 'static',
  plugins: [vue()],
  define: {
    __VUE_OPTIONS_API__: 'false',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
  },
  build: {
    outDir: resolve(app, '../dist'),
    emptyOutDir: !kAlone.includes(mode),
    // The oldest browser that is promised.
    target: 'chrome100',
    assetsDir: '',
    // The policy of the pages lets nothing inline through.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: mode === 'phone' && 'files.json',
    rollupOptions: {
      input: inputs(mode).map((name) => resolve(app, name)),
      output: {
        assetFileNames: '[name]-[hash][extname]',
        chunkFileNames: '[name]-[hash].js',
        // A service worker's name must stay: it is how the browser asks for the next version.
        entryFileNames: ({ facadeModuleId }) =>
          facadeModuleId?.endsWith('worker.ts') ? 'phone-worker.js' : '[name]-[hash].js',
      },
    },
  },
}));
