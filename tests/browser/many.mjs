// many.mjs: 5,000 records on the inspector's phone: joining, a start without a network, lists, search and handing in stay
// usable. Prints what each takes; the bounds are generous, for a machine that does other things as well.
//
//   node many.mjs LINLI [PICTURES]
import { compound, fillInspection, go, handIn, invite, isKept, joinBy, look, main, makeHub, makeOffice, phonePage } from './phone_city.mjs';
import { expect, play, say, until } from './stage.mjs';

const kCompounds = 50;
const kInspections = 950;
const kFindings = 4000;
const kMsMost = { fetch: 400_000, start: 60_000, list: 60_000, search: 20_000, hand: 60_000 };
const dayFromNow = (days) => new Date(Date.now() + 8 * 3600_000 + days * 86_400_000).toISOString().slice(0, 10);

/** Writes records through the API, 500 at a time as an import does; answers with their ids. */
async function add(office, type, records) {
  const ids = [];
  for (let i = 0; i < records.length; i += 500) {
    const lines = records.slice(i, i + 500).map((record) => JSON.stringify(record)).join('\n');
    const answer = await office.call('POST', `batch?type=${type}`, undefined, { 'Content-Type': 'application/x-ndjson' }, lines);
    const said = (await answer.text()).trim().split('\n').map((line) => JSON.parse(line));
    expect(said.every(({ id }) => id), `${type}: ${JSON.stringify(said.find(({ id }) => !id))}`);
    ids.push(...said.map(({ id }) => id));
  }
  return ids;
}
async function fill(office) {
  await add(office, 'compound', Array.from({ length: kCompounds }, (_, n) => compound(n + 1)));
  const codeOf = (n) => compound((n % kCompounds) + 1).compound_code;
  const inspections = await add(office, 'inspection', Array.from({ length: kInspections }, (_, n) => ({
    kind: 'patrol', compound: codeOf(n), template: ['standard', 1], inspectors: ['巡-01'], started_at: `${dayFromNow(-20)}T09:00`,
    ended_at: `${dayFromNow(-20)}T10:00`, results: { F01: 'ok', O02: 'fail' }, status: 'submitted',
  })));
  await add(office, 'finding', Array.from({ length: kFindings }, (_, n) => ({
    inspection: inspections[n % kInspections], compound: codeOf(n), item_code: 'O02', severity: 'major', description: `示例问题${n}：消防车通道堆放杂物`,
    place: `${(n % 9) + 1}号楼东侧`, responsible: 'company', found_on: dayFromNow(-20), due_on: dayFromNow((n % 60) - 20), status: 'open',
  })));
}

/** How long `work` takes, and the longest time within in which the page answered to nothing. */
async function timed(page, name, work) {
  await page.evaluate(() => {
    window.longest = 0;
    window.watching ??= new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration);
    });
    window.watching.observe({ entryTypes: ['longtask'] });
  });
  const began = Date.now();
  await work();
  const took = Date.now() - began;
  const longest = Math.round(await page.evaluate(() => window.longest));
  say(`${name}: ${took} ms, blocked at most for ${longest} ms`);
  return took;
}
async function fetchAll(page, stage, office) {
  const began = Date.now();
  await joinBy(page, invite(stage, office));
  await main(page).getByText(new RegExp(`\\(${kFindings}\\)`)).waitFor({ timeout: kMsMost.fetch });
  say(`joined and fetched ${kCompounds + kInspections + kFindings} records: ${Date.now() - began} ms`);
}
async function startAway(page, context) {
  await until('the app to be kept for flight mode', () => isKept(page));
  await context.setOffline(true);
  const began = Date.now();
  await page.reload();
  await main(page).getByText(new RegExp(`\\(${kFindings}\\)`)).waitFor();
  const took = Date.now() - began;
  say(`a start without a network: ${took} ms`);
  expect(took < kMsMost.start, `the start takes ${took} ms`);
}
async function lists(page) {
  const took = await timed(page, 'went through 400 findings', async () => {
    const more = page.getByRole('button', { name: `更多（共 ${kFindings}）` });
    for (let shown = 0; shown < 400; shown = await page.locator('.entry').count()) await more.click();
  });
  // What stands beneath is reached, and grows by scrolling.
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await main(page).getByText('样例路9号').waitFor();
  expect(took < kMsMost.list, `scrolling takes ${took} ms`);
}
async function searches(page) {
  await go(page, '/search');
  for (const [words, found] of [['示例问题3999', 1], ['消防车通道', 200], ['9号楼 问题39', 12]]) {
    const box = page.getByRole('searchbox');
    await box.fill('');
    const took = await timed(page, `searched for ${words}`, async () => {
      await box.fill(words);
      await main(page).getByRole('heading', { name: new RegExp(`\\(${found}\\)`) }).waitFor();
    });
    expect(took < kMsMost.search, `searching takes ${took} ms`);
  }
}
async function write(page) {
  await fillInspection(page, 1);
  const took = await timed(page, 'handed in an inspection', () => handIn(page));
  expect(took < kMsMost.hand, `handing in takes ${took} ms`);
}

await play(async (stage, pictures) => {
  const office = await makeOffice(stage, await makeHub(stage));
  await fill(office);
  const { context } = await stage.browser('profile');
  const page = (stage.shown = await phonePage(context, stage.problems));
  await page.goto(`${office.url}/phone`);
  await fetchAll(page, stage, office);
  await startAway(page, context);
  await look(page, 'many-today', pictures);
  await lists(page);
  await searches(page);
  await write(page);
});
