// rounds.ts: exchanges with one node in a row: what one of them shows may leave something for the next.
import { selfIn, type Base } from './base.ts';
import { sameBytes, type Bytes } from './bytes.ts';
import { clonedSince, demandAlone, stopUnlessAlone } from './cloned.ts';
import { bothOf, type Progress } from './exchange.ts';
import { changeMemories, PhoneShelf } from './phone_shelf.ts';
import { writeAgain } from './writing_again.ts';
import { renewInTime } from './renewal.ts';
import { takeShown } from './shown.ts';
import { valueOf } from './store.ts';
import { syncOver } from './syncing.ts';
import { settle } from './taking.ts';
import { kValue } from './values.ts';

/** A store that was put back is found out, brought up, and heard out. */
const kInARow = 4;

/** See Phone.sync. */
export async function syncWith(base: Base, url: string): Promise<Progress> {
  let { progress, more } = await hold(base, url);
  for (let i = 1; more && i < kInARow; ++i) {
    const next = await hold(base, url);
    [progress, more] = [bothOf(progress, next.progress), next.more];
  }
  await renewInTime(base, url);
  return progress;
}
/** One exchange. `more`: what was written here isn't all there yet, or a newer certificate is in force. */
async function hold(base: Base, url: string): Promise<{ progress: Progress; more: boolean }> {
  await takeUpCertificate(base);
  const self = await base.store.read(async (tx) => {
    await demandAlone(tx);
    return selfIn(tx, base.known);
  });
  const progress = await syncOver(base.line(url), {
    store: base.store,
    ...self,
    wall: base.wall,
    heard: (peer, time, asked, answered) => {
      const doubt = BigInt(Math.max(0, Math.round((answered - asked) / 2)));
      const ahead = time - (BigInt(asked) + doubt);
      base.known.heard.set(url, { server: peer.hash, ahead, doubt });
    },
    shelf: (peer) =>
      new PhoneShelf({
        store: base.store,
        peer,
        self: self.identity.subject,
        schema: base.schema(),
        settle: async (step) => void (await settle(base, self, peer, step)),
      }),
    takeShown: (chain) => takeShown(base, self, chain),
  });
  const again = await settleOwn(base);
  const { certificate, isStopped } = await base.store.read(async (tx) => ({
    certificate: (await selfIn(tx, base.known)).certificate,
    isStopped: (await clonedSince(tx)) !== null,
  }));
  const isRenewed = !sameBytes(certificate.hash, self.certificate.hash);
  const more = progress.peerAhead.length > 0 || again > 0 || isRenewed;
  return { progress, more: more && !isStopped };
}
/**
 * Writes again what was set aside. Where there was nothing to, this phone stops if it isn't alone: so that
 * all goes over before. Answers with how many sets were written.
 */
export function settleOwn(base: Base): Promise<number> {
  return base.store.alone('writing', async () => {
    const again = await writeAgain(base);
    if (again === 0) await stopUnlessAlone(base);
    return again;
  });
}
/** Under a newer certificate new sessions begin: what it gained may hold sets of ours from an earlier time there. */
async function takeUpCertificate(base: Base): Promise<void> {
  const before = await base.store.read((tx) => valueOf<Bytes>(tx, kValue.writesUnder));
  const { certificate } = await base.store.read((tx) => selfIn(tx, base.known));
  if (before && sameBytes(before, certificate.hash)) return;
  await base.store.change(async (tx) => {
    await tx.put('values', { name: kValue.writesUnder, value: certificate.hash });
    if (before) await changeMemories(tx, (memory) => ({ ...memory, session: null }));
  });
}
