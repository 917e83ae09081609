// conflicts.ts: what was changed in two places at once, in words: every version of it, field by field; and what
// this phone had written and somebody settled otherwise.
import type { ShownConflict, ShownReplaced, Side } from '../../../peer/conflicts.ts';
import type { Seen, Shown } from '../../../peer/seen.ts';
import { labelOf, say, type Text } from '../../shared/language.ts';
import { briefOf, type Find } from './brief.ts';
import type { TypeInfo } from './catalog.ts';
import { Entry } from './entry.ts';
import { factOf } from './facts.ts';

/** This phone wrote one of its versions. */
export const isOwn = ({ winner, losers }: ShownConflict): boolean =>
  winner.own || losers.some(({ own }) => own);

/** What happened, as the one who holds this phone sees it. */
export function whatHappened(conflict: ShownConflict): Text {
  const lost = conflict.losers.some(({ own }) => own);
  if (conflict.cell === 0) {
    return lost
      ? [
          '本机修改时，这条记录已在别处被删除',
          'It was deleted elsewhere while this phone edited it',
        ]
      : ['记录被删除时，另有修改', 'It was deleted while somebody edited it'];
  }
  if (conflict.isVoid) {
    return lost
      ? [
          '本机改状态时，它已被别处改过：本机的这次变更没有生效',
          'Its state had been changed elsewhere: this phone’s move doesn’t count',
        ]
      : ['状态变更时，状态已不是原来的', 'A move from a state that wasn’t current'];
  }
  if (lost) {
    return [
      '本机和别处同时改了同一内容：别处的生效，本机的另存着',
      'Changed here and elsewhere at once: the other version stands, this phone’s is kept aside',
    ];
  }
  return conflict.winner.own
    ? [
        '本机和别处同时改了同一内容：目前本机的生效',
        'Changed here and elsewhere at once: this phone’s version stands for now',
      ]
    : ['两处同时改了同一内容', 'Changed in two places at once'];
}

/** What the record is called, with its type; also of one that was removed. */
export function titleOf(record: Seen, type: TypeInfo | null, find: Find): string {
  if (!type) return say(['记录', 'Record']);
  return `${labelOf(type.label)} · ${briefOf(new Entry(type, record), find).title}`;
}
/** Of another record that a field names. */
export function nameIn(find: Find, key: string): string {
  const found = find(key);
  return found ? briefOf(found, find).title : say(['（不在本机）', '(not on this phone)']);
}

export interface Line {
  readonly label: string;
  readonly text: string;
}
export interface Version {
  readonly side: Side;
  readonly stands: boolean;
  readonly lines: readonly Line[];
}
type Fields = ReadonlyMap<number, Shown>;
/** What each holds of the same fields. */
function linesOf(
  record: Seen,
  type: TypeInfo,
  versions: readonly Fields[],
  nameOf: (key: string) => string,
): Line[][] {
  const numbers = new Set(versions.flatMap((fields) => [...fields.keys()]));
  const infos = type.fields.filter(({ number }) => numbers.has(number));
  return versions.map((fields) => {
    const entry = new Entry(type, { ...record, fields });
    return infos.map((info) => {
      const value = fields.get(info.number);
      const fact =
        value === undefined || value === null ? null : factOf(entry, info, value, nameOf);
      const photos = fact?.files.length
        ? say(['{n} 张照片', '{n} photos'], { n: fact.files.length })
        : '';
      return {
        label: labelOf(info.label),
        text: fact?.text || photos || say(['（空）', '(empty)']),
      };
    });
  });
}
/** All of them, the one that stands first. Each says of the same fields what it holds. */
export function versionsOf(
  { record, winner, losers }: ShownConflict,
  type: TypeInfo,
  nameOf: (key: string) => string,
): Version[] {
  const sides = [winner, ...losers];
  const fields = sides.map((side) => side.fields);
  const lines = linesOf(record, type, fields, nameOf);
  return sides.map((side, i) => ({
    side,
    stands: side === winner,
    lines: side.removes ? [] : (lines[i] ?? []),
  }));
}
/** What the record says now, and what this phone had written. */
export function nowAndThen(
  { record, own, now }: ShownReplaced,
  type: TypeInfo,
  nameOf: (key: string) => string,
): { readonly now: readonly Line[]; readonly then: readonly Line[] } {
  const [is = [], was = []] = linesOf(record, type, [now.fields, own.fields], nameOf);
  return { now: now.removed ? [] : is, then: was };
}
/** Two that read alike differ in what a line doesn't show: which photos, which items. */
export function readAlike(versions: readonly Version[]): boolean {
  const spelled = versions.map(({ side, lines }) => JSON.stringify([side.removes, lines]));
  return new Set(spelled).size < spelled.length;
}
