// A real node in a folder of its own: the executable that the environment variable LINLI names.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const kProgram = process.env['LINLI'] ?? '';
export const kHasProgram = kProgram !== '';

/** Folders are removed at the end of the process. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'linli-phone-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
/** What a command answers. Throws with what it said if it fails. */
export const linli = (...parts: readonly string[]): string =>
  execFileSync(kProgram, parts, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** What `probe` finds, once it does. Rejects after half a minute. */
export async function eventually<T>(probe: () => Promise<T | null>): Promise<T> {
  const end = Date.now() + 30_000;
  for (;;) {
    const found = await probe();
    if (found !== null) return found;
    if (Date.now() > end) throw new Error('it never came');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export class ServingNode {
  private constructor(
    readonly folder: string,
    readonly url: string,
    private process: ChildProcess,
  ) {}

  /** Serves the folder; answers once it listens. `port` 0: any. */
  static async start(folder: string, port = 0): Promise<ServingNode> {
    const child = spawn(kProgram, ['serve', '--data', folder, '--listen', `127.0.0.1:${port}`], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new ServingNode(folder, await addressOf(child), child);
  }
  /** kill -9. */
  async kill(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGKILL');
    await ended;
  }
  /** The content at a path of the API. */
  async raw(path: string): Promise<Uint8Array> {
    const token = readFileSync(join(this.folder, 'serve'), 'utf8').trim().split(/\s+/).pop();
    const answer = await fetch(`${this.url}/api/v1/${path}`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    return new Uint8Array(await answer.arrayBuffer());
  }
  /** A call of the API by somebody who may read the data folder. */
  async api(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: unknown }> {
    const token = readFileSync(join(this.folder, 'serve'), 'utf8').trim().split(/\s+/).pop();
    const answer = await fetch(`${this.url}/api/v1/${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? null : JSON.parse(text) };
  }
}
function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const hear = (chunk: Buffer): void => {
      said += chunk.toString();
      const found = /listening on (http:\/\/\S+)/.exec(said);
      if (found?.[1]) resolve(found[1]);
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('exit', () => reject(new Error(`the node ended: ${said}`)));
  });
}
