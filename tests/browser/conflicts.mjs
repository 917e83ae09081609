// conflicts.mjs: four planned inspections are carried out on a phone without a network, while the bureau changes the same:
// one edit loses, one wins, one meets a removal, one was written by a clock that stood a day ahead. The phone shows each
// with all versions, who wrote them and when, the desk says of the last that its time is unsure, and a conflict is gone
// once somebody has settled it; what was settled otherwise than the phone wrote stays there until its holder has seen it; axe in both languages.
//
//   node conflicts.mjs LINLI [PICTURES]
import { addCompounds, button, compound, go, handIn, invite, isKept, joinBy, kScope, look, main, makeHub, phonePage, syncToTheEnd } from './phone_city.mjs';
import { expect, play, say, until } from './stage.mjs';

const scoped = `scope=${encodeURIComponent(kScope)}`;
const path = ({ id }) => `records/inspection/${id}?${scoped}`;
async function done(answer, what) {
  expect(answer.ok, `${what}: ${answer.status} ${await answer.text()}`);
}
/** A planned inspection of the `n`th compound. */
async function plan(hub, n) {
  const { items: [template] } = await hub.get('records/template?limit=1');
  const answer = await hub.call('POST', `records/inspection?${scoped}`, {
    kind: 'patrol', template: template.id, compound: compound(n).compound_code, started_at: '2026-01-05T09:00:00+08:00', inspectors: ['巡-01'], status: 'planned', note: '原来的备注',
  });
  expect(answer.status === 201, `a planned inspection: ${answer.status}`);
  return answer.json();
}
async function carryOut(page, { id }, note) {
  await go(page, `/record/72/${kScope}/${id.replaceAll('-', '')}`);
  await button(page, '开始这次检查').click();
  const items = page.getByRole('radiogroup');
  await items.first().waitFor();
  const count = await items.count();
  for (let i = 0; i < count; ++i) await items.nth(i).getByRole('radio').first().check();
  await page.getByLabel('备注').fill(note);
  await handIn(page);
}
const write = (hub, record, note) => hub.call('PATCH', path(record), { note }).then((answer) => done(answer, 'the bureau edits'));
const cards = (page) => main(page).locator('.conflicts article');
const cardOf = (page, n) => cards(page).filter({ hasText: `样例家园${n}` });
/** A version that says this: its words. */
const version = async (page, n, text) => cardOf(page, n).locator('.version').filter({ hasText: text }).innerText();
function expectWords(said, ...words) {
  for (const word of words) expect(word.test(said), `${word} in “${said}”`);
}
const kTime = /\d{4}年.*\d{2}:\d{2}/;

/** What it writes meanwhile bears a time that isn't. */
async function aDayAhead(page, work) {
  await page.evaluate(() => {
    const real = (window.realNow = Date.now);
    Date.now = () => real() + 86_400_000;
  });
  await work();
  await page.evaluate(() => void (Date.now = window.realNow));
}
async function writeApart(page, hub, [lost, won, removed, unsure]) {
  await carryOut(page, lost, '手机先写的');
  await write(hub, lost, '市局后写的');
  await write(hub, won, '市局先写的');
  await carryOut(page, won, '手机后写的');
  await done(await hub.call('DELETE', path(removed)), 'the bureau removes');
  await carryOut(page, removed, '还在检查');
  await write(hub, unsure, '市局按准时写的');
  await aDayAhead(page, () => carryOut(page, unsure, '手机提前一天写的'));
  expect((await cards(page).count()) === 0, 'a phone that knows of nothing shows nothing');
}
async function seesAll(page, pictures) {
  await go(page, '/');
  await main(page).getByText('4 处修改与别处不一致').waitFor();
  await page.getByRole('navigation').getByText(/4\s*项需留意/).waitFor();
  await look(page, 'conflicts-today', pictures);
  await main(page).getByText('4 处修改与别处不一致').click();
  await main(page).getByRole('heading', { name: '与别处的修改不一致 (4)' }).waitFor();
  expectWords(await cardOf(page, 1).innerText(), /别处的生效，本机的另存着/);
  expectWords(await version(page, 1, '市局后写的'), /目前生效/, /示例住建局/, kTime, /备注/);
  expectWords(await version(page, 1, '手机先写的'), /另存/, /本机/, kTime);
  expectWords(await cardOf(page, 2).innerText(), /目前本机的生效/);
  expectWords(await version(page, 2, '手机后写的'), /目前生效/, /本机/);
  expectWords(await version(page, 2, '市局先写的'), /另存/, /示例住建局/);
  expectWords(await cardOf(page, 3).innerText(), /已在别处被删除/);
  expectWords(await version(page, 3, '删除记录'), /目前生效/, /示例住建局/);
  expectWords(await version(page, 3, '还在检查'), /另存/, /本机/);
  expectWords(await version(page, 4, '市局按准时写的'), /目前生效/, /示例住建局/);
  expectWords(await version(page, 4, '手机提前一天写的'), /另存/, /本机/, /时间不可信/);
  await look(page, 'conflicts-queue', pictures);
  say('each with all its versions, who and when; also of a record that was removed');
}
async function inEnglish(page, pictures) {
  await go(page, '/mine');
  await cards(page).first().waitFor();
  await page.getByRole('button', { name: 'English' }).click();
  await main(page).getByText('this phone’s is kept aside').first().waitFor();
  await look(page, 'conflicts-mine-en', pictures);
  await page.getByRole('button', { name: '中文' }).click();
}
/** The desk says of the version that was written ahead of time, and of its step in the history, how far its time can be trusted. */
async function onTheDesk(context, stage, hub, unsure, pictures) {
  for (const [width, height] of [[360, 740], [1440, 900]]) {
    const desk = await phonePage(context, stage.problems, { width, height });
    await desk.goto(`${hub.url}/office`);
    await desk.getByRole('button', { name: '暂不设置，直接使用' }).click();
    await desk.goto(`${hub.url}/office#/conflicts`);
    await desk.locator('.conflict .version', { hasText: '手机提前一天写的' }).getByText('时间不可信').waitFor();
    expect((await desk.locator('.conflict .unsure').count()) === 1, 'the others’ times are sure');
    const headings = await desk.locator('.conflict h2 a').allInnerTexts();
    for (const n of [1, 2, 3, 4]) expect(headings.filter((text) => new RegExp(`样例家园${n}\\D.* · 日常巡查 · \\d{4}-\\d\\d-\\d\\d`).test(text)).length === 1, `which inspection of ${n} it is: ${headings.join(' / ')}`);
    await look(desk, `conflicts-desk-${width}`, pictures);
    await desk.goto(`${hub.url}/office#/record/inspection/${unsure.id}?${scoped}`);
    const step = desk.locator('.history li', { hasText: '手机提前一天写的' }).first();
    await step.getByText('时间不可信').waitFor();
    await step.getByText('所述时间不在此范围内').waitFor();
    await step.scrollIntoViewIfNeeded();
    await look(desk, `conflicts-history-${width}`, pictures);
    await desk.close();
  }
  say('the desk marks the time that was wrong, in the conflict and in the history');
}
/** The bureau takes what the phone wrote. */
async function settles(page, hub, lost, pictures) {
  const { items } = await hub.get('conflicts?type=inspection');
  const one = items.find(({ id, severity }) => id === lost.id && severity === 'conflict');
  await done(await hub.call('POST', `conflicts/${one.conflict}`, { take: one.losers[0].version }, { 'If-Match': `"${one.seen}"` }), 'the bureau settles');
  await syncToTheEnd(page);
  await cardOf(page, 1).waitFor({ state: 'detached' });
  expect((await cards(page).count()) === 3, 'the others still wait');
  await go(page, `/record/72/${kScope}/${lost.id.replaceAll('-', '')}`);
  await main(page).getByText('手机先写的').waitFor();
  expect((await cards(page).count()) === 0, 'none on its page');
  await look(page, 'conflicts-settled', pictures);
  say('settled by the bureau: gone from the phone, which shows what was chosen');
}

