// office.mjs: the office's desk (/office) against real nodes, as its people use it: entering with
// mistakes and without, two pages over one record, a session that ends, tables, sticks, papers.
//
//   node office.mjs LINLI [FOLDER]
//
// LINLI is the executable; pictures and PDFs go to FOLDER. Exit code 0: every promise held; 1: one
// didn't, named on the last line of stderr; 2: wrong usage. CHROMIUM names another browser.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { City } from './desk_city.mjs';
import { checked, eventually, expect, go, hubDesk, kPassword, open, problems, say, shot, stepNow } from './desk_page.mjs';
import { papers, refusedLines, sticks, tables } from './office_carrying.mjs';
import { badInput, endedSession, enter, lostUpdate, move } from './office_editing.mjs';

const [program] = process.argv.slice(2);
if (!program) {
  console.error('usage: node office.mjs LINLI [FOLDER]');
  process.exit(2);
}

/** The keyboard alone: from the first field to the button. */
async function setUp(page) {
  await page.locator('#setup').waitFor();
  await checked(page, 'first-run');
  await page.locator('#setup-name').focus();
  await page.keyboard.type('王五');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.type(kPassword);
  await page.keyboard.press('Tab');
  await page.keyboard.type(`${kPassword}?`);
  await page.keyboard.press('Enter');
  await page.getByText('两次输入不一致').waitFor();
  await page.keyboard.press('Backspace');
  await page.keyboard.press('Enter');
  await page.locator('[data-fact="safe"]').waitFor();
}

async function home(page) {
  const card = page.locator('[data-due="finding"]');
  await card.getByText('逾期 1').waitFor();
  expect((await card.locator('li').count()) === 3, 'not every finding that is due is listed');
  await card.getByText('逾期 4 天').waitFor();
  await page.locator('[data-due="notice"] li').first().waitFor();
  await checked(page, 'home');
}

/** From the top of the page with Tab and Enter: past the bar, and to another page. */
async function walk(page, base) {
  await go(page, base, '/', '[data-due]');
  await page.reload();
  await page.locator('[data-due]').first().waitFor();
  await page.keyboard.press('Tab');
  expect(await page.locator('.skip').evaluate((link) => link === document.activeElement), 'the first stop is not the way past the bar');
  await page.keyboard.press('Enter');
  expect(await page.locator('#main').evaluate((main) => main === document.activeElement), 'the way past the bar leads nowhere');
  await page.locator('.nav a').nth(1).focus();
  await page.keyboard.press('Enter');
  await page.locator('.familygrid').waitFor();
  await page.locator('.familygrid a', { hasText: /^问题$/ }).focus();
  await page.keyboard.press('Enter');
  await page.locator('.records tbody tr').first().waitFor();
}

/** Hub and office change one field at once, until they really did. */
async function conflict(page, base, city, record) {
  let found = null;
  for (let i = 0; i < 8 && !found; i++) {
    await Promise.all(['hub', 'office'].map((name, k) => city.api(name, `/records/compound/${record.id}`, 'PATCH', { charging_point_count: 30 + 10 * i + k })));
    await city.api('office', '/agent/exchange', 'POST', {});
    [found] = (await city.api('office', '/conflicts?type=compound')).items;
  }
  expect(found, 'hub and office did not disagree');
  await go(page, base, '/conflicts', '.conflict .take');
  await checked(page, 'conflicts');
  const wanted = found.losers[0].fields.charging_point_count;
  await page.locator('.conflict .take').first().click();
  await page.getByText('没有待处理的冲突').waitFor();
  const now = await city.api('office', `/records/compound/${record.id}`);
  expect(now.fields.charging_point_count === wanted, 'the version that was tapped does not stand');
}

async function phones(browser, city) {
  const page = await hubDesk(browser, city);
  await go(page, city.hub.url, '/phones', '#invite');
  await page.locator('#invite-name').fill('李四的手机');
  await page.locator('#invite button[type="submit"]').click();
  await page.locator('.qr path[d^="M"]').waitFor();
  await page.locator('[data-invite="open"] .name', { hasText: '李四的手机' }).waitFor();
  await checked(page, 'phones');
  await page.locator('[data-invite="open"] button').click();
  await page.locator('.name', { hasText: '李四的手机' }).waitFor({ state: 'detached' });

  say('a machine that asks is let in by its words');
  const asking = spawn(program, ['join', '--data', join(city.folder, 'third'), '--hub', city.hub.url, '--ask', '--name', '渠东社区', '--wait', '3m'], { stdio: ['ignore', 'pipe', 'pipe'] });
  city.children.push(asking);
  let said = '';
  for (const stream of [asking.stdout, asking.stderr]) stream.on('data', (chunk) => (said += chunk));
  const ended = new Promise((done) => asking.once('exit', done));
  const line = page.locator('.plainlist li', { hasText: '渠东社区' });
  await line.waitFor();
  const words = (await line.locator('b').last().textContent()).trim();
  await eventually(`the words aren't those that the machine says: ${words}`, () => said.includes(words));
  await page.locator('#admit-role').selectOption('office');
  await page.locator('#admit-scope').fill('410700/410702/410702003/410702003902');
  await checked(page, 'admission');
  await line.getByRole('button', { name: '相同，准予接入' }).click();
  await line.waitFor({ state: 'detached' });
  // Its own side of the words is then compared there, by whoever stands at it.
  await ended;
  expect(said.includes('渠东社区（office 410700/410702/410702003/410702003902）'), `the machine was not let in: ${said}`);
  await page.context().close();
}

async function run(browser, city) {
  say('a hub and an office, filled');
  await city.begin();
  const made = await city.fill();
  const base = city.office.url;
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' });
  const page = await open(context, `${base}/office`);
  say('the first account, with the keyboard alone');
  await setUp(page);
  say('what is due');
  await home(page);
  say('a record with mistakes, and without');
  const record = await enter(page, base, city);
  say('two pages over one record');
  await lostUpdate(context, page, base, city, record);
  say('a session that ends in mid-edit');
  await endedSession(context, page, base, record);
  say('the keyboard alone, from page to page');
  await walk(page, base);
  say('bad input');
  await badInput(page, base, city, made);
  say('a move to the next state');
  await move(page, base, city, made);
  say('a table out, and in with a broken row');
  await tables(page, base, city);
  await refusedLines(page, base, city);
  say('a conflict is settled');
  await conflict(page, base, city, record);
  say('sticks');
  await sticks(page, base, city, browser);
  say('papers');
  await papers(page, base, city, made);
  say('a phone is invited, and the invitation withdrawn');
  await phones(browser, city);
  say('the other pages');
  for (const [hash, ready] of [['/records', '.familygrid'], ['/held', 'h1'], ['/node', 'pre'], ['/phones', '#invite'], ['/account', '#people li'], ['/audit', '[data-act]'], ['/search/shili', '.found, .empty'], ['/nowhere', 'h1']]) {
    await go(page, base, hash, ready);
    await checked(page, `page-${hash.replace(/\W/g, '')}`);
  }
  expect(problems.length === 0, problems.join(' | '));
}

const city = new City(program);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium', headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-quic'],
});
try {
  await run(browser, city);
  console.log('office: all held');
} catch (error) {
  for (const context of browser.contexts()) {
    for (const [i, page] of context.pages().entries()) await shot(page, `failed-${i}`).catch(() => {});
  }
  console.error(`office: FAILED at “${stepNow()}”: ${error.message.split('\n').slice(0, 20).join(' ')}`);
  process.exitCode = 1;
} finally {
  await browser.close();
  city.end();
  process.exit();
}
