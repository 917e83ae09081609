// run.mjs: drives the pages of a running hub and office in Chromium, as their users do.
//
//   node run.mjs HUB_URL OFFICE_URL OUT_FOLDER [--seconds 60]
//
// The office needs a compound and a published checklist, and exchanges with the hub by itself.
// Screenshots go to OUT_FOLDER. Exit code 0: every promise held; 1: one didn't, named on the last
// line of stderr; 2: wrong usage. CHROMIUM names another browser than Debian's.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const [hub, office, out, ...rest] = process.argv.slice(2);
if (!hub || !office || !out) {
  console.error('usage: node run.mjs HUB_URL OFFICE_URL OUT_FOLDER [--seconds N]');
  process.exit(2);
}
const seconds = rest[0] === '--seconds' ? Number(rest[1]) : 60;
const kStepMs = 20000;
const kFlags = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];
const kFamilies = {
  inspection: 'inspections', training: 'attendances', disclosure: 'disclosure_on_time',
};

let step = 'start';
const say = (text) => {
  step = text;
  console.log(`… ${text}`);
};

function expect(held, text) {
  if (!held) throw new Error(text);
}

async function json(base, path) {
  const answer = await fetch(new URL(`/api/v1${path}`, base));
  expect(answer.ok, `GET ${path} answered ${answer.status}`);
  return answer.json();
}

/** Asks until `probe` answers with something true; `text` is what failed otherwise. */
async function eventually(text, probe, ms) {
  const end = Date.now() + ms;
  for (;;) {
    const got = await probe();
    if (got) return got;
    if (Date.now() > end) throw new Error(`${text} (waited ${Math.round(ms / 1000)} s)`);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

/** A page whose script errors and blocked resources fail the run: the CSP counts as a promise. */
async function open(browser, url, width, height, problems) {
  const context = await browser.newContext({
    viewport: { width, height }, locale: 'zh-CN', timezoneId: 'Asia/Shanghai',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(kStepMs);
  page.on('pageerror', (error) => problems.push(`script error: ${error.message}`));
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) problems.push(message.text());
  });
  await page.goto(url);
  return page;
}

const shot = (page, name) => page.screenshot({ path: join(out, `${name}.png`), fullPage: true });

async function fits(page, name) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(over <= 0, `${name} is ${over} px wider than its screen`);
}

// ---- The bureau ---------------------------------------------------------------------------------

const numeratorOf = (page, name) =>
  page.locator(`[data-stat="${name}"]`).first().getAttribute('data-numerator');

/** Tiles of the map as key → value. */
const tilesOf = (page) =>
  page.locator('.map [data-key]').evaluateAll((tiles) =>
    Object.fromEntries(tiles.map((tile) => [tile.dataset.key, tile.dataset.value])));

function valueOf(statistic, row) {
  if (row.denominator === null || row.denominator === undefined) return row.numerator;
  if (row.denominator === 0) return null;
  return (row.numerator / row.denominator) * (statistic.figure === 'percent' ? 100 : 1);
}

/** The page's own window: the first day of the month eleven months ago, up to tomorrow. */
function window12() {
  const day = (ms) => new Date(ms).toISOString().slice(0, 10);
  const now = Date.now() + 8 * 3600 * 1000;
  const [year, month] = day(now).split('-').map(Number);
  return `from=${day(Date.UTC(year, month - 12, 1))}&to=${day(now + 86400000)}`;
}

async function compareMap(page, name) {
  await eventually(`the map of ${name} does not equal the API`, async () => {
    const answer = await json(hub, `/stats/${name}?by=district&${window12()}`);
    const drawn = await tilesOf(page);
    return answer.rows.every((row) => {
      const value = valueOf(answer, row);
      const shown = drawn[row.keys.district.code];
      if (shown === undefined) return false;
      return value === null ? shown === '' : Math.abs(Number(shown) - value) < 1e-6;
    });
  }, kStepMs);
}

