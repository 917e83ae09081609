// failure.ts: why something couldn't be shown or sent, and how a person is told.
import { timeText } from '../../shared/formats.ts';
import { language, say } from '../../shared/language.ts';

export interface Fault {
  readonly field: string;
  readonly zh: string;
  readonly en: string;
}
export type Failure =
  | { readonly kind: 'unreachable' } // Nobody answered, or not in time.
  | { readonly kind: 'broken' } // Half an answer, or somebody else's.
  | { readonly kind: 'missing' }
  | { readonly kind: 'wait'; readonly until: number } // Too often, or too busy; milliseconds since 1970.
  | { readonly kind: 'faults'; readonly faults: readonly Fault[] }
  | { readonly kind: 'refused'; readonly status: number; readonly title: string };

const kWaitSeconds = 60;

/** Of an answer that isn't 2xx. */
export async function failureOf(answer: Response, now: number): Promise<Failure> {
  if (answer.status === 404) return { kind: 'missing' };
  if (answer.status === 429 || answer.status === 503) {
    const seconds = Number(answer.headers.get('Retry-After')) || kWaitSeconds;
    return { kind: 'wait', until: now + seconds * 1000 };
  }
  const json: unknown = await answer.json().catch(() => null);
  const { faults, title } = (json ?? {}) as { faults?: unknown; title?: unknown };
  if (Array.isArray(faults) && faults.length > 0) {
    return { kind: 'faults', faults: faults.map(faultOf) };
  }
  return { kind: 'refused', status: answer.status, title: typeof title === 'string' ? title : '' };
}
function faultOf(fault: unknown): Fault {
  const { field, zh, en } = (fault ?? {}) as Record<string, unknown>;
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  return { field: text(field), zh: text(zh), en: text(en) };
}
export const faultText = (fault: Fault): string =>
  language.value === 'en' ? fault.en || fault.zh : fault.zh || fault.en;

/** One sentence. */
export function failureText(failure: Failure): string {
  switch (failure.kind) {
    case 'unreachable':
      return say([
        '连不上服务器：请检查网络，或稍后再试。',
        'The server can’t be reached: check the network, or try again later.',
      ]);
    case 'broken':
      return say([
        '服务器的回答不完整，没有采用：请再试一次。',
        'The server’s answer was incomplete and wasn’t used: please try again.',
      ]);
    case 'missing':
      return say([
        '这里没有这项内容：可能尚未公示，或已撤下。',
        'There is no such page here: it may not be published yet, or was taken down.',
      ]);
    case 'wait':
      return say(
        [
          '现在请求太多，请在 {time} 以后再试。',
          'Too many requests just now: please try again after {time}.',
        ],
        {
          time: timeText(failure.until),
        },
      );
    case 'faults':
      return failure.faults.map(faultText).join('；');
    case 'refused':
      return say(
        ['服务器没有接受：{title}（{status}）', 'The server refused it: {title} ({status})'],
        {
          title: failure.title || '—',
          status: failure.status,
        },
      );
  }
}
