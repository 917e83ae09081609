// What the card of a conflict offers: a choice that deletes or restores the record says so.
import { expect, it } from 'vitest';
import { choiceOf, type Conflict, type Version } from '../office/model/conflicts.ts';

const edit: Version = { version: 'b', node: '示例社区', at: '', fields: { note: '改过' } };
const removal: Version = { version: 'a', node: '示例社区', at: '', removal: true };
const of = (severity: string): Conflict => ({ severity, type: 'compound' });

it('of a record that was deleted keeping deletes, and taking an edit restores', () => {
  expect(choiceOf(of('delete'), removal, true)).toEqual(['维持删除', 'Keep it deleted']);
  expect(choiceOf(of('delete'), edit, false)).toEqual([
    '恢复这条记录，并采用这些修改',
    'Restore the record, with these edits',
  ]);
  expect(choiceOf(of('delete'), removal, false)).toEqual(['删除这条记录', 'Delete the record']);
});
it('of two values one is chosen', () => {
  for (const severity of ['conflict', 'void_move']) {
    expect(choiceOf(of(severity), edit, true)).toEqual(['保留这个', 'Keep this']);
    expect(choiceOf(of(severity), edit, false)).toEqual(['改用这个', 'Use this']);
  }
});
