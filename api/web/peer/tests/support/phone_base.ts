// phone_base.ts: what a phone of the city in memory stands on, for tests beneath its door.
import { intakeOf, type Base, type Self } from '../../base.ts';
import { hex, type Bytes } from '../../bytes.ts';
import { keysFrom } from '../../keys.ts';
import { Line } from '../../line.ts';
import type { LogObject } from '../../messages.ts';
import { kNoSchema } from '../../schema.ts';
import { openStore } from '../../store_idb.ts';
import { kValue } from '../../values.ts';
import { City, type Author } from './city.ts';

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
/** A phone that has joined a city of its own, and knows who is who there and its policy. */
export interface JoinedPhone {
  readonly city: City;
  readonly base: Base;
  readonly self: Self;
  /** Takes in what this one brings (null: it was written here); the reason of each that is refused. */
  readonly take: (objects: readonly LogObject[], from: Bytes | null) => Promise<unknown[]>;
}
export async function joinedPhone(name: string, clock: { now: number }): Promise<JoinedPhone> {
  const city = new City();
  const known = [city.hub, city.office, city.phone];
  const base = await baseOf(name, clock);
  const self = await selfOf(city, ...known);
  base.known.book = self.book;
  await base.store.change(async (tx) => {
    await tx.put('values', { name: kValue.identity, value: self.identity });
    for (const { certificate, signed } of known)
      await tx.put('certificates', { name: hex(certificate.hash), bytes: signed });
  });
  const take: JoinedPhone['take'] = async (objects, from) => {
    const { verdicts } = await base.store.change((tx) =>
      intakeOf(tx, base, self).take(objects, from),
    );
    return verdicts.map(({ refused }) => refused);
  };
  await take([city.policySet], city.office.id);
  return { city, base, self, take };
}
