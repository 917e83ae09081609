// finish.mjs: what is left to do once Vite has written dist/: puts what the phone's and the board's first picture needs
// into their pages, and the phone's first script, tells the phone's service worker which files the phone is made of, and puts a gzip and a Brotli of each
// file beside it.
//
//   node tools/finish.mjs          (npm run build calls it)
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const dist = join(dirname(fileURLToPath(import.meta.url)), '../dist');
const manifest = JSON.parse(readFileSync(join(dist, 'files.json'), 'utf8'));
/** Pages that have to be seen after one answer, however slow the line. */
const kQuick = ['phone.html', 'public.html'];

// ---- One answer, one picture ------------------------------------------------------------------------

const sha256 = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const within = (html, tag) =>
  [...html.matchAll(new RegExp(`<${tag}(?: type="module")?>([^]*?)</${tag}>`, 'g'))].map(
    ([, text]) => text,
  );

/** The style goes into the page: a browser draws nothing before the last stylesheet has come. */
function withStyle(html) {
  return html.replace(/<link rel="stylesheet"[^>]*href="\/app\/([^"]+)">/g, (_, name) => {
    return `<style>${readFileSync(join(dist, name), 'utf8').trim()}</style>`;
  });
}
/** A script that the first one fetches anyway comes beside it, and not after it; with what it needs and the page doesn't name. */
function withScript(html, entry) {
  const { file, imports = [] } = manifest[entry];
  const files = [file, ...imports.map((name) => manifest[name].file)];
  const links = files
    .filter((name) => !html.includes(`"/app/${name}">`))
    .map((name) => `<link rel="modulepreload" crossorigin href="/app/${name}">`);
  return html.replace('</head>', `${links.join('')}</head>`);
}
/**
 * The first script goes into the page as well: asked for by itself it comes a whole answer later, two seconds on a slow line.
 * It stands last, so that what is before it is drawn and used meanwhile. Others import from it by its file's name: what
 * lies there now hands on what the page's own has, for two of it would be two apps.
 */
function withFirstScript(html) {
  const tag = /<script type="module" crossorigin src="\/app\/([^"]+)"><\/script>/;
  const [, name] = tag.exec(html);
  const text = readFileSync(join(dist, name), 'utf8').replace(
    /(import\(|import|from)"\.\//g,
    '$1"/app/',
  );
  const [whole, list] = /export\{([^{}]*)\};?\s*$/.exec(text);
  const names = list.split(',').map((one) => /^(\S+)(?: as (\S+))?$/.exec(one.trim()).slice(1));
  const handed = names.map(([own, called = own]) => `${called}:${own}`);
  const script = `${text.slice(0, -whole.length)}globalThis.linliFirst={${handed.join(',')}};`;
  const taken = names.map(([own, called = own], i) => [`v${i}=m.${called}`, `v${i} as ${called}`]);
  const shares = `const m=globalThis.linliFirst,${taken.map(([one]) => one).join(',')};`;
  writeFileSync(join(dist, name), `${shares}export{${taken.map(([, one]) => one).join(',')}};\n`);
  const inline = script.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');
  return html
    .replace(tag, '')
    .replace('</body>', () => `<script type="module">${inline}</script></body>`);
}
/** What stands within a page is let through by its hash: api/app_pages.cpp adds this to the page's policy. */
function writePolicy(name, html) {
  const scripts = ["'self'", ...within(html, 'script').map(sha256)];
  const styles = ["'self'", ...within(html, 'style').map(sha256)];
  const policy = `script-src ${scripts.join(' ')}; style-src ${styles.join(' ')}`;
  writeFileSync(join(dist, `${name}.policy`), policy);
}
function putInto(name) {
  let html = withStyle(readFileSync(join(dist, name), 'utf8'));
  if (name === 'phone.html')
    html = withScript(withFirstScript(html), 'phone/store/engine_script.ts');
  writeFileSync(join(dist, name), html);
  writePolicy(name, html);
}

// ---- The phone's service worker ---------------------------------------------------------------------

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

// ---- Packed ------------------------------------------------------------------------------------------

const gzip = (bytes) => gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION });
const brotli = (bytes) =>
  brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
function pack(name) {
  const bytes = readFileSync(join(dist, name));
  const packed = { gz: gzip(bytes), br: brotli(bytes) };
  for (const [ending, content] of Object.entries(packed))
    if (content.length < bytes.length) writeFileSync(join(dist, `${name}.${ending}`), content);
  return packed.br.length;
}

kQuick.forEach(putInto);
if (manifest['phone/worker.ts']) writeWorker();
rmSync(join(dist, 'files.json'));
let total = 0;
for (const name of readdirSync(dist)) {
  if (!/\.(png|woff2|gz|br|policy)$/.test(name)) total += pack(name);
}
console.log(`${Math.round(total / 1024)} KiB compressed, all pages together`);
