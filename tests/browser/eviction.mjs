// eviction.mjs: the browser's data are cleared, under the open app and while it is closed: it notices, says what is lost and
// what isn't, pretends nothing, and joins again; what the node has comes back, and a form that was open goes on.
//
//   node eviction.mjs LINLI [PICTURES]
import { addCompounds, button, compound, fillInspection, go, handIn, inspectionsAt, invite, isKept, joinBy, look, main, makeHub, phonePage, syncToTheEnd } from './phone_city.mjs';
import { picture } from './pictures.mjs';
import { expect, play, say, until } from './stage.mjs';

const kLost = '本机的数据被浏览器清除了';
const pill = (page) => page.locator('header .pill');

/** Clears as the browser does; `what`: its kinds of storage. */
async function clear(page, hub, what) {
  const line = await page.context().newCDPSession(page);
  await line.send('Storage.clearDataForOrigin', { origin: hub.url, storageTypes: what });
  await line.detach();
}
async function expectNothingPretended(page) {
  expect((await pill(page).count()) === 0, 'no pill says that something waits');
  expect((await page.getByText(/条待送|等待送出 \(/).count()) === 0, 'no list of what waits');
}

async function underTheOpenApp({ stage, hub, page, context, pictures }) {
  await fillInspection(page, 1, { photo: picture(800, 600, 30), text: '已经送达的' });
  await handIn(page);
  await syncToTheEnd(page);
  await context.setOffline(true);
  await fillInspection(page, 2, { photo: picture(800, 600, 90), text: '没有送出的' });
  await handIn(page);
  await pill(page).getByText('1 条待送').waitFor();
  await fillInspection(page, 3);
  await page.getByLabel('备注').fill('填到一半');
  await page.getByText('草稿已保存在本机').waitFor();

  await clear(page, hub, 'indexeddb');
  await page.getByText(kLost).waitFor();
  await main(page).getByText('其中 1 份内容和 1 张照片还没有送出').waitFor();
  await main(page).locator('.titles').getByText('样例家园2').waitFor();
  await main(page).getByText('1 份草稿还留在本页').waitFor();
  await expectNothingPretended(page);
  expect((await page.evaluate(() => scrollY)) === 0, 'what is told is in sight');
  await look(page, 'lost-open', pictures);
  say('cleared under the open app: it says what is lost, by name, and keeps the open form');

  await context.setOffline(false);
  await joinBy(page, invite(stage, hub, '重新加入的手机'));
  await main(page).getByText('接着填').waitFor();
  await expectNothingPretendedAfter(page);
  await page.locator('.draft a').click();
  expect((await page.getByLabel('备注').inputValue()) === '填到一半', 'the open form goes on');
  await handIn(page);
  await syncToTheEnd(page);
  await go(page, '/search');
  await page.getByRole('searchbox').fill('已经送达的');
  await main(page).getByText('3号楼2单元').waitFor();
  await page.getByRole('searchbox').fill('没有送出的');
  await main(page).getByText('本机没有找到').waitFor();
  const found = await inspectionsAt(hub);
  expect(found.length === 2, `the hub has what was sent before and the form that went on: ${found.length}`);
  say('joined again: what the node has is back, what was never sent is not, and the form was handed in');
}
async function expectNothingPretendedAfter(page) {
  await go(page, '/queue');
  await main(page).getByText('市级已确认 0 份').waitFor();
  expect((await page.getByText(/条待送|等待送出 \(/).count()) === 0, 'nothing of the former life waits');
  await go(page, '/');
  // Nothing can be handed in before the rules are there: they come with the compounds.
  await main(page).getByText('样例路2号').waitFor();
}

async function whileClosed({ stage, hub, page, context, pictures }) {
  await context.setOffline(true);
  await fillInspection(page, 1);
  await handIn(page);
  await page.goto('about:blank');
  await clear(page, hub, 'indexeddb');
  // Also without a network: the app is kept apart from what it holds.
  await page.goto(`${hub.url}/phone`);
  await page.getByText(kLost).waitFor();
  await main(page).getByText('其中 1 份内容和 0 张照片还没有送出').waitFor();
  await expectNothingPretended(page);
  await look(page, 'lost-closed', pictures);
  await page.reload();
  await page.getByText(kLost).waitFor();
  say('cleared while it was closed: it says so at the next start, without a network as well');
  await context.setOffline(false);
  await joinBy(page, invite(stage, hub, '第三次加入'));
  await main(page).getByText('样例家园1').first().waitFor();
  await syncToTheEnd(page);
  await page.reload();
  await main(page).waitFor();
  expect((await page.getByText(kLost).count()) === 0, 'it is told once');
}
async function allOfIt({ stage, hub, page }) {
  await page.goto('about:blank');
  await clear(page, hub, 'all');
  await page.goto(`${hub.url}/phone`);
  await button(page, '加入').waitFor();
  await expectNothingPretended(page);
  await joinBy(page, invite(stage, hub, '第四次加入'));
  await main(page).getByText('样例家园1').first().waitFor();
  say('cleared with every trace: a first visit, and all that the node has');
}
/** Another page of the same address removes the store: a script, or a person with the browser's tools. */
async function byAnotherTab({ hub, page, context, stage }) {
  const other = await phonePage(context, stage.problems);
  await other.goto(`${hub.url}/healthz`);
  await other.evaluate(() => new Promise((done, fail) => {
    const request = indexedDB.deleteDatabase('linli-phone');
    request.onsuccess = done;
    request.onblocked = fail;
    request.onerror = fail;
  }));
  await page.getByText(kLost).waitFor();
  await main(page).getByText('当时没有等待送出的内容').waitFor();
  await expectNothingPretended(page);
  say('removed by another tab: noticed, and nothing is said to be lost that isn’t');
}

await play(async (stage, pictures) => {
  const hub = await makeHub(stage);
  await addCompounds(hub, [compound(1), compound(2), compound(3)]);
  const { context } = await stage.browser('profile');
  const page = (stage.shown = await phonePage(context, stage.problems));
  await page.goto(`${hub.url}/phone`);
  await joinBy(page, invite(stage, hub));
  await main(page).getByText('样例家园1').waitFor();
  await until('the app to be kept for flight mode', () => isKept(page));
  const all = { stage, hub, page, context, pictures };
  await underTheOpenApp(all);
  await whileClosed(all);
  await allOfIt(all);
  await byAnotherTab(all);
});
