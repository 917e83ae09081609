// codes.ts: a phone's bundle from its screen, code by code, with what to say of each.
import { CodeCollector } from '../../../peer/bundle_codes.ts';
import { Refused } from '../../../peer/refused.ts';
import type { Text } from '../../shared/language.ts';

/** Why a code wasn't taken, for who holds it. A misread one comes again by itself, and isn't told. */
const kFaults: Readonly<Record<string, Text>> = {
  bad_input: ['这不是手机出示的数据包二维码', 'This is no code of a phone’s bundle'],
  newer_version: [
    '手机的版本更新，请先更新本节点',
    'The phone has a later version: update this node',
  ],
  malformed: [
    '这是另一个数据包的二维码；要改收它，请点“重新开始”',
    'A code of another bundle; press “Begin anew” to take that one instead',
  ],
};

export interface Codes {
  readonly count: number;
  readonly seen: number;
  /** `3, 7–12`. */
  readonly missing: string;
  readonly fault: Text | null;
  /** All are here. */
  readonly whole: Blob | null;
}
export const kNoCodes: Codes = { count: 0, seen: 0, missing: '', fault: null, whole: null };

/** Answers with how far it is, after each code that was seen. */
export function codeTaker(): (text: string) => Codes {
  let collector = new CodeCollector();
  return (text) => {
    let fault: Text | null = null;
    let whole: Blob | null = null;
    try {
      collector.take(text);
      const part = collector.whole();
      whole = part && new Blob([part as BlobPart]);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      fault = kFaults[error.reason] ?? null;
      if (collector.seen > 0 && collector.seen === collector.count) {
        collector = new CodeCollector();
        fault = ['没有收对，请再扫一遍', 'They make no whole bundle: scan them again'];
      }
    }
    const { count, seen } = collector;
    return { count, seen, missing: rangesText(collector.missing()), fault, whole };
  };
}
/** Of ascending numbers. */
export function rangesText(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges[ranges.length - 1];
    if (last && last[1] + 1 === number) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(', ');
}
