// base.ts: what all that a phone does stands on: its store, its clock, its lines; and who it is by now.
import type { CertificateBook } from './book.ts';
import { hex, randomBytes, type Bytes } from './bytes.ts';
import type { Certificate } from './certificate.ts';
import type { Checkpoint } from './change_set.ts';
import { HybridClock, type WallClock } from './clock.ts';
import { Intake } from './intake.ts';
import { kHead } from './intake_words.ts';
import type { KeyMaking } from './keys.ts';
import type { Line } from './line.ts';
import type { Incarnation } from './names.ts';
import {
  bookIn,
  identityIn,
  incarnationsIn,
  ownCertificate,
  type Identity,
  type Incarnations,
} from './own.ts';
import { kValue } from './values.ts';
import { readPolicy, type Policy } from './policy.ts';
import { demand } from './refused.ts';
import type { Schema } from './schema.ts';
import { valueOf, type Store, type Tx } from './store.ts';

export interface Base {
  readonly store: Store;
  readonly wall: WallClock;
  readonly keys: KeyMaking;
  readonly line: (url: string) => Line;
  readonly schema: () => Schema;
  readonly known: Known;
}
/** What was read and checked already, so that not every act checks every certificate again. */
export interface Known {
  book: CertificateBook | null;
  readonly policies: Map<string, Policy>;
  /** Who answered last at each address. */
  readonly heard: Map<string, Heard>;
}
export interface Heard {
  readonly server: Bytes;
  /** By how much its clock is ahead of ours, microseconds. */
  readonly ahead: bigint;
  /** That may be as much more or less: it answered some time between question and answer. */
  readonly doubt: bigint;
}
/** This phone in its city. */
export interface Self {
  readonly identity: Identity;
  readonly book: CertificateBook;
  /** The one that it writes under: its newest. */
  readonly certificate: Certificate;
}

/** Throws unauthorised, if this phone has joined no city. */
export async function selfIn(tx: Tx, known: Known): Promise<Self> {
  const identity = await identityIn(tx);
  demand(identity !== null, 'unauthorised', '本机尚未加入。 This phone has joined no city.');
  const book = await bookIn(tx, identity.root, known.book);
  known.book = book;
  return { identity, book, certificate: ownCertificate(book, identity) };
}
export const intakeOf = (tx: Tx, base: Base, self: Self): Intake =>
  new Intake(tx, {
    book: self.book,
    policies: base.known.policies,
    self: self.identity.subject,
    now: base.wall(),
  });

/** The policy of the greatest number; null before any came. */
export async function newestPolicy(tx: Tx, { policies }: Known): Promise<Policy | null> {
  let newest: Policy | null = null;
  for (const { name, bytes } of await tx.all('policies')) {
    const policy = policies.get(name) ?? readPolicy(bytes);
    policies.set(name, policy);
    if (!newest || policy.number > newest.number) newest = policy;
  }
  return newest;
}
/** The newest tree head of the hub that is known: what is written now can't have been written before it. */
export const newestHead = (tx: Tx): Promise<Checkpoint | null> => valueOf<Checkpoint>(tx, kHead);
export async function clockIn(tx: Tx, wall: WallClock): Promise<HybridClock> {
  return new HybridClock(wall, (await valueOf<number>(tx, kValue.clock)) ?? 0);
}
/**
 * Never the same numbers twice: from `now` on the feeds of `self`, our author id, go on under another
 * one, greater than any that is known, also of what this store had forgotten and was given back.
 */
export async function beginIncarnation(
  tx: Tx,
  self: Bytes,
  reason: string,
  now: number,
): Promise<void> {
  const before = await incarnationsIn(tx);
  const next = await nextIncarnation(tx, self);
  const began = Math.max(now, (await valueOf<number>(tx, kValue.clock)) ?? 0);
  const value: Incarnations = { ...before, all: [...before.all, next], reason, began };
  await tx.put('values', { name: kValue.incarnations, value });
  await tx.put('values', { name: kValue.catchingUp, value: true });
}
/** One that nobody has written in; nothing is kept of it. */
export async function nextIncarnation(tx: Tx, self: Bytes): Promise<Incarnation> {
  const { all } = await incarnationsIn(tx);
  const feeds = await tx.find('feeds', 'author', hex(self));
  const known = [...all, ...feeds.map(({ incarnation }) => incarnation)];
  const newest = known.reduce((most, { number }) => (number > most ? number : most), 0n);
  return { number: newest + 1n, nonce: randomBytes(16) };
}
/** Was anything written under the incarnation of now? If not it is fresh still. */
export async function isWrittenInNow(tx: Tx, self: Bytes): Promise<boolean> {
  const { all } = await incarnationsIn(tx);
  const now = all[all.length - 1]?.number ?? 0n;
  const feeds = await tx.find('feeds', 'author', hex(self));
  return feeds.some(({ incarnation }) => incarnation.number >= now);
}
