// map.mjs: the day as a map, without a network and without its node: numbered pins that say what waits, a group, one's own place
// only after a tap, the way in words, the keyboard, and the inspection that a pin leads to; axe in both languages.
//
//   node map.mjs LINLI [PICTURES]
import { addCompounds, button, compound, go, invite, isKept, joinBy, kScope, look, main, makeHub, phonePage } from './phone_city.mjs';
import { expect, play, say, until } from './stage.mjs';

const at = (north, east) => ({ location: { lat_e7: 353000000 + north * 10, lon_e7: 1139000000 + east * 10 } });
/** Four places, the last two of which lie at one gate; one without a position, and one in the sea. */
const compounds = () => [
  compound(1, at(0, 0)), compound(2, at(2000, 2500)), compound(3, at(-6000, 7000)), compound(4, at(-6000, 7000)),
  compound(5), compound(6, { location: { lat_e7: 0, lon_e7: 0 } }),
];
/** The second is to be inspected. */
async function plan(hub) {
  const { items: [template] } = await hub.get('records/template?limit=1');
  const answer = await hub.call('POST', `records/inspection?scope=${encodeURIComponent(kScope)}`, {
    kind: 'patrol', template: template.id, compound: compound(2).compound_code, started_at: '2026-01-05T09:00:00+08:00', inspectors: ['巡-01'], status: 'planned',
  });
  expect(answer.ok, `a planned inspection: ${await answer.text()}`);
}
const pin = (page, words) => page.locator('svg [role=button]').filter({ has: page.locator('circle') }).and(page.getByRole('button', { name: words }));
const chosen = (page, name = '选中的小区') => page.getByRole('region', { name });
const asked = (page) => page.evaluate(() => window.askedForPlace);