/** The bureau keeps its own: what the phone wrote stays to be seen there, until its holder has seen it, and after that among what was never lost. */
async function settlesOtherwise(page, hub, unsure, pictures) {
  const { items } = await hub.get('conflicts?type=inspection');
  const one = items.find(({ id, severity }) => id === unsure.id && severity === 'conflict');
  await done(await hub.call('POST', `conflicts/${one.conflict}`, { keep: true }, { 'If-Match': `"${one.seen}"` }), 'the bureau keeps its own');
  await syncToTheEnd(page);
  await go(page, '/');
  await main(page).getByText('1 处本机写的没有被采用').waitFor();
  await look(page, 'replaced-today', pictures);
  await main(page).getByText('1 处本机写的没有被采用').click();
  const card = main(page).locator('.replaced-list article').filter({ hasText: '样例家园4' });
  await card.waitFor();
  expectWords(await card.locator('> p').first().innerText(), /示例住建局/, kTime, /没有采用本机的/);
  expectWords(await card.locator('.version').filter({ hasText: '市局按准时写的' }).innerText(), /现在生效/, /备注/);
  expectWords(await card.locator('.version').filter({ hasText: '手机提前一天写的' }).innerText(), /本机写的/, /本机/, kTime, /时间不可信/);
  await look(page, 'replaced-queue', pictures);
  await card.getByRole('button', { name: '知道了' }).click();
  await card.waitFor({ state: 'detached' });
  await page.reload();
  await main(page).getByRole('heading', { name: '与别处的修改不一致 (2)' }).waitFor();
  expect((await main(page).locator('.replaced-list').count()) === 0, 'what was seen comes no more');
  await go(page, '/mine');
  await card.waitFor();
  expect((await card.getByRole('button').count()) === 0, 'nothing to be done there');
  await page.getByRole('button', { name: 'English' }).click();
  await main(page).getByText('not as written here').waitFor();
  await look(page, 'replaced-mine-en', pictures);
  await page.getByRole('button', { name: '中文' }).click();
  say('settled otherwise than the phone wrote: by whom, when, what counts now and what it had written, until it was seen');
}

await play(async (stage, pictures) => {
  const hub = await makeHub(stage);
  await addCompounds(hub, [1, 2, 3, 4].map((n) => compound(n)));
  const plans = [await plan(hub, 1), await plan(hub, 2), await plan(hub, 3), await plan(hub, 4)];
  const { context } = await stage.browser('profile');
  const page = (stage.shown = await phonePage(context, stage.problems, { width: 360, height: 800 }));
  await page.goto(`${hub.url}/phone`);
  await joinBy(page, invite(stage, hub));
  await main(page).getByRole('heading', { name: '待检查 (4)' }).waitFor();
  await until('the app to be kept for flight mode', () => isKept(page));
  await context.setOffline(true);
  await writeApart(page, hub, plans);
  await context.setOffline(false);
  await syncToTheEnd(page);
  await seesAll(page, pictures);
  await inEnglish(page, pictures);
  await onTheDesk(context, stage, hub, plans[3], pictures);
  await settles(page, hub, plans[0], pictures);
  await settlesOtherwise(page, hub, plans[3], pictures);
});
