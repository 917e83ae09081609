// proof.ts: a disclosure's proof file, and checking it here. The checker is that of the page /proof;
// it comes when somebody asks for it.
import type { Proof } from '../../../proof-check.js';
import { failureOf, type Failure } from './failure.ts';

export interface Verdict {
  readonly holds: boolean;
  /** The checker's code, if it doesn't. */
  readonly code: string;
  readonly city: string;
  /** Who signed, the newest last. */
  readonly signers: readonly { readonly node: string; readonly stamp: number }[];
}
export type Checked =
  | { readonly kind: 'verdict'; readonly verdict: Verdict; readonly file: Uint8Array }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** `id`: of the disclosure that it must prove; `root`: the city's name as 64 hexadecimal digits. Never
    throws. */
export async function checkHere(path: string, id: string, root: string): Promise<Checked> {
  let answer: Response | null = null;
  try {
    answer = await fetch(path);
    if (!answer.ok) return { kind: 'failed', failure: await failureOf(answer, Date.now()) };
    const file = new Uint8Array(await answer.arrayBuffer());
    const { checkProof } = await import('../../../proof-check.js');
    return { kind: 'verdict', file, verdict: verdictOf(() => checkProof(file, root), id) };
  } catch {
    return { kind: 'failed', failure: { kind: answer === null ? 'unreachable' : 'broken' } };
  }
}
function verdictOf(check: () => Proof, id: string): Verdict {
  const fails = (code: string): Verdict => ({ holds: false, code, city: '', signers: [] });
  try {
    const proof = check();
    if (proof.record.id !== id) return fails('not_found');
    const signers = proof.sets.flatMap(({ node, changes }) =>
      changes.map(({ stamp }) => ({ node, stamp: stamp / 1000 })),
    );
    signers.sort((a, b) => a.stamp - b.stamp);
    return { holds: true, code: '', city: proof.city.name, signers };
  } catch (error) {
    const { code } = (error ?? {}) as { code?: unknown };
    return fails(typeof code === 'string' ? code : 'malformed');
  }
}
/** The page /proof takes it from there (proof.js): it checks without asking anybody. */
export function handOver(file: Uint8Array, name: string): boolean {
  try {
    const bytes = Array.from(file, (byte) => String.fromCharCode(byte)).join('');
    sessionStorage.setItem('linli.proof', JSON.stringify({ name, bytes: btoa(bytes) }));
    return true;
  } catch {
    return false; // Too large, or refused: the file can be downloaded and chosen there.
  }
}
