// upgrading.ts: what waited for a later version of this engine is judged once that is here (I8).
import { intakeOf, selfIn, type Base } from './base.ts';
import { kValue } from './values.ts';
import { valueOf } from './store.ts';

/** Raised whenever this engine learns to read something that it kept unread before. */
export const kReads = 1;

/** Once for each new `reads`. Does nothing before the phone has joined. */
export async function judgeAnew(base: Base, reads: number = kReads): Promise<void> {
  await base.store.change(async (tx) => {
    if (
      (await valueOf<number>(tx, kValue.reads)) === reads ||
      !(await tx.get('values', kValue.identity))
    )
      return;
    await intakeOf(tx, base, await selfIn(tx, base.known)).judgeAnew();
    await tx.put('values', { name: kValue.reads, value: reads });
  });
}
