// training.ts: signing in to a training session, by a QR code or by hand: one record for each person and
// session, also if two phones write it.
import type { Wish } from '../../../peer/authoring.ts';
import { hex, sameBytes, type Bytes } from '../../../peer/bytes.ts';
import { derivedRecordId } from '../../../peer/record_id.ts';
import { keyOf, refTo, type Entry } from './entry.ts';
import type { Around } from './inspection.ts';
import {
  attendanceIsValid,
  kPresencePercent,
  kProxyMinutes,
  kProxyPeopleMax,
  suspectedProxies,
} from './rules.ts';
import { wishFor } from './wishes.ts';
import { Refused } from '../../../peer/refused.ts';

export interface SignIn {
  readonly session: Entry;
  /** Key of the staff record. */
  readonly person: string;
  /** Key; empty: taken from the staff record, if that is here. */
  readonly company: string;
  readonly method: 'qr' | 'manual';
  readonly at: number;
  /** Signs out one who signed in before. */
  readonly out: boolean;
}
/** What a badge's QR code says: a staff number, or the record itself. */
const kBadge = /^linli-staff:(14\/[a-z0-9/-]+\/[0-9a-f]{32})$/;

/** The key of the person that this code names among `staff`; null: of none that is known. */
export function personOf(code: string, staff: readonly Entry[]): string | null {
  const text = code.trim();
  const badge = kBadge.exec(text)?.[1];
  if (badge) return badge;
  const known = staff.filter((one) => one.text('staff_no').toUpperCase() === text.toUpperCase());
  return known.length === 1 ? (known[0]?.key ?? null) : null;
}
export const badgeText = (person: Entry): string => `linli-staff:${person.key}`;
/** Is somebody let in now? */
export function maySignIn(session: Entry, now: number): boolean {
  const opens = session.integer('checkin_opens_at');
  const ends = session.integer('ends_at');
  const off = ['cancelled', 'postponed', 'closed'].includes(session.code('status'));
  return !off && (opens === null || now >= opens) && (ends === null || now < ends);
}

export interface Self {
  readonly city: Bytes;
  readonly scope: string;
  /** What this phone is called in the sign-ins that it makes. */
  readonly device: string;
}
export const deviceName = (author: Bytes): string => `phone-${hex(author).slice(0, 8)}`;

/**
 * The sign-in, and a flag for each of this phone's for the session that it makes look as if one had signed for others: so many
 * in so short a time (代签). `signed`: the sign-ins that are known. Throws Refused (bad_input), where something that it needs
 * isn't here.
 */
export function signInWishes(
  sign: SignIn,
  around: Around,
  self: Self,
  signed: readonly Entry[],
): Wish[] {
  const wish = signInWish(sign, around, self);
  const type = around.catalog.type('attendance');
  // A node of before knows of no flags.
  if (!type.knows('proxy_suspected')) return [wish];
  const here = signed.filter(
    (one) => one.ref('session') === sign.session.key && one.scope === wish.scope,
  );
  const itself = here.find((one) => sameBytes(one.name.id, wish.id));
  // Who signed in elsewhere, or signs out, adds nothing to what this phone did.
  if (itself) return [wish];
  const before = here.filter((one) => one.text('device') === self.device && !one.has('photo'));
  const found = suspectedProxies(
    [...before.map((one) => one.integer('in_at') ?? 0), sign.at],
    around.setting('proxy_people_max', kProxyPeopleMax),
    around.setting('proxy_minutes', kProxyMinutes),
  );
  const flag = { proxy_suspected: { flag: true } };
  const marks = before.filter((one, i) => found.has(i) && !one.flag('proxy_suspected'));
  return [
    found.has(before.length) ? flagged(wish, type.numberOf('proxy_suspected')) : wish,
    ...marks.map((one) => wishFor(type, one.name, flag)),
  ];
}
function flagged(wish: Wish, field: number): Wish {
  return wish.kind === 'put' ? { ...wish, fields: new Map([...wish.fields, [field, true]]) } : wish;
}

function signInWish(sign: SignIn, around: Around, self: Self): Wish {
  const { session, at } = sign;
  const course = around.find(session.ref('course'));
  if (!course) throw new Refused('bad_input', '本机没有该课程。 Its course isn’t on this phone.');
  const person = around.find(sign.person);
  const company = sign.company || (person?.ref('company') ?? '');
  if (!company) {
    throw new Refused('bad_input', '请选择其所属企业。 Say which company this person is of.');
  }
  const type = around.catalog.type('attendance');
  const keys = [refTo(session.key, self.scope), refTo(sign.person, self.scope)];
  const id = derivedRecordId(self.city, type.number, self.scope, keys, null);
  const before = around.find(keyOf({ type: type.number, scope: self.scope, id }));
  const from = session.integer('starts_at') ?? 0;
  const to = session.integer('ends_at') ?? 0;
  const inAt = before?.integer('in_at') ?? at;
  const outAt = sign.out ? Math.max(at, inAt) : (before?.integer('out_at') ?? null);
  const percent =
    before?.integer('percent_needed') ?? around.setting('attendance_percent', kPresencePercent);
  const closes = session.integer('checkin_closes_at');
  return wishFor(
    type,
    { scope: self.scope, id },
    {
      session: { ref: session.key },
      person: { ref: sign.person },
      company: { ref: company },
      in_at: { number: inAt },
      out_at: { number: outAt },
      method: { code: before?.code('method') || sign.method },
      device: { text: before ? before.text('device') : self.device },
      session_from: { number: from },
      session_to: { number: to },
      course_kind: { code: course.code('kind') },
      post: { code: person?.code('role') ?? '' },
      valid: { flag: attendanceIsValid({ from, to }, inAt, outAt, percent) },
      late: closes === null ? { raw: null } : { flag: inAt > closes },
      percent_needed: { number: percent },
    },
  );
}
