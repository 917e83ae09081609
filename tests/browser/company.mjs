// company.mjs: a property company's account at the office's desk: it sees its own records, and no page, number or search that
// isn't for it; nothing that it opens is answered with 403.
//
//   node company.mjs LINLI [PICTURES]
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compound, look, makeHub, makeOffice, newWindow } from './phone_city.mjs';
import { expect, play, say, until } from './stage.mjs';

const kCompany = '91410700MA0000001W';
const kPassword = 'correct horse 电池';
const kClosed = ['/sync', '/conflicts', '/held', '/phones', '/node', '/search/dianti'];

async function makeAccounts(stage, office) {
  const secret = join(stage.folder, 'password');
  writeFileSync(secret, kPassword, { mode: 0o600 });
  stage.linli('accounts', 'add', '--data', office.data, '主任', '--role', 'office', '--admin', '--password-file', secret);
  stage.linli('accounts', 'add', '--data', office.data, '物业小王(演示)', '--role', 'company', '--company', kCompany, '--password-file', secret);
}
async function add(office, type, record) {
  const answer = await office.call('POST', `records/${type}`, record);
  const text = await answer.text();
  expect(answer.ok, `${type}: ${text}`);
}
async function logIn(page, office) {
  await page.goto(`${office.url}/office`);
  await page.locator('#login-name').fill('物业小王(演示)');
  await page.locator('#login-password').fill(kPassword);
  await page.keyboard.press('Enter');
  await page.locator('#login-password').waitFor({ state: 'detached' });
  await page.getByRole('heading', { name: '今日待办' }).waitFor();
}
/** What was asked and isn't answered yet; the stream of news never is. */
const pending = new Set();
const open = async (page, path) => {
  await page.evaluate((to) => void (location.hash = to), `#${path}`);
  await page.waitForFunction((to) => location.hash === `#${to}`, path);
  await page.locator('#main h1').first().waitFor();
  await until('the page’s answers', async () => pending.size === 0);
};

await play(async (stage, pictures) => {
  const office = await makeOffice(stage, await makeHub(stage));
  await add(office, 'compound', compound(1));
  await makeAccounts(stage, office);
  const { context } = await stage.browser('profile');
  const page = (stage.shown = await newWindow(context));
  await page.setViewportSize({ width: 1280, height: 800 });
  page.setDefaultTimeout(60_000);
  const refused = [];
  page.on('pageerror', (error) => stage.problems.push(`script error: ${error.message}`));
  page.on('request', (one) => one.url().endsWith('/events') || pending.add(one));
  for (const end of ['requestfinished', 'requestfailed']) page.on(end, (one) => pending.delete(one));
  page.on('response', (answer) => answer.status() === 403 && refused.push(`${answer.url()} at ${page.url()}`));
  await logIn(page, office);
  await look(page, 'company-home', pictures);
  expect((await page.locator('.nav a').allInnerTexts()).join() === '今日待办,各类记录,账号', `the ways: ${await page.locator('.nav a').allInnerTexts()}`);
  expect((await page.locator('#find').count()) === 0, 'no search');
  say('it logs in, and sees the ways that are for it');
  await open(page, '/records');
  await look(page, 'company-records', pictures);
  const lists = await page.locator('.types a:not(.button)').evaluateAll((links) => links.map((link) => link.getAttribute('href').slice(1)));
  expect(lists.includes('/list/disclosure') && !lists.includes('/list/ballot'), `its lists: ${lists}`);
  for (const list of lists) await open(page, list);
  say(`opened ${lists.length} lists`);
  for (const path of kClosed) {
    await open(page, path);
    await page.getByText('企业账号看不到').waitFor();
  }
  await look(page, 'company-closed', pictures);
  await open(page, '/account');
  expect(refused.length === 0, `answered with 403: ${refused.join('; ')}`);
  say('nothing was answered with 403');
});
