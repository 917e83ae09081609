// exchange.ts: the asking side of the conversation (sync/EXCHANGE.md), without I/O: requests go out
// as values, answers come in as values. One round trip pushes and pulls; whoever runs it repeats
// until `done`.
import { hex, sameBytes, type Bytes } from './bytes.ts';
import {
  kAskMax,
  type Cursor,
  type Frontier,
  type LogObject,
  type Request,
  type Response,
  type Verdict,
} from './messages.ts';
import { demand, isTransient, Refused } from './refused.ts';

/** No store's epoch: what the peer acknowledged was lost, and must be asked about. */
export const kEpochLost = -1n;
const kUnauthorisedMax = 3;

/** What is kept of a peer between exchanges; it survives restarts. */
export interface PeerMemory {
  /** In the peer's log; null: nothing was read. */
  readonly pulled: Cursor | null;
  /** Our arrival number up to which the peer has acknowledged. */
  readonly pushed: number;
  /** The peer's epoch when it did; 0: nothing was ever pushed to it. */
  readonly pushedEpoch: bigint;
  /** Up to here it lost its own as well: it is given that back, receipts and rulings too. */
  readonly regive: number;
  readonly session: Bytes | null;
  readonly counter: bigint;
}
export const kNoMemory: PeerMemory = {
  pulled: null,
  pushed: 0,
  pushedEpoch: 0n,
  regive: 0,
  session: null,
  counter: 0n,
};

export interface Page {
  readonly objects: readonly LogObject[];
  /** Of each object. */
  readonly arrivals: readonly number[];
  /** All that had to be sent up to this arrival number is in the page. */
  readonly upTo: number;
  readonly more: boolean;
}
export interface HeldFeed {
  readonly tip: Frontier;
  readonly own: boolean;
}
/** This phone's log as the exchange sees it, before one certain peer. */
export interface Shelf {
  /** Own and carried objects that the peer may read, behind `after`, about `most` bytes, oldest first. */
  outgoing(after: number, regive: number, most: number): Promise<Page>;
  /** Feeds of which outgoing() hands something to this peer; `theirs`: also those that it wrote or brought. */
  feeds(theirs: boolean): Promise<HeldFeed[]>;
  /** Our own set of this number; null: not known. */
  hashAt(feed: Bytes, seq: bigint): Promise<Bytes | null>;
  /** Our arrival number up to which a peer that knows no more than this lacks nothing. */
  resumeAfter(known: readonly Frontier[], theirs: boolean): Promise<number>;
  newest(): Promise<number>;
  /**
   * Makes durable, together: what the peer said of pushed objects, what it gave, and the memory.
   * Rejects with a transient refusal if nothing of it was kept.
   */
  settle(step: Settled): Promise<void>;
}
export interface Settled {
  readonly pushed: ReadonlyArray<{ readonly object: LogObject; readonly verdict: Verdict | null }>;
  readonly objects: readonly LogObject[];
  readonly memory: PeerMemory;
  /** See Progress: a new incarnation begins together with it. */
  readonly peerAhead: readonly Frontier[];
}
export interface Progress {
  readonly sent: number;
  readonly received: number;
  readonly refused: readonly Verdict[];
  readonly roundTrips: number;
  readonly remaining: bigint;
  /** Own feeds of which the peer knows more, or another end: this store was put back. */
  readonly peerAhead: readonly Frontier[];
  /** Paths of ours that the peer doesn't cover: nothing of those goes over this line. */
  readonly elsewhere: readonly string[];
}
/** What both brought about. */
export const bothOf = (a: Progress, b: Progress): Progress => ({
  ...b,
  sent: a.sent + b.sent,
  received: a.received + b.received,
  refused: [...a.refused, ...b.refused],
  roundTrips: a.roundTrips + b.roundTrips,
  peerAhead: [...a.peerAhead, ...b.peerAhead],
});

/** What is asked before anything is pushed. */
type Question = { readonly kind: 'own' | 'lost'; readonly feeds: readonly Bytes[] };

/** One exchange, from its first request to its last answer. */
export class ExchangeClient {
  private readonly given: PeerMemory;
  private session: Bytes | null;
  private counter: bigint;
  private settled: boolean;
  private questions: Question[] = [];
  private asked: Question | null = null;
  private answers: Frontier[] = [];
  /** By feed: where those end here that are asked about, since the peer lacks some of them. */
  private tips = new Map<string, Frontier>();
  private sentPage: Page | null = null;
  private pushing = true;
  private pulling = true;
  private unauthorised = 0;
  /** It is known from where on the peer is to be given what it lacks. */
  private resumed: boolean;
  private asksWhatItHas = false;
  /** From a peer that was never read: what its change sets add up to, before those behind. */
  private readonly beginsWithSnapshots: boolean;
  private failure: Refused | null = null;
  /** Our key was ended: what the peer says of it. From then on it gives nothing more. */
  private ended: Refused | null = null;
  private cursorDropped = false;
  /** Of the peer, by its last answer with a cursor. */
  private epoch = 0n;
  /** Of `peerAhead`, what the shelf hasn't made durable yet: it is to act on it once. */
  private untold: Frontier[] = [];
  private progress_: { -readonly [K in keyof Progress]: Progress[K] } = {
    sent: 0,
    received: 0,
    refused: [],
    roundTrips: 0,
    remaining: 0n,
    peerAhead: [],
    elsewhere: [],
  };

