// taking.ts: makes one step of an exchange, or a bundle, durable: what was given, what the peer made
// of what it was given, and how far both are.
import {
  beginIncarnation,
  clockIn,
  intakeOf,
  isWrittenInNow,
  type Base,
  type Self,
} from './base.ts';
import { hex, type Bytes } from './bytes.ts';
import type { Certificate } from './certificate.ts';
import type { Settled } from './exchange.ts';
import type { Taken } from './intake.ts';
import { kObject, type LogObject, type Verdict } from './messages.ts';
import { kDomain, nameOf } from './names.ts';
import { kValue } from './values.ts';
import { readParcel } from './parcel.ts';
import { keepMemory } from './phone_shelf.ts';
import { setAside } from './putback.ts';
import { meetOwn } from './cloned.ts';
import type { Tx } from './store.ts';

/** Rejects with what the store rejects with, and has kept nothing then. */
export function settle(base: Base, self: Self, peer: Certificate, step: Settled): Promise<Taken> {
  return base.store.change(async (tx) => {
    for (const { object, verdict } of step.pushed) await noteSent(tx, base.wall(), object, verdict);
    await stepBack(
      tx,
      base,
      self,
      step.peerAhead.map(({ feed }) => feed),
    );
    const taken = await takeIn(tx, base, self, peer.subject, step.objects);
    await keepMemory(tx, peer, step.memory);
    // A session that is kept says that everything has come, our own as well.
    if (step.memory.session) await tx.remove('values', kValue.catchingUp);
    return taken;
  });
}
/** A peer knows more of these feeds of ours than is here: what it may know otherwise is set aside. */
export async function stepBack(
  tx: Tx,
  base: Base,
  { identity }: Self,
  feeds: readonly Bytes[],
): Promise<void> {
  if (feeds.length === 0) return;
  const isOfNow = await isWrittenInNow(tx, identity.subject);
  for (const feed of feeds) await setAside(tx, feed);
  if (isOfNow) await beginIncarnation(tx, identity.subject, 'restored', base.wall());
}
/** Takes objects in that `peer`, an author id, brought. A store that was put back begins a new incarnation. */
export async function takeIn(
  tx: Tx,
  base: Base,
  self: Self,
  peer: Bytes,
  objects: readonly LogObject[],
): Promise<Taken> {
  return heeding(tx, base, self, () => intakeOf(tx, base, self).take(objects, peer));
}
/** Heeds what is taken in: its stamps, and what it shows of this store. */
export async function heeding(
  tx: Tx,
  base: Base,
  self: Self,
  take: () => Promise<Taken>,
): Promise<Taken> {
  const isBlank = (await tx.find('feeds', 'author', hex(self.identity.subject), 1)).length === 0;
  const taken = await take();
  const { newestStamp, ownFromElsewhere } = taken.tally;
  if (newestStamp > 0) {
    // What is written from now on comes after what was received.
    const clock = await clockIn(tx, base.wall);
    clock.observe(newestStamp);
    await tx.put('values', { name: kValue.clock, value: clock.newest });
  }
  await meetOwn(tx, base, self, ownFromElsewhere, isBlank);
  return taken;
}
async function noteSent(
  tx: Tx,
  at: number,
  object: LogObject,
  verdict: Verdict | null,
): Promise<void> {
  if (object.kind !== kObject.parcel) return;
  const row = await tx.get('sets', hex(nameOf(kDomain.changeSet, readParcel(object.bytes).body)));
  if (row?.own === 1)
    await tx.put('sets', {
      ...row,
      sent: { at, refused: verdict?.refused ?? null, detail: verdict?.detail ?? '' },
    });
}
