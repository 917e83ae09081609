// board_page.mjs: what the tests of the notice board share: a person's browser, and what is asked of every page.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { expect } from './stage.mjs';

export const kPhone = { width: 360, height: 800 };
export const kDesk = { width: 1440, height: 900 };
const kStepMs = 30_000;
const kAxe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-dev-shm-usage'],
  });

/** A person with a browser of their own; script errors and what the policy blocks fail the run. */
export async function person(browser, problems, viewport = kPhone) {
  const context = await browser.newContext({ viewport, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', acceptDownloads: true });
  const page = await context.newPage();
  page.setDefaultTimeout(kStepMs);
  page.on('pageerror', (error) => problems.push(`script error: ${error.message}`));
  page.on('console', (message) => {
    if (/Content Security Policy|\[Vue warn\]/.test(message.text())) problems.push(message.text());
  });
  return page;
}
export async function inEnglish(page, english) {
  const now = (await page.locator('html').getAttribute('lang')) === 'en';
  if (now !== english) await page.locator('button.language').click();
  await page.waitForFunction((lang) => document.documentElement.lang === lang, english ? 'en' : 'zh-CN');
}
async function fits(page, name) {
  // 320 px is what is left of 1280 at 400 % (WCAG 1.4.10); 720 is a desk's screen at 200 %.
  for (const viewport of [{ width: 320, height: 640 }, kPhone, { width: 720, height: 450 }, kDesk]) {
    await page.setViewportSize(viewport);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(over <= 0, `${name} is ${over} px wider than a screen of ${viewport.width}`);
  }
  await page.setViewportSize(kPhone);
}
async function axe(page, name) {
  await page.evaluate(kAxe);
  const violations = await page.evaluate(async () =>
    (await globalThis.axe.run(document, { resultTypes: ['violations'] })).violations.map(
      ({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(' | ')}`));
  expect(violations.length === 0, `axe on ${name}: ${violations.join('; ')}`);
}
/** Targets of a thumb's size, except links within a sentence. */
async function targets(page, name) {
  const small = await page.evaluate(() =>
    [...document.querySelectorAll('button, select, input, textarea, summary, main li > a, nav a')]
      .map((one) => ({ box: one.getBoundingClientRect(), one }))
      .filter(({ box }) => box.width > 0 && (box.height < 24 || box.width < 24))
      .map(({ one }) => one.outerHTML.slice(0, 100)));
  expect(small.length === 0, `${name}: too small for a thumb: ${small.join(' | ')}`);
}
/** A page in both languages and in all widths; its pictures go to `out`. */
export async function inspect(page, name, out) {
  for (const english of [true, false]) {
    await inEnglish(page, english);
    await axe(page, `${name} (${english ? 'en' : 'zh'})`);
    await fits(page, name);
    await targets(page, name);
    for (const [size, viewport] of [['phone', kPhone], ['desk', kDesk]]) {
      await page.setViewportSize(viewport);
      await page.screenshot({ path: join(out, `${name}-${english ? 'en' : 'zh'}-${size}.png`), fullPage: true });
    }
    await page.setViewportSize(kPhone);
  }
}
/** Presses Tab until the focused element fits; fails when it never does. */
export async function tabTo(page, what, fitsOne, most = 60) {
  for (let n = 0; n < most; ++n) {
    await page.keyboard.press('Tab');
    const found = await page.evaluate((source) => {
      const one = document.activeElement;
      const visible = one && one !== document.body && getComputedStyle(one).outlineStyle !== 'none';
      return { fits: Boolean(one && new Function('one', `return ${source}`)(one)), visible };
    }, fitsOne);
    if (found.fits) return expect(found.visible, `the focus on ${what} can't be seen`);
  }
  throw new Error(`${what} isn't reached with the Tab key`);
}