  constructor(
    private readonly shelf: Shelf,
    private memory: PeerMemory,
    private readonly names: { readonly city: Bytes; readonly certificate: Bytes },
  ) {
    this.given = memory;
    this.session = memory.session;
    this.counter = memory.counter;
    // A disk that was put back has forgotten the session, or counters of it: then the peer is asked.
    this.settled = memory.session !== null;
    this.resumed = memory.pushedEpoch > 0n;
    this.beginsWithSnapshots = memory.pulled === null;
  }
  get progress(): Progress {
    return this.progress_;
  }

  /** The first request, of about `portion` bytes of objects each way. */
  async begin(portion: number): Promise<Request> {
    if (this.settled && this.mustAsk()) await this.askWhatItHas();
    return this.next(portion);
  }
  /**
   * Takes the answer to the last request. Null: done. What was received is durable before this answers.
   * Throws malformed (the answer contradicts itself), what the peer refused the whole with, and what
   * the shelf rejects with.
   */
  async take(response: Response, portion: number): Promise<Request | null> {
    this.progress_.roundTrips += 1;
    if (response.error === 'unauthorised') return this.startSession(response, portion);
    this.unauthorised = 0;
    this.epoch = response.cursor?.epoch ?? this.epoch;
    if (response.error === 'bad_cursor' && !this.cursorDropped) return this.readAnew(portion);
    if (response.error === 'revoked' && response.cursor && !this.ended)
      return this.askWhatIsThere(response, portion);
    if (response.error) return this.goOnWithError(response, portion);
    await this.takeAnswers(response);
    demand(!response.more || this.getsOn(response), 'malformed', 'it has more, and gives nothing');
    await this.settle(response);
    if (this.hasLost() && !this.asksWhatItHas) await this.askWhatItHas();
    if (this.isDone(response)) return this.finish();
    const request = await this.next(portion);
    // Whose key was ended gets nothing: a request that brings nothing would only be refused again.
    const isEmpty = request.ask.length === 0 && request.objects.length === 0;
    return this.ended && isEmpty ? this.finishKeeping() : request;
  }

  // ---- Sessions, and what is asked at their beginning ------------------------------------------

  private async startSession(response: Response, portion: number): Promise<Request> {
    this.unauthorised += 1;
    demand(
      this.unauthorised <= kUnauthorisedMax,
      'unauthorised',
      response.detail || 'it takes no session',
    );
    this.session = response.session;
    this.counter = response.counter;
    this.settled = false;
    this.sentPage = null;
    // Forgotten until everything is here: an exchange that breaks off begins with the same question.
    this.memory = { ...this.memory, session: null };
    const own = (await this.shelf.feeds(false))
      .filter((feed) => feed.own)
      .map(({ tip }) => tip.feed);
    this.questions = ask('own', own);
    if (this.mustAsk()) await this.askWhatItHas();
    return this.next(portion);
  }
  private mustAsk(): boolean {
    return !this.resumed;
  }
  /** With a peer that nothing was pushed to, or that lost some of it: only what it lacks is pushed. */
  private async askWhatItHas(): Promise<void> {
    this.asksWhatItHas = true;
    this.answers = [];
    const tips = (await this.shelf.feeds(this.hasLost())).map(({ tip }) => tip);
    this.tips = new Map(tips.map((tip) => [hex(tip.feed), tip]));
    const feeds = tips.map(({ feed }) => feed);
    this.questions.push(...ask('lost', feeds));
  }
  /** As with a peer that lost some: all feeds that it is given are asked about, and nothing else. */
  private async askAsLost(): Promise<void> {
    this.memory = { ...this.memory, pushedEpoch: kEpochLost };
    this.resumed = false;
    if (!this.asksWhatItHas) await this.askWhatItHas();
  }
  /**
   * It never gave our cursor: once an exchange we begin anew. While our certificate had expired we were
   * given none behind what we handed over, so we ask what of it is there.
   */
  private async readAnew(portion: number): Promise<Request> {
    demand(this.memory.pulled !== null, 'malformed', 'it refuses a cursor that was not there');
    this.cursorDropped = true;
    this.memory = { ...this.memory, pulled: null };
    await this.askAsLost();
    return this.next(portion);
  }
  /**
   * Our key was ended: we are given no page any more, and so no cursor behind what we hand over, by
   * which a peer whose disk was put back finds out what it lost. So we ask, once a session: who was
   * put back begins another.
   */
  private async askWhatIsThere(response: Response, portion: number): Promise<Request | null> {
    this.ended = refusalOf(response);
    const asked = this.memory.pulled?.mark;
    if (asked && this.session && sameBytes(asked, this.session)) return this.finishKeeping();
    await this.askAsLost();
    if (this.questions.length === 0) throw this.ended;
    return this.next(portion);
  }
  private hasLost(): boolean {
    return this.memory.pushedEpoch === kEpochLost;
  }

