// finish.mjs: what is left to do once Vite has written dist/: tells the phone's service worker which
// files the phone is made of, and puts a gzip of each file beside it.
//
//   node tools/finish.mjs          (npm run build calls it)
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { constants, gzipSync } from 'node:zlib';

const dist = join(dirname(fileURLToPath(import.meta.url)), '../dist');
const manifest = JSON.parse(readFileSync(join(dist, 'files.json'), 'utf8'));

/** Everything that a page can come to need, itself and what it loads later included. */
function filesOf(entry, found = new Set()) {
  const { file, css = [], assets = [], imports = [], dynamicImports = [] } = manifest[entry];
  if (found.has(file)) return found;
  for (const name of [file, ...css, ...assets]) found.add(name);
  for (const next of [...imports, ...dynamicImports]) filesOf(next, found);
  return found;
}
function writeWorker() {
  const parts = [...filesOf('phone.html')].sort();
  const icons = readdirSync(dist).filter((name) => /^phone.*\.(png|webmanifest|svg)$/.test(name));
  const files = ['/phone', ...[...parts, ...icons].map((name) => `/app/${name}`)];
  const version = createHash('sha256');
  for (const name of ['phone.html', ...parts, ...icons])
    version.update(readFileSync(join(dist, name)));
  const path = join(dist, 'phone-worker.js');
  const text = readFileSync(path, 'utf8')
    .replace('__LINLI_FILES__', JSON.stringify(files).replaceAll('"', '\\"'))
    .replace('__LINLI_BUILD__', version.digest('hex').slice(0, 16));
  writeFileSync(path, text);
}

if (manifest['phone/worker.ts']) writeWorker();
rmSync(join(dist, 'files.json'));
let total = 0;
for (const name of readdirSync(dist)) {
  const bytes = readFileSync(join(dist, name));
  if (/\.(png|woff2|gz)$/.test(name)) continue;
  const packed = gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION });
  writeFileSync(join(dist, `${name}.gz`), packed);
  total += packed.length;
}
console.log(`${Math.round(total / 1024)} KiB compressed, all pages together`);
