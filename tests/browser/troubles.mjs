// troubles.mjs: what an inspector's phone is refused: invites that don't count, half an answer, the camera, its position, and
// room. Each is told in words, with what to do about it, and nothing typed is lost.
//
//   node troubles.mjs LINLI [PICTURES]
import { join } from 'node:path';
import { addCompounds, button, compound, fillInspection, fillUp, go, handIn, inspectionsAt, invite, isKept, joinBy, kScope, look, main, makeHub, phonePage, syncToTheEnd, typeUntilFull } from './phone_city.mjs';
import { picture } from './pictures.mjs';
import { expect, play, say, until } from './stage.mjs';

/** What went wrong, in the page's words; a node's own stand beneath. */
const told = (page, text) => main(page).getByRole('alert').locator('b').getByText(text).waitFor();
const deviceInvite = (stage, data, more) =>
  JSON.parse(stage.linli('invite', '--data', data, '--role', 'device', '--scope', kScope, '--name', '巡查手机', ...more, '--json')).line;

async function invitesThatDontCount({ stage, hub, page, pictures }) {
  const short = deviceInvite(stage, hub.data, ['--url', hub.url, '--expires', '60s']);
  const began = Date.now();
  // The same address, and another city behind it.
  const data = join(stage.folder, 'other');
  stage.linli('init', '--data', data, '--role', 'hub', '--name', '外市住建局', '--scope', '410800');
  const foreign = JSON.parse(stage.linli('invite', '--data', data, '--role', 'device', '--scope', '410800/410802', '--name', '外市手机', '--url', hub.url, '--json')).line;
  await joinBy(page, foreign);
  await told(page, /邀请码已用过或无效|属于另一个城市/);
  expect((await page.locator('textarea').inputValue()) === foreign, 'what was typed stays');
  await look(page, 'trouble-foreign', pictures);
  say('an invite of another city is refused in words');
  return { short, began };
}
async function expiredInvite({ page, pictures }, { short, began }) {
  await new Promise((done) => setTimeout(done, Math.max(0, began + 61_000 - Date.now())));
  await joinBy(page, short);
  await told(page, '已过期');
  await look(page, 'trouble-expired', pictures);
  say('an invite that has expired is refused in words');
}
/** As a person does who is asked by the browser. */
async function deny(page, hub, name) {
  const line = await page.context().newCDPSession(page);
  await line.send('Browser.setPermission', { origin: hub.url, permission: { name }, setting: 'denied' });
  await line.detach();
}
/** No camera here, or its use was refused: the page goes on to the line that is pasted. */
async function cameraRefused({ hub, page, pictures }) {
  await deny(page, hub, 'camera');
  await button(page, '扫码加入').click();
  await main(page).getByRole('alert').getByText(/打不开摄像头，请粘贴邀请码/).waitFor();
  expect((await page.locator('video').count()) === 0 && (await button(page, '扫码加入').isEnabled()), 'the form is there again');
  await look(page, 'trouble-camera', pictures);
  say('a camera that is refused: the page says so, and how else to join');
}
/** The hub takes the invite, and half of its answer gets through: the same invite works again. */
async function halfAnswers({ stage, hub, page, pictures }) {
  const enrol = '**/api/v1/enrol';
  let halves = 0;
  await page.route(enrol, async (route) => {
    const answer = await route.fetch();
    const body = await answer.body();
    ++halves;
    await route.fulfill({ response: answer, body: body.subarray(0, body.length >> 1) });
  });
  await joinBy(page, invite(stage, hub));
  await main(page).getByRole('alert').waitFor();
  expect(halves === 1, 'half an answer came');
  await look(page, 'trouble-half', pictures);
  await page.unroute(enrol);
  const sync = '**/api/v1/sync';
  await page.route(sync, async (route) => {
    const answer = await route.fetch();
    const body = await answer.body();
    ++halves;
    await route.fulfill({ response: answer, body: body.subarray(0, body.length >> 1) });
  });
  await button(page, '加入').click();
  await until('half an answer to an exchange', async () => halves > 1);
  await page.unroute(sync);
  await go(page, '/queue');
  await until('all that comes with whole answers', async () => {
    const now = button(page, '现在同步');
    if (await now.isEnabled()) await now.click();
    await go(page, '/');
    const there = await main(page).getByText('样例路1号').isVisible();
    if (!there) await go(page, '/queue');
    return there;
  });
  say('half answers cost nothing: the same invite joins, and the exchange goes on');
}
async function positionRefused({ hub, page, pictures }) {
  await deny(page, hub, 'geolocation');
  await go(page, '/');
  await button(page, '按距离排列').click();
  await main(page).getByText('没有得到位置，按名称排列').waitFor();
  await main(page).getByText('样例路1号').click();
  await button(page, '检查这个小区').click();
  await button(page, '定位').click();
  await main(page).getByText('没有得到位置，可以不填').waitFor();
  await look(page, 'trouble-position', pictures);
  await fillInspection(page, 1);
  await handIn(page);
  await syncToTheEnd(page);
  say('a position that is refused: the page says so, and the inspection goes without');
}

