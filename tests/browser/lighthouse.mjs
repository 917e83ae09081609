// lighthouse.mjs: what Lighthouse says of the phone's start page and the owner's notice board, as on a phone. Accessibility and best
// practices have to be at 95 or more; performance is printed, and asserted as well with --full: it is of the machine that runs it, too.
//
//   node lighthouse.mjs LINLI [PICTURES] [--full]
import lighthouse from 'lighthouse';
import { addCompounds, compound, makeHub } from './phone_city.mjs';
import { expect, play, say } from './stage.mjs';

const kLeast = 95;
const isFull = process.argv.includes('--full');

async function judge(port, url, name) {
  const flags = { port, output: 'json', logLevel: 'error', onlyCategories: ['performance', 'accessibility', 'best-practices'] };
  const { lhr } = await lighthouse(url, flags);
  expect(!lhr.runtimeError, `${name}: ${lhr.runtimeError?.message}`);
  const scores = Object.values(lhr.categories).map(({ id, score }) => [id, Math.round(100 * score)]);
  const figures = ['first-contentful-paint', 'largest-contentful-paint', 'total-blocking-time', 'cumulative-layout-shift', 'interactive'];
  say(`${name}: ${scores.map((one) => one.join(' ')).join(', ')}; ${figures.map((id) => `${id} ${lhr.audits[id]?.displayValue}`).join(', ')}`);
  for (const [id, score] of scores) {
    if (score >= kLeast || (id === 'performance' && !isFull)) continue;
    const faults = lhr.categories[id].auditRefs.map((ref) => lhr.audits[ref.id]).filter((audit) => audit.score !== null && audit.score < 1);
    throw new Error(`${name}: ${id} is ${score}: ${faults.map((audit) => `${audit.id} ${audit.displayValue ?? ''}`).join('; ')}`);
  }
}

await play(async (stage) => {
  const hub = await makeHub(stage);
  await addCompounds(hub, [compound(1), compound(2)]);
  const { browser } = await stage.browser('profile');
  const port = Number(new URL(stage.devtools).port);
  await judge(port, `${hub.url}/phone`, 'phone');
  await judge(port, `${hub.url}/public`, 'public');
  await browser.close();
});
