// stage.mjs: what the tests in a browser stand on: nodes and browsers as processes of their own, in a
// folder that goes with them.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const kFlags = [
  '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--remote-debugging-port=0',
  '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
  '--lang=zh-CN',
];
const kDeadlineMs = 90_000;

export const say = (text) => console.log(`… ${text}`);
export function expect(held, text) {
  if (!held) throw new Error(text);
}
/** Tries until `work` answers with something, or says what it waited for. */
export async function until(what, work, deadline = kDeadlineMs) {
  const end = Date.now() + deadline;
  let last = null;
  while (Date.now() < end) {
    last = await work().catch((error) => void (last = error));
    if (last) return last;
    await new Promise((done) => setTimeout(done, 250));
  }
  throw new Error(`waited in vain for ${what}`);
}

/**
 * Runs a test that is called `node NAME.mjs LINLI [PICTURES]`: `work(stage, pictures)`, whose `shown` is the page of which a
 * picture is taken when it fails. Ends the process with 0: every promise held; 1: one didn't, named on the last line
 * of stderr; 2: wrong usage.
 */
export async function play(work) {
  const [program, pictures = ''] = process.argv.slice(2).filter((part) => !part.startsWith('--'));
  if (!program) {
    console.error(`usage: node ${process.argv[1].split('/').pop()} LINLI [PICTURES]`);
    process.exit(2);
  }
  if (pictures) mkdirSync(pictures, { recursive: true });
  const stage = new Stage(program);
  try {
    await work(stage, pictures);
    expect(stage.problems.length === 0, stage.problems.join(' | '));
    await stage.end();
    process.exit(0);
  } catch (error) {
    console.error(error.stack);
    console.error(await stage.shown?.locator('body').innerText({ timeout: 5000 }).catch(() => 'the page is gone'));
    if (pictures) await stage.shown?.screenshot({ path: join(pictures, 'failed.png') }).catch(() => undefined);
    if (stage.problems.length) console.error(stage.problems.join(' | '));
    await stage.end();
    console.error(error.message);
    process.exit(1);
  }
}

export class Stage {
  constructor(program) {
    this.program = program;
    this.folder = mkdtempSync(join(tmpdir(), 'linli-stage-'));
    this.children = [];
    /** What pages complained of: script errors, and what their policy blocked. */
    this.problems = [];
    /** The page that is looked at. */
    this.shown = null;
    process.on('exit', () => this.children.forEach((child) => child.kill('SIGKILL')));
  }
  /** Ends every process, then removes the folder: a browser's own children write for a moment longer. */
  async end() {
    await Promise.all(this.children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null).map((child) => this.kill(child)));
    await until('the folder to go', async () => {
      rmSync(this.folder, { recursive: true, force: true });
      return true;
    });
  }
  linli(...parts) {
    return execFileSync(this.program, parts, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }
  /** Starts a process and answers with what it says that fits. */
  start(command, parts, said) {
    const child = spawn(command, parts, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.children.push(child);
    return new Promise((done, fail) => {
      let text = '';
      const hear = (chunk) => {
        text += chunk;
        const found = said.exec(text);
        if (found) done({ child, found: found[1], all: found });
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
      child.once('exit', () => fail(new Error(`${command} ended: ${text.slice(-600)}`)));
      child.once('error', fail);
    });
  }
  /** kill -9. */
  async kill(child) {
    const ended = new Promise((done) => child.once('exit', done));
    child.kill('SIGKILL');
    await ended;
  }
  /** Serves the folder of a node; `port` 0: any; `more`: further options of `linli serve`. */
  async serve(data, port = 0, more = []) {
    // It says each address in a line of its own.
    const secure = more.some((one) => one.startsWith('https:'));
    const said = secure ? /listening on (http:\S+)\s[^]*listening on (https:\S+)/ : /listening on (http:\S+)/;
    const { child, found: url, all } = await this.start(this.program, ['serve', '--data', data, '--listen', `127.0.0.1:${port}`, ...more], said);
    return new Node(this, data, url, child, all[2]);
  }
  /** A browser with a profile that stays when it is killed; `more`: further options of Chromium. */
  async browser(profile, more = []) {
    const { child, found } = await this.start(
      process.env.CHROMIUM ?? 'chromium', [...kFlags, ...more, `--user-data-dir=${this.folder}/${profile}`, 'about:blank'],
      /DevTools listening on (ws:\S+)/,
    );
    /** Where other tools reach the one that was started last. */
    this.devtools = found;
    const browser = await chromium.connectOverCDP(found);
    return { child, browser, context: browser.contexts()[0] };
  }
}

export class Node {
  /** `secure`: its address with TLS, if it has one. */
  constructor(stage, data, url, child, secure) {
    Object.assign(this, { stage, data, url, child, secure });
  }
  get port() {
    return Number(new URL(this.url).port);
  }
  async kill() {
    await this.stage.kill(this.child);
  }
  /** A call of its API by somebody who may read the data folder; `text`: the body as it is, in place of JSON. */
  async call(method, path, body, headers = {}, text = undefined) {
    const token = readFileSync(`${this.data}/serve`, 'utf8').trim().split(/\s+/).pop();
    return fetch(`${this.url}/api/v1/${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', ...headers },
      body: text ?? (body === undefined ? undefined : JSON.stringify(body)),
    });
  }
  async get(path) {
    const answer = await this.call('GET', path);
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }
}
