// merge.ts: what the changes to one record add up to, whatever order they came in (sync/PROTOCOL.md,
// "Merge"). Per cell the versions form a DAG: each names those it was made on. One that no other
// names is a leaf. One leaf: the value. Several: the greatest order key wins, and the others stay
// listed, unless all say the same.
import { hex, sameBytes } from './bytes.ts';
import {
  compareVersions,
  kKind,
  type Base,
  type Change,
  type Field,
  type VersionId,
} from './change_set.ts';
import { moveIn, type TypeRule } from './policy.ts';

/** Between concurrent leaves the greater wins: trusted clock first, then time, then names. */
export interface OrderKey {
  /** False once a receipt flagged the set's clock. */
  readonly trusted: boolean;
  /** max(stamp, seen.time). */
  readonly time: number;
  readonly version: VersionId;
}
export interface Leaf {
  readonly key: OrderKey;
  readonly fields: readonly Field[];
}
/** How a type's fields are grouped and its state moves. */
export interface MergeRules {
  /** Never 0: that is the life cell. */
  readonly cellOf: (field: number) => number;
  readonly stateField: number | null;
  /** For the ranks of moves. */
  readonly rule: TypeRule | null;
}
export interface Conflict {
  /** 0: edits that met a removal. */
  readonly cell: number;
  readonly winner: OrderKey;
  /** Greatest order key first; of cell 0 one for each change. One that says what the winner says isn't lost. */
  readonly losers: readonly Leaf[];
  /** The losers, or the winner for want of a better, name a state that wasn't current. */
  readonly isVoid: boolean;
}
export interface Merged {
  readonly life: number;
  readonly removed: boolean;
  /** Ascending; cleared ones are left out. */
  readonly fields: readonly Field[];
  readonly conflicts: readonly Conflict[];
}
/** One change with its place in the order. Those of one feed come in their order. */
export interface Version {
  readonly change: Change;
  readonly key: OrderKey;
}

export function compareKeys(a: OrderKey, b: OrderKey): number {
  if (a.trusted !== b.trusted) return a.trusted ? 1 : -1;
  if (a.time !== b.time) return a.time - b.time;
  return compareVersions(a.version, b.version);
}

/** What a snapshot says of a record in the place of its change sets (snapshot_state.ts). */
export interface Seed {
  /** The last version of each feed that touched the record. */
  readonly marks: readonly VersionId[];
  readonly life: number;
  /** The current life, and those that haven't begun. */
  readonly lives: ReadonlyMap<number, SeedLife>;
}
export interface SeedLife {
  /** Leaves of each ordinary cell. */
  readonly cells: ReadonlyMap<number, readonly Leaf[]>;
  /** Named as base in a cell, and not come yet. */
  readonly awaited: ReadonlyMap<number, readonly VersionId[]>;
  readonly moves: ReadonlyMap<number, readonly SeedMove[]>;
  readonly removals: readonly OrderKey[];
  /** Named by a removal of this life. */
  readonly seen: readonly VersionId[];
  /** Named by a put, while this life hadn't begun. */
  readonly named: readonly VersionId[];
}
export interface SeedMove {
  /** Settled: superseded for good, without key and fields. */
  readonly leaf: Leaf | null;
  readonly version: VersionId;
  readonly standing: Standing;
  readonly from: bigint | null;
  readonly to: bigint;
  readonly base: readonly VersionId[];
}
export type Standing = 'open' | 'valid' | 'void';

const spell = (version: VersionId): string =>
  `${hex(version.feed)}/${version.seq}/${version.index}`;

/** A version as one cell has it. */
interface Node extends Leaf {
  readonly id: string;
  readonly base: readonly VersionId[];
}
interface MoveNode extends Node {
  readonly from: bigint | null;
  readonly to: bigint;
  standing: Standing;
  readonly settled: boolean;
}

/** What is left of a record's changes: one life of it, cell by cell. */
export class RecordState {
  private readonly rules: MergeRules;
  private readonly marks = new Map<string, VersionId>();
  private readonly cells = new Map<number, Node[]>();
  private readonly awaited = new Map<number, VersionId[]>();
  private readonly seededMoves = new Map<number, MoveNode[]>();
  private readonly removals: readonly OrderKey[];
  private readonly seenByRemovals: ReadonlySet<string>;
  readonly life: number;

