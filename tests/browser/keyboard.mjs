// keyboard.mjs: the phone's main flow by the keyboard alone, at the usual size and at 200 % (where 180 CSS pixels are left): join, inspect,
// hand in, sync. What has the focus is seen, and lies beneath no bar; nothing is wider than the screen.
//
//   node keyboard.mjs LINLI [PICTURES]
import { addCompounds, compound, go, inspectionsAt, invite, look, main, makeHub, phonePage } from './phone_city.mjs';
import { expect, play, say, until } from './stage.mjs';

/** What has the focus: its words, its kind, and whether a person can see it. */
const focused = (page) =>
  page.evaluate(async () => {
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const one = document.activeElement;
    if (!one || one === document.body) return { words: '', kind: 'nothing', seen: true };
    const { left, top, width, height } = one.getBoundingClientRect();
    // No more than a part of it may lie beneath a bar (WCAG 2.4.11).
    const there = [0.1, 0.5, 0.9].map((part) => document.elementFromPoint(left + width / 2, top + height * part)).filter(Boolean);
    const labels = [...(one.labels ?? [])].map((label) => label.innerText).join(' ');
    return {
      words: (one.getAttribute('aria-label') ?? (labels || one.innerText || '')).trim(),
      kind: one.type || one.tagName.toLowerCase(),
      seen: there.some((at) => one.contains(at) || at.contains(one) && at.tagName === 'LABEL' || [...(one.labels ?? [])].some((label) => label.contains(at))),
    };
  });
/** Tab until `fits` answers yes; it may do something with what is passed on the way. */
async function tabTo(page, what, fits, most = 120) {
  for (let n = 0; n < most; ++n) {
    await page.keyboard.press('Tab');
    const one = await focused(page);
    expect(one.seen, `“${one.words}” has the focus beneath a bar`);
    if (await fits(one)) return;
  }
  throw new Error(`${what} isn't reached with the Tab key`);
}
const withWords = (words, kind) => (one) => one.words.includes(words) && (!kind || one.kind === kind);

async function joinByKeys(page, line) {
  // What stands there first is replaced when the app has come, beneath whoever tabs through it just then.
  await main(page).getByText('从文件或二维码图片读取').waitFor();
  await tabTo(page, 'the invite', (one) => one.kind === 'textarea');
  await page.keyboard.insertText(line);
  await tabTo(page, 'the button that joins', withWords('加入', 'button'));
  await page.keyboard.press('Enter');
  await main(page).getByText('样例路1号').waitFor();
}
async function inspectByKeys(page, n, zoom, pictures) {
  await go(page, '/');
  await main(page).getByText(`样例路${n}号`).waitFor();
  await look(page, `keys-today${zoom}`, pictures);
  await tabTo(page, 'the compound', withWords(`样例路${n}号`, 'a'));
  await page.keyboard.press('Enter');
  await main(page).getByText('检查这个小区').waitFor();
  await look(page, `keys-compound${zoom}`, pictures);
  await tabTo(page, 'its button', withWords('检查这个小区'), 4);
  await page.keyboard.press('Enter');
  await page.getByLabel('检查人员编号').waitFor();
  await tabTo(page, 'the inspectors', withWords('检查人员编号'));
  await page.keyboard.press('Control+A');
  await page.keyboard.type('巡-01');
  if ((await page.getByRole('radiogroup').count()) === 0) {
    await tabTo(page, 'the checklist', withWords('检查表', 'select-one'));
    await page.keyboard.press('ArrowDown');
  }
  await page.getByRole('radiogroup').first().waitFor();
  await look(page, `keys-inspect${zoom}`, pictures);
  const count = await page.getByRole('radiogroup').count();
  let marked = 0;
  await tabTo(page, 'the button that hands it in', async (one) => {
    if (one.kind === 'radio' && ++marked) await page.keyboard.press('Space');
    return one.words === '提交';
  }, count + 60);
  expect(marked === count, `${marked} of ${count} items were reached`);
  await page.keyboard.press('Enter');
  await main(page).getByText('已签名并保存在本机').waitFor();
  await look(page, `keys-queue${zoom}`, pictures);
  await tabTo(page, 'the button that syncs', withWords('现在同步'), 4);
  await page.keyboard.press('Enter');
}

await play(async (stage, pictures) => {
  const hub = await makeHub(stage);
  await addCompounds(hub, [compound(1), compound(2)]);
  const { context } = await stage.browser('profile');
  const page = (stage.shown = await phonePage(context, stage.problems));
  await page.goto(`${hub.url}/phone`);
  await joinByKeys(page, invite(stage, hub));
  await inspectByKeys(page, 1, '', pictures);
  await until('the first at the hub', async () => (await inspectionsAt(hub)).length === 1);
  say('joined, inspected and synced by the keyboard alone');
  await page.setViewportSize({ width: 180, height: 370 });
  await inspectByKeys(page, 2, '-200', pictures);
  await until('the second at the hub', async () => (await inspectionsAt(hub)).length === 2);
  for (const path of ['/search', '/training', '/more', '/mine', '/storage', '/carry', '/settings']) {
    await go(page, path);
    await page.waitForFunction((to) => location.hash === `#${to}`, path);
    await look(page, `keys${path.replace('/', '-')}-200`, pictures);
  }
  say('and at 200 %');
});
