// codes.mjs: QR codes from screen to camera, in Chromium, which on Linux reads none by itself: a phone joins
// by its camera, another by a photo; a record goes to the desk as a series of codes, with one missing.
//
//   node codes.mjs LINLI [FOLDER] [PAGES]
//
// LINLI is the executable; pictures go to FOLDER; PAGES is another build of the pages (api/web/dist) than the
// executable's own. Exit code 0: every promise held; 1: one didn't, named on the last line of stderr.
import { createReadStream, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { cameraOptions, drawingOf, film, photo } from './camera.mjs';
import { expect, say, Stage, until } from './stage.mjs';

const [program, pictures = '', pages = ''] = process.argv.slice(2);
if (!program) {
  console.error('usage: node codes.mjs LINLI [FOLDER] [PAGES]');
  process.exit(2);
}
if (pictures) mkdirSync(pictures, { recursive: true });
const kScope = '410700/410702/410702003/410702003901';
const kPassword = 'correct horse 电池';
const kMissing = 3;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const sample = (name) => new URL(`../../packaging/sample/${name}.ndjson`, import.meta.url).pathname;
const stage = new Stage(program);
const problems = [];
let shown = null;

/** The node, with the pages of PAGES in place of its own. */
function relay(target) {
  const kinds = { html: 'text/html; charset=utf-8', js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' };
  const server = createServer((asked, answer) => {
    const path = asked.url.split('?')[0];
    const name = ['/phone', '/office'].includes(path) ? `${path.slice(1)}.html` : path.replace(/^\/(app\/)?/, '');
    const isOurs = /^\/(phone|office|phone-worker\.js|app\/[^/]+)$/.test(path) && existsSync(join(pages, name));
    const forwarded = request(`${target}${asked.url}`, { method: asked.method, headers: asked.headers }, (got) => {
      if (!isOurs) {
        answer.writeHead(got.statusCode, got.headers);
        return got.pipe(answer);
      }
      got.resume();
      const policy = got.headers['content-security-policy'];
      answer.writeHead(200, { 'Content-Type': kinds[name.split('.').pop()] ?? 'application/octet-stream', ...(policy ? { 'Content-Security-Policy': policy } : {}) });
      createReadStream(join(pages, name)).pipe(answer);
    });
    forwarded.on('error', () => answer.destroy());
    asked.pipe(forwarded);
  });
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done(`http://127.0.0.1:${server.address().port}`)));
}
async function makeHub() {
  const data = join(stage.folder, 'hub');
  stage.linli('init', '--data', data, '--role', 'hub', '--name', '市住建局', '--scope', '410700');
  for (const type of ['org_unit', 'company', 'template']) stage.linli('records', 'put', '--data', data, type, sample(type));
  const secret = join(stage.folder, 'password');
  writeFileSync(secret, kPassword, { mode: 0o600 });
  stage.linli('accounts', 'add', '--data', data, '局长', '--role', 'bureau', '--admin', '--password-file', secret);
  const hub = await stage.serve(data);
  const compound = JSON.parse(readFileSync(new URL('../../packaging/sample-office/compound.ndjson', import.meta.url), 'utf8').split('\n')[0]);
  const put = await hub.call('POST', `records/compound?scope=${encodeURIComponent(kScope)}`, compound);
  expect(put.ok, `a compound: ${await put.text()}`);
  return hub;
}
const invite = (hub, name) =>
  JSON.parse(stage.linli('invite', '--data', hub.data, '--role', 'device', '--scope', kScope, '--name', name, '--url', hub.url, '--json')).line;
const drawn = async (hub, text) =>
  drawingOf(await (await hub.call('GET', `qr?text=${encodeURIComponent(text)}`)).text());