async function fullPhone({ hub, page, pictures }) {
  await fillInspection(page, 2);
  await page.getByLabel('备注').fill('满之前写下的');
  await page.getByText('草稿已保存在本机').waitFor();
  const makeRoom = await fillUp(page, hub.url);
  await typeUntilFull(page, '满之后写下的');
  const items = page.getByRole('radiogroup');
  await items.first().getByRole('radio').nth(1).check();
  await page.getByLabel('具体位置').fill('3号楼2单元');
  await page.getByLabel('问题描述').fill('楼道堆放杂物');
  await page.locator('input[type=file]').first().setInputFiles({ name: 'photo.png', mimeType: 'image/png', buffer: picture(1600, 1200, 30) });
  await told(page, '手机空间不足');
  await look(page, 'trouble-full', pictures);
  expect((await page.getByLabel('备注').inputValue()) === '满之后写下的', 'what was typed stays on the page');
  say('a full phone: the form and the photo say so, and nothing typed goes');
  await makeRoom();
  await page.getByText('草稿已保存在本机').waitFor();
  await page.reload();
  expect((await page.getByLabel('备注').inputValue()) === '满之后写下的', 'once there is room it is kept by itself');
  await page.locator('input[type=file]').first().setInputFiles({ name: 'photo.png', mimeType: 'image/png', buffer: picture(1600, 1200, 30) });
  await main(page).locator('img').waitFor();
  await handIn(page);
  await syncToTheEnd(page);
  expect((await inspectionsAt(hub)).length === 2, 'both inspections at the hub');
  say('with room again the draft is kept by itself, and handed in');
}
async function nothingIsBegun({ hub, page, pictures }) {
  const makeRoom = await fillUp(page, hub.url);
  const refused = main(page).getByRole('alert').locator('b').getByText('手机空间不足');
  await until('a form not to be begun', async () => {
    await go(page, '/');
    await button(page, '开始检查').click();
    return refused.waitFor({ timeout: 3_000 }).then(() => true);
  });
  await look(page, 'trouble-full-today', pictures);
  await main(page).getByText('样例路1号').click();
  await button(page, '检查这个小区').click();
  await told(page, '手机空间不足');
  await makeRoom();
  await button(page, '检查这个小区').click();
  await page.getByLabel('检查人员编号').waitFor();
  say('a form that couldn’t be kept isn’t begun, and the page says why');
}

await play(async (stage, pictures) => {
  const hub = await makeHub(stage);
  await addCompounds(hub, [compound(1), compound(2)]);
  const { context } = await stage.browser('profile');
  const page = (stage.shown = await phonePage(context, stage.problems));
  await page.goto(`${hub.url}/phone`);
  const all = { stage, hub, page, pictures };
  const expiring = await invitesThatDontCount(all);
  await cameraRefused(all);
  await expiredInvite(all, expiring);
  await halfAnswers(all);
  await until('the app to be kept for flight mode', () => isKept(page));
  await positionRefused(all);
  await fullPhone(all);
  await nothingIsBegun(all);
});
