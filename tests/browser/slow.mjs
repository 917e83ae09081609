// slow.mjs: the inspector's phone on a slow line (as "Slow 3G" in a browser's tools): the first visit, whose page brings the app
// with it, and whose form takes an invite before that; an inspection without a network, its photo cut off under way, and all of it at the hub in the end;
// what the screen says meanwhile.
//
//   node slow.mjs LINLI [PICTURES]
import { addCompounds, button, compound, fillInspection, go, handIn, inspectionsAt, invite, isKept, joinBy, look, main, makeHub, phonePage, syncToTheEnd } from './phone_city.mjs';
import { pngOf } from './pictures.mjs';
import { expect, play, say, until } from './stage.mjs';

/** 400 kbit/s each way, two seconds until an answer begins. */
const kSlow = { offline: false, latency: 2000, downloadThroughput: 50_000, uploadThroughput: 50_000 };
const kCut = { ...kSlow, offline: true };
/** As far out as a phone still has a line. */
const kWorse = { ...kSlow, downloadThroughput: 8_000, uploadThroughput: 8_000 };
/** Two of them are the line's own. */
const kUsableMsMost = 3_000;
/** A loaded machine draws slowly as well. Without others on it, it is a little over three seconds. */
const kAppMsMost = 6_000;
/** A photo that no compression makes small: 1,600 by 1,200. */
function grainy() {
  let state = 7;
  const grain = () => (state = (state * 1103515245 + 12345) & 0x7fffffff) >> 16 & 0x7f;
  return pngOf(1600, 1200, () => [64 + grain(), 64 + grain(), 64 + grain()]);
}

/** Milliseconds since the visit began; null: not yet. */
const drawnAt = (page) => page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null);
async function firstVisit(page, stage, hub, pictures) {
  const line = invite(stage, hub);
  const began = Date.now();
  // Not only when all is there: what is seen on the way counts.
  await page.goto(`${hub.url}/phone`, { waitUntil: 'commit' });
  await button(page, '加入').waitFor();
  const drawn = await until('something to be drawn', () => drawnAt(page));
  const usable = Date.now() - began;
  await page.getByText('从文件或二维码图片读取').waitFor();
  const app = Date.now() - began;
  say(`drawn after ${Math.round(drawn)} ms, to be used after ${usable} ms, the app after ${app} ms`);
  expect(drawn < kUsableMsMost, `drawn after ${drawn} ms`);
  expect(app < kAppMsMost, `the app after ${app} ms`);
  await page.locator('textarea').fill(line);
  await button(page, '加入').click();
  await look(page, 'slow-early', pictures);
  return began;
}
/** Where the line is slower still, what is typed and asked for before the app is there goes over into it. */
async function beforeTheApp(browser, hub) {
  const context = await browser.newContext({ locale: 'zh-CN' });
  const page = await context.newPage();
  const line = await context.newCDPSession(page);
  await line.send('Network.enable');
  await line.send('Network.emulateNetworkConditions', kWorse);
  await page.goto(`${hub.url}/phone`, { waitUntil: 'commit' });
  await page.locator('#early-line').fill('linli-invite:nonsense');
  await button(page, '加入').click();
  await page.getByText('程序还在下载，好了就自动加入').waitFor();
  await page.getByText('从文件或二维码图片读取').waitFor();
  expect((await page.locator('textarea').inputValue()) === 'linli-invite:nonsense', 'what was typed stands in the app’s form');
  await page.getByText('请完整复制后重试').waitFor();
  await context.close();
  say('typed and asked for before the app was there: it took both over');
}
async function joinSlowly(page, began, pictures) {
  await page.locator('#main .van-button--loading').waitFor();
  expect(await page.getByRole('status').filter({ hasText: '正在加入' }).isVisible(), 'the page says that it joins');
  await main(page).getByText('正在从节点取回资料').waitFor();
  say(`joined by itself, ${Date.now() - began} ms after the visit began`);
  await look(page, 'slow-fetching', pictures);
  await main(page).getByText('样例家园1').waitFor();
  say('joined, and was told what happens meanwhile');
}
async function cutUnderWay(page, network, hub, pictures) {
  await network(kSlow);
  await go(page, '/queue');
  await main(page).getByText(/还有 1 张照片待送.*KiB/s).waitFor();
  expect(!/等待送出/.test(await main(page).innerText()), 'the records have gone ahead of the photo, and the page says so');
  await look(page, 'slow-photo', pictures);
  await network(kCut);
  await main(page).getByText('现在没有网络，内容都在本机').waitFor();
  await main(page).getByText('还有 1 张照片待送').waitFor();
  await look(page, 'slow-cut', pictures);
  say('cut off under way: the page says so, and keeps the photo');
  await network(kSlow);
  await syncToTheEnd(page);
  await main(page).getByText('照片待送').waitFor({ state: 'detached' });
  const [inspection, ...more] = await inspectionsAt(hub);
  expect(inspection && more.length === 0, 'one inspection at the hub');
  const { items: [finding] } = await hub.get('records/finding?limit=5');
  expect((await hub.call('GET', `blobs/${finding.fields.photos[0]}`)).status === 200, 'its photo at the hub');
}

await play(async (stage, pictures) => {
  const hub = await makeHub(stage);
  await addCompounds(hub, [compound(1), compound(2)]);
  const { browser, context } = await stage.browser('profile');
  await beforeTheApp(browser, hub);
  const page = (stage.shown = await phonePage(context, stage.problems));
  const line = await context.newCDPSession(page);
  await line.send('Network.enable');
  const network = (conditions) => line.send('Network.emulateNetworkConditions', conditions);
  await network(kSlow);
  await joinSlowly(page, await firstVisit(page, stage, hub, pictures), pictures);
  await until('the app to be kept for flight mode', () => isKept(page));
  await network(kCut);
  await fillInspection(page, 1, { photo: grainy() });
  await handIn(page);
  await main(page).getByText('还有 1 张照片待送').waitFor();
  const bytes = await main(page).evaluate(async () => (await navigator.storage.estimate()).usage);
  say(`inspected without a network; ${Math.round(bytes / 1024)} KiB on the phone`);
  await cutUnderWay(page, network, hub, pictures);
  say('all of it is at the hub, once');
});
