// api.ts: a node's API as a page of that node asks it. Paths, queries and answers come from the
// contract (api-types.ts, made from the node's openapi.json).
import { language } from './language.ts';
import type { paths } from './api-types.ts';

type Path = keyof paths;
export type Readable = { [P in Path]: paths[P] extends { get: object } ? P : never }[Path];
type Operation<P extends Readable> = paths[P] extends { get: infer G } ? G : never;
export type Answer<P extends Readable> =
  Operation<P> extends { responses: { 200: { content: { 'application/json': infer A } } } }
    ? A
    : unknown;
type Query<P extends Readable> =
  Operation<P> extends { parameters: { query?: infer Q } } ? Q : Record<string, never>;
type InPath<P extends Readable> =
  Operation<P> extends { parameters: { path: infer V } } ? V : Record<string, never>;

/** What a node answers instead (RFC 9457), or `unreachable` if nobody did. */
export class Problem extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    detail: string,
  ) {
    super(detail);
    this.name = 'Problem';
  }
}
export interface Asked<P extends Readable> {
  readonly path?: InPath<P>;
  readonly query?: Query<P>;
  readonly signal?: AbortSignal;
}

/** GET. Rejects with Problem. */
export async function ask<P extends Readable>(path: P, asked: Asked<P> = {}): Promise<Answer<P>> {
  const url = urlOf(path, asked.path ?? {}, asked.query ?? {});
  const options: RequestInit = {
    headers: { 'Accept-Language': language.value === 'en' ? 'en' : 'zh-CN' },
    ...(asked.signal ? { signal: asked.signal } : {}),
  };
  const answer = await fetch(url, options).catch((error: unknown) => {
    throw asked.signal?.aborted ? error : new Problem('unreachable', 0, '');
  });
  if (!answer.ok) throw await problemOf(answer);
  return (await answer.json()) as Answer<P>;
}
function urlOf(path: string, inPath: object, query: object): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String((inPath as Record<string, unknown>)[name] ?? '')),
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (one !== undefined && one !== null) search.append(name, String(one));
    }
  }
  const text = search.toString();
  return text ? `${filled}?${text}` : filled;
}
async function problemOf(answer: Response): Promise<Problem> {
  const json: unknown = await answer.json().catch(() => null);
  const { code, title, detail } = (json ?? {}) as Record<string, unknown>;
  const words = [title, detail].filter((text): text is string => typeof text === 'string');
  return new Problem(typeof code === 'string' ? code : 'internal', answer.status, words.join(' '));
}
