// Server-sent events, however the line cuts them; and a line that says nothing.
import { describe, expect, it, vi } from 'vitest';
import { utf8 } from '../bytes.ts';
import { EventReader, listen } from '../live.ts';

describe('events', () => {
  const text =
    ': still here\n\nevent: ready\ndata: {"epoch":7,"arrival":123}\n\nevent: news\r\ndata: 电\r\n\r\nevent: cut';
  it('are the same however they are cut; comments are none', () => {
    for (let size = 1; size < 20; ++size) {
      const [reader, bytes, found] = [new EventReader(), utf8(text), [] as string[]];
      for (let at = 0; at < bytes.length; at += size)
        found.push(...reader.push(bytes.subarray(at, at + size)));
      expect(found).toEqual(['ready', 'news']);
    }
  });
  it('silence ends the line, and comments are none of it', async () => {
    vi.useFakeTimers();
    const open = (signal: AbortSignal): Promise<Response> =>
      Promise.resolve(
        new Response(
          new ReadableStream({
            start: (stream) =>
              signal.addEventListener('abort', () => stream.error(new Error('aborted'))),
          }),
        ),
      );
    const ended = listen(open, () => undefined, new AbortController().signal);
    await vi.advanceTimersByTimeAsync(41_000);
    await ended;
    vi.useRealTimers();
  });
  it('what the node refuses is told', async () => {
    const open = (): Promise<Response> => Promise.reject(new Error('no'));
    await expect(listen(open, () => undefined, new AbortController().signal)).rejects.toThrow('no');
  });
});
