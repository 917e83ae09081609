// inspector.mjs: an inspector's day on the phone's page, in Chromium, beside a real office and hub: join,
// inspect without a network, lose the browser, start again without one, sync through the office, see it
// at the hub; look again at what was found; sign people in; and what was entered wrongly.
//
//   node inspector.mjs LINLI [PICTURES]
//
// LINLI is the executable; PICTURES a folder for a picture of each page. Exit code 0: every promise held;
// 1: one didn't, named on the last line of stderr; 2: wrong usage. CHROMIUM names another browser.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { get } from 'node:http';
import { join } from 'node:path';
import { picture } from './pictures.mjs';
import { expect, say, Stage, until } from './stage.mjs';

const [program, pictures] = process.argv.slice(2);
if (!program) {
  console.error('usage: node inspector.mjs LINLI [PICTURES]');
  process.exit(2);
}
if (pictures) mkdirSync(pictures, { recursive: true });
const kScope = '410700/410702/410702003/410702003901';
const kFirstLoadBytesMax = 170 * 1024;
const kNasty = '<script>document.title="被黑"</script>楼道堆放杂物😀';
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const sample = (name) => new URL(`../../packaging/sample/${name}.ndjson`, import.meta.url).pathname;
const problems = [];
/** The page that is looked at, to be told when something isn't as it should be. */
let shown = null;
const stage = new Stage(program);

// ---- The city ------------------------------------------------------------------------------------

function put(data, type, records) {
  const file = join(stage.folder, `${type}.ndjson`);
  writeFileSync(file, records.map((record) => JSON.stringify(record)).join('\n'));
  stage.linli('records', 'put', '--data', data, type, file);
}
async function makeHub() {
  const data = join(stage.folder, 'hub');
  stage.linli('init', '--data', data, '--role', 'hub', '--name', '新乡市住建局', '--scope', '410700');
  for (const type of ['org_unit', 'company', 'course', 'template'])
    stage.linli('records', 'put', '--data', data, type, sample(type));
  const wall = (ms) => new Date(ms + 8 * 3_600_000).toISOString().slice(0, 16);
  const now = Date.now();
  put(data, 'session', [{
    course: JSON.parse(readFileSync(sample('course'), 'utf8').split('\n')[0]).code,
    year: Number(wall(now).slice(0, 4)), no: 90, topic: '消防安全培训(测试)', place: '社区会议室',
    starts_at: wall(now - 600_000), ends_at: wall(now + 7_200_000), status: 'published',
    checkin_opens_at: wall(now - 3_600_000), checkin_closes_at: wall(now + 3_600_000),
  }]);
  return stage.serve(data);
}
async function makeOffice(hub) {
  const data = join(stage.folder, 'office');
  const { line } = JSON.parse(stage.linli('invite', '--data', hub.data, '--role', 'office', '--scope', kScope, '--name', '示例社区', '--url', hub.url, '--json'));
  stage.linli('join', '--data', data, line);
  const compound = JSON.parse(readFileSync(new URL('../../packaging/sample-office/compound.ndjson', import.meta.url), 'utf8').split('\n')[0]);
  const other = { ...compound, compound_code: '410702003901901', name: '样例家园(演示数据)', address: '样例路9号', location: { lat_e7: 353000000, lon_e7: 1139000000 } };
  const office = await stage.serve(data);
  await until('the units of the city at the office', async () => (await office.get('records/org_unit?limit=200')).items.length > 10);
  put(data, 'compound', [compound, other]);
  put(data, 'staff', [{ company: '91410700MA0000001W', staff_no: 'T-007', name: '测试员', role: 'project_manager', from_on: '2024-01-01' }]);
  return office;
}
const invite = (office) =>
  JSON.parse(stage.linli('invite', '--data', office.data, '--role', 'device', '--scope', kScope, '--name', '巡查手机', '--url', office.url, '--json')).line;

// ---- The phone -----------------------------------------------------------------------------------