async function checkBureau(page) {
  await page.waitForSelector('#connection.good');
  for (const [family, name] of Object.entries(kFamilies)) {
    await page.locator(`.side [data-family="${family}"]`).click();
    await page.locator(`.tile[data-stat="${name}"]`).click();
    await compareMap(page, name);
    await eventually(`key number ${name} does not equal the API`, async () => {
      const answer = await json(hub, `/stats/${name}?by=district&${window12()}`);
      return Number(await numeratorOf(page, name)) === answer.total.numerator;
    }, kStepMs);
  }
  await page.locator('.side [data-family="overview"]').click();
  await page.waitForSelector('[data-stat="inspections"]');
  const { freshness } = await json(hub, `/stats/inspections?by=district&${window12()}`);
  const listed = await page.locator('#everyone .communities li').count();
  expect(listed === freshness.communities.length,
    `freshness lists ${listed} communities, the API ${freshness.communities.length}`);
  const never = freshness.communities.filter((community) => !community.last_report).length;
  const marked = await page.locator('#everyone .communities li.never').count();
  expect(marked === never, `${marked} communities marked as never reported, the API says ${never}`);
  const node = await json(hub, '/node');
  expect((await page.locator('#city').textContent()) === node.name, 'the city’s name is missing');
}

// ---- The office ---------------------------------------------------------------------------------

/** Names another record with the keyboard: the first that is found. */
async function chooseRef(page, name, text = '') {
  const input = page.locator(`#f-${name}`);
  await input.click();
  if (text) await input.fill(text);
  await page.waitForSelector(`#f-${name}-list [role="option"][aria-selected="true"]`);
  await page.keyboard.press('Enter');
  await page.waitForSelector(`[data-field="${name}"] .chosen li`);
}

async function fillIn(page, mark) {
  await page.waitForSelector('#edit-form');
  await page.locator('#f-kind').selectOption('patrol');
  await chooseRef(page, 'compound');
  await chooseRef(page, 'template');
  await page.locator('#f-inspectors').fill('王五、李四');
  const day = new Date(Date.now() + 8 * 3600 * 1000).toISOString().slice(0, 10);
  await page.locator('#f-started_at').fill(`${day}T00:01`);
  await page.locator('#f-ended_at').fill(`${day}T00:02`);
  await page.locator('#f-status').selectOption('submitted');
  await page.locator('#f-note').fill(mark);
  const items = page.locator('[data-item]');
  await items.first().locator('input[value="fail"]').check();
  await page.getByRole('button', { name: /其余 \d+ 项都是“合格”/ }).click();
  return items.count();
}

/** What failed becomes a finding that begins with its inspection and item. */
async function addFinding(page, mark) {
  await page.locator('[data-failed] a').first().click();
  await page.waitForSelector('[data-field="inspection"] .chosen li');
  expect((await page.locator('#f-item_code').inputValue()) !== '', 'the finding does not begin with its item');
  await page.locator('#f-severity').selectOption('major');
  await page.locator('#f-description').fill(mark);
  await page.locator('#f-place').fill('3号楼东侧');
  await page.locator('#f-responsible').selectOption('company');
  await page.locator('#f-status').selectOption('open').catch(() => {});
  // Some items want one, by their checklist.
  const picture = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
  await page.locator('#f-photos').setInputFiles({ name: 'photo.png', mimeType: 'image/png', buffer: picture });
  await page.locator('[data-field="photos"] .photos li').first().waitFor();
  await page.locator('#save').click();
  await page.waitForSelector('.notice.good');
}

async function addInspection(page) {
  const mark = `浏览器测试：消防车通道被占用 ${Date.now().toString(36)}`;
  await page.goto(`${office}#/new/inspection`);
  const count = await fillIn(page, mark);
  await fits(page, 'the form');

  say('a reload keeps the draft');
  await page.reload();
  await page.waitForSelector('#restored');
  await page.waitForSelector('[data-item]');
  expect((await page.locator('#f-note').inputValue()) === mark, 'the reload lost the text');
  expect((await page.locator('[data-item] input:checked').count()) === count, 'the reload lost answers');
  await shot(page, 'office-form');

  say('two taps on “save” make one inspection');
  const before = (await json(office, '/node')).records.inspection ?? 0;
  await page.locator('#save').dblclick({ noWaitAfter: true });
  await page.locator('.notice.good').waitFor().catch(async () => {
    const faults = await page.locator('.fault, .notice.bad').allTextContents();
    throw new Error(`the form was not saved: ${faults.join(' | ')}`);
  });
  await shot(page, 'office-saved');
  const after = (await json(office, '/node')).records.inspection ?? 0;
  expect(after === before + 1, `one form made ${after - before} inspections`);
  await addFinding(page, mark);
  const findings = await json(office, '/records/finding?limit=50');
  expect(JSON.stringify(findings.items).includes(mark), 'the finding is not among the office’s records');

  say('the office lists it');
  await page.goto(`${office}#/list/inspection`);
  await page.waitForSelector('.records tbody tr');
  const newest = (await json(office, '/records/inspection?limit=30')).items.map((item) => item.id);
  const shown = await page.locator('.records tbody tr').evaluateAll((rows) => rows.map((row) => row.dataset.id));
  expect(newest.every((id) => shown.includes(id)), 'the list does not show the newest inspections');
  await fits(page, 'the office page');
  await shot(page, 'office-list');
  await page.goto(`${office}#/list/finding`);
  // The list names a finding by its place; its words stand in the detail.
  await page.locator('.records tbody tr[data-id] a').first().click();
  await page.waitForSelector('.fields');
  await page.getByText(mark).first().waitFor();
  await shot(page, 'office-finding');
}

