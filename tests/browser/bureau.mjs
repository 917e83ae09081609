// bureau.mjs: the bureau's page as the bureau uses it, at a desk and on a wall, before a small city that
// works: `linli demo` and its offices.
//
//   node bureau.mjs LINLI [OUT_FOLDER]
//
// LINLI is the executable. Screenshots and the report go to OUT_FOLDER, if there is one. Exit code 0: every promise held;
// 1: one didn't, named on the last line of stderr; 2: wrong usage. CHROMIUM names another browser.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const [program, given] = process.argv.slice(2);
if (!program) {
  console.error('usage: node bureau.mjs LINLI [OUT_FOLDER]');
  process.exit(2);
}
const kStepMs = 60_000;
const kStartMs = 300_000;
const kFlags = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
];
const kPassword = 'correct horse 电池';
const folder = mkdtempSync(join(tmpdir(), 'linli-bureau-'));
const out = given ?? join(folder, 'pictures');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const problems = [];

let step = 'start';
const say = (text) => {
  step = text;
  console.log(`… ${text}`);
};
function expect(held, text) {
  if (!held) throw new Error(text);
}
/** Asks until `probe` answers with something true; `text` is what failed otherwise. */
async function eventually(text, probe, ms = kStepMs) {
  const end = Date.now() + ms;
  let last;
  for (;;) {
    const got = await probe().catch((error) => {
      last = error;
      return null;
    });
    if (got) return got;
    if (Date.now() > end) throw new Error(`${text}${last ? `: ${last.message.split('\n')[0]}` : ''}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

// ---- The city -----------------------------------------------------------------------------------

let city = null;
/** Addresses of the hub and of the offices, once the demo has played its day. */
function begin() {
  city = spawn(program, ['demo', '--data', join(folder, 'city'), '--communities', '4', '--months', '3'], { stdio: ['ignore', 'pipe', 'pipe'] });
  return new Promise((done, fail) => {
    let text = '';
    const timer = setTimeout(() => fail(new Error(`the demo took too long: ${text.slice(-600)}`)), kStartMs);
    const hear = (chunk) => {
      text += chunk;
      if (!/Ctrl-C/.test(text)) return;
      clearTimeout(timer);
      const [, hub] = /(http:\/\/\S+)\/bureau/.exec(text);
      const offices = [...text.matchAll(/(http:\/\/[\d.:]+)\/(?!bureau)/g)].map(([, url]) => url);
      done({ hub, offices: [...new Set(offices)].filter((url) => url !== hub) });
    };
    city.stdout.on('data', hear);
    city.stderr.on('data', hear);
    city.once('exit', () => fail(new Error(`the demo ended: ${text.slice(-600)}`)));
    city.once('error', fail);
  });
}
let hub = '';
async function api(path, base = hub, options = {}) {
  const answer = await fetch(`${base}/api/v1${path}`, options);
  expect(answer.ok, `${options.method ?? 'GET'} ${path} answered ${answer.status}: ${answer.ok ? '' : await answer.text()}`);
  return answer.json();
}
const day = (ms) => new Date(ms + 8 * 3_600_000).toISOString().slice(0, 10);
/** The page's own window unless another is chosen; shifted by years, the same days of another. */
function window12(years = 0) {
  const [year, month] = day(Date.now()).split('-').map(Number);
  const from = new Date(Date.UTC(year + years, month - 12, 1)).toISOString().slice(0, 10);
  const [, m, d] = day(Date.now()).split('-').map(Number);
  const to = new Date(Date.UTC(year + years, m - 1, d + 1)).toISOString().slice(0, 10);
  return `from=${from}&to=${to}`;
}

// ---- The page -----------------------------------------------------------------------------------

async function open(browser, path, width = 1440, height = 900) {
  const context = await browser.newContext({ viewport: { width, height }, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', acceptDownloads: true });
  const page = await context.newPage();
  page.setDefaultTimeout(kStepMs);
  page.on('pageerror', (error) => problems.push(`script error: ${error.message}`));
  page.on('console', (message) => {
    if (/Content Security Policy|Vue warn/.test(message.text())) problems.push(message.text());
  });
  await page.goto(`${hub}${path}`);
  return page;
}
const shot = (page, name, fullPage = true) => page.screenshot({ path: join(out, `bureau-${name}.png`), fullPage });
const tile = (page, name) => page.locator(`.tile[data-stat="${name}"]`).first();
const numerator = async (page, name) => Number(await tile(page, name).getAttribute('data-numerator'));
const query = (page) => new URL(page.url()).searchParams;

/** What the page shows of a figure equals what the node answers. */
const shows = (page, name, wanted) =>
  eventually(`${name} isn't what the node says`, async () => {
    const { total } = await wanted();
    return (await numerator(page, name)) === total.numerator &&
      Number((await tile(page, name).getAttribute('data-denominator')) || 0) === (total.denominator ?? 0);
  });

async function fits(page, name) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(over <= 0, `${name} is ${over} px wider than its screen`);
}
async function noViolations(page, name) {
  await page.evaluate(axe);
  const found = await page.evaluate(async () =>
    (await window.axe.run(document, { resultTypes: ['violations'] })).violations.map(
      ({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 160)} ${(nodes[0].any[0]?.message ?? '').slice(0, 160)}`));
  expect(found.length === 0, `axe on ${name}: ${found.join(' | ')}`);
}

// ---- The journeys -------------------------------------------------------------------------------

async function figures(page) {
  say('the key figures are the node’s, and so are their names');
  await page.waitForSelector('#connection.good');
  await shows(page, 'inspections', () => api(`/stats/inspections?by=district&${window12()}`));
  await shows(page, 'rectified_on_time', () => api(`/stats/rectified_on_time?by=district&${window12()}`));
  const { items } = await api('/stats');
  const families = new Set(items.map(({ family }) => family));
  expect((await page.locator('.side [data-family]').count()) === families.size + 1, 'a family of figures is missing');
  for (const family of families) {
    await page.locator(`.side [data-family="${family}"]`).click();
    await eventually(`the figures of ${family} aren't all there`, async () => {
      const names = await page.locator('.tile[data-stat]').evaluateAll((all) => all.map((one) => one.dataset.stat));
      return items.filter((one) => one.family === family).every(({ name }) => names.includes(name));
    });
    await eventually(`a figure of ${family} has no number`, async () =>
      (await page.locator('button.tile .value').allTextContents()).every((text) => text !== '…'));
  }
  await page.locator('.side [data-family="overview"]').click();
  await page.waitForSelector('[data-figure="red_property_demo_sites"]');
}

