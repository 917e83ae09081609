// phone.mjs: the phone's engine (api/web/peer) in Chromium: it joins a hub, writes an inspection, the
// browser is killed before it syncs, and another one with the same profile loses nothing.
//
//   node phone.mjs LINLI WEB_FOLDER
//
// LINLI is the executable, WEB_FOLDER api/web with its npm packages. Exit code 0: every promise held;
// 1: one didn't, named on the last line of stderr; 2: wrong usage. CHROMIUM names another browser.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';

const [program, web] = process.argv.slice(2);
if (!program || !web) {
  console.error('usage: node phone.mjs LINLI WEB_FOLDER');
  process.exit(2);
}
const kScope = '410700/410702/410702003/jiedu';
const kFlags = [
  '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--remote-debugging-port=0',
  '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
];
const folder = mkdtempSync(join(tmpdir(), 'linli-phone-'));
const children = [];
const say = (text) => console.log(`… ${text}`);
function expect(held, text) {
  if (!held) throw new Error(text);
}

/** Starts a process and answers with what it says that fits; it ends with this one. */
function start(command, parts, said) {
  const child = spawn(command, parts, { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  return new Promise((done, fail) => {
    let text = '';
    const hear = (chunk) => {
      text += chunk;
      const found = said.exec(text);
      if (found) done({ child, found: found[1] });
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('exit', () => fail(new Error(`${command} ended: ${text.slice(-400)}`)));
    child.once('error', fail);
  });
}
async function kill(child) {
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGKILL');
  await ended;
}
const linli = (...parts) => execFileSync(program, parts, { encoding: 'utf8' });

/** The engine as one script, for the oldest browser that it promises. */
async function bundle() {
  const esbuild = createRequire(resolve(web, 'package.json'))('esbuild');
  const built = await esbuild.build({
    stdin: { contents: "export { Phone } from './peer/phone.ts'; export { openStore } from './peer/store_idb.ts'; export { askToKeep } from './peer/storage.ts';", resolveDir: resolve(web) },
    bundle: true, write: false, format: 'iife', globalName: 'linli', target: 'chrome100', minify: true,
  });
  return built.outputFiles[0].text;
}
/** A page of the node's own origin, with the engine in it. */
async function openPage(script, url) {
  const { child, found } = await start(process.env.CHROMIUM ?? 'chromium', [...kFlags, `--user-data-dir=${folder}/profile`, 'about:blank'], /DevTools listening on (ws:\S+)/);
  const browser = await chromium.connectOverCDP(found);
  const page = browser.contexts()[0].pages()[0] ?? (await browser.contexts()[0].newPage());
  await page.goto(`${url}/healthz`);
  await page.evaluate(`${script}; window.linli = linli;`);
  return { child, page, browser };
}

async function main() {
  const hub = `${folder}/hub`;
  linli('init', '--data', hub, '--role', 'hub', '--name', '市住建局', '--scope', '410700');
  const { found: url } = await start(program, ['serve', '--data', hub, '--listen', '127.0.0.1:0'], /listening on (http:\S+)/);
  const { line } = JSON.parse(linli('invite', '--data', hub, '--role', 'device', '--scope', kScope, '--name', '巡查手机', '--json'));
  const script = await bundle();
  say(`the engine is one script of ${Math.round(script.length / 1024)} KiB`);

  for (const keys of ['auto', 'wrapped']) {
    const name = `phone ${keys}`;
    const own = keys === 'auto' ? line : JSON.parse(linli('invite', '--data', hub, '--role', 'device', '--scope', kScope, '--name', name, '--json')).line;
    const first = await openPage(script, url);
    const written = await first.page.evaluate(async ({ own, url, keys, name, kScope }) => {
      const phone = await linli.Phone.open(await linli.openStore(name), { keys });
      await phone.join(own, url);
      await phone.sync(url);
      await phone.learnSchema(await (await fetch('/api/v1/schema')).json());
      const id = phone.newId();
      const compound = [11, new Uint8Array(16).fill(1)];
      const template = [70, new Uint8Array(16).fill(2), '410700'];
      const fields = new Map([[1, 1], [2, compound], [4, template], [6, ['巡-01']], [7, Date.now()], [14, '断电之前'], [15, 2]]);
      const began = performance.now();
      await phone.write([{ kind: 'put', type: 72, scope: kScope, id, fields }]);
      return { id: Array.from(id, (byte) => byte.toString(16).padStart(2, '0')).join(''), ms: Math.round(performance.now() - began) };
    }, { own, url, keys, name, kScope });
    await kill(first.child);
    say(`${keys}: saved in ${written.ms} ms, and the browser was killed`);

    const second = await openPage(script, url);
    const state = await second.page.evaluate(async ({ url, name }) => {
      const phone = await linli.Phone.open(await linli.openStore(name));
      const before = (await phone.queue()).map(({ state: { kind } }) => kind);
      const { refused } = await phone.sync(url);
      return { before, refused, after: (await phone.queue()).map(({ state: { kind } }) => kind), keep: await linli.askToKeep() };
    }, { url, name });
    expect(JSON.stringify(state.before) === '["waiting"]', `${keys}: saved is saved: ${JSON.stringify(state)}`);
    expect(JSON.stringify(state.after) === '["confirmed"]' && state.refused.length === 0, `${keys}: the hub confirms it: ${JSON.stringify(state)}`);
    const uuid = written.id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    const token = readFileSync(`${hub}/serve`, 'utf8').trim().split(/\s+/).pop();
    const shown = await (await fetch(`${url}/api/v1/records/inspection/${uuid}?scope=${encodeURIComponent(kScope)}`, { headers: { Authorization: `Bearer ${token}` } })).json();
    expect(shown.fields?.note === '断电之前', `${keys}: the hub shows it: ${JSON.stringify(shown)}`);
    say(`${keys}: nothing was lost; ${JSON.stringify(state.keep)}`);
    await kill(second.child);
  }
}

process.on('exit', () => {
  children.forEach((child) => child.kill('SIGKILL'));
  rmSync(folder, { recursive: true, force: true });
});
main().then(() => process.exit(0), (error) => {
  console.error(error.message);
  process.exit(1);
});