  // ---- Requests --------------------------------------------------------------------------------

  private async next(portion: number): Promise<Request> {
    this.asked = this.questions[0] ?? null;
    if (!this.asked) await this.endQuestions();
    const mayPush = this.session !== null && !this.asked && this.pushing;
    this.sentPage = mayPush
      ? await this.shelf.outgoing(this.memory.pushed, this.memory.regive, portion)
      : null;
    this.counter += 1n;
    return {
      ...this.names,
      session: this.session,
      counter: this.counter,
      cursor: this.memory.pulled,
      includeOwn: !this.settled && this.session !== null,
      pull: this.pulling,
      ask: this.asked?.feeds ?? [],
      objects: this.sentPage?.objects ?? [],
      snapshots: this.beginsWithSnapshots && this.memory.pulled === null,
      portion: BigInt(portion),
    };
  }
  /** All answers are here: from where on is it to be given what it lacks? */
  private async endQuestions(): Promise<void> {
    if (!this.asksWhatItHas) return;
    const from = await this.shelf.resumeAfter(this.answers, this.hasLost());
    // What was sent, but not heard of, is sent again: so it is heard what became of it.
    const pushed = this.hasLost() ? Math.min(this.memory.pushed, from) : from;
    const regive = this.hasLost() ? await this.shelf.newest() : this.memory.regive;
    this.memory = { ...this.memory, pushed, regive, pushedEpoch: this.epoch };
    this.asksWhatItHas = false;
    this.resumed = true;
  }

  // ---- Answers ---------------------------------------------------------------------------------

  private async settle(response: Response): Promise<void> {
    const pushed = this.judged(response);
    const transient = pushed.findIndex(
      ({ verdict }) => verdict?.refused && isTransient(verdict.refused),
    );
    const taken = transient < 0 ? pushed : pushed.slice(0, transient);
    if (transient >= 0) this.pushing = false;
    if (!response.more && this.pulling && this.questions.length === 0) this.settled = true;
    const memory: PeerMemory = {
      pulled: this.pulling ? response.cursor : this.memory.pulled,
      pushed: this.acknowledged(taken.length),
      pushedEpoch: this.epochAfter(response),
      regive: this.memory.regive,
      counter: this.counter,
      session: this.settled ? this.session : null,
    };
    await this.shelf.settle({
      pushed: taken,
      objects: response.objects,
      memory,
      peerAhead: this.untold,
    });
    this.untold = [];
    this.memory = memory;
    // Whose key was ended is told so, unless it brings something: what was there doesn't count.
    const known = taken.filter(({ verdict }) => this.ended && verdict?.refused === 'replay');
    this.progress_.sent += taken.length - known.length;
    this.progress_.received += response.objects.length;
    this.progress_.remaining = response.remaining;
    if (this.pulling) this.progress_.elsewhere = response.elsewhere;
    this.progress_.refused = [
      ...this.progress_.refused,
      ...pushed.flatMap(({ verdict }) =>
        verdict?.refused && verdict.refused !== 'replay' ? [verdict] : [],
      ),
    ];
  }
  private judged(response: Response): Array<{ object: LogObject; verdict: Verdict | null }> {
    const objects = this.sentPage?.objects ?? [];
    const verdicts = new Map(response.verdicts.map((verdict) => [verdict.index, verdict]));
    demand(
      response.verdicts.every(({ index }) => index < objects.length),
      'malformed',
      'a verdict on what was not sent',
    );
    return objects.map((object, index) => ({ object, verdict: verdicts.get(index) ?? null }));
  }
  /** Up to where the peer has everything, if it took the first `count` of the page. */
  private acknowledged(count: number): number {
    const page = this.sentPage;
    if (!page) return this.memory.pushed;
    if (count === page.objects.length) return page.upTo;
    return Math.max(this.memory.pushed, (page.arrivals[count] ?? page.upTo + 1) - 1);
  }
  private epochAfter(response: Response): bigint {
    const epoch = response.cursor?.epoch ?? 0n;
    if (this.lostSome(response)) {
      this.resumed = false;
      return kEpochLost;
    }
    return this.resumed ? epoch : this.memory.pushedEpoch;
  }
  /** Another epoch than the one our pushes were acknowledged under, or a cursor before the one asked from. */
  private lostSome({ cursor }: Response): boolean {
    if (!cursor) return false;
    if (this.memory.pushedEpoch <= 0n) return false;
    if (cursor.epoch !== this.memory.pushedEpoch) return true;
    const from = this.memory.pulled;
    return from !== null && from.epoch === cursor.epoch && cursor.arrival < from.arrival;
  }

