// writing.ts: signs what is wished and takes it in by the one road that received sets take.
import { audienceOf, draftSet, type Act, type Desk, type Draft, type Wish } from './authoring.ts';
import { intakeOf, newestHead, newestPolicy, selfIn, type Base, type Self } from './base.ts';
import { randomBytes, type Bytes } from './bytes.ts';
import { demandAlone } from './cloned.ts';
import { writeChangeSet } from './change_set_writer.ts';
import { SigningKey } from './keys.ts';
import { kObject, type LogObject } from './messages.ts';
import { kDomain } from './names.ts';
import type { Identity } from './own.ts';
import { writeParcel } from './parcel.ts';
import { demand, Refused } from './refused.ts';
import type { Schema } from './schema.ts';
import { footingIn, isStill, keepFooting, type Footing } from './set_right.ts';
import { recordKey } from './store.ts';

export interface Written {
  /** The change sets, in hexadecimal; durable here. */
  readonly sets: readonly string[];
}
export interface WriteOptions {
  /** A pseudonymous account. */
  readonly actor?: Bytes;
  readonly origin?: string;
}

const kTriesMax = 10;

/** See Phone.write. */
export async function write(
  base: Base,
  wishes: readonly Wish[],
  options: WriteOptions,
): Promise<Written> {
  checkOnce(wishes);
  const act: Act = {
    action: randomBytes(16),
    actor: options.actor ?? null,
    origin: options.origin ?? null,
  };
  for (let tries = 1; ; ++tries) {
    const written = await tryToWrite(base, wishes, act).catch((error: unknown) => {
      // Where the browser has no locks another tab may have taken these numbers meanwhile.
      const isTaken = error instanceof Refused && error.reason === 'fork';
      if (isTaken && tries < kTriesMax) return null;
      throw error;
    });
    if (written) return written;
  }
}
/** Null: while it was being signed an exchange found that this store was put back. Signed anew, under other numbers. */
async function tryToWrite(base: Base, wishes: readonly Wish[], act: Act): Promise<Written | null> {
  const { desk, self, footing } = await deskNow(base);
  const objects: LogObject[] = [];
  for (const group of groupsOf(desk.schema, wishes)) {
    const draft = await base.store.read((tx) => draftSet(tx, desk, act, group, group.wishes));
    objects.push(await sign(draft, self.identity));
  }
  return base.store.change(async (tx) => {
    if (!(await isStill(tx, footing))) return null;
    const before = await tx.newestArrival();
    const { verdicts } = await intakeOf(tx, base, self).take(objects, null);
    const verdict = verdicts[0];
    if (verdict) throw new Refused(verdict.refused ?? 'internal', verdict.detail);
    await keepFooting(tx, base.wall, footing);
    const sets: string[] = [];
    await tx.logAfter(before, ({ name }) => sets.push(name) > 0);
    return { sets };
  });
}
async function deskNow(base: Base): Promise<{ desk: Desk; self: Self; footing: Footing }> {
  return base.store.read(async (tx) => {
    await demandAlone(tx);
    const self = await selfIn(tx, base.known);
    const policy = await newestPolicy(tx, base.known);
    demand(policy !== null, 'unknown_policy', '请先联网同步一次。 Sync once before writing.');
    const footing = await footingIn(tx, base.wall, self.identity.subject);
    const desk: Desk = {
      certificate: self.certificate,
      schema: base.schema(),
      policy,
      clock: footing.clock,
      seen: await newestHead(tx),
      incarnations: footing.incarnations,
    };
    return { desk, self, footing };
  });
}
async function sign({ set, openings }: Draft, identity: Identity): Promise<LogObject> {
  const body = writeChangeSet(set);
  const { signature } = await new SigningKey(identity.keys.signing).signBody(
    kDomain.changeSet,
    body,
  );
  return { kind: kObject.parcel, bytes: writeParcel({ body, signature, openings }) };
}

/** Two wishes for one record would each be made on the same version. */
function checkOnce(wishes: readonly Wish[]): void {
  demand(wishes.length > 0, 'bad_value', '没有任何修改。 Nothing to write.');
  const names = new Set(wishes.map(({ type, scope, id }) => recordKey(type, scope, id)));
  demand(
    names.size === wishes.length,
    'bad_value',
    '同一记录只能修改一次。 A record stands in one wish only.',
  );
}
interface Group {
  readonly scope: string;
  readonly audience: number;
  readonly wishes: Wish[];
}
/** A change set is of one scope and audience. */
function groupsOf(schema: Schema, wishes: readonly Wish[]): Group[] {
  const groups = new Map<string, Group>();
  for (const wish of wishes) {
    const place = { scope: wish.scope, audience: audienceOf(schema, wish.type) };
    const key = `${place.audience}/${place.scope}`;
    const group = groups.get(key) ?? { ...place, wishes: [] };
    group.wishes.push(wish);
    groups.set(key, group);
  }
  return [...groups.values()];
}
