// portions.ts: how many bytes of objects to put into a request. A batch that a line breaks under is
// lost whole, so it is small where the line is slow or breaks (sync/EXCHANGE.md, "Portions").

const kLeast = 4 << 10;
const kFirst = 32 << 10;
const kMost = 1 << 20;
const kAimMs = 2500;

/** One line's pace, as its requests show it. */
export class Portions {
  private bytes = kFirst;

  /** For the next request. */
  get current(): number {
    return this.bytes;
  }
  /** A request was answered after `ms`: at most twice as much next time, and less if it took long. */
  answered(ms: number): void {
    const factor = Math.min(2, Math.max(0.25, kAimMs / Math.max(ms, 1)));
    this.bytes = Math.round(Math.min(kMost, Math.max(kLeast, this.bytes * factor)));
  }
  /** The line broke under a request. */
  broke(): void {
    this.bytes = Math.max(kLeast, this.bytes >> 2);
  }
}
