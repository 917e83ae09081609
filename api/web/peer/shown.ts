// shown.ts: certificates that a peer shows ahead of the change sets that will bring them, by its hello or
// with an answer (sync/EXCHANGE.md, "Hello", "Notices").
import { intakeOf, type Base, type Self } from './base.ts';
import type { CertificateBook } from './book.ts';
import { hex, sameBytes, type Bytes } from './bytes.ts';
import type { Certificate } from './certificate.ts';
import { endsIn } from './counting.ts';
import { demand } from './refused.ts';
import { endsKeyOf } from './standing.ts';
import { heeding } from './taking.ts';

/**
 * More than a street has machines: whoever may issue certificates could show us new ones for ever, and
 * each is kept. The hub, whom the root certified, may have as many as the city has.
 */
const kShownBelowMax = 2000;

/**
 * Takes in all of them, from the root on, or none. Rejects with what CertificateBook.add throws;
 * forbidden (for the key of somebody whom others enrolled); revoked (the key that issued it was ended:
 * what it had issued before came in its own feed, now anybody may hold it); slow_down (who issued it has
 * more than it can have).
 */
export async function takeShown(
  base: Base,
  self: Self,
  chain: readonly Bytes[],
): Promise<Certificate[]> {
  const { book } = self;
  const ends = await base.store.read((tx) => endsIn(tx, book));
  const shown = book.addAll(chain, (certificate) => {
    demand(!book.isRival(certificate), 'forbidden', 'a certificate for the key of somebody else');
    const issuer = book.find(certificate.issuer);
    demand(
      issuer === null || mayHaveMore(book, issuer),
      'slow_down',
      'who issued this certificate has certified more machines than it can have',
    );
    const isEnded = issuer !== null && ends.some((end) => endsKeyOf(end, issuer, book));
    demand(!isEnded, 'revoked', 'the key that issued this certificate was ended');
  });
  await base.store.change(async (tx) => {
    for (const [i, { hash }] of shown.entries())
      await tx.put('certificates', { name: hex(hash), bytes: chain[i] ?? new Uint8Array(0) });
    await heeding(tx, base, self, () => intakeOf(tx, base, self).learned(shown));
  });
  return shown;
}
/** By all its certificates together. */
function mayHaveMore(book: CertificateBook, issuer: Certificate): boolean {
  if (book.isFromRoot(issuer)) return true;
  const below = book.all().filter((certificate) => {
    const above = book.find(certificate.issuer);
    return above !== null && sameBytes(above.subject, issuer.subject);
  });
  return below.length < kShownBelowMax;
}
