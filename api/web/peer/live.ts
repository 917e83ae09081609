// live.ts: hears at once that a node has something to fetch (sync/EXCHANGE.md, "Live"). Nothing that
// comes is trusted but that: whoever listens starts an exchange.
import { base64url, type Bytes } from './bytes.ts';
import { encodeBytes, encodeInt, encodeList } from './cbor_value.ts';
import type { SigningKey } from './keys.ts';
import { kDomain } from './names.ts';
import { Refused } from './refused.ts';
import { writeSigned } from './signature.ts';

/** Nothing heard for so long: the line is dead, or a proxy holds back what comes. */
const kSilenceMs = 40_000;

export interface TokenParts {
  readonly city: Bytes;
  readonly certificate: Bytes;
  /** The certificate that answered last. */
  readonly server: Bytes;
  /** The server's clock as the last answer had it, microseconds since 1970 UTC. */
  readonly time: bigint;
}
/** What the header `Authorization: Linli …` holds; good for one stream, for two minutes. */
export async function liveToken(parts: TokenParts, key: SigningKey): Promise<string> {
  const body = encodeList([
    encodeBytes(parts.city),
    encodeBytes(parts.certificate),
    encodeBytes(parts.server),
    encodeInt(parts.time),
  ]);
  return base64url(writeSigned(await key.signBody(kDomain.live, body)));
}

/** Reads server-sent events, however they are cut: answers with the names of those that are complete. */
export class EventReader {
  private rest = '';
  private event = '';
  private readonly decoder = new TextDecoder();

  push(bytes: Bytes): string[] {
    const lines = (this.rest + this.decoder.decode(bytes, { stream: true })).split('\n');
    this.rest = lines.pop() ?? '';
    return lines.flatMap((line) => this.line(line.replace(/\r$/, '')));
  }
  private line(line: string): string[] {
    if (line.startsWith('event:')) this.event = line.slice(6).trim();
    if (line !== '' || this.event === '') return [];
    const ended = this.event;
    this.event = '';
    return [ended];
  }
}

/**
 * Listens until `signal` aborts or the line ends; then it resolves, and whoever wants goes on polling.
 * `news` is called for each event, `ready` (the stream works) included: something may have come
 * before it. Rejects with unreachable, and with what the node refuses the token with.
 */
export async function listen(
  open: (signal: AbortSignal) => Promise<Response>,
  news: () => void,
  signal: AbortSignal,
): Promise<void> {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  signal.addEventListener('abort', stop);
  let timer = setTimeout(stop, kSilenceMs);
  try {
    const answer = await open(controller.signal);
    const stream = answer.body?.getReader();
    if (!stream) throw new Refused('unreachable', 'the node streams nothing');
    const events = new EventReader();
    for (;;) {
      const { done, value } = await stream.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(stop, kSilenceMs);
      events.push(value).forEach(news);
    }
  } catch (error) {
    // Ended by us, or by silence: no failure, the caller polls.
    if (!controller.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}