async function open(profile, address, camera) {
  const { context } = await stage.browser(profile, cameraOptions(camera));
  const page = context.pages()[0] ?? (await context.newPage());
  shown = page;
  page.setDefaultTimeout(60_000);
  page.on('pageerror', (error) => problems.push(`script error: ${error.message}`));
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) problems.push(message.text());
  });
  await page.goto(address);
  return { context, page };
}
const button = (page, text) => page.getByRole('button', { name: text, exact: true });
/** Accessible, no wider than the screen; and a picture of it. */
async function look(page, name) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(over <= 0, `${name} is ${over} px wider than the screen`);
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).slice(0, 3).join(' ')}`);
  });
  expect(found.length === 0, `axe on ${name}: ${found.join(' | ')}`);
  if (pictures) await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}

async function joinByCamera(hub, url) {
  const camera = join(stage.folder, 'invite.y4m');
  film(camera, [await drawn(hub, invite(hub, '扫码的手机'))]);
  const phone = await open('phone', `${url}/phone`, camera);
  const { page } = phone;
  await page.setViewportSize({ width: 360, height: 800 });
  expect(!(await page.evaluate(() => 'BarcodeDetector' in window)), 'this browser reads no codes by itself');
  await button(page, '扫码加入').click();
  await page.getByText('样例花园').first().waitFor();
  say('joined by the camera, in a browser that reads no codes by itself');
  const other = await phone.context.browser().newContext();
  const second = await other.newPage();
  await second.goto(`${url}/phone`);
  await second.locator('textarea').waitFor();
  const png = photo(await drawn(hub, invite(hub, '拍照的手机')));
  await second.locator('input[type=file]').setInputFiles({ name: 'code.png', mimeType: 'image/png', buffer: png });
  await second.getByText('样例花园').first().waitFor();
  await other.close();
  say('joined by a photo of the code');
  return phone;
}
async function inspect({ context, page }) {
  await until('the app to be kept for flight mode', () =>
    page.evaluate(async () => (await caches.keys()).some((name) => name.startsWith('linli-phone-')) && navigator.serviceWorker.controller !== null));
  await context.setOffline(true);
  await page.locator('#main').getByText('样例花园').first().click();
  await button(page, '检查这个小区').click();
  await page.getByLabel('检查人员编号').fill('巡-01');
  await page.getByRole('combobox', { name: /^检查表/ }).selectOption({ index: 1 });
  const items = page.getByRole('radiogroup');
  await items.first().waitFor();
  for (let i = 0; i < (await items.count()); ++i) await items.nth(i).getByRole('radio').first().check();
  await button(page, '提交').click();
  await page.getByText('已签名并保存在本机').waitFor();
  say('inspected without a network');
}
/** Every code that the phone shows, as its screen draws it. */
async function codesShown({ page }) {
  await page.evaluate(() => void (location.hash = '#/carry'));
  await page.getByRole('combobox', { name: /收件节点/ }).waitFor();
  await button(page, '出示二维码').click();
  const code = page.locator('svg[data-code]');
  await code.waitFor();
  const first = await code.getAttribute('data-code');
  await until('the codes to change by themselves', async () => (await code.getAttribute('data-code')) !== first);
  await button(page, '暂停').click();
  await look(page, 'codes-phone');
  const count = Number(/共 (\d+) 张/.exec(await code.getAttribute('aria-label'))[1]);
  const drawings = [];
  for (let i = 0; i < count; ++i) {
    const number = Number(/第 (\d+) 张/.exec(await code.getAttribute('aria-label'))[1]);
    drawings[number - 1] = drawingOf(await code.evaluate((svg) => svg.outerHTML));
    await button(page, '下一张').click();
  }
  expect(drawings.length === count && drawings.every(Boolean) && count > kMissing, `${count} codes, each seen once`);
  say(`the phone shows ${count} codes`);
  return drawings;
}
async function takeAtDesk(hub, url, drawings) {
  const camera = join(stage.folder, 'codes.y4m');
  // What isn't of it is seen as well, and one is never seen.
  const foreign = await drawn(hub, 'https://example.org/badge');
  film(camera, [foreign, ...drawings.filter((_, i) => i !== kMissing - 1).reverse()]);
  const { page } = await open('desk', `${url}/office`, camera);
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.locator('#login-name').fill('局长');
  await page.locator('#login-password').fill(kPassword);
  await page.keyboard.press('Enter');
  await page.locator('#login-password').waitFor({ state: 'detached' });
  await page.goto(`${url}/office#/sync`);
  await button(page, '扫手机上的码').click();
  await page.locator('[data-codes-missing]', { hasText: new RegExp(`还缺第 ${kMissing} 张$`) }).waitFor();
  await look(page, 'codes-desk');
  await page.locator('#codes-pictures').setInputFiles({ name: 'last.png', mimeType: 'image/png', buffer: photo(drawings[kMissing - 1]) });
  await page.locator('[data-bundle="checked"]').waitFor();
  expect((await hub.get('records/inspection?limit=10')).items.length === 0, 'nothing is taken before somebody says so');
  await page.locator('#stick-take').click();
  await page.locator('[data-bundle="taken"]').waitFor();
  const { items } = await hub.get('records/inspection?limit=10');
  expect(items.length === 1, `the inspection is at the hub: ${JSON.stringify(items)}`);
  say('the desk put the codes together, and took in the inspection');
}

async function main() {
  const hub = await makeHub();
  const url = pages ? await relay(hub.url) : hub.url;
  const phone = await joinByCamera(hub, url);
  await inspect(phone);
  const drawings = await codesShown(phone);
  await takeAtDesk(hub, url, drawings);
  expect(problems.length === 0, problems.join('; '));
}
main().then(() => stage.end().then(() => process.exit(0)), async (error) => {
  if (pictures) await shown?.screenshot({ path: join(pictures, 'failed.png') }).catch(() => undefined);
  console.error(error.stack);
  await stage.end();
  console.error(error.message);
  process.exit(1);
});