  private async takeAnswers(response: Response): Promise<void> {
    const question = this.asked;
    demand(
      question !== null || response.frontiers.length === 0,
      'malformed',
      'frontiers that were not asked for',
    );
    if (!question) return;
    this.questions = this.questions.filter((other) => other !== question);
    for (const frontier of response.frontiers) {
      demand(
        question.feeds.some((feed) => sameBytes(feed, frontier.feed)),
        'malformed',
        'a frontier that was not asked for',
      );
      if (question.kind === 'own') await this.compareOwn(frontier);
      else this.answers.push(this.ended ? await this.asComplete(frontier) : frontier);
    }
  }
  /**
   * A branch that gave way everywhere else stays with who hears of nothing any more. One that isn't
   * ours counts as complete, or all of ours would be sent again at each poll.
   */
  private async asComplete(frontier: Frontier): Promise<Frontier> {
    const tip = this.tips.get(hex(frontier.feed));
    if (!tip) return frontier;
    const isWithin = frontier.seq < tip.seq;
    const ours = isWithin ? await this.shelf.hashAt(frontier.feed, frontier.seq) : tip.hash;
    return ours && !sameBytes(ours, frontier.hash) ? tip : frontier;
  }
  /** Does it know more of our own feed than we do, or something else under one number? */
  private async compareOwn(frontier: Frontier): Promise<void> {
    const ours = await this.shelf.hashAt(frontier.feed, frontier.seq);
    if (ours && sameBytes(ours, frontier.hash)) return;
    this.progress_.peerAhead = [...this.progress_.peerAhead, frontier];
    this.untold.push(frontier);
    this.pushing = false;
  }

  /** Whoever has more moves the cursor: else this would go on for ever. */
  private getsOn({ cursor, objects }: Response): boolean {
    const from = this.memory.pulled;
    if (!cursor || !from || objects.length > 0) return true;
    const isSame = cursor.epoch === from.epoch && cursor.arrival === from.arrival;
    return !isSame || !sameBytes(cursor.mark, from.mark);
  }
  private isDone(response: Response): boolean {
    if (response.more || this.questions.length > 0 || this.asksWhatItHas) return false;
    if (!this.pushing) return true;
    return this.sentPage !== null && !this.sentPage.more;
  }
  private finish(): null {
    if (this.failure) throw this.failure;
    if (this.ended && this.progress_.sent === 0) throw this.ended;
    return null;
  }
  /** With what the answers showed, so that the next exchange doesn't ask before it has to. */
  private async finishKeeping(): Promise<null> {
    const { session, counter } = this;
    // In the place of the mark, which means nothing any more: in which session was asked.
    const pulled =
      this.memory.pulled && session ? { ...this.memory.pulled, mark: session } : this.memory.pulled;
    this.memory = { ...this.memory, pulled, session: this.settled ? session : null, counter };
    await this.shelf.settle({ pushed: [], objects: [], memory: this.memory, peerAhead: [] });
    return this.finish();
  }
  /** The whole was refused, but the objects may have been taken: what is left is pushed, then it ends. */
  private async goOnWithError(response: Response, portion: number): Promise<Request | null> {
    const refused = refusalOf(response);
    if (!response.cursor || this.failure) throw refused;
    this.failure = refused;
    this.pulling = false;
    // Nothing of it counts as acknowledged for the next exchange.
    const memory = { ...this.given, session: this.session, counter: this.counter };
    await this.shelf.settle({
      pushed: [],
      objects: [],
      memory,
      peerAhead: this.untold,
    });
    this.untold = [];
    const page = this.sentPage;
    if (!page?.more) throw refused;
    this.memory = { ...this.memory, pushed: page.upTo };
    return this.next(portion);
  }
}

const refusalOf = ({ error, detail }: Response): Refused =>
  new Refused(error ?? 'internal', detail);
function ask(kind: Question['kind'], feeds: readonly Bytes[]): Question[] {
  const questions: Question[] = [];
  for (let at = 0; at < feeds.length; at += kAskMax)
    questions.push({ kind, feeds: feeds.slice(at, at + kAskMax) });
  return questions;
}
