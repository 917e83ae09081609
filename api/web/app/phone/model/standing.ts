// standing.ts: where what was written on this phone is, in words.
import type { QueueEntry } from '../../../peer/queue.ts';
import { timeText } from '../../shared/formats.ts';
import { say, type Text } from '../../shared/language.ts';
import { reasonTexts } from './reasons.ts';

export type Kind = QueueEntry['state']['kind'];
/** What needs a person in front. */
export const kKinds: readonly Kind[] = ['refused', 'held', 'waiting', 'sent', 'confirmed'];
export const kKindTexts: Readonly<Record<Kind, { readonly title: Text; readonly tone: string }>> = {
  waiting: { title: ['等待送出', 'Waiting'], tone: 'warn' },
  sent: { title: ['已送出，等待市级确认', 'Sent, not yet confirmed by the hub'], tone: '' },
  confirmed: { title: ['市级已确认', 'Safe at the hub'], tone: 'good' },
  held: { title: ['待批准', 'Held for approval'], tone: 'warn' },
  refused: { title: ['未被接受', 'Refused'], tone: 'bad' },
};
export interface Words {
  readonly what: string;
  readonly todo: string;
}
export function wordsOf({ state }: QueueEntry): Words {
  switch (state.kind) {
    case 'waiting':
      return {
        what: say(['只在本机', 'On this phone only']),
        todo: say(['有网络后自动送出', 'Goes by itself once there is a network']),
      };
    case 'sent':
      return {
        what: say(['节点已收到：{when}', 'A node has it since {when}'], {
          when: timeText(state.at / 1000),
        }),
        todo: say(['不用操作', 'Nothing to do']),
      };
    case 'confirmed':
      return {
        what: say(['市级确认于 {when}', 'The hub has it since {when}'], {
          when: timeText(state.since / 1000),
        }),
        todo: '',
      };
    case 'held':
    case 'refused': {
      const [what, todo] = reasonTexts(state.kind === 'held' ? 'held' : state.why);
      return { what: say(what), todo: say(todo) };
    }
  }
}