async function drill(page) {
  say('from the city down to a compound');
  await tile(page, 'inspections').click();
  for (const by of ['district', 'street', 'community']) {
    const scope = query(page).get('place') ?? '';
    const answer = await api(`/stats/inspections?by=${by}&${window12()}${scope ? `&scope=${scope}` : ''}`);
    const row = answer.rows.find(({ numerator: n }) => n > 0);
    const key = row.keys[by];
    await eventually(`the map doesn't say what the node says of ${key.name}`, async () =>
      Number(await page.locator(`.map [data-key="${key.code}"]`).getAttribute('data-value')) === row.numerator);
    await page.locator(`.map [data-key="${key.code}"]`).click();
    await eventually(`the address doesn't follow to ${key.name}`, async () => query(page).get('place')?.endsWith(key.code));
    await shows(page, 'inspections', () => api(`/stats/inspections?by=${by}&${window12()}&scope=${query(page).get('place')}`));
    if (by === 'district') await shot(page, 'district');
  }
  const place = query(page).get('place');
  const { rows } = await api(`/stats/inspections?by=compound&${window12()}&scope=${place}`);
  await page.locator(`.rank tr[data-key="${rows[0].keys.compound.code}"] th button`).click();
  await eventually('a compound’s own figure isn’t shown', async () => (await numerator(page, 'inspections')) === rows[0].numerator && query(page).get('compound'));
  await shot(page, 'compound');
  await page.goBack();
  await eventually('the way back leads nowhere', async () => !query(page).get('compound'));
  return place;
}

