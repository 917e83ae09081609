// asking.ts: one request to the node, with a time limit; never throws.
import { language } from '../../shared/language.ts';
import { failureOf, type Failure } from './failure.ts';

const kAnswerMs = 20_000;

export type Answer =
  | {
      readonly kind: 'json';
      readonly value: unknown;
      readonly tag: string | null;
      readonly at: number;
    }
  | { readonly kind: 'same' } // 304: what was seen last holds.
  | { readonly kind: 'failed'; readonly failure: Failure };

export async function request(url: string, options: RequestInit = {}): Promise<Answer> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), kAnswerMs);
  const failed = (failure: Failure): Answer => ({ kind: 'failed', failure });
  let answer: Response | null = null;
  try {
    answer = await fetch(url, { ...options, headers: headers(options), signal: stop.signal });
    if (answer.status === 304) return { kind: 'same' };
    if (!answer.ok) return failed(await failureOf(answer, Date.now()));
    const tag = answer.headers.get('ETag');
    return { kind: 'json', value: await answer.json(), tag, at: Date.now() };
  } catch {
    // Without an answer nobody was there; an answer that can't be read broke off on its way.
    return failed({ kind: answer === null ? 'unreachable' : 'broken' });
  } finally {
    clearTimeout(timer);
  }
}
function headers(options: RequestInit): Headers {
  const all = new Headers(options.headers);
  all.set('Accept-Language', language.value === 'en' ? 'en' : 'zh-CN');
  return all;
}
