// lighthouse.mjs: what Lighthouse says of the four faces: the inspector's phone and the owner's notice board as on a phone, the office's
// desk and the bureau as at a desk. Accessibility and best practices have to be at 95 or more; performance is printed, and asserted
// as well with --full for the first two: it is of the machine that runs it, too.
//
//   node lighthouse.mjs LINLI [PICTURES] [--full]
import lighthouse from 'lighthouse';
import desk from 'lighthouse/core/config/desktop-config.js';
import { addCompounds, compound, makeHub } from './phone_city.mjs';
import { expect, play, say } from './stage.mjs';

const kLeast = 95;
const isFull = process.argv.includes('--full');
const kPerson = { name: '王五', password: '测试用的密码一二三四五' };

/** `config`: null, as on a phone. */
async function judge(port, url, name, config = null) {
  // A session that began before goes on.
  const flags = { port, output: 'json', logLevel: 'error', disableStorageReset: config !== null, onlyCategories: ['performance', 'accessibility', 'best-practices'] };
  const { lhr } = await lighthouse(url, flags, config ?? undefined);
  expect(!lhr.runtimeError, `${name}: ${lhr.runtimeError?.message}`);
  const scores = Object.values(lhr.categories).map(({ id, score }) => [id, Math.round(100 * score)]);
  const figures = ['first-contentful-paint', 'largest-contentful-paint', 'total-blocking-time', 'cumulative-layout-shift', 'interactive'];
  say(`${name}: ${scores.map((one) => one.join(' ')).join(', ')}; ${figures.map((id) => `${id} ${lhr.audits[id]?.displayValue}`).join(', ')}`);
  for (const [id, score] of scores) {
    const faults = lhr.categories[id].auditRefs.map((ref) => lhr.audits[ref.id]).filter((audit) => audit.score !== null && audit.score < 1);
    const told = faults.map((audit) => `${audit.id} ${audit.displayValue ?? ''} ${(audit.details?.items ?? []).slice(0, 3).map((item) => item.node?.snippet ?? item.description ?? item.url ?? '').join(' ')}`).join('; ');
    if (id !== 'performance' && told) say(`  ${id}: ${told}`);
    if (score < kLeast && (id !== 'performance' || (isFull && !config))) throw new Error(`${name}: ${id} is ${score}: ${told}`);
  }
}
/** Sets up the node's first account, and logs in with this browser. */
async function logIn(context, hub) {
  const page = context.pages()[0] ?? (await context.newPage());
  await page.goto(`${hub.url}/login`);
  const answer = await page.evaluate(async (person) => {
    const body = JSON.stringify({ ...person, role: 'bureau' });
    const { status } = await fetch('/api/v1/setup', { method: 'POST', body, headers: { 'Content-Type': 'application/json' } });
    const session = await (await fetch('/api/v1/session')).json();
    return { status, who: session.account?.name };
  }, kPerson);
  expect(answer.who === kPerson.name, `logged in: ${JSON.stringify(answer)}`);
}

await play(async (stage) => {
  const hub = await makeHub(stage);
  await addCompounds(hub, [compound(1), compound(2)]);
  const { browser, context } = await stage.browser('profile');
  const port = Number(new URL(stage.devtools).port);
  await judge(port, `${hub.url}/phone`, 'phone');
  await judge(port, `${hub.url}/public`, 'public');
  await judge(port, `${hub.url}/office`, 'office, first run', desk);
  await logIn(context, hub);
  await judge(port, `${hub.url}/office`, 'office', desk);
  await judge(port, `${hub.url}/office#/list/compound`, 'office, a list', desk);
  await judge(port, `${hub.url}/bureau`, 'bureau', desk);
  await browser.close();
});
