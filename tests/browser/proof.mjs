// proof.mjs: gives a proof file to the page /proof of a node, in Chromium.
//
//   node proof.mjs NODE_URL FILE CITY OUT_FOLDER
//
// Exit code 0: the page says that it holds, and that a changed one and another city's don't, and asked
// nobody meanwhile; 1: one of these isn't so, named on stderr. CHROMIUM names another browser.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const [url, file, city, out] = process.argv.slice(2);
if (!out) {
  console.error('usage: node proof.mjs NODE_URL FILE CITY OUT_FOLDER');
  process.exit(2);
}
function expect(held, text) {
  if (!held) throw new Error(text);
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});
try {
  mkdirSync(out, { recursive: true });
  const page = await browser.newPage({ viewport: { width: 390, height: 844 }, locale: 'zh-CN' });
  const problems = [];
  page.on('pageerror', (error) => problems.push(`${error}`));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  await page.goto(new URL('/proof', url).href, { waitUntil: 'networkidle' });
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));

  const verdict = async (name, root) => {
    await page.fill('#root', root);
    await page.setInputFiles('#file', name);
    await page.waitForFunction(() => document.getElementById('verdict') !== null);
    const found = page.locator('#verdict');
    return { good: (await found.getAttribute('class')).includes('good'), text: await found.textContent() };
  };
  const holds = await verdict(file, city);
  expect(holds.good, `it holds, and the page says: ${holds.text}`);
  expect(holds.text.includes('证明成立'), holds.text);
  await page.screenshot({ path: join(out, 'proof.png'), fullPage: true });
  const shown = await page.locator('#result').textContent();
  expect(shown.includes('另经核对'), 'the witnesses are shown');
  expect(!shown.includes('字段 '), `a field without its label: ${shown}`);

  const bytes = readFileSync(file);
  bytes[bytes.length >> 1] ^= 1;
  writeFileSync(join(out, 'changed.linli-proof'), bytes);
  await page.locator('#result').evaluate((node) => node.replaceChildren());
  const changed = await verdict(join(out, 'changed.linli-proof'), city);
  expect(!changed.good, 'a changed file holds');
  await page.locator('#result').evaluate((node) => node.replaceChildren());
  const other = await verdict(file, 'a'.repeat(64));
  expect(!other.good && other.text.includes('另一个城市'), `another city: ${other.text}`);
  expect(asked.length === 0, `the page asked for ${asked}`);
  expect(problems.length === 0, problems.join('; '));
  console.log(shown);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await browser.close();
}