async function openPhone(office, { offline = false } = {}) {
  const { child, browser, context } = await stage.browser('profile');
  await context.grantPermissions(['geolocation'], { origin: office.url });
  await context.setGeolocation({ latitude: 35.3, longitude: 113.9, accuracy: 8 });
  const page = context.pages()[0] ?? (await context.newPage());
  await page.setViewportSize({ width: 360, height: 800 });
  shown = page;
  page.setDefaultTimeout(60_000);
  page.on('pageerror', (error) => problems.push(`script error: ${error.message}`));
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) problems.push(message.text());
  });
  if (offline) await context.setOffline(true);
  await page.goto(`${office.url}/phone`);
  return { child, browser, context, page };
}
const go = (page, path) => page.evaluate((to) => void (location.hash = to), `#${path}`);
const main = (page) => page.locator('#main');
const button = (page, text) => page.getByRole('button', { name: text, exact: true });
const language = (page, text) => page.locator('header').getByRole('button', { name: text });

/** Accessible in both languages, no wider than the screen; and a picture of it. */
async function look(page, name) {
  for (const [tongue, other] of [['zh', 'English'], ['en', '中文']]) {
    await language(page, other).waitFor();
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(over <= 0, `${name} (${tongue}) is ${over} px wider than the screen`);
    if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe);
    const found = await page.evaluate(async () => {
      const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).slice(0, 3).join(' ')}`);
    });
    expect(found.length === 0, `axe on ${name} (${tongue}): ${found.join(' | ')}`);
    if (pictures) await page.screenshot({ path: join(pictures, `${name}-${tongue}.png`) });
    await language(page, other).click();
  }
}
function transferred(url) {
  return new Promise((done, fail) => {
    get(url, { headers: { 'Accept-Encoding': 'gzip' } }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => done({ headers: answer.headers, bytes: Buffer.concat(parts) }));
    }).on('error', fail);
  });
}
/** Everything that the first visit fetches to be usable, as it comes over the line. */
async function measureFirstLoad(office) {
  const html = await (await fetch(`${office.url}/phone`)).text();
  const names = [...html.matchAll(/(?:src|href)="(\/app\/[^"]+\.(?:js|css))"/g)].map(([, name]) => name);
  expect(names.length >= 2, 'the page names its script and its style');
  let total = (await transferred(`${office.url}/phone`)).bytes.length;
  for (const name of names) {
    const { headers, bytes } = await transferred(office.url + name);
    expect(headers['content-encoding'] === 'gzip' && /immutable/.test(headers['cache-control']), `${name} is compressed and kept: ${JSON.stringify(headers)}`);
    total += bytes.length;
    const again = await fetch(office.url + name, { headers: { 'If-None-Match': headers.etag, 'Accept-Encoding': 'gzip' } });
    expect(again.status === 304, `${name} has an ETag that works`);
  }
  expect(total <= kFirstLoadBytesMax, `the first load has ${total} bytes, more than ${kFirstLoadBytesMax}`);
  say(`the first load is ${Math.round(total / 1024)} KiB`);
}

async function joinCity(phone, office) {
  const { page } = phone;
  await look(page, 'join');
  const box = page.locator('textarea');
  await box.fill('linli-invite:nonsense');
  await button(page, '加入').click();
  await page.getByText('请完整复制后重试').waitFor();
  const line = invite(office);
  await box.fill(line);
  await button(page, '加入').click();
  await main(page).getByText('样例家园').waitFor();
  say('joined, and the compounds are here');
  await look(page, 'today');
  const stranger = await phone.browser.newContext();
  const second = await stranger.newPage();
  await second.goto(`${office.url}/phone`);
  await second.locator('textarea').fill(line);
  await second.getByRole('button', { name: /^(加入|Join)$/ }).click();
  await second.getByText(/邀请码已用过|used already/).first().waitFor();
  await stranger.close();
  say('a used invite is refused in words');
}

async function fillInspection(page) {
  await button(page, '按距离排列').click();
  await main(page).getByText(/^\d+ m$/).waitFor();
  await main(page).getByText('样例家园').click();
  await button(page, '检查这个小区').click();
  await page.getByLabel('检查人员编号').fill('巡-01');
  await page.getByRole('combobox', { name: /^检查表/ }).selectOption({ index: 1 });
  await button(page, '定位').click();
  await main(page).getByText('误差约 8 米').waitFor();
  const items = page.getByRole('radiogroup');
  await items.first().waitFor();
  const count = await items.count();
  for (let i = 1; i < count; ++i) await items.nth(i).getByRole('radio').first().check();
  await items.first().getByRole('radio').nth(1).check();
  await page.getByLabel('具体位置').fill('3号楼2单元');
  await button(page, '提交').click();
  await main(page).getByText('检查表要求这一项拍照').waitFor();
  expect((await page.locator('.fault', { hasText: '必填' }).count()) === 1, 'the missing description is told');
  await look(page, 'inspect');
  await page.getByLabel('问题描述').fill('楼'.repeat(10_000));
  await button(page, '提交').click();
  await main(page).getByText(/最多 4000 字/).waitFor();
  await page.getByLabel('问题描述').fill(kNasty);
  say('a missing note, a missing photo and 10,000 characters are told at their fields');
}
async function addPhotos(page) {
  const file = page.locator('input[type=file]').first();
  await chooseBigFile(page);
  await main(page).getByText('内容太大').waitFor();
  await file.setInputFiles({ name: 'a.heic', mimeType: 'image/heic', buffer: Buffer.from('....ftypheic....') });
  await main(page).getByText(/可能是 HEIC/).waitFor();
  await file.setInputFiles({ name: 'door.png', mimeType: 'image/png', buffer: picture(2400, 1800, 30) });
  await main(page).locator('img').waitFor();
  const size = await main(page).locator('img').evaluate((img) => [img.naturalWidth, img.naturalHeight]);
  expect(size[0] === 1600 && size[1] === 1200, `the photo is made smaller: ${size}`);
  await main(page).getByText('草稿已保存在本机').waitFor();
  await page.reload();
  await main(page).locator('img').waitFor();
  expect((await page.getByLabel('问题描述').inputValue()) === kNasty, 'the draft outlives a reload');
  say('60 MB and HEIC are refused, a photo is made smaller, and the draft outlives a reload');
}
/** Too large for the tool's own way: the browser is told where the file lies. */
async function chooseBigFile(page) {
  const path = join(stage.folder, 'big.jpg');
  writeFileSync(path, Buffer.alloc(60 << 20, 1));
  const browser = await page.context().newCDPSession(page);
  const { root } = await browser.send('DOM.getDocument');
  const { nodeId } = await browser.send('DOM.querySelector', { nodeId: root.nodeId, selector: '#main input[type=file]' });
  await browser.send('DOM.setFileInputFiles', { files: [path], nodeId });
  await browser.detach();
}

async function handInOffline(phone, office) {
  const { page, context } = phone;
  await until('the app to be kept for flight mode', () =>
    page.evaluate(async () => (await caches.keys()).some((name) => name.startsWith('linli-phone-')) && navigator.serviceWorker.controller !== null));
  await context.setOffline(true);
  await office.kill();
  await button(page, '提交').click();
  await main(page).getByText('已签名并保存在本机').waitFor();
  await main(page).getByText('等待送出').first().waitFor();
  await look(page, 'queue');
  await stage.kill(phone.child);
  say('handed in without a network, and the browser was killed');
}
async function startOffline(office) {
  const phone = await openPhone(office, { offline: true });
  const { page } = phone;
  await main(page).getByText('样例家园').first().waitFor();
  // A browser that is killed may forget the language that was chosen seconds before; work it may not.
  if (await language(page, '中文').isVisible()) await language(page, '中文').click();
  await page.getByText('1 条待送').waitFor();
  expect((await page.title()) !== '被黑', 'a text is never run');
  await go(page, '/mine');
  await main(page).getByText('等待送出').first().waitFor();
  await look(page, 'mine');
  await go(page, '/search');
  await page.getByRole('searchbox').fill('杂物');
  await main(page).getByText('3号楼2单元').waitFor();
  await look(page, 'search');
  // Its readings are of the app that is kept for flight mode.
  await page.getByRole('searchbox').fill('nobody');
  await main(page).getByText('本机没有找到').waitFor();
  for (const letters of ['zawu', 'dfzw']) {
    await page.getByRole('searchbox').fill(letters);
    await main(page).getByText('3号楼2单元').waitFor();
  }
  say('a cold start without any network: everything is there, and is found');
  return phone;
}
const figure = async (hub, name) => (await hub.get(`stats/${name}`)).total.numerator;
async function syncThrough(phone, office, hub) {
  const { page, context } = phone;
  const again = await stage.serve(office.data, office.port);
  await context.setOffline(false);
  await go(page, '/queue');
  await button(page, '现在同步').click();
  await until('the inspection in the hub’s figures', async () => (await figure(hub, 'inspections')) === 1);
  expect((await figure(hub, 'findings')) === 1, 'the finding is in the hub’s figures');
  await until('the hub’s receipt on the phone', async () => {
    const now = button(page, '现在同步');
    if (await now.isEnabled()) await now.click();
    return (await main(page).getByText('没有等待送出的内容').count()) > 0;
  });
  const { items: [finding] } = await hub.get('records/finding?limit=5');
  expect(finding.fields.description === kNasty, `the text came as it was typed: ${JSON.stringify(finding.fields)}`);
  const { items: [inspection] } = await hub.get('records/inspection?limit=5');
  expect(Number.isInteger(inspection.fields.score) && inspection.fields.location, `score and place: ${JSON.stringify(inspection.fields)}`);
  await until('the photo at the office', async () => (await again.call('GET', `blobs/${finding.fields.photos[0]}`)).status === 200);
  say('synced through the office; the hub’s figures have it, and the phone has the hub’s receipt');
  return { office: again, finding };
}

async function recheck(phone, office, hub, finding) {
  const { page } = phone;
  const one = `records/finding/${finding.id}?scope=${encodeURIComponent(finding.scope)}`;
  await until('the finding at the office', () => office.get(one));
  const noticed = await office.call('PATCH', one, { status: 'noticed' });
  expect(noticed.ok, `the office serves notice: ${await noticed.text()}`);
  await page.locator('.pill').click();
  await go(page, '/');
  await main(page).getByText('3号楼2单元').click();
  await main(page).getByText('已通知').waitFor();
  await look(page, 'finding');
  await button(page, '复查').click();
  await main(page).locator('img').waitFor();
  await page.locator('input[type=file]').setInputFiles({ name: 'now.png', mimeType: 'image/png', buffer: picture(1200, 900, 200) });
  await until('both photos', async () => (await main(page).locator('img').count()) === 2);
  await page.getByRole('radio', { name: '已整改', exact: true }).check();
  await look(page, 'recheck');
  await button(page, '提交').click();
  await main(page).getByText('已签名并保存在本机').waitFor();
  await until('the hub to know that it is fixed', async () => (await hub.get(one)).fields.status === 'fixed');
  say('looked again, the old photo beside the new; the hub knows that it is fixed');
}
async function signIn(phone, hub) {
  const { page } = phone;
  await go(page, '/training');
  await main(page).getByText('消防安全培训').waitFor();
  await look(page, 'training');
  await main(page).getByText('消防安全培训').click();
  await page.getByRole('combobox', { name: /^人员/ }).selectOption({ index: 1 });
  await button(page, '人工登记').click();
  const done = main(page).getByRole('status').filter({ hasText: /已保存在本机|Kept on this phone/ });
  await done.filter({ hasText: /已保存在本机.*\d{4}年/ }).waitFor();
  await look(page, 'session');
  await page.getByRole('button', { name: 'English' }).click();
  await done.filter({ hasText: /^\s*Kept on this phone: [^年]*$/ }).waitFor();
  await page.getByRole('button', { name: '中文' }).click();
  await until('the sign-in in the hub’s figures', async () => (await figure(hub, 'attendances')) === 1);
  say('signed somebody in; the hub counts it');
}
async function lookAtTheRest({ page }) {
  for (const name of ['more', 'storage', 'carry', 'settings']) {
    await go(page, `/${name}`);
    await page.waitForFunction((path) => location.hash === `#/${path}`, name);
    await look(page, name);
  }
  await go(page, '/carry');
  await button(page, '生成文件').click();
  await main(page).getByRole('link', { name: /\.linli/ }).waitFor();
  say('every page is accessible in both languages');
}

async function day() {
  const hub = await makeHub();
  const first = await makeOffice(hub);
  await measureFirstLoad(first);
  let phone = await openPhone(first);
  await joinCity(phone, first);
  await fillInspection(phone.page);
  await addPhotos(phone.page);
  await handInOffline(phone, first);
  phone = await startOffline(first);
  const { office, finding } = await syncThrough(phone, first, hub);
  await recheck(phone, office, hub, finding);
  await signIn(phone, hub);
  await lookAtTheRest(phone);
  expect(problems.length === 0, problems.join(' | '));
}
day().then(() => stage.end().then(() => process.exit(0)), async (error) => {
  console.error(error.stack);
  console.error(await shown?.locator('body').innerText({ timeout: 5000 }).catch(() => 'the page is gone'));
  if (problems.length) console.error(problems.join(' | '));
  await stage.end();
  console.error(error.message);
  process.exit(1);
});