  /**
   * `versions`: puts, clears and removals of one record that count; erasures are no versions.
   * `seeds`: of snapshots, which stand for versions that aren't given.
   */
  constructor(versions: readonly Version[], rules: MergeRules, seeds: readonly Seed[] = []) {
    this.rules = rules;
    versions.forEach(({ key }) => this.mark(key.version));
    seeds.forEach(({ marks }) => marks.forEach((version) => this.mark(version)));
    this.life = currentLife(versions, seeds);
    const lives = seeds.flatMap((seed) => seed.lives.get(this.life) ?? []);
    const ofLife = versions.filter(({ change }) => change.life === this.life);
    const removals = ofLife.filter(({ change }) => change.kind === kKind.remove);
    this.removals = [...lives.flatMap((life) => life.removals), ...removals.map(({ key }) => key)];
    const seen = [
      ...lives.flatMap((life) => life.seen),
      ...removals.flatMap(({ change, key }) => namedBy(change.base, key.version)),
    ];
    this.seenByRemovals = new Set(seen.map(spell));
    lives.forEach((life) => this.plant(life));
    ofLife
      .filter(({ change }) => change.kind !== kKind.remove)
      .forEach((version) => this.place(version));
  }

  get removed(): boolean {
    return this.removals.length > 0;
  }
  /** Nothing has touched it. */
  get blank(): boolean {
    return this.touchedCells().length === 0 && this.removals.length === 0;
  }

  /**
   * The base that a new change of these fields must name: all leaves of their cells, since an edit
   * made now settles what its author saw. At most 64; more are settled by a later edit.
   */
  baseFor(fields: readonly number[]): Base {
    return this.baseOfCells([...new Set(fields.map(this.rules.cellOf))]);
  }
  /** For a removal, and for the put that begins the next life. */
  baseForAll(): Base {
    return this.baseOfCells([0, ...this.touchedCells()]);
  }
  private touchedCells(): number[] {
    return [...new Set([...this.cells.keys(), ...this.seededMoves.keys()])].sort((a, b) => a - b);
  }
  private baseOfCells(cells: readonly number[]): Base {
    const found = new Map<string, VersionId>();
    for (const cell of cells)
      this.leavesOf(cell).forEach(({ version }) => found.set(spell(version), version));
    return { all: [...found.values()].sort(compareVersions).slice(0, 64), cells: new Map() };
  }
  private leavesOf(cell: number): OrderKey[] {
    if (cell === 0) return leafRemovals(this.removals, this.seenByRemovals);
    return this.leafNodes(cell).map(({ key }) => key);
  }

  merged(): Merged {
    const fields: Field[] = [];
    const conflicts: Conflict[] = [];
    const unseen = new Map<string, Leaf>();
    for (const cell of this.touchedCells()) {
      const leaves = this.leafNodes(cell);
      const winner = leaves[0];
      if (!winner) continue;
      fields.push(...winner.fields.filter(({ value }) => value[0] !== 0xf6));
      if (this.removed) leaves.forEach((leaf) => this.noteUnseen(leaf, unseen));
      else conflicts.push(...conflictsOf(cell, leaves));
    }
    const last = leafRemovals(this.removals, this.seenByRemovals).sort(compareKeys).pop();
    if (last && unseen.size > 0)
      conflicts.push({
        cell: 0,
        winner: last,
        losers: greatestFirst(unseen.values()),
        isVoid: false,
      });
    fields.sort((a, b) => a.number - b.number);
    return { life: this.life, removed: this.removed, fields, conflicts };
  }
  /** An edit that no removal named: it met a delete. */
  private noteUnseen(leaf: Node, unseen: Map<string, Leaf>): void {
    if (this.seenByRemovals.has(leaf.id)) return;
    const before = unseen.get(leaf.id)?.fields ?? [];
    unseen.set(leaf.id, {
      key: leaf.key,
      fields: [...before, ...leaf.fields].sort((a, b) => a.number - b.number),
    });
  }

