// desk_page.mjs: a page of the office's desk in a browser: opened, led to an address, and looked at.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const kStepMs = 30000;
export const kPassword = 'correct horse 电池';
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** What pages complained of: script errors, and what their policy blocked. */
export const problems = [];
/** Where pictures go; empty: nowhere. */
export const out = process.argv[3] ?? '';
if (out) mkdirSync(out, { recursive: true });
let step = 'start';
export const say = (text) => {
  step = text;
  console.log(`… ${text}`);
};
/** What was said last. */
export const stepNow = () => step;
export function expect(held, text) {
  if (!held) throw new Error(text);
}
export async function eventually(text, probe) {
  for (const end = Date.now() + kStepMs; ; ) {
    const got = await probe();
    if (got) return got;
    if (Date.now() > end) throw new Error(text);
    await new Promise((done) => setTimeout(done, 200));
  }
}
export const shot = async (page, name) => {
  if (out) await page.screenshot({ path: join(out, `${name}.png`), fullPage: true });
};

export async function open(context, url) {
  const page = await context.newPage();
  page.setDefaultTimeout(kStepMs);
  page.on('pageerror', (error) => problems.push(`script error: ${error.message}`));
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) problems.push(message.text());
  });
  await page.goto(url);
  return page;
}
export const go = async (page, base, hash, ready) => {
  await page.goto(`${base}/office#${hash}`);
  await page.locator(ready).first().waitFor();
};

/** No violation of axe's rules and nothing wider than the screen, in both languages and two widths. */
export async function checked(page, name) {
  for (const language of ['en', 'zh']) {
    await page.locator('.bar button.plain').click();
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
    const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).slice(0, 20).join(' ')}`);
    expect(violations.length === 0, `${name} (${language}): ${told.join(' | ')}`);
    for (const [width, height] of [[360, 800], [1440, 900]]) {
      await page.setViewportSize({ width, height });
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      await shot(page, `${name}-${language}-${width}`);
      expect(over <= 0, `${name} (${language}) is ${over} px wider than a screen of ${width}`);
    }
  }
}

/** The hub's own desk: nobody has set it up, and it is used as it is. */
export async function hubDesk(browser, city) {
  const context = await browser.newContext({ locale: 'zh-CN', viewport: { width: 1440, height: 900 } });
  const page = await open(context, `${city.hub.url}/office`);
  await page.getByRole('button', { name: '暂不设置，直接使用' }).click();
  await page.locator('[data-fact="safe"]').waitFor();
  return page;
}
