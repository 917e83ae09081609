// tabs.mjs: two tabs of one phone at once: both write and sync, no number is taken twice, both show the same queue, and a
// draft that is open in both makes one record.
//
//   node tabs.mjs LINLI [PICTURES]
import { addCompounds, button, compound, fillInspection, go, handIn, inspectionsAt, invite, isKept, joinBy, look, main, makeHub, phonePage } from './phone_city.mjs';
import { expect, play, say, until } from './stage.mjs';

const kRounds = 2;
const pillSays = (page, text) => page.locator('header .pill').getByText(text).waitFor();

/** Feed and number of each change set that was written here. */
const numbers = (page) =>
  page.evaluate(() => new Promise((done, fail) => {
    const opened = indexedDB.open('linli-phone');
    opened.onerror = () => fail(opened.error);
    opened.onsuccess = () => {
      const asked = opened.result.transaction('sets').objectStore('sets').index('own').getAll(1);
      asked.onerror = () => fail(asked.error);
      asked.onsuccess = () => {
        opened.result.close();
        done(asked.result.map(({ feed, seq }) => ({ feed, seq: Number(seq) })));
      };
    };
  }));
/** Each feed's numbers are 1, 2, 3, … */
function expectNoneTwice(taken, count) {
  expect(taken.length === count, `${taken.length} change sets, ${count} were written`);
  const feeds = Map.groupBy ? Map.groupBy(taken, ({ feed }) => feed) : taken.reduce((map, one) => map.set(one.feed, [...(map.get(one.feed) ?? []), one]), new Map());
  for (const sets of feeds.values()) {
    const found = sets.map(({ seq }) => seq).sort((a, b) => a - b);
    expect(found.every((seq, i) => seq === i + 1), `numbers of one feed: ${found}`);
  }
}
async function joinInOne(one, other, stage, hub) {
  await button(other, '加入').waitFor();
  await joinBy(one, invite(stage, hub));
  for (const page of [one, other]) await main(page).getByText('样例路1号').waitFor();
  say('one joined, and the other knows');
}
async function writeInBoth(one, other) {
  for (let round = 1; round <= kRounds; ++round) {
    await Promise.all([fillInspection(one, 1), fillInspection(other, 2)]);
    await Promise.all([handIn(one), handIn(other)]);
    for (const page of [one, other]) await pillSays(page, `${2 * round} 条待送`);
  }
  for (const page of [one, other]) await page.getByRole('heading', { name: `等待送出 (${2 * kRounds})` }).waitFor();
  expectNoneTwice(await numbers(one), 2 * kRounds);
  say('both wrote at once: no number twice, and both show the same queue');
}
async function oneDraftInBoth(one, other, pictures) {
  await fillInspection(one, 3);
  await one.getByText('草稿已保存在本机').waitFor();
  await go(other, '/');
  await other.locator('.draft a').click();
  await other.getByRole('radiogroup').first().waitFor();
  await handIn(one);
  await main(other).getByText('这份草稿已交出或删除').waitFor();
  await look(other, 'tabs-handed-in', pictures);
  say('handed in by one: the other says so, and can’t hand it in again');
  // And at the very same time.
  await fillInspection(one, 4);
  await one.getByText('草稿已保存在本机').waitFor();
  await go(other, '/');
  await other.locator('.draft a').click();
  await other.getByRole('radiogroup').first().waitFor();
  await Promise.all([one, other].map((page) => button(page, '提交').click()));
  await until('both to be through', async () => {
    const texts = await Promise.all([one, other].map((page) => main(page).innerText()));
    return texts.every((text) => /已签名并保存在本机|这份草稿已交出或删除/.test(text));
  });
}
async function syncBoth(one, other, hub) {
  for (const page of [one, other]) await go(page, '/queue');
  await Promise.all([one, other].map((page) => button(page, '现在同步').click()));
  for (const page of [one, other]) {
    await until('nothing to wait in either', async () => {
      const now = button(page, '现在同步');
      if (await now.isEnabled()) await now.click();
      return (await main(page).getByText('没有等待送出的内容').count()) > 0;
    });
  }
  const taken = await numbers(one);
  expectNoneTwice(taken, taken.length);
  for (const page of [one, other]) await main(page).getByText(`市级已确认 ${taken.length} 份`).waitFor();
  const found = await inspectionsAt(hub);
  expect(found.length === 2 * kRounds + 2, `${found.length} inspections at the hub`);
  say(`synced at once: ${found.length} inspections at the hub, each once`);
}

await play(async (stage, pictures) => {
  const hub = await makeHub(stage);
  await addCompounds(hub, [1, 2, 3, 4].map((n) => compound(n)));
  const { context } = await stage.browser('profile');
  const one = await phonePage(context, stage.problems);
  const other = (stage.shown = await phonePage(context, stage.problems));
  for (const page of [one, other]) await page.goto(`${hub.url}/phone`);
  await joinInOne(one, other, stage, hub);
  await until('the app to be kept for flight mode', () => isKept(one));
  await context.setOffline(true);
  await writeInBoth(one, other);
  await oneDraftInBoth(one, other, pictures);
  await context.setOffline(false);
  await syncBoth(one, other, hub);
});
