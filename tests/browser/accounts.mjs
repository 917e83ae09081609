// accounts.mjs: the first account, logging in and out, and other people's accounts, as their users
// do it on a phone's screen.
//
//   node accounts.mjs OFFICE_URL OUT_FOLDER
//
// The office has no account yet, and a compound. Screenshots go to OUT_FOLDER. Exit code 0: every
// promise held; 1: one didn't, named on the last line of stderr; 2: wrong usage.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const [office, out] = process.argv.slice(2);
if (!office || !out) {
  console.error('usage: node accounts.mjs OFFICE_URL OUT_FOLDER');
  process.exit(2);
}
const kStepMs = 30000;
const kPassword = 'correct horse 电池';
const kFresh = 'another good one 2026';
const problems = [];

let step = 'start';
const say = (text) => {
  step = text;
  console.log(`… ${text}`);
};
function expect(held, text) {
  if (!held) throw new Error(text);
}

const shot = (page, name) => page.screenshot({ path: join(out, `${name}.png`), fullPage: true });

/** A person with a browser of their own; script errors and blocked resources fail the run. */
async function person(browser, width = 390) {
  const context = await browser.newContext({
    viewport: { width, height: 844 }, locale: 'zh-CN', timezoneId: 'Asia/Shanghai',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(kStepMs);
  page.on('pageerror', (error) => problems.push(`script error: ${error.message}`));
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) problems.push(message.text());
  });
  return page;
}

async function fits(page, name) {
  for (const width of [360, 768]) {
    await page.setViewportSize({ width, height: 844 });
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(over <= 0, `${name} is ${over} px wider than a screen of ${width}`);
  }
  await page.setViewportSize({ width: 390, height: 844 });
  await shot(page, name);
}

async function logIn(page, name, password) {
  await page.goto(office);
  await page.waitForURL('**/login*');
  await page.locator('#name').fill(name);
  await page.locator('#password').fill(password);
  await page.locator('#login button[type="submit"]').click();
}

async function setUp(page) {
  await page.goto(`${office}/setup`);
  await page.locator('#setup').waitFor();
  await fits(page, 'setup');
  await page.locator('#setup-name').fill('王五');
  await page.locator('#setup-role').selectOption('office');
  await page.locator('#setup-password').fill(kPassword);
  await page.locator('#setup-again').fill(`${kPassword}?`);
  await page.locator('#setup button[type="submit"]').click();
  await page.getByText('两次输入不一致').waitFor();
  await page.locator('#setup-again').fill(kPassword);
  await page.locator('#setup button[type="submit"]').click();
  await page.waitForSelector('.facts');
  expect((await page.locator('#account').textContent()).trim() === '王五', 'the page does not say who is logged in');
  expect(!(await page.evaluate(() => document.cookie)), 'a script can read the session’s cookie');
}

async function addInspector(page) {
  await page.locator('#account').click();
  await page.locator('#add-name').fill('李四');
  await page.locator('#add-role').selectOption('inspector');
  await page.locator('#add-password').fill(kPassword);
  await page.locator('#add-form button[type="submit"]').click();
  await page.locator('#people li[data-name="李四"]').waitFor();
  await fits(page, 'account');
}

async function changePassword(page) {
  await page.locator('#account').click();
  await page.locator('#password-form').waitFor();
  expect((await page.locator('#people').count()) === 0, 'an inspector sees other people’s accounts');
  await page.locator('#old').fill(kPassword);
  await page.locator('#new').fill(kFresh);
  await page.locator('#again').fill(kFresh);
  await page.locator('#password-form button[type="submit"]').click();
  await page.getByText('密码已改').waitFor();
}

/** An inspector may inspect, not enter buildings; the page's own requests carry the proof. */
async function writeSomething(page) {
  const ask = (proven) => page.evaluate(async (withProof) => {
    const { api } = await import('/assets/linli.js');
    const body = { compound: '410702003901001', building_no: '9' };
    if (!withProof) {
      const answer = await fetch('/api/v1/records/building', {
        method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
      });
      return `${answer.status}`;
    }
    try {
      await api('/records/building', { method: 'POST', body });
      return '201';
    } catch (error) {
      return `${error.status} ${error.faults.length ? error.faults[0].zh : error.problem.detail}`;
    }
  }, proven);
  expect((await ask(false)) === '403', 'a request without the page’s proof was not refused');
  const refused = await ask(true);
  expect(/^403 .*账号角色/.test(refused), `an inspector’s building: ${refused}`);
}

async function audit(page) {
  await page.goto(`${office}/audit`);
  await page.locator('li[data-act="account"]').first().waitFor();
  await page.locator('#verify').click();
  await page.locator('#verdict.good').waitFor();
  await fits(page, 'audit');
}

async function run(browser) {
  say('the first account is made, and logs in');
  const admin = await person(browser);
  await setUp(admin);
  say('an administrator adds an inspector');
  await addInspector(admin);

  say('an inspector logs in; a wrong password is told');
  const inspector = await person(browser);
  await logIn(inspector, '李四', 'not the password');
  await inspector.getByText('名称或密码不对').waitFor();
  await fits(inspector, 'login');
  await inspector.locator('#password').fill(kPassword);
  await inspector.locator('#login button[type="submit"]').click();
  await inspector.waitForSelector('.facts');
  say('a role that may not write is told so');
  await writeSomething(inspector);
  say('a password is changed by its owner');
  await changePassword(inspector);
  await inspector.goto(office);
  await inspector.waitForSelector('.facts');

  say('a disabled person has to log in by the next request');
  await admin.goto(`${office}/account`);
  await admin.locator('#people li[data-name="李四"] .toggle').click();
  await admin.locator('#people li[data-name="李四"] .chip.bad').waitFor();
  await inspector.locator('dialog #login').waitFor({ timeout: 60000 });

  say('the audit log is shown and verified');
  await audit(admin);
  say('logging out ends it');
  await admin.goto(`${office}/account`);
  await admin.locator('#logout').click();
  await admin.locator('#login').waitFor();
  await admin.goto(office);
  await admin.waitForURL('**/login*');
  expect(problems.length === 0, problems.join(' | '));
}

mkdirSync(out, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium', headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});
try {
  await run(browser);
  console.log('browser: all held');
} catch (error) {
  for (const context of browser.contexts()) {
    for (const [i, page] of context.pages().entries()) await shot(page, `failed-${i}`).catch(() => {});
  }
  console.error(`browser: FAILED at “${step}”: ${error.message.split('\n')[0]}`);
  process.exitCode = 1;
} finally {
  await browser.close();
}
