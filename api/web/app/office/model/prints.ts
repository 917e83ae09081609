// prints.ts: which papers a record can be printed as.
import type { Text } from '../../shared/language.ts';

export interface Print {
  readonly what: string;
  readonly type: string;
  readonly name: Text;
}
export const kPrints: readonly Print[] = [
  { what: 'notice', type: 'notice', name: ['打印整改通知书', 'Print the notice'] },
  { what: 'signin', type: 'session', name: ['打印签到表', 'Print a sign-in sheet'] },
  { what: 'disclosure', type: 'disclosure', name: ['打印公示', 'Print for the board'] },
];
export const printsOf = (type: string): readonly Print[] =>
  kPrints.filter((print) => print.type === type);
