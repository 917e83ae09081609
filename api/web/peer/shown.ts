// shown.ts: certificates that a peer shows ahead of the change sets that will bring them, by its hello or
// with an answer (sync/EXCHANGE.md, "Hello", "Notices").
import { intakeOf, type Base, type Self } from './base.ts';
import { hex, type Bytes } from './bytes.ts';
import type { Certificate } from './certificate.ts';
import { endsIn } from './counting.ts';
import { demand } from './refused.ts';
import { endsKeyOf } from './standing.ts';
import { heeding } from './taking.ts';

/**
 * Takes in all of them, from the root on, or none. Rejects with what CertificateBook.add throws;
 * forbidden (for the key of somebody whom others enrolled); revoked (the key that issued it was ended:
 * what it had issued before came in its own feed, now anybody may hold it).
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
