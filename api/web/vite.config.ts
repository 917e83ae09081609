// How the pages in app/ are built: one entry for each face, `dist/<face>.html`, everything else beside
// it under names with a hash (served at /app/). tools/finish.mjs goes over what comes out.
//
// The owner's notice board is built by itself (--mode public, after the others): what it shares with
// other faces would carry what only they need, and it has to come quickly on an old phone.
import vue from '@vitejs/plugin-vue';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { resolve } from 'node:path';
import { defineConfig } from 'vite';

const app = fileURLToPath(new URL('app', import.meta.url));
const kAlone = 'public.html';
const others = readdirSync(app).filter((name) => name.endsWith('.html') && name !== kAlone);
const workers = ['phone/worker.ts'];

export default defineConfig(({ mode }) => ({
  root: app,
  base: '/app/',
  publicDir: mode !== 'public' && 'static',
  plugins: [vue()],
  define: {
    __VUE_OPTIONS_API__: 'true',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
  },
  build: {
    outDir: resolve(app, '../dist'),
    emptyOutDir: mode !== 'public',
    // The oldest browser that is promised.
    target: 'chrome100',
    assetsDir: '',
    // The policy of the pages lets nothing inline through.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: mode !== 'public' && 'files.json',
    rollupOptions: {
      input: (mode === 'public' ? [kAlone] : [...others, ...workers]).map((name) =>
        resolve(app, name),
      ),
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
