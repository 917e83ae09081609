// renewal.ts: the phone asks for its next certificate before its own ends (sync/ENROLMENT.md,
// "Renewal"): for the same key, with a later end. After the end only a person can give it.
import { selfIn, type Base, type Self } from './base.ts';
import { sameBytes, type Bytes } from './bytes.ts';
import { CborReader } from './cbor_reader.ts';
import { encodeBytes, encodeInt, encodeList } from './cbor_value.ts';
import { signedCertificate, type Certificate } from './certificate.ts';
import { SigningKey } from './keys.ts';
import { kDomain } from './names.ts';
import { kValue } from './values.ts';
import { demand } from './refused.ts';
import { takeShown } from './shown.ts';
import { writeSigned } from './signature.ts';
import { valueOf } from './store.ts';

const kHour = 3_600_000_000n;

/** From a third of its time on. `now`: microseconds since 1970 UTC. */
export function isDue({ validFrom, validUntil }: Certificate, now: number): boolean {
  return (validUntil - BigInt(now)) * 3n < validUntil - validFrom;
}
/** Asks at `url`, if it is time and wasn't asked within the hour. Never rejects: an exchange went well before. */
export async function renewInTime(base: Base, url: string): Promise<void> {
  const now = base.wall();
  const { self, asked } = await base.store.read(async (tx) => ({
    self: await selfIn(tx, base.known),
    asked: (await valueOf<number>(tx, kValue.renewalAsked)) ?? 0,
  }));
  if (!isDue(self.certificate, now) || BigInt(now - asked) < kHour) return;
  await base.store.change((tx) => tx.put('values', { name: kValue.renewalAsked, value: now }));
  await renew(base, url).catch(() => undefined);
}
/**
 * Asks for the next certificate, and answers with the newest. Rejects with unreachable, malformed,
 * stranger (not for this key), what takeShown rejects with, and what the node refuses with:
 * expired, revoked, stale (our clock), forbidden, slow_down.
 */
export async function renew(base: Base, url: string): Promise<Certificate> {
  const self = await base.store.read((tx) => selfIn(tx, base.known));
  const answer = await base.line(url).renew(await renewalRequest(self, base.wall()));
  const reader = new CborReader(answer);
  const certificates = reader.list(1, 16, () => reader.bytes(1, answer.length));
  reader.end();
  const last = certificates[certificates.length - 1] ?? answer;
  const { certificate: newest } = signedCertificate(last);
  demand(
    sameBytes(newest.signingKey, self.certificate.signingKey),
    'stranger',
    'the certificate is for another key',
  );
  await takeShown(base, self, certificates);
  return newest;
}
async function renewalRequest({ identity, certificate }: Self, now: number): Promise<Bytes> {
  const body = encodeList([
    encodeInt(1),
    encodeBytes(certificate.city),
    encodeBytes(certificate.hash),
    encodeBytes(certificate.signingKey),
    encodeBytes(certificate.sealingKey),
    encodeBytes(new Uint8Array(0)), // no TLS key: nobody calls a phone
    encodeInt(now),
  ]);
  return writeSigned(await new SigningKey(identity.keys.signing).signBody(kDomain.renewal, body));
}