  private mark(version: VersionId): void {
    const feed = hex(version.feed);
    const before = this.marks.get(feed);
    if (!before || compareVersions(before, version) < 0) this.marks.set(feed, version);
  }
  /** Was it added, or will it never be? Per feed changes come in their order. */
  private added(version: VersionId): boolean {
    const mark = this.marks.get(hex(version.feed));
    return mark !== undefined && compareVersions(version, mark) <= 0;
  }
  private plant(life: SeedLife): void {
    const nodes = (leaves: readonly Leaf[]): Node[] =>
      leaves.map(({ key, fields }) => ({ id: spell(key.version), key, fields, base: [] }));
    for (const [cell, leaves] of life.cells)
      this.cells.set(cell, [...(this.cells.get(cell) ?? []), ...nodes(leaves)]);
    for (const [cell, versions] of life.awaited)
      this.awaited.set(cell, [...(this.awaited.get(cell) ?? []), ...versions]);
    for (const [cell, moves] of life.moves)
      this.seededMoves.set(cell, [...(this.seededMoves.get(cell) ?? []), ...moves.map(seededMove)]);
  }
  /** Puts a version into each cell that it touches. A group is replaced whole. */
  private place({ change, key }: Version): void {
    const byCell = new Map<number, Field[]>();
    for (const field of change.fields) {
      const cell = this.rules.cellOf(field.number);
      byCell.set(cell, [...(byCell.get(cell) ?? []), field]);
    }
    for (const [cell, fields] of byCell) {
      const base = (change.base.cells.get(cell) ?? change.base.all).filter(
        (named) => compareVersions(named, key.version) !== 0,
      );
      const node = { id: spell(key.version), key, fields, base };
      this.cells.set(cell, [...(this.cells.get(cell) ?? []), node]);
    }
  }
  /** The leaves of a cell, the winner first. */
  private leafNodes(cell: number): Array<Node | MoveNode> {
    const nodes = this.cells.get(cell) ?? [];
    const { stateField, cellOf } = this.rules;
    if (stateField !== null && cellOf(stateField) === cell)
      return this.leafMoves(cell, nodes, stateField);
    const named = new Set(
      [...(this.awaited.get(cell) ?? []), ...nodes.flatMap(({ base }) => base)].map(spell),
    );
    return nodes.filter(({ id }) => !named.has(id)).sort((a, b) => compareKeys(b.key, a.key));
  }

  // ---- Moves of a state ----------------------------------------------------------------------

  private leafMoves(cell: number, nodes: readonly Node[], stateField: number): MoveNode[] {
    const seeded = (this.seededMoves.get(cell) ?? []).map((move) => ({ ...move }));
    const moves = new Map(
      [...seeded, ...nodes.map((node) => asMove(node, stateField))].map((move) => [move.id, move]),
    );
    for (let again = true; again; ) {
      again = false;
      for (const move of moves.values()) {
        if (move.standing !== 'open') continue;
        move.standing = this.judge(move, moves);
        again ||= move.standing !== 'open';
      }
    }
    const named = new Set<string>();
    for (const move of moves.values()) {
      for (const version of move.base.map(spell)) {
        // A void move supersedes only void ones: naming a wrong `from` is no way round the policy.
        if (move.standing !== 'void' || moves.get(version)?.standing === 'void') named.add(version);
      }
    }
    return [...moves.values()]
      .filter(({ id, settled }) => !settled && !named.has(id))
      .sort((a, b) => this.compareMoves(b, a));
  }
  /** Valid if its `from` is the `to` of a valid one that it names, or null if it names no valid one. */
  private judge(move: MoveNode, moves: ReadonlyMap<string, MoveNode>): Standing {
    const creates = move.from === null;
    let undecided = false;
    let onValid = false;
    for (const version of move.base) {
      const base = moves.get(spell(version));
      if (!base) {
        undecided ||= !this.added(version);
        continue;
      }
      const fits = base.to === move.from;
      if (base.standing === 'valid' && fits) return 'valid';
      onValid ||= base.standing === 'valid';
      undecided ||= base.standing === 'open' && (fits || creates);
    }
    if (undecided) return 'open';
    return creates && !onValid ? 'valid' : 'void';
  }
  private compareMoves(a: MoveNode, b: MoveNode): number {
    if ((a.standing === 'void') !== (b.standing === 'void')) return a.standing === 'void' ? -1 : 1;
    if (a.key.trusted !== b.key.trusted) return a.key.trusted ? 1 : -1;
    const ranks = this.rankOf(a) - this.rankOf(b);
    return ranks !== 0 ? ranks : compareKeys(a.key, b.key);
  }
  private rankOf(move: MoveNode): number {
    return (
      this.rules.rule?.moves.find(({ from, to }) => from === move.from && to === move.to)?.rank ?? 0
    );
  }
}

