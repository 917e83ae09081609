// last_seen.ts: what this browser was shown last, so that it is there when the node isn't. Only what
// everybody may see is kept; a browser that keeps nothing still works.

export interface Seen {
  readonly value: unknown;
  /** When it came, milliseconds since 1970. */
  readonly at: number;
  readonly tag: string | null;
}

const kIndex = 'linli.board';
const kPagesMax = 16;
/** Characters; a compound with ten years of disclosures has some 150,000. */
const kPageMax = 400_000;
/** In memory too: where nothing can be stored, going back is still at once. */
const held = new Map<string, Seen>();

const key = (path: string): string => `${kIndex} ${path}`;
function stored<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise; // Refused, full, or of another version.
  }
}
function index(): string[] {
  const list: unknown = stored(() => JSON.parse(localStorage.getItem(kIndex) ?? '[]'), []);
  return Array.isArray(list) ? list.filter((path) => typeof path === 'string') : [];
}

export function lastSeen(path: string): Seen | null {
  const here = held.get(path);
  if (here) return here;
  const read: unknown = stored(() => JSON.parse(localStorage.getItem(key(path)) ?? 'null'), null);
  if (typeof read !== 'object' || read === null || !('value' in read) || !('at' in read)) {
    return null;
  }
  const { value, at, tag } = read as { value: unknown; at: unknown; tag?: unknown };
  if (typeof at !== 'number') return null;
  return { value, at, tag: typeof tag === 'string' ? tag : null };
}
export function remember(path: string, seen: Seen): void {
  held.set(path, seen);
  const text = JSON.stringify(seen);
  if (text.length > kPageMax) return;
  const kept = [path, ...index().filter((one) => one !== path)];
  for (const gone of kept.splice(kPagesMax)) stored(() => localStorage.removeItem(key(gone)), null);
  // Full: the oldest make room.
  while (kept.length > 0) {
    const done = stored(() => {
      localStorage.setItem(key(path), text);
      localStorage.setItem(kIndex, JSON.stringify(kept));
      return true;
    }, false);
    const oldest = kept.length > 1 ? kept.pop() : undefined;
    if (done || oldest === undefined) return;
    stored(() => localStorage.removeItem(key(oldest)), null);
  }
}
