// phone_city.mjs: what tests of the inspector's phone share: a small made-up city, a phone that joins it, and an
// inspection as a person fills it in.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, until } from './stage.mjs';

export const kScope = '410700/410702/410702003/410702003901';
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
export const sample = (name) => new URL(`../../packaging/sample/${name}.ndjson`, import.meta.url).pathname;
const sampleCompound = () =>
  JSON.parse(readFileSync(new URL('../../packaging/sample-office/compound.ndjson', import.meta.url), 'utf8').split('\n')[0]);
/** A compound of the community; `n` from 1 on. */
export const compound = (n, more = {}) => ({
  ...sampleCompound(), compound_code: `410702003901${String(n).padStart(3, '0')}`, name: `样例家园${n}(演示数据)`, address: `样例路${n}号`, ...more,
});

/** Writes records into a node's folder, as its own command does. */
export function put(stage, data, type, records, more = []) {
  const file = join(stage.folder, `${type}.ndjson`);
  writeFileSync(file, records.map((record) => JSON.stringify(record)).join('\n'));
  stage.linli('records', 'put', '--data', data, ...more, type, file);
}
/** A hub with the bureau's reference data, which runs; `prepare(data)` comes before it runs. */
export async function makeHub(stage, prepare = () => undefined, more = []) {
  const data = join(stage.folder, 'hub');
  stage.linli('init', '--data', data, '--role', 'hub', '--name', '示例住建局', '--scope', '410700');
  for (const type of ['org_unit', 'company', 'template']) stage.linli('records', 'put', '--data', data, type, sample(type));
  prepare(data);
  return stage.serve(data, 0, more);
}
/** Compounds at the hub, in the community's scope. */
export async function addCompounds(hub, records) {
  for (const record of records) {
    const answer = await hub.call('POST', `records/compound?scope=${encodeURIComponent(kScope)}`, record);
    expect(answer.ok, `a compound: ${await answer.text()}`);
  }
}
/** The community's office, which runs and has fetched what the bureau publishes. */
export async function makeOffice(stage, hub) {
  const data = join(stage.folder, 'office');
  const { line } = JSON.parse(stage.linli('invite', '--data', hub.data, '--role', 'office', '--scope', kScope, '--name', '示例社区', '--url', hub.url, '--json'));
  stage.linli('join', '--data', data, line);
  const office = await stage.serve(data);
  await until('the units of the city at the office', async () => (await office.get('records/org_unit?limit=200')).items.length > 10);
  return office;
}
export const invite = (stage, node, name = '巡查手机') =>
  JSON.parse(stage.linli('invite', '--data', node.data, '--role', 'device', '--scope', kScope, '--name', name, '--url', node.url, '--json')).line;

// ---- The phone -----------------------------------------------------------------------------------

/** In a window of its own: a tab behind another one is hidden, and draws nothing. */
export async function newWindow(context) {
  const line = await context.browser().newBrowserCDPSession();
  const [page] = await Promise.all([context.waitForEvent('page'), line.send('Target.createTarget', { url: 'about:blank', newWindow: true })]);
  await line.detach();
  return page;
}
/** A page as a phone shows it; script errors and what the policy blocks go to `problems`. */
export async function phonePage(context, problems, size = { width: 360, height: 740 }) {
  const page = await newWindow(context);
  await page.setViewportSize(size);
  page.setDefaultTimeout(60_000);
  page.on('pageerror', (error) => problems.push(`script error: ${error.stack}`));
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) problems.push(message.text());
  });
  return page;
}
export const main = (page) => page.locator('#main');
export const button = (page, text) => page.getByRole('button', { name: text, exact: true });
export const go = (page, path) => page.evaluate((to) => void (location.hash = to), `#${path}`);

export async function joinBy(page, line) {
  await page.locator('textarea').fill(line);
  await button(page, '加入').click();
}
/** Does the service worker hold the whole app? */
export const isKept = (page) =>
  page.evaluate(async () => (await caches.keys()).some((name) => name.startsWith('linli-phone-')) && navigator.serviceWorker.controller !== null);
/** Fills in an inspection of the `n`th compound up to its button; `photo` goes with a finding at the first item. */
export async function fillInspection(page, n, { photo = null, place = '3号楼2单元', text = '楼道堆放杂物' } = {}) {
  await go(page, '/');
  // Findings name the compound as well, but not its address.
  await main(page).getByText(`样例路${n}号`).click();
  await button(page, '检查这个小区').click();
  await page.getByLabel('检查人员编号').fill('巡-01');
  await page.getByRole('combobox', { name: /^检查表/ }).selectOption({ index: 1 });
  const items = page.getByRole('radiogroup');
  await items.first().waitFor();
  const count = await items.count();
  for (let i = 0; i < count; ++i) await items.nth(i).getByRole('radio').first().check();
  if (!photo) return;
  await items.first().getByRole('radio').nth(1).check();
  await page.getByLabel('具体位置').fill(place);
  await page.getByLabel('问题描述').fill(text);
  await page.locator('input[type=file]').first().setInputFiles({ name: 'photo.png', mimeType: 'image/png', buffer: photo });
  await main(page).locator('img').waitFor();
}
export async function handIn(page) {
  await button(page, '提交').click();
  await main(page).getByText('已签名并保存在本机').waitFor();
}
/** Presses the button until nothing waits on this phone. */
export async function syncToTheEnd(page, what = 'the hub’s receipt on the phone') {
  await go(page, '/queue');
  await until(what, async () => {
    const now = button(page, '现在同步');
    if (await now.isEnabled()) await now.click();
    return (await main(page).getByText('没有等待送出的内容').count()) > 0;
  });
}
export const inspectionsAt = async (node) => (await node.get('records/inspection?limit=200')).items;

/** Leaves the page's origin no room for more; the answer gives it back. */
export async function fillUp(page, url) {
  const line = await page.context().newCDPSession(page);
  await line.send('Storage.overrideQuotaForOrigin', { origin: url, quotaSize: 1 });
  return async () => {
    await line.send('Storage.overrideQuotaForOrigin', { origin: url });
    await line.detach();
  };
}
/** Types until the page says that it can't be kept: a browser goes by what room it found up to half a minute before. */
export function typeUntilFull(page, text) {
  const box = page.getByLabel('备注');
  return until('the phone to be full', async () => {
    await box.fill('');
    await box.fill(text);
    await page.getByText('草稿没有保存：手机空间不足').waitFor({ timeout: 2_000 });
    return true;
  });
}

// ---- Looked at -----------------------------------------------------------------------------------

/** Accessible, no wider than the screen; and a picture of it in the folder, if there is one. */
export async function look(page, name, folder = '') {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(over <= 0, `${name} is ${over} px wider than the screen`);
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).slice(0, 3).join(' ')}`);
  });
  expect(found.length === 0, `axe on ${name}: ${found.join(' | ')}`);
  if (folder) await page.screenshot({ path: join(folder, `${name}.png`) });
}
