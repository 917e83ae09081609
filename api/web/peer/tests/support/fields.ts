// A change set's fields as tests/vectors/change_sets.json writes them.
import type {
  Base,
  Change,
  ChangeSet,
  Checkpoint,
  Field,
  Succession,
  VersionId,
} from '../../change_set.ts';
import { kFirstIncarnation } from '../../names.ts';
import type { Vector } from './vectors.ts';

export function changeSetOf(fields: Vector): ChangeSet {
  return {
    city: fields.bytes('city'),
    author: fields.bytes('author'),
    certificate: fields.bytes('certificate'),
    scope: fields.text('scope'),
    audience: fields.number('audience'),
    seq: fields.big('seq'),
    incarnation: fields.has('incarnation')
      ? { number: fields.in('incarnation').big(0), nonce: fields.in('incarnation').bytes(1) }
      : kFirstIncarnation,
    prev: fields.maybe('prev'),
    seen: fields.has('seen') ? checkpointOf(fields.in('seen')) : null,
    policy: fields.maybe('policy'),
    schema: fields.big('schema'),
    timeBase: fields.number('time_base'),
    actor: fields.maybe('actor'),
    action: fields.maybe('action'),
    origin: fields.has('origin') ? fields.text('origin') : null,
    blind: fields.maybe('blind'),
    succession: fields.has('succession') ? successionOf(fields.in('succession')) : null,
    changes: fields.in('changes').list().map(changeOf),
  };
}
export function checkpointOf(parts: Vector): Checkpoint {
  return { epoch: parts.big(0), size: parts.big(1), root: parts.bytes(2), time: parts.number(3) };
}
function successionOf(parts: Vector): Succession {
  return { reason: parts.text(0), feed: parts.bytes(1), seq: parts.big(2), head: parts.bytes(3) };
}
function changeOf(change: Vector): Change {
  return {
    type: change.number('type'),
    id: change.bytes('id'),
    kind: change.number('kind'),
    stamp: change.number('stamp'),
    fields: change
      .in('fields')
      .list()
      .map((field): Field => ({ number: field.number(0), value: field.bytes(1) })),
    base: change.has('base') ? baseOf(change.in('base')) : { all: [], cells: new Map() },
    life: change.has('life') ? change.number('life') : 0,
  };
}
function baseOf(base: Vector): Base {
  const cells = base
    .in('cells')
    .list()
    .map((cell) => [cell.number(0), cell.in(1).list().map(versionOf)] as const);
  return { all: base.in('all').list().map(versionOf), cells: new Map(cells) };
}
const versionOf = (version: Vector): VersionId => ({
  feed: version.bytes(0),
  seq: version.big(1),
  index: version.number(2),
});