async function records(page, place) {
  say('the records behind a figure, with who is in it and who isn’t');
  const { figure, nodes, items } = await api(`/stats/inspections/provenance?${window12()}&scope=${place}&limit=30`);
  await page.locator('#records').click();
  await page.locator(`#behind[data-records="${figure.records}"]`).waitFor();
  expect((await page.locator('dialog tbody tr').count()) === items.length, 'not all records of the first page are listed');
  expect((await page.locator('dialog details').first().locator('li').count()) === nodes.included.length, 'the nodes included aren’t listed');
  expect((await page.locator('dialog [data-mark="missing"] li').count()) === nodes.missing.length, 'the missing ones aren’t listed');
  expect((await page.locator('dialog [data-mark="late"] li').count()) === nodes.late.length, 'the late ones aren’t listed');
  await noViolations(page, 'the records');
  await shot(page, 'records', false);
  await page.keyboard.press('Escape');
  await page.locator('dialog').waitFor({ state: 'detached' });
}

async function compare(page) {
  say('two periods beside each other');
  await page.locator('#compare').selectOption('year');
  await page.locator('.tile[data-stat="inspections"] .change').waitFor();
  const before = (await api(`/stats/inspections?by=community&${window12(-1)}&scope=${query(page).get('place')}`)).total;
  await eventually('the year before isn’t shown', async () =>
    (await tile(page, 'inspections').locator('.change').textContent()).replaceAll(',', '').includes(`对比 ${before.numerator}`));
  await page.locator('#period').selectOption('own');
  await page.locator('#from').fill(day(Date.now() - 40 * 86_400_000));
  await page.locator('#from').dispatchEvent('change');
  const from = day(Date.now() - 40 * 86_400_000);
  await eventually('the chosen days aren’t asked for', async () => query(page).get('period')?.startsWith(from));
  const [, to] = query(page).get('period').split('..');
  await shows(page, 'inspections', () => api(`/stats/inspections?by=community&from=${from}&to=${to}&scope=${query(page).get('place')}`));
  await page.locator('#period').selectOption('');
  await page.locator('#compare').selectOption('none');
}

/** A copy of an inspection that an office holds, as one of today. */
async function inspectAgain(office) {
  const { items: [{ id, scope }] } = await api('/records/inspection?limit=1', office);
  const { fields } = await api(`/records/inspection/${id}?scope=${encodeURIComponent(scope)}`, office);
  const at = new Date(Date.now() - 120_000).toISOString();
  // A reference is shown with its title, and written without.
  const written = Object.entries(fields).map(([name, value]) => [name, value?.title ? { ...value, title: undefined } : value]);
  const draft = { ...Object.fromEntries(written), started_at: at, ended_at: at };
  for (const name of ['provisional_no', 'official_no', 'score', 'findings', 'photos']) delete draft[name];
  await api(`/records/inspection?scope=${encodeURIComponent(scope)}`, office, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(draft),
  });
}
async function live(page, office) {
  say('a new record at an office is counted on the open page');
  await page.locator('.crumbs a').first().click();
  await shows(page, 'inspections', () => api(`/stats/inspections?by=district&${window12()}`));
  const before = await numerator(page, 'inspections');
  await inspectAgain(office);
  await eventually('the page doesn’t count the new record', async () => (await numerator(page, 'inspections')) === before + 1);
}

async function silent(page) {
  say('an office that was admitted and never reported is listed as silent');
  const place = '410700/410704/410704001/410704001999';
  const [request, data] = [join(folder, 'request'), join(folder, 'quiet')];
  const asked = JSON.parse(execFileSync(program, ['join', '--data', data, '--request', request, '--name', '静默社区', '--json'], { encoding: 'utf8' }));
  execFileSync(program, ['admit', '--data', join(folder, 'city', 'hub'), request, '--role', 'office', '--scope', place, '--words', asked.words.zh, '--out', join(folder, 'answer')]);
  await page.locator(`#silent li.never[data-scope="${place}"]`).waitFor();
  const { freshness } = await api(`/stats/inspections?by=district&${window12()}`);
  expect(freshness.ages.never === 1, `${freshness.ages.never} never reported`);
  expect((await page.locator('#silent li').count()) === freshness.ages.never + freshness.ages.week + freshness.ages.day, 'not all who are silent are listed');
  await page.locator('.map [data-key="410704"] .late').waitFor();
  await shot(page, 'silent');
}

async function files(page) {
  say('a figure as XLSX and as CSV');
  for (const [text, magic] of [['XLSX', 'PK'], ['CSV', '\u00ef\u00bb\u00bf']]) {
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('.figure .acts a', { hasText: text }).click()]);
    const bytes = readFileSync(await download.path());
    expect(bytes.toString('latin1').startsWith(magic), `${text} isn’t one: ${bytes.subarray(0, 8).toString('hex')}`);
  }
}

