// reasons.ts: why something was refused, and what to do about it, as people understand it.
import { Refused } from '../../../peer/refused.ts';
import type { Text } from '../../shared/language.ts';

/** Reason → what happened, and what to do. */
const kReasons: Readonly<Record<string, readonly [what: Text, todo: Text]>> = {
  unreachable: [
    ['联系不上节点', 'No node can be reached'],
    [
      '内容都在本机，有网络后会自动送出',
      'Everything stays on this phone and goes by itself once there is a line',
    ],
  ],
  unauthorised: [
    ['邀请码已用过或无效', 'The invite was used already, or isn’t valid'],
    ['请向发码的社区办公室要一个新的邀请码', 'Ask the office that gave it for a new one'],
  ],
  expired: [
    ['已过期', 'It has expired'],
    ['请向社区办公室要一个新的邀请码', 'Ask the office for a new invite'],
  ],
  other_city: [
    ['属于另一个城市', 'It belongs to another city'],
    ['请核对邀请码和节点地址', 'Check the invite and the node’s address'],
  ],
  stranger: [
    ['对方不是本市的上级节点', 'That node is none of this city that this phone may sync with'],
    ['请在设置中核对节点地址', 'Check the node’s address in the settings'],
  ],
  bad_input: [
    ['内容无法识别', 'It can’t be read'],
    ['请完整复制后重试', 'Copy all of it and try again'],
  ],
  malformed: [
    ['收到的内容不完整', 'What came isn’t whole'],
    ['请再试一次；已有的内容都在本机', 'Try once more; all there was is on this phone'],
  ],
  truncated: [
    ['收到的内容不完整', 'What came isn’t whole'],
    ['请再试一次；已有的内容都在本机', 'Try once more; all there was is on this phone'],
  ],
  forbidden: [
    ['没有权限', 'Not allowed'],
    ['请联系社区办公室', 'Ask the office'],
  ],
  out_of_scope: [
    ['不在本机的管辖范围内', 'Outside of what this phone may write in'],
    ['请联系社区办公室调整范围', 'Ask the office to widen its scope'],
  ],
  bad_move: [
    ['状态已被他人改变', 'Its state was changed by somebody else'],
    ['请同步后查看最新状态', 'Sync and look at its state now'],
  ],
  held: [
    ['已收到，待人工批准后生效', 'It arrived, and counts once somebody approves it'],
    ['请告知社区办公室；内容不会丢失', 'Tell the office; nothing is lost'],
  ],
  clock_ahead: [
    ['本机时钟过快', 'This phone’s clock is ahead'],
    [
      '请打开系统的自动设置时间，然后再同步',
      'Let the phone set its time by itself, then sync again',
    ],
  ],
  revoked: [
    ['本机的证书已被吊销', 'This phone’s certificate was revoked'],
    ['请用“交接”导出文件交给社区办公室', 'Hand over a file (“Hand over”) to the office'],
  ],
  cloned: [
    ['另有一部手机在用本机的密钥', 'Another phone uses this one’s key'],
    ['内容都在本机；请到“今日”页按说明处理', 'Everything is here; “Today” says what to do'],
  ],
  unknown_policy: [
    ['还没有同步过规则', 'The city’s rules aren’t here yet'],
    ['请联网同步一次', 'Sync once'],
  ],
  disk_full: [
    ['手机空间不足', 'The phone is full'],
    [
      '请清理空间后再保存；已输入的内容还在页面上',
      'Make room and save again; what you typed is still on the page',
    ],
  ],
  quota: [
    ['节点空间不足', 'The node has no room'],
    ['会自动重试', 'It is tried again by itself'],
  ],
  too_large: [
    ['内容太大', 'Too large'],
    ['请缩小后重试', 'Make it smaller and try again'],
  ],
  slow_down: [
    ['节点繁忙', 'The node is busy'],
    ['稍后会自动重试', 'It is tried again by itself'],
  ],
  newer_version: [
    ['另一方的版本更新', 'The other side has a later version'],
    ['请更新本应用', 'Update this app'],
  ],
  frozen: [
    ['记录已定稿，不能再改', 'The record is final and can’t be changed'],
    ['请联系社区办公室', 'Ask the office'],
  ],
};
const kOther: readonly [Text, Text] = [
  ['没有成功', 'It didn’t work'],
  ['请稍后重试；内容都在本机', 'Try again later; everything is on this phone'],
];

export const reasonTexts = (reason: string): readonly [what: Text, todo: Text] =>
  kReasons[reason] ?? kOther;

/** What the engine says of it, for who wants to know more. It says both languages at once. */
export const detailOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
export const reasonOf = (error: unknown): string =>
  error instanceof Refused ? error.reason : 'internal';