/** Both change one field at once, until they really did; answers with the conflict. */
async function disagree() {
  const [compound] = (await json(office, '/records/compound?limit=1')).items;
  const path = `/records/compound/${compound.id}?scope=${encodeURIComponent(compound.scope)}`;
  const patch = (base, count) => fetch(new URL(`/api/v1${path}`, base), {
    method: 'PATCH', headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ charging_point_count: count }),
  });
  for (let i = 0; i < 5; i++) {
    await Promise.all([patch(hub, 30 + i), patch(office, 60 + i)]);
    await fetch(new URL('/api/v1/agent/exchange', office), { method: 'POST' });
    const { items } = await json(office, '/conflicts?type=compound');
    const conflict = items.find((item) => item.id === compound.id);
    if (conflict) return conflict;
  }
  throw new Error('the hub and the office did not disagree in five attempts');
}

async function settleConflict(page) {
  const conflict = await disagree();
  await page.goto(`${office}#/record/compound/${conflict.id}?scope=${encodeURIComponent(conflict.scope)}`);
  const card = page.locator(`[data-conflict="${conflict.conflict}"]`);
  await card.waitFor();
  expect((await card.locator('.version').count()) === 2, 'the two versions do not stand side by side');
  await fits(page, 'the conflict');
  await shot(page, 'office-conflict');
  await card.locator('.take').click();
  await card.waitFor({ state: 'detached' });
  const record = await json(office, `/records/compound/${conflict.id}?scope=${encodeURIComponent(conflict.scope)}`);
  expect(record.fields.charging_point_count === conflict.losers[0].fields.charging_point_count,
    'the version that was tapped does not stand');
}

// ---- The run ------------------------------------------------------------------------------------

async function run(browser) {
  const problems = [];
  say('the bureau’s page opens with the API’s figures');
  const bureau = await open(browser, new URL('/bureau', hub).href, 1440, 900, problems);
  await checkBureau(bureau);
  await shot(bureau, 'bureau-before');

  say('an inspector adds an inspection at the office');
  const phone = await open(browser, office, 390, 844, problems);
  await phone.getByRole('button', { name: '暂不设置，直接使用' }).click();
  await phone.waitForSelector('.facts');
  await shot(phone, 'office-home');
  const counted = Number(await numeratorOf(bureau, 'inspections'));
  await addInspection(phone);

  say('two versions stand side by side, and one tap settles it');
  await settleConflict(phone);

  say('the bureau’s open page counts it without a reload');
  await eventually('the bureau’s page does not count the new inspection', async () =>
    Number(await numeratorOf(bureau, 'inspections')) >= counted + 1, seconds * 1000);
  await checkBureau(bureau);
  await shot(bureau, 'bureau-after');

  say('every width fits, in both languages');
  for (const width of [360, 768, 1920]) {
    await bureau.setViewportSize({ width, height: 900 });
    await bureau.waitForTimeout(300);
    await fits(bureau, `/bureau at ${width} px`);
    await shot(bureau, `bureau-${width}`);
  }
  await bureau.locator('#language').click();
  await eventually('the language did not change', async () =>
    (await bureau.locator('html').getAttribute('lang')) === 'en', kStepMs);
  await shot(bureau, 'bureau-en');
  expect(problems.length === 0, problems.join(' | '));
}

mkdirSync(out, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium', headless: true, args: kFlags,
});
try {
  await run(browser);
  console.log('browser: all held');
} catch (error) {
  for (const context of browser.contexts()) {
    for (const [i, page] of context.pages().entries()) {
      const name = `failed-${new URL(page.url()).pathname.replace(/\W/g, '') || 'office'}-${i}`;
      await shot(page, name).catch(() => {});
    }
  }
  console.error(`browser: FAILED at “${step}”: ${error.message.split('\n')[0]}`);
  process.exitCode = 1;
} finally {
  await browser.close();
}
