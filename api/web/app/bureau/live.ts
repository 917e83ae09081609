// live.ts: the screen follows the node. By its stream of events at once; without one, every ten
// seconds; and with one, still every half minute, because a machine that lost power closes nothing.
import { askNow, connection, refresh, setClock } from './asking.ts';
import { Problem } from '../shared/api.ts';
import type { NodeState } from './shown.ts';

const kPollMs = 10_000;
const kHeartbeatMs = 30_000;
/** A thousand arrivals in a second are read together. */
const kBurstMs = 1000;
const kSoonMs = 200;

/** Begins; `arrived` is called with what the node says of itself. Answers with what ends it. */
export function follow(arrived: (said: NodeState) => void): () => void {
  let source: EventSource | null = null;
  let timer = 0;
  let reopening = 0;
  let busy = false;
  let again = false;

  async function round(): Promise<void> {
    clearTimeout(timer);
    busy = true;
    again = false;
    try {
      const said = await askNow('/api/v1/node');
      setClock(said.time);
      arrived(said);
      await refresh();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
    } finally {
      busy = false;
      const streaming = source?.readyState === EventSource.OPEN && connection.reached;
      timer = window.setTimeout(round, again ? kBurstMs : streaming ? kHeartbeatMs : kPollMs);
    }
  }
  function soon(): void {
    again = true;
    if (busy) return;
    clearTimeout(timer);
    timer = window.setTimeout(round, kSoonMs);
  }
  function open(): void {
    source?.close();
    source = new EventSource('/api/v1/events');
    source.addEventListener('open', soon);
    source.addEventListener('change', soon);
    source.addEventListener('error', () => {
      soon();
      // Refused, not cut off: the browser doesn't try again by itself.
      if (source?.readyState === EventSource.CLOSED) reopening = window.setTimeout(open, kPollMs);
    });
  }
  const seen = (): void => {
    if (!document.hidden) soon();
  };
  const shown = (event: PageTransitionEvent): void => {
    if (event.persisted) open();
  };
  const hidden = (): void => source?.close();
  open();
  void round();
  document.addEventListener('visibilitychange', seen);
  window.addEventListener('pagehide', hidden);
  window.addEventListener('pageshow', shown);
  return () => {
    hidden();
    clearTimeout(timer);
    clearTimeout(reopening);
    document.removeEventListener('visibilitychange', seen);
    window.removeEventListener('pagehide', hidden);
    window.removeEventListener('pageshow', shown);
  };
}