/** A version of the state's group that names no move is void, whatever else it holds. */
function asMove(node: Node, stateField: number): MoveNode {
  const value = node.fields.find(({ number }) => number === stateField)?.value;
  const move = value ? moveIn(value) : null;
  return {
    ...node,
    from: move?.from ?? null,
    to: move?.to ?? -1n,
    standing: move ? 'open' : 'void',
    settled: false,
  };
}
function seededMove({ leaf, version, standing, from, to, base }: SeedMove): MoveNode {
  const key = leaf?.key ?? { trusted: true, time: 0, version };
  return {
    id: spell(version),
    key,
    fields: leaf?.fields ?? [],
    base,
    from,
    to,
    standing,
    settled: leaf === null,
  };
}
const isVoidNode = (node: Node | MoveNode): boolean =>
  'standing' in node && node.standing === 'void';

/** By the signed bytes, so that every peer tells alike: of what is committed, by its commitment. */
function saysTheSame(a: Leaf, b: Leaf): boolean {
  const valued = ({ fields }: Leaf): Field[] => fields.filter(({ value }) => value[0] !== 0xf6);
  const [left, right] = [valued(a), valued(b)];
  return (
    left.length === right.length &&
    left.every((field) =>
      right.some(({ number, value }) => number === field.number && sameBytes(value, field.value)),
    )
  );
}
const greatestFirst = (leaves: Iterable<Leaf>): Leaf[] =>
  [...leaves].map(({ key, fields }) => ({ key, fields })).sort((a, b) => compareKeys(b.key, a.key));
function conflictsOf(cell: number, leaves: ReadonlyArray<Node | MoveNode>): Conflict[] {
  const [winner, ...rest] = leaves;
  if (!winner) return [];
  const losers = greatestFirst(rest.filter((leaf) => !isVoidNode(leaf)));
  const voids = greatestFirst(rest.filter(isVoidNode));
  const found: Conflict[] = [];
  // Where all say the same nobody disagrees.
  if (losers.some((loser) => !saysTheSame(loser, winner)))
    found.push({ cell, winner: winner.key, losers, isVoid: false });
  if (voids.length > 0 || isVoidNode(winner))
    found.push({ cell, winner: winner.key, losers: voids, isVoid: true });
  return found;
}

function namedBy(base: Base, self: VersionId): VersionId[] {
  return [...base.all, ...[...base.cells.values()].flat()].filter(
    (version) => compareVersions(version, self) !== 0,
  );
}
/** A life above 0 has begun once a put of it names a removal of the one before. */
function currentLife(versions: readonly Version[], seeds: readonly Seed[]): number {
  let life = Math.max(0, ...seeds.map((seed) => seed.life));
  for (;;) {
    const seededRemovals = seeds.flatMap((seed) => seed.lives.get(life)?.removals ?? []);
    const given = versions
      .filter(({ change }) => change.kind === kKind.remove && change.life === life)
      .map(({ key }) => key);
    const removals = new Set([...seededRemovals, ...given].map(({ version }) => spell(version)));
    const puts = versions.filter(
      ({ change }) => change.kind === kKind.put && change.life === life + 1,
    );
    const named = [
      ...puts.flatMap(({ change, key }) => namedBy(change.base, key.version)),
      ...seeds.flatMap((seed) => seed.lives.get(life + 1)?.named ?? []),
    ];
    if (!named.some((version) => removals.has(spell(version)))) return life;
    life += 1;
  }
}
/** If each of two names the other both stay, so that the record stays removed. */
function leafRemovals(keys: readonly OrderKey[], seen: ReadonlySet<string>): OrderKey[] {
  const leaves = keys.filter(({ version }) => !seen.has(spell(version)));
  return leaves.length > 0 ? leaves : [...keys];
}
