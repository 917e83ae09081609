// public.mjs: the owner's notice board of real nodes in Chromium, as an owner uses it.
//
//   node public.mjs LINLI [OUT_FOLDER]
//
// LINLI is the executable; pictures of every page go to OUT_FOLDER. Exit code 0: every promise held; 1: one
// didn't, named on the last line of stderr; 2: wrong usage. CHROMIUM names another browser than Debian's.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { kHostile, startCity } from './board_city.mjs';
import { inEnglish, inspect, kDesk, launch, person, tabTo } from './board_page.mjs';
import { asking } from './public_asking.mjs';
import { expect, say, Stage } from './stage.mjs';

const [program, given] = process.argv.slice(2);
if (!program) {
  console.error('usage: node public.mjs LINLI [OUT_FOLDER]');
  process.exit(2);
}
const kFirstLoadMax = 60 * 1024;
const stage = new Stage(program);
const out = given ?? join(stage.folder, 'pictures');
const problems = [];

/** What the first page takes over the line, heads left out. */
async function firstLoad(browser, board) {
  const page = await person(browser, problems);
  const taken = [];
  page.on('requestfinished', (request) => taken.push(request));
  await page.goto(board, { waitUntil: 'networkidle' });
  await page.locator('.links a').first().waitFor();
  let total = 0;
  for (const request of taken) total += (await request.sizes()).responseBodySize;
  say(`first load: ${taken.length} answers, ${(total / 1024).toFixed(1)} KiB`);
  expect(total <= kFirstLoadMax, `the first load takes ${total} bytes`);
  await page.context().close();
}
async function find(page, board) {
  await page.goto(board);
  for (const words of ['ygh', 'yangguang', '阳光', '老纺织厂', '样例路']) {
    await page.fill('#words', words);
    await page.locator('.links a', { hasText: '阳光花园' }).waitFor();
    await page.waitForFunction((typed) => new URLSearchParams(location.search).get('q') === typed, words);
  }
  await page.locator('.count', { hasText: '找到' }).waitFor();
  for (const words of ['<script>alert(1)</script>', '🏘️', '没有这个小区']) {
    await page.fill('#words', words);
    await page.locator('.count', { hasText: '没有找到' }).waitFor();
  }
  await page.fill('#words', 'x'.repeat(10_000));
  await page.locator('#words-fault').waitFor();
  await page.fill('#words', '');
  await page.locator('h2', { hasText: '全部小区' }).waitFor();
  await page.locator('.links a').nth(2).waitFor();
  await inspect(page, 'find', out);
  await page.fill('#words', 'ygh');
  await page.locator('.links a').first().click();
  await page.locator('h1', { hasText: '阳光花园' }).waitFor();
}
async function compound(page) {
  await page.locator('.links a', { hasText: '公共收益' }).or(page.locator('.links a', { hasText: '共用部位' })).first().waitFor();
  expect((await page.locator('.chart .bars li').count()) === 5, 'a bar for each of five quarters');
  const text = await page.locator('main').textContent();
  for (const shown of ['样例物业公司A', '0.895 元/m²·月', '第 2 届业主委员会', '三季度联席会议', '困人到场时间', '红旗区住建局 审定', '120.50 m²']) {
    expect(text.includes(shown), `the compound's page doesn't say ${shown}`);
  }
  for (const person of ['样例委员', '0373-0000099', '样例主持', '样例项目部']) {
    expect(!text.includes(person), `the compound's page names ${person}`);
  }
  await page.locator('#committee').waitFor();
  await page.locator('.contents a', { hasText: '业委会' }).click();
  expect(await page.evaluate(() => document.activeElement?.id === 'committee'), 'the contents lead to their heading');
  const qr = page.locator('.qr img');
  await qr.scrollIntoViewIfNeeded();
  await page.waitForFunction(() => document.querySelector('.qr img')?.naturalWidth > 100);
  await inspect(page, 'compound', out);
}
async function qrOnlyOfTheBoard(office) {
  const ask = (address) => fetch(`${office.url}/public/qr.svg?page=${encodeURIComponent(address)}`);
  expect((await ask(`${office.url}/public?compound=x`)).ok, 'a page of the board has a QR code');
  for (const address of ['https://evil.example/public', `${office.url}.evil.example/public`, `${office.url}/office`, `${office.url}/public?${'x'.repeat(400)}`, '']) {
    expect((await ask(address)).status === 422, `a QR code of ${address.slice(0, 60)}`);
  }
}
const downloaded = async (page, click) => {
  const [file] = await Promise.all([page.waitForEvent('download'), click()]);
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
};
async function disclosure(page) {
  await page.locator('.links a', { hasText: '2023年第3季度' }).click();
  await page.locator('h1', { hasText: '2023年第3季度' }).waitFor();
  expect(await page.evaluate(() => document.activeElement?.tagName === 'H1'), 'the heading has the focus on a new page');
  const bars = await page.locator('.bars .bar').evaluateAll((all) => all.map((one) => Number(one.dataset.fen)));
  expect(bars.length === 6 && bars.every((fen, i) => i === 0 || bars[i - 1] >= fen), `bars by size: ${bars}`);
  expect((await page.locator('.lines').first().textContent()).includes('15,600.00'), 'a sum as people write it');
  await page.locator('.notice.good', { hasText: '账目相符' }).first().waitFor();
  expect((await page.locator('main').textContent()).includes(kHostile), 'a text is shown as it was written');
  expect(!(await page.title()).includes('taken') && (await page.locator('main img[src="x"]').count()) === 0, 'a text became a script');
  await page.locator('.earlier summary', { hasText: '第 1 版' }).click();
  expect(!(await page.locator('.earlier .lines').textContent()).includes('场地出租'), 'the earlier version is the earlier one');

  const csv = await downloaded(page, () => page.locator('.csv').first().click());
  const text = csv.bytes.toString('utf8');
  expect(csv.name.endsWith('.csv') && text.startsWith('\uFEFF') && text.includes('电梯广告,,,,15600'), `the table: ${csv.name} ${text}`);
  const proof = await downloaded(page, () => page.locator('a[download]').first().click());
  expect(proof.name.endsWith('.linli-proof') && proof.bytes.length > 500, `the proof: ${proof.name}`);
  await page.locator('.check').click();
  await page.locator('.verdict .good', { hasText: '证明成立' }).waitFor();
  expect((await page.locator('.verdict').textContent()).includes('示例社区甲'), 'who signed is told');
  await inspect(page, 'disclosure', out);
  return proof.bytes;
}
async function provesNothingElse(page, proof) {
  const changed = Buffer.from(proof);
  changed[changed.length >> 1] ^= 1;
  await page.route('**/proof', (route) => route.fulfill({ body: changed }));
  await page.locator('.check').click();
  await page.locator('.verdict .bad', { hasText: '证明不成立' }).waitFor();
  await page.unroute('**/proof');
  const city = await page.locator('code.city').textContent();
  await page.locator('.check').click();
  await page.locator('.verdict .good').waitFor();
  await page.locator('.elsewhere').click();
  await page.waitForURL('**/proof');
  await page.locator('#handed').waitFor();
  await page.fill('#root', city);
  await page.locator('#verdict.good').waitFor();
  await page.goBack();
  await page.locator('h1', { hasText: '2023年第3季度' }).waitFor();
}
async function print(page) {
  const pdf = await page.pdf({ format: 'A4', path: join(out, 'disclosure.pdf'), printBackground: false });
  const pages = (pdf.toString('latin1').match(/\/Type \/Page\b/g) ?? []).length;
  expect(pages >= 1 && pages <= 3, `a disclosure takes ${pages} sheets`);
  await page.emulateMedia({ media: 'print' });
  expect(await page.locator('.qr img').isVisible(), 'the QR code is on the sheet');
  expect(!(await page.locator('.top').isVisible()) && !(await page.locator('.actions').first().isVisible()), 'buttons are printed');
  await page.emulateMedia({ media: null });
}
/** The node stops while somebody reads; then answers half; then is there again. */
async function failures(page, office) {
  await page.locator('.crumb a').click();
  await page.locator('#disclosures').waitFor();
  await office.kill();
  await page.locator('.links a', { hasText: '2023年第3季度' }).click();
  await page.locator('.notice.warn', { hasText: '连不上服务器' }).waitFor();
  await page.locator('.stale').waitFor();
  expect((await page.locator('.lines').first().textContent()).includes('15,600.00'), 'what was seen last stays');
  await page.screenshot({ path: join(out, 'down.png'), fullPage: true });
  Object.assign(office, await stage.serve(office.data, office.port));
  await page.locator('.state button').click();
  await page.locator('.state .notice').waitFor({ state: 'detached' });
  for (const body of ['{"id": "01', '<html>Please log in to the hotel</html>', '{"items": []}', '']) {
    await page.route('**/api/v1/public/compounds/*', (route) => route.fulfill({ status: 200, contentType: 'application/json', body }));
    await page.locator('.crumb a').click();
    await page.locator('.notice.warn', { hasText: '回答不完整' }).waitFor();
    expect((await page.locator('main').textContent()).includes('第 2 届业主委员会'), 'what was seen last stays');
    await page.goBack();
    await page.locator('.lines').first().waitFor();
    await page.unroute('**/api/v1/public/compounds/*');
  }
}
/** From the address bar to a sent form without a mouse. */
async function keyboardOnly(browser, board) {
  const page = await person(browser, problems, kDesk);
  await page.goto(board);
  await page.locator('.links a').first().waitFor();
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.className === 'skip'), 'the first stop skips to the content');
  await page.keyboard.press('Enter');
  await tabTo(page, 'the search', `one.id === 'words'`);
  await page.keyboard.type('ygh');
  await page.keyboard.press('Enter');
  await page.locator('.count', { hasText: '找到' }).waitFor();
  await tabTo(page, 'the result', `one.textContent.includes('阳光花园')`);
  await page.keyboard.press('Enter');
  await page.locator('#disclosures').waitFor();
  await tabTo(page, 'the kinds', `one.id === 'kind'`);
  await tabTo(page, 'a disclosure', `one.textContent.includes('2023年第3季度')`);
  await page.keyboard.press('Enter');
  await page.locator('.lines').first().waitFor();
  await tabTo(page, 'the proof', `one.classList.contains('check')`);
  await page.keyboard.press('Enter');
  await page.locator('.verdict .good').waitFor();
  await tabTo(page, 'an earlier version', `one.tagName === 'SUMMARY'`);
  await page.keyboard.press('Enter');
  await page.locator('.earlier .lines').waitFor();
  await page.context().close();
}
/** A reload costs heads: what didn't change isn't sent again. */
async function reload(page) {
  const answers = [];
  page.on('response', (response) => response.url().includes('/api/v1/public/') && answers.push(response.status()));
  await page.reload({ waitUntil: 'networkidle' });
  expect(answers.length > 0 && answers.every((status) => status === 304), `a reload got ${answers}`);
}

async function main() {
  mkdirSync(out, { recursive: true });
  const { office } = await startCity(stage);
  say('a hub and an office have something to show');
  const board = `${office.url}/public`;
  const browser = await launch();
  try {
    await firstLoad(browser, board);
    const page = await person(browser, problems);
    await find(page, board);
    say('found by name, pinyin, alias and address');
    await compound(page);
    await qrOnlyOfTheBoard(office);
    const proof = await disclosure(page);
    await reload(page);
    await provesNothingElse(page, proof);
    await print(page);
    say('a disclosure: chart, lines, versions, files, proof, sheet');
    await failures(page, office);
    say('down and half answers are told, and what was seen stays');
    await keyboardOnly(browser, board);
    say('everything by keyboard');
    await inEnglish(page, false);
    await asking(browser, page, { office, problems, out });
    expect(problems.length === 0, problems.join('; '));
  } catch (error) {
    const pages = browser.contexts().flatMap((context) => context.pages());
    await pages.at(-1)?.screenshot({ path: join(out, 'failed.png'), fullPage: true });
    throw error;
  } finally {
    await browser.close();
  }
}
main().then(() => process.exit(0), (error) => {
  console.error(error.stack ?? error.message);
  process.exit(1);
});
