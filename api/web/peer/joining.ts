// joining.ts: joins a city by an invite, so that a lost answer costs nothing.
import type { Base } from './base.ts';
import type { Certificate } from './certificate.ts';
import { enrolRequest, readAdmission, readInvite } from './enrolment.ts';
import { makeKeys } from './keys.ts';
import { identityIn, joiningIn, type Identity, type Joining } from './own.ts';
import { kValue } from './values.ts';
import { demand, Refused } from './refused.ts';

/** See Phone.join. */
export async function join(base: Base, line: string, url: string | null): Promise<Certificate> {
  demand(
    (await base.store.read(identityIn)) === null,
    'forbidden',
    '本机已加入。 This phone has joined already.',
  );
  const invite = readInvite(line);
  const joining = await takeUp(base, line.trim());
  const answer = await base
    .line(url ?? invite.url)
    .enrol(joining.request)
    .catch((error: unknown) => giveUp(base, error));
  const { certificate, book, certificates } = readAdmission(answer, invite, joining.keys);
  const identity: Identity = {
    keys: joining.keys,
    root: book.signedRoot,
    subject: certificate.subject,
    first: certificate.hash,
  };
  await base.store.change(async (tx) => {
    for (const row of certificates) await tx.put('certificates', row);
    await tx.put('values', { name: kValue.identity, value: identity });
    await tx.remove('values', kValue.joining);
  });
  return certificate;
}
/** The key and the request for this invite: those of before, if it was taken up already. */
async function takeUp(base: Base, line: string): Promise<Joining> {
  const before = await base.store.read(joiningIn);
  if (before && before.line === line) return before;
  const keys = await makeKeys(base.keys);
  const joining: Joining = { line, keys, request: await enrolRequest(readInvite(line), keys) };
  await base.store.change((tx) => tx.put('values', { name: kValue.joining, value: joining }));
  return joining;
}
/** Only where the issuer says that the secret is of no use any more its key is let go of. */
async function giveUp(base: Base, error: unknown): Promise<never> {
  if (error instanceof Refused && (error.reason === 'unauthorised' || error.reason === 'expired')) {
    await base.store.change((tx) => tx.remove('values', kValue.joining));
  }
  throw error;
}
