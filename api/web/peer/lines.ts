// lines.ts: whose certificates a subject's are (sync/PROTOCOL.md §3, Lines). Who may issue certificates
// can make one out for any key that he has seen; it must do nothing to that key's holder.
import { hex, type Bytes } from './bytes.ts';
import type { Certificate } from './certificate.ts';

/** To which line a certificate belongs, and who stands above its holder by it. */
export interface Line {
  /** Who issued its first certificate, in hexadecimal; empty: a root key did. */
  readonly first: string;
  /** How many certificates stand above that one. */
  readonly depth: number;
  /** Subjects, in hexadecimal. */
  readonly above: ReadonlySet<string>;
}
export type Find = (name: Bytes) => Certificate | null;

/** Takes down the line of `certificate` in `lines`, by the certificates' names, and those that it goes by. */
export function lineOf(
  certificate: Certificate,
  find: Find,
  lines: Map<string, Line> = new Map(),
): Line {
  const open: Certificate[] = [];
  for (let at: Certificate | null = certificate; at && !lines.has(hex(at.hash)); ) {
    open.push(at);
    at = placeTaken(at, find);
  }
  for (const one of open.reverse()) lines.set(hex(one.hash), nextLine(one, find, lines));
  const line = lines.get(hex(certificate.hash));
  if (!line) throw new Error('a line that was just taken down');
  return line;
}
/** What it names; by right or not. A root key's needs nobody's. */
function placeTaken(certificate: Certificate, find: Find): Certificate | null {
  const named = certificate.before && find(certificate.issuer) ? find(certificate.before) : null;
  return named && hex(named.subject) === hex(certificate.subject) ? named : null;
}
function nextLine(certificate: Certificate, find: Find, lines: Map<string, Line>): Line {
  const above = new Set<string>();
  let depth = 0;
  for (let at = find(certificate.issuer); at; at = find(at.issuer)) {
    above.add(hex(at.subject));
    depth += 1;
  }
  const issuer = find(certificate.issuer);
  const before = certificate.before ? lines.get(hex(certificate.before)) : undefined;
  if (issuer && before?.above.has(hex(issuer.subject)))
    return { ...before, above: new Set([...above, ...before.above]) };
  return { first: issuer ? hex(issuer.subject) : '', depth, above };
}
/** Of several lines of one subject: a root key's, then the one nearest to the root. */
export function comesFirst(a: Line, b: Line): boolean {
  if ((a.first === '') !== (b.first === '')) return a.first === '';
  if (a.depth !== b.depth) return a.depth < b.depth;
  return a.first < b.first;
}