async function keyboard(page) {
  say('the keyboard alone: a figure, a district, and back');
  await page.reload();
  await page.waitForSelector('#connection.good');
  await page.waitForSelector('.map [data-key]');
  const reach = async (selector) => {
    for (let i = 0; i < 200; i++) {
      await page.keyboard.press('Tab');
      const found = await page.evaluate((wanted) => {
        const at = document.activeElement;
        const style = at && getComputedStyle(at);
        return at?.matches(wanted) ? { seen: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 } : null;
      }, selector);
      if (!found) continue;
      expect(found.seen, `the focus on ${selector} can’t be seen`);
      return;
    }
    throw new Error(`the keyboard doesn’t reach ${selector}`);
  };
  await reach('.tile[data-stat="overdue_findings"]');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.tile[data-stat="overdue_findings"][aria-pressed="true"]');
  await reach('.map [data-key="410702"]');
  await page.keyboard.press('Enter');
  await eventually('Enter doesn’t go down', async () => query(page).get('place') === '410700/410702');
  await reach('.crumbs a');
  await page.keyboard.press('Enter');
  await eventually('Enter doesn’t lead back to the city', async () => !query(page).get('place'));
}

async function nodes(page) {
  say('the city’s nodes');
  await page.locator('.side [data-view="nodes"]').click();
  const { items } = await api('/nodes');
  await eventually('not every node is listed', async () => (await page.locator('#nodes tbody tr').count()) === items.length);
  expect((await page.locator('#version').textContent()) === (await api('/node')).version, 'the version is missing');
  await noViolations(page, 'the nodes');
  await shot(page, 'nodes');
}

async function report(page) {
  say('the monthly report on A4');
  await page.locator('.side [data-view="report"]').click();
  await page.locator('.report[data-ready]').waitFor({ timeout: kStartMs });
  const month = await page.locator('#report-month').inputValue();
  const { total } = await api(`/stats/inspections?by=month&period=${month}`);
  const shown = await page.locator('.sheet').first().locator('[data-stat="inspections"] td').first().textContent();
  expect(Number(shown.replaceAll(',', '')) === total.numerator, `the report says ${shown}, the node ${total.numerator}`);
  await noViolations(page, 'the report');
  await shot(page, 'report');
  const sheets = await page.locator('.sheet').count();
  const charts = await page.locator('.sheet svg').count();
  const without = await page.locator('.sheet .empty').count();
  expect(charts >= 3 && charts + without === sheets - 2, `${charts} charts on ${sheets} sheets, ${without} without data`);
  const pdf = (await page.pdf({ path: join(out, 'bureau-report.pdf'), preferCSSPageSize: true, printBackground: true })).toString('latin1');
  const pages = [...pdf.matchAll(/\/Type\s*\/Page\b/g)].length;
  expect(pages >= sheets && pages <= sheets + 4, `${pages} pages for ${sheets} sheets`);
  const [, width, height] = /\/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]/.exec(pdf);
  expect(Math.abs(width - 595) < 2 && Math.abs(height - 842) < 2, `a page is ${width} × ${height} points, A4 is 595 × 842`);
  say(`${pages} pages`);
  await page.setViewportSize({ width: 360, height: 800 });
  await fits(page, 'the report at 360 px');
  await shot(page, 'report-360', false);
  await page.setViewportSize({ width: 1440, height: 900 });
}

async function languages(page) {
  for (const language of ['zh', 'en']) {
    say(`no page has a fault that axe finds, and none is too wide: ${language}`);
    for (const path of ['', '?family=inspection&compare=year', '?family=credit', '?family=dispute&place=410700/410702', '?family=campaign']) {
      await page.goto(`${hub}/bureau${path}`);
      await page.waitForSelector('#connection.good');
      const lang = await page.locator('html').getAttribute('lang');
      if ((language === 'en') !== (lang === 'en')) await page.locator('#language').click();
      await eventually(`a figure of ${path} has no number`, async () => {
        const texts = await page.locator('button.tile .value').allTextContents();
        return texts.length > 0 && texts.every((text) => text !== '…');
      });
      for (const [width, height] of [[1440, 900], [360, 800]]) {
        await page.setViewportSize({ width, height });
        await fits(page, `/bureau${path} at ${width} px`);
        await noViolations(page, `/bureau${path} at ${width} px in ${language}`);
        await shot(page, `${language}-${width}${path.replace(/[^a-z0-9]+/g, '-')}`);
      }
    }
  }
  await page.locator('#language').click();
  await page.setViewportSize({ width: 1440, height: 900 });
}

