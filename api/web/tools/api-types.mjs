// api-types.mjs: the TypeScript types of a node's API, from the contract that a running node shows.
//
//   node tools/api-types.mjs LINLI    writes app/shared/api-types.ts; ends with 1 if the contract isn't clean
//
// LINLI is the executable. Clean is what redocly's recommended rules let pass. Only what checks types needs
// the file: Vite leaves types out, so the pages are built without it.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [program] = process.argv.slice(2);
if (!program) {
  console.error('usage: node tools/api-types.mjs LINLI');
  process.exit(2);
}
const web = join(dirname(fileURLToPath(import.meta.url)), '..');
const target = join(web, 'app/shared/api-types.ts');
const folder = mkdtempSync(join(tmpdir(), 'linli-contract-'));
const tool = (script, ...parts) =>
  execFileSync(process.execPath, [join(web, 'node_modules', script), ...parts], {
    encoding: 'utf8',
    stdio: 'pipe',
    env: { ...process.env, REDOCLY_TELEMETRY: 'off' },
  });

/** Starts a node of its own; resolves to its address. */
function serve(data) {
  const node = spawn(program, ['serve', '--data', data, '--listen', '127.0.0.1:0']);
  process.on('exit', () => node.kill('SIGKILL'));
  return new Promise((done, fail) => {
    let text = '';
    const hear = (chunk) => {
      text += chunk;
      const found = /listening on (http:\S+)/.exec(text);
      if (found) done(found[1]);
    };
    node.stdout.on('data', hear);
    node.stderr.on('data', hear);
    node.once('exit', () => fail(new Error(`the node ended: ${text}`)));
  });
}

async function main() {
  const data = join(folder, 'hub');
  execFileSync(program, [
    'init',
    '--data',
    data,
    '--role',
    'hub',
    '--name',
    '市局',
    '--scope',
    '410700',
  ]);
  const contract = join(folder, 'openapi.json');
  const answer = await fetch(`${await serve(data)}/api/v1/openapi.json`);
  writeFileSync(contract, await answer.text());
  tool('openapi-typescript/bin/cli.js', contract, '--output', target, '--alphabetize');
  console.log(
    tool(
      '@redocly/cli/bin/cli.js',
      'lint',
      '--extends=recommended',
      '--format=codeframe',
      contract,
    ),
  );
}
main().then(
  () => process.exit(0),
  (error) => {
    console.error(error.stdout ?? '', error.stderr ?? '', error.message);
    process.exit(1);
  },
);
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
