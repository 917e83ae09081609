// phone_base.ts: what a phone of the city in memory stands on, for tests beneath its door.
import type { Base, Self } from '../../base.ts';
import { keysFrom } from '../../keys.ts';
import { Line } from '../../line.ts';
import { kNoSchema } from '../../schema.ts';
import { openStore } from '../../store_idb.ts';
import type { Author, City } from './city.ts';

/** A store of this name, by a clock that is set by hand, microseconds since 1970 UTC. */
export async function baseOf(name: string, clock: { now: number }): Promise<Base> {
  return {
    store: await openStore(name),
    wall: () => clock.now,
    keys: 'wrapped',
    line: (url) => new Line(url),
    schema: () => kNoSchema,
    known: { book: null, policies: new Map(), heard: new Map() },
  };
}
/** The city's phone, which knows these. */
export async function selfOf(city: City, ...known: readonly Author[]): Promise<Self> {
  const { key, id, certificate } = city.phone;
  const keys = await keysFrom(key.seed, new Uint8Array(32).fill(7));
  const identity = { keys, root: city.root, subject: id, first: certificate.hash };
  return { identity, book: city.bookOf(...known), certificate };
}