async function wall(browser) {
  say('a big screen turns its pages by itself, and stops when told');
  const page = await open(browser, '/bureau?wall&seconds=2', 1920, 1080);
  const family = () => page.locator('.screen h2').getAttribute('data-family');
  await page.locator('.screen [data-stat="inspections"]').waitFor();
  const first = await family();
  await eventually('the page doesn’t turn', async () => (await family()) !== first);
  await page.locator('#pause').click();
  await page.locator('.screen').click({ position: { x: 5, y: 5 } });
  const paused = await family();
  await page.keyboard.press('ArrowRight');
  await eventually('the arrow doesn’t turn', async () => (await family()) !== paused);
  for (let i = 0; i < 12 && (await family()) !== 'inspection'; i++) await page.locator('#next').click();
  await shows(page, 'inspections', () => api(`/stats/inspections?by=district&${window12()}`));
  const over = await page.evaluate(() => document.documentElement.scrollHeight - innerHeight);
  expect(over <= 0, `the wall is ${over} px higher than its screen`);
  await noViolations(page, 'the wall');
  await shot(page, 'wall', false);
  return page;
}

async function lost(page) {
  say('a lost hub is told, and the last figures stay');
  await page.goto(`${hub}/bureau`);
  await shows(page, 'inspections', () => api(`/stats/inspections?by=district&${window12()}`));
  const before = await numerator(page, 'inspections');
  await page.context().setOffline(true);
  await page.locator('.lost p').waitFor();
  await page.locator('#connection.bad').waitFor();
  expect((await numerator(page, 'inspections')) === before, 'the last figures are gone');
  await shot(page, 'lost', false);
  await page.context().setOffline(false);
  await page.locator('#connection.good').waitFor();
  await page.locator('.lost p').waitFor({ state: 'detached' });
}

async function logIn(page) {
  say('who isn’t logged in is asked to, and comes back');
  const data = join(folder, 'city', 'hub');
  const secret = join(folder, 'password');
  writeFileSync(secret, `${kPassword}\n`, { mode: 0o600 });
  execFileSync(program, ['accounts', 'add', '--data', data, '局长', '--role', 'bureau', '--admin', '--password-file', secret]);
  await page.goto(`${hub}/bureau?family=dispute`);
  await page.waitForURL('**/login*');
  await page.locator('#name').fill('局长');
  await page.locator('#password').fill(kPassword);
  await page.locator('#password').press('Enter');
  await page.waitForURL('**/bureau?family=dispute');
  await page.waitForSelector('#connection.good');
}

async function run(browser) {
  const page = await open(browser, '/bureau');
  const { offices } = places;
  await figures(page);
  const place = await drill(page);
  await records(page, place);
  await compare(page);
  await live(page, offices[0]);
  await silent(page);
  await files(page);
  await keyboard(page);
  await nodes(page);
  await report(page);
  await languages(page);
  await (await wall(browser)).close();
  await lost(page);
  await logIn(page);
  expect(problems.length === 0, problems.join(' | '));
}

mkdirSync(out, { recursive: true });
say('a small city');
let browser = null;
let places = null;
try {
  places = await begin();
  hub = places.hub;
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', headless: true, args: kFlags });
  await run(browser);
  console.log('bureau: all held');
} catch (error) {
  for (const context of browser?.contexts() ?? []) {
    for (const [i, page] of context.pages().entries()) await shot(page, `failed-${i}`).catch(() => {});
  }
  console.error(`bureau: FAILED at “${step}”: ${error.message.split('\n').slice(0, 3).join(' ')} ${problems.join(' | ')}`);
  process.exitCode = 1;
} finally {
  await browser?.close();
  if (city && city.exitCode === null) {
    const ended = new Promise((done) => city.once('exit', done));
    city.kill('SIGINT');
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
}
