// public_asking.mjs: asking a question on the notice board: wrong input, lost answers, limits, and the answer.
import { join } from 'node:path';
import { change } from './board_city.mjs';
import { inEnglish, inspect, person } from './board_page.mjs';
import { expect, say } from './stage.mjs';

const kQuestion = '3号楼的电梯什么时候修？🏘️ <script>document.title="taken"</script>';
/** A browser asks at most five at once (api/context.h). */
const kAtOnce = 5;

async function openForm(page) {
  await page.locator('.crumb a').click();
  await page.locator('.actions a', { hasText: '我要提问' }).first().click();
  await page.locator('#text').waitFor();
}
async function wrongInput(page, out) {
  await page.locator('form button[type="submit"]').click();
  await page.locator('#text-fault', { hasText: '请写下您的问题' }).waitFor();
  expect(await page.evaluate(() => document.activeElement?.id === 'text'), 'the first wrong field has the focus');
  const long = '长'.repeat(9_998) + '🏘️';
  await page.fill('#text', long);
  await page.fill('#name', '名'.repeat(61));
  await page.locator('form button[type="submit"]').click();
  await page.locator('#text-fault', { hasText: '最多 1000 个字，多了 9000 个' }).waitFor();
  await page.locator('#name-fault').waitFor();
  await inspect(page, 'ask-wrong', out);
  await inEnglish(page, true);
  await page.locator('#text-fault', { hasText: 'At most 1000 characters' }).waitFor();
  await inEnglish(page, false);
  await page.reload();
  await page.locator('#text').waitFor();
  expect((await page.inputValue('#text')) === long, 'a reload loses what was typed');
  expect((await page.inputValue('#name')).length === 61, 'a reload loses the name');
}
/** The node's own words stand at their field as well. */
async function serverFaults(page) {
  await page.fill('#text', kQuestion);
  await page.fill('#name', '样例业主');
  await page.fill('#contact', '0373-0000088');
  await page.route('**/api/v1/public/questions', (route) => {
    const body = { ...route.request().postDataJSON(), about_kind: 'weather' };
    return route.continue({ postData: JSON.stringify(body) });
  });
  await page.locator('form button[type="submit"]').click();
  await page.locator('#about_kind-fault').waitFor();
  expect((await page.inputValue('#text')) === kQuestion, 'an error loses what was typed');
  await page.unroute('**/api/v1/public/questions');
}
/** The node takes the question and its answer is lost: asked again, it is asked once. */
async function lostAnswer(page, office) {
  const before = await countOf(office);
  await page.route('**/api/v1/public/questions', async (route) => {
    await route.fetch();
    await route.abort('connectionreset');
  });
  await page.locator('form button[type="submit"]').click();
  await page.locator('.general', { hasText: '连不上服务器' }).waitFor();
  expect((await page.locator('.general').textContent()).includes('您写的内容都还在'), 'it says that nothing is lost');
  expect((await page.inputValue('#text')) === kQuestion, 'a lost answer loses what was typed');
  await page.unroute('**/api/v1/public/questions');
  await page.reload();
  await page.locator('#text').waitFor();
  await page.locator('form button[type="submit"]').click();
  await page.locator('h1', { hasText: '提问已收到' }).waitFor();
  expect((await countOf(office)) === before + 1, 'asked again after a lost answer it was asked twice');
  return new URL(page.url()).searchParams.get('question');
}
const countOf = async (office) => (await office.get('records/feedback?limit=100')).items.length;

async function answered(page, office, id, out) {
  await page.locator('main', { hasText: id }).waitFor();
  await inspect(page, 'question', out);
  await page.locator('header a', { hasText: '我的提问' }).click();
  await page.locator('.links a', { hasText: '阳光花园' }).first().waitFor();
  await inspect(page, 'mine', out);
  const held = await office.get(`records/feedback/${id}`);
  expect(held.fields.author === '样例业主' && held.fields.contact === '0373-0000088', 'the office knows whom to answer');
  expect(held.fields.text === kQuestion, `the question arrived as ${held.fields.text}`);
  const today = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
  await change(office, 'feedback', id, { status: 'answered', reply: '周五前修好。', replied_on: today });
  await change(office, 'feedback', id, { publicity: 'shown' });
  await page.locator('.links a').first().click();
  await page.locator('.people', { hasText: '周五前修好' }).waitFor();
  expect(!(await page.title()).includes('taken'), 'a question became a script');
}
async function shownToAll(browser, office, address, problems) {
  const page = await person(browser, problems);
  await page.goto(address);
  await page.locator('#questions').waitFor();
  const text = await page.locator('main').textContent();
  expect(text.includes('周五前修好') && text.includes('3号楼的电梯'), 'question and answer are shown to all');
  expect(!text.includes('样例业主') && !text.includes('0373-0000088'), 'who asked is shown to all');
  await page.context().close();
}
/** Too often: told when to come again, and what is typed stays. */
async function tooOften(page, address, out) {
  await page.goto(address);
  let last = '';
  for (let n = 0; n <= kAtOnce; ++n) {
    await page.locator('.actions a', { hasText: '我要提问' }).first().click();
    await page.locator('#text').waitFor();
    for (const name of ['text', 'name', 'contact']) {
      expect((await page.inputValue(`#${name}`)) === '', `of a question that was sent its ${name} stays in the form`);
    }
    last = `第 ${n} 个问题`;
    await page.fill('#text', last);
    await page.locator('form button[type="submit"]').click();
    const done = page.locator('h1', { hasText: '提问已收到' });
    const refused = page.locator('.general', { hasText: '以后再试' });
    await done.or(refused).waitFor();
    if (await refused.isVisible()) break;
    await page.goto(address);
  }
  await page.locator('.general', { hasText: '以后再试' }).waitFor();
  expect((await page.inputValue('#text')) === last, 'being asked to wait loses what was typed');
  await page.screenshot({ path: join(out, 'too-often.png'), fullPage: true });
}

export async function asking(browser, page, { office, problems, out }) {
  await page.locator('#disclosures, .crumb a').first().waitFor();
  await openForm(page);
  const compound = new URL(page.url()).searchParams.get('ask');
  const address = `${office.url}/public?compound=${compound}`;
  await inspect(page, 'ask', out);
  await wrongInput(page, out);
  await serverFaults(page);
  say('wrong questions are told at their fields, and nothing typed is lost');
  const id = await lostAnswer(page, office);
  await answered(page, office, id, out);
  await shownToAll(browser, office, address, problems);
  say('a question is asked once, answered, and shown without its asker');
  await tooOften(page, address, out);
  say('who asks too often is told when to come again');
}
