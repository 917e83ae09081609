// update.mjs: a new version of the phone's app arrives in mid-draft: it waits, asks, and takes nothing
// away, on a full phone least of all; and what is left of the old one goes.
//
//   node update.mjs LINLI
//
// LINLI is the executable. Between browser and node stands a relay that makes the service worker another
// one when it is told to. Exit code 0: every promise held; 1: one didn't, named on the last line of stderr.
import { createServer, request } from 'node:http';
import { join } from 'node:path';
import { fillUp, typeUntilFull } from './phone_city.mjs';
import { expect, say, Stage, until } from './stage.mjs';

const [program] = process.argv.slice(2);
if (!program) {
  console.error('usage: node update.mjs LINLI');
  process.exit(2);
}
const stage = new Stage(program);
let next = false;

/** Hands everything on; the worker's name for its build is another one once `next` is set. */
function relay(target) {
  const server = createServer((asked, answer) => {
    const isWorker = asked.url === '/phone-worker.js';
    const headers = isWorker ? {} : asked.headers;
    const forwarded = request(`${target}${asked.url}`, { method: asked.method, headers }, (got) => {
      if (!isWorker) {
        answer.writeHead(got.statusCode, got.headers);
        return got.pipe(answer);
      }
      const parts = [];
      got.on('data', (part) => parts.push(part));
      got.on('end', () => {
        const text = Buffer.concat(parts).toString();
        answer.writeHead(200, { 'Content-Type': 'text/javascript', 'Cache-Control': 'no-cache' });
        answer.end(next ? text.replace(/linli-phone-[0-9a-f]{16}/, 'linli-phone-next') : text);
      });
    });
    forwarded.on('error', () => answer.destroy());
    asked.pipe(forwarded);
  });
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done(`http://127.0.0.1:${server.address().port}`)));
}
const caches = (page) => page.evaluate(async () => (await caches.keys()).filter((name) => name.startsWith('linli-phone-')));

/** On a full phone what is typed lies nowhere but on the page: a new version mustn't take that away. */
async function waitsForTheDraft(page, url) {
  const makeRoom = await fillUp(page, url);
  await typeUntilFull(page, '手机满时写下的');
  await page.getByRole('button', { name: '现在启用' }).click();
  await page.getByText('有草稿还没有保存（手机空间不足）').waitFor();
  expect((await page.getByLabel('备注').inputValue()) === '手机满时写下的', 'what was typed stays on the page');
  await makeRoom();
  await page.getByText('草稿已保存在本机').waitFor();
  await page.getByLabel('备注').fill('更新之时写下的');
  await page.getByText('草稿已保存在本机').waitFor();
  say('on a full phone it waits until the draft is kept');
}

async function main() {
  const data = join(stage.folder, 'hub');
  stage.linli('init', '--data', data, '--role', 'hub', '--name', '市住建局', '--scope', '410700');
  const hub = await stage.serve(data);
  const { line } = JSON.parse(stage.linli('invite', '--data', data, '--role', 'device', '--scope', '410700/410702/410702003/jiedu', '--name', '巡查手机', '--json'));
  const url = await relay(hub.url);
  const { context } = await stage.browser('profile');
  const page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(60_000);
  await page.goto(`${url}/phone`);
  await page.locator('textarea').fill(line);
  await page.getByRole('button', { name: '加入', exact: true }).click();
  await page.getByRole('button', { name: '开始检查' }).click();
  await page.getByLabel('备注').fill('更新之前写下的');
  await page.getByText('草稿已保存在本机').waitFor();
  await until('the app to be kept', async () => (await caches(page)).length === 1);
  const [before] = await caches(page);
  await page.reload();
  expect((await page.getByLabel('备注').inputValue()) === '更新之前写下的', 'the draft is there after a reload');

  next = true;
  await page.evaluate(async () => (await navigator.serviceWorker.getRegistration('/phone')).update());
  await page.getByText('有新版本').waitFor();
  await page.getByLabel('备注').fill('更新之时写下的');
  expect((await caches(page)).includes(before), 'the version that runs stays whole');
  say('a new version waits and asks');
  await page.getByText('草稿已保存在本机').waitFor();
  await waitsForTheDraft(page, url);
  await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name: '现在启用' }).click()]);
  await until('the draft under the new version', async () => (await page.getByLabel('备注').inputValue()) === '更新之时写下的');
  await until('the old version to go', async () => (await caches(page)).join() === 'linli-phone-next');
  say('it took over when told to, and the draft is as it was typed');
}
main().then(() => stage.end().then(() => process.exit(0)), async (error) => {
  console.error(error.stack);
  await stage.end();
  console.error(error.message);
  process.exit(1);
});