async function openMap(page) {
  await go(page, '/');
  await button(page, '地图').click();
  await main(page).getByRole('heading', { name: '今日地图' }).waitFor();
}
async function sees(page, pictures) {
  await pin(page, /样例家园1.*无待办/).waitFor();
  expect((await page.locator('svg [role=button]').count()) === 3, 'two at one gate are one pin');
  await pin(page, /和另外 1 处/).waitFor();
  await pin(page, /^1 样例家园2.*待检查/).waitFor();
  const spots = await Promise.all([/样例家园1/, /样例家园2/].map((name) => pin(page, name).boundingBox()));
  expect(spots[1].x > spots[0].x && spots[1].y < spots[0].y, `north-east is up and to the right: ${JSON.stringify(spots)}`);
  const beside = page.locator('section', { has: page.getByRole('heading', { name: /位置未知/ }) });
  expect((await beside.getByRole('link').count()) === 2, 'two are not on the map');
  await beside.getByText('样例路5号').waitFor();
  await beside.getByText('可能有误').waitFor();
  expect((await asked(page)) === 0, 'nobody is asked for the position before a tap');
  await look(page, 'map', pictures);
  say('pins, a group, and those without a position beneath');
}
/** This phone stands at the first compound: its dot is on that pin's tip, above all pins, and on no pin's number. */
async function seesDot(page) {
  const dot = await page.locator('svg .me').boundingBox();
  const middle = { x: dot.x + dot.width / 2, y: dot.y + dot.height / 2 };
  for (const body of await page.locator('svg .pin rect').all()) {
    const { x, y, width, height } = await body.boundingBox();
    const covers = middle.x > x && middle.x < x + width && middle.y > y && middle.y < y + height;
    expect(!covers, 'the dot lies on a pin’s number');
  }
  const isAbove = await page.locator('svg .me').evaluate((one) =>
    [...one.ownerSVGElement.querySelectorAll('.pin')].every((pin) => pin.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING));
  expect(isAbove, 'the dot is drawn above the pins');
}
async function locates(page, pictures) {
  await button(page, '显示我的位置').click();
  await main(page).getByText('误差约 8 米').waitFor();
  expect((await asked(page)) === 1, 'asked once');
  expect((await page.locator('svg .exact').count()) === 1, 'a circle says how exact it is');
  await seesDot(page);
  await pin(page, /样例家园2/).click();
  await chosen(page).getByText('东北 320 米').waitFor();
  await main(page).getByText('1 · 待检查 · 东北 320 米').waitFor();
  await page.getByLabel('顺序').selectOption('near');
  await pin(page, /^1 样例家园1/).waitFor();
  await pin(page, /和另外 1 处/).click();
  expect((await chosen(page).getByRole('heading').count()) === 2, 'a group shows each of its compounds');
  await look(page, 'map-chosen', pictures);
  say('one’s own place, the way in words, nearest first');
}
const barText = (page) => page.locator('svg .frame text').last().textContent();
async function zooms(page, context) {
  const before = await barText(page);
  for (let n = 0; n < 3; ++n) await button(page, '放大').click();
  const near = await barText(page);
  expect(parseFloat(near) < parseFloat(before) || near !== before, `the scale bar follows: ${before}, ${near}`);
  const drawing = page.locator('svg[role=group]');
  // Its middle, beneath neither bar.
  await drawing.evaluate((one) => one.scrollIntoView({ block: 'center' }));
  const box = await drawing.boundingBox();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const line = await context.newCDPSession(page);
  const touch = (type, reach) =>
    line.send('Input.dispatchTouchEvent', { type, touchPoints: reach ? [{ x: x - reach, y, id: 1 }, { x: x + reach, y, id: 2 }] : [] });
  await touch('touchStart', 90);
  for (const reach of [70, 50, 30, 15]) await touch('touchMove', reach);
  await touch('touchEnd', 0);
  await until('two fingers to show it all again', async () => (await barText(page)) === before);
  await line.detach();
  say('buttons and two fingers change the scale');
}
/** With the keyboard alone: also what lies beyond the edge comes into sight when it has the focus. */
async function keys(page) {
  for (let n = 0; n < 3; ++n) await button(page, '放大').click();
  const frame = await page.locator('svg[role=group]').boundingBox();
  const far = pin(page, /和另外 1 处/);
  await far.focus();
  await until('the pin with the focus to be seen', async () => {
    const box = await far.boundingBox();
    return box && box.x + box.width / 2 > frame.x && box.x + box.width / 2 < frame.x + frame.width;
  });
  const before = await far.boundingBox();
  await page.keyboard.press('ArrowLeft');
  await until('an arrow to move the picture', async () => (await far.boundingBox()).x !== before.x);
  await pin(page, /样例家园2/).focus();
  await page.keyboard.press('Enter');
  await chosen(page).getByRole('heading', { name: /样例家园2/ }).waitFor();
  await button(page, '看全部').click();
  say('and so does the keyboard');
}
async function inEnglish(page, pictures) {
  await page.getByRole('button', { name: 'English' }).click();
  await chosen(page, 'Chosen').getByText('320 m north-east').waitFor();
  await look(page, 'map-en', pictures);
  await page.getByRole('button', { name: '中文' }).click();
}
async function inspects(page) {
  await chosen(page).getByRole('button', { name: '开始这次检查' }).click();
  await page.getByLabel('检查人员编号').waitFor();
  await main(page).locator('option:checked', { hasText: '样例家园2' }).waitFor({ state: 'attached' });
  await go(page, '/');
  await main(page).getByRole('heading', { name: '今日地图' }).waitFor();
  await button(page, '列表').click();
  await main(page).getByText('样例路2号').waitFor();
  expect((await page.locator('svg[role=group]').count()) === 0, 'the list has no map');
  say('a pin leads to its inspection, and the map stays until the list is chosen');
}

await play(async (stage, pictures) => {
  const hub = await makeHub(stage);
  await addCompounds(hub, compounds());
  await plan(hub);
  const { context } = await stage.browser('profile');
  await context.grantPermissions(['geolocation'], { origin: hub.url });
  await context.setGeolocation({ latitude: 35.3, longitude: 113.9, accuracy: 8 });
  const page = (stage.shown = await phonePage(context, stage.problems, { width: 360, height: 800 }));
  await page.addInitScript(() => {
    window.askedForPlace = 0;
    const real = navigator.geolocation.getCurrentPosition.bind(navigator.geolocation);
    navigator.geolocation.getCurrentPosition = (...more) => (++window.askedForPlace, real(...more));
  });
  await page.goto(`${hub.url}/phone`);
  await joinBy(page, invite(stage, hub));
  await main(page).getByText('样例路1号').waitFor();
  await until('the app to be kept for flight mode', () => isKept(page));
  await hub.kill();
  await context.setOffline(true);
  await page.reload();
  await openMap(page);
  await sees(page, pictures);
  await locates(page, pictures);
  await zooms(page, context);
  await keys(page);
  await inEnglish(page, pictures);
  await inspects(page);
});
