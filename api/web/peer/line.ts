// line.ts: a node's HTTP face as this phone uses it (sync/EXCHANGE.md, ENROLMENT.md). Knows addresses
// and statuses, and nothing of what is in the bodies.
import { concat, type Bytes } from './bytes.ts';
import { reasonNamed, Refused } from './refused.ts';

const kType = 'application/vnd.linli+cbor';
/** Nothing heard for so long: the line is dead. */
const kSilenceMs = 25_000;

/** The peer is too busy. */
export class SlowDown extends Refused {
  /** `waitMs`: as long as it asks for, an hour at most; 0 if it doesn't say. */
  constructor(readonly waitMs: number) {
    super('slow_down', '对方正忙,请稍后重试。 The peer is busy: try again later.');
  }
}

export type Fetch = (url: string, options: RequestInit) => Promise<globalThis.Response>;

export class Line {
  /** `url`: `http://…` or `https://…` of the node, or `''` for the one that the page came from. */
  constructor(
    readonly url: string,
    private readonly fetch: Fetch = (url, options) => globalThis.fetch(url, options),
  ) {}

  /** One request of the exchange. Rejects with unreachable, slow_down (SlowDown), or the node's own reason. */
  sync(wire: Bytes): Promise<Bytes> {
    return this.call('/api/v1/sync', wire);
  }
  /** Who answers there; null from an older version that doesn't say. */
  hello(): Promise<Bytes | null> {
    return this.call('/api/v1/sync/hello', null).catch((error: unknown) => {
      if (error instanceof Refused && error.reason === 'not_found') return null;
      throw error;
    });
  }
  /** Says who we are; answers with who is there. */
  introduce(hello: Bytes): Promise<Bytes> {
    return this.call('/api/v1/sync/hello', hello);
  }
  enrol(request: Bytes): Promise<Bytes> {
    return this.call('/api/v1/enrol', request);
  }

  renew(request: Bytes): Promise<Bytes> {
    return this.call('/api/v1/enrol/renew', request);
  }

  /** The stream of what is new, open until `signal` aborts. Rejects like the others. */
  async live(token: string, signal: AbortSignal): Promise<globalThis.Response> {
    const answer = await this.fetch(this.at('/api/v1/sync/live'), {
      headers: { Authorization: `Linli ${token}` },
      signal,
      cache: 'no-store',
      redirect: 'error',
    }).catch((error: unknown) => {
      throw signal.aborted ? error : unreachable(this.url);
    });
    if (!answer.ok) await contentOf(answer);
    return answer;
  }

  /** One request about attachments (sync/BLOBS.md). Rejects like the others. */
  askBlobs(wire: Bytes): Promise<Bytes> {
    return this.call('/api/v1/sync/blobs', wire);
  }
  /** The next piece of one, behind the signed request in its header. */
  putBlob(request: string, content: Bytes): Promise<Bytes> {
    return this.call('/api/v1/sync/blobs', content, {
      method: 'PUT',
      headers: { 'Linli-Request': request, 'Content-Type': 'application/octet-stream' },
    });
  }
  /** As much of one as came, `most` bytes at most; not whole: the line broke. */
  async getBlob(request: string, most: number): Promise<{ content: Bytes; whole: boolean }> {
    const controller = new AbortController();
    let timer = setTimeout(() => controller.abort(), kSilenceMs);
    const parts: Bytes[] = [];
    try {
      const answer = await this.fetch(this.at('/api/v1/sync/blobs'), {
        headers: { 'Linli-Request': request },
        signal: controller.signal,
        cache: 'no-store',
        redirect: 'error',
      });
      if (!answer.ok) return { content: await contentOf(answer), whole: false };
      const stream = answer.body?.getReader();
      for (let bytes = 0; stream && bytes <= most; ) {
        const { done, value } = await stream.read();
        if (done) return { content: concat(...parts), whole: true };
        parts.push(value);
        bytes += value.length;
        clearTimeout(timer);
        timer = setTimeout(() => controller.abort(), kSilenceMs);
      }
      throw new Refused('malformed', 'more content than there is');
    } catch (error) {
      if (error instanceof Refused) throw error;
      if (parts.length === 0) throw unreachable(this.url);
      return { content: concat(...parts), whole: false };
    } finally {
      clearTimeout(timer);
      controller.abort();
    }
  }
  private at(path: string): string {
    return this.url.replace(/\/$/, '') + path;
  }

  private async call(path: string, body: Bytes | null, more: RequestInit = {}): Promise<Bytes> {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), kSilenceMs);
    try {
      const answer = await this.fetch(this.at(path), {
        method: body ? 'POST' : 'GET',
        signal: controller.signal,
        cache: 'no-store',
        redirect: 'error',
        ...(body ? { body, headers: { 'Content-Type': kType } } : {}),
        ...more,
      });
      return await contentOf(answer);
    } catch (error) {
      if (error instanceof Refused) throw error;
      throw unreachable(this.url);
    } finally {
      clearTimeout(timer);
    }
  }
}

const unreachable = (url: string): Refused =>
  new Refused('unreachable', `联系不上 ${url}。 It can't be reached.`);

async function contentOf(answer: globalThis.Response): Promise<Bytes> {
  if (answer.status === 429 || answer.status === 503) {
    const seconds = Number(answer.headers.get('Retry-After') ?? '0');
    throw new SlowDown(Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), 3600) * 1000 : 0);
  }
  if (answer.status === 204) return new Uint8Array(0);
  if (answer.ok) return new Uint8Array(await answer.arrayBuffer());
  throw await problemOf(answer);
}
/** An RFC 9457 document, if it is one. */
async function problemOf(answer: globalThis.Response): Promise<Refused> {
  const fallback = answer.status === 404 ? 'not_found' : 'internal';
  try {
    const problem: unknown = JSON.parse(await answer.text());
    const { code, title, detail } = problem as Record<string, unknown>;
    return new Refused(
      typeof code === 'string' ? reasonNamed(code) : fallback,
      [title, detail].filter((text) => typeof text === 'string').join(' '),
    );
  } catch {
    return new Refused(fallback, `HTTP ${answer.status}`);
  }
}
