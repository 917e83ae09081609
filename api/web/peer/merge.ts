// merge.ts: what the changes to one record add up to, whatever order they came in (sync/PROTOCOL.md,
// "Merge"). Per cell the versions form a DAG: each names those it was made on. One that no other
// names is a leaf. One leaf: the value. Several: the greatest order key wins, the others stay listed.
import { hex } from './bytes.ts';
import { compareVersions, kKind, type Base, type Change, type Field, type VersionId } from './change_set.ts';
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

const spell = (version: VersionId): string => `${hex(version.feed)}/${version.seq}/${version.index}`;

/** A version as one cell has it. */
interface Node extends Leaf {
  readonly id: string;
  readonly base: readonly VersionId[];
}
type Standing = 'open' | 'valid' | 'void';
interface MoveNode extends Node {
  readonly from: bigint | null;
  readonly to: bigint;
  standing: Standing;
}

/** What is left of a record's changes: one life of it, cell by cell. */
export class RecordState {
  private readonly rules: MergeRules;
  private readonly marks = new Map<string, VersionId>();
  private readonly cells = new Map<number, Node[]>();
  private readonly removals: Version[];
  private readonly seenByRemovals: ReadonlySet<string>;
  readonly life: number;

  /** `versions`: puts, clears and removals of one record that count; erasures are no versions. */
  constructor(versions: readonly Version[], rules: MergeRules) {
    this.rules = rules;
    versions.forEach(({ key }) => this.mark(key.version));
    this.life = currentLife(versions);
    const ofLife = versions.filter(({ change }) => change.life === this.life);
    this.removals = ofLife.filter(({ change }) => change.kind === kKind.remove);
    this.seenByRemovals = new Set(this.removals.flatMap(({ change, key }) => namedBy(change.base, key.version).map(spell)));
    ofLife.filter(({ change }) => change.kind !== kKind.remove).forEach((version) => this.place(version));
  }

  get removed(): boolean {
    return this.removals.length > 0;
  }
  /** Nothing has touched it. */
  get blank(): boolean {
    return this.cells.size === 0 && this.removals.length === 0;
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
    return this.baseOfCells([0, ...this.cells.keys()]);
  }
  private baseOfCells(cells: readonly number[]): Base {
    const found = new Map<string, VersionId>();
    for (const cell of cells) this.leavesOf(cell).forEach(({ version }) => found.set(spell(version), version));
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
    for (const cell of [...this.cells.keys()].sort((a, b) => a - b)) {
      const leaves = this.leafNodes(cell);
      const winner = leaves[0];
      if (!winner) continue;
      fields.push(...winner.fields.filter(({ value }) => value[0] !== 0xf6));
      if (this.removed) leaves.forEach((leaf) => this.noteUnseen(leaf, unseen));
      else conflicts.push(...conflictsOf(cell, leaves));
    }
    const last = leafRemovals(this.removals, this.seenByRemovals).sort(compareKeys).pop();
    if (last && unseen.size > 0) conflicts.push({ cell: 0, winner: last, losers: [...unseen.values()], isVoid: false });
    fields.sort((a, b) => a.number - b.number);
    return { life: this.life, removed: this.removed, fields, conflicts };
  }
  /** An edit that no removal named: it met a delete. */
  private noteUnseen(leaf: Node, unseen: Map<string, Leaf>): void {
    if (this.seenByRemovals.has(leaf.id)) return;
    const before = unseen.get(leaf.id)?.fields ?? [];
    unseen.set(leaf.id, { key: leaf.key, fields: [...before, ...leaf.fields].sort((a, b) => a.number - b.number) });
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
  /** Puts a version into each cell that it touches. A group is replaced whole. */
  private place({ change, key }: Version): void {
    const byCell = new Map<number, Field[]>();
    for (const field of change.fields) {
      const cell = this.rules.cellOf(field.number);
      byCell.set(cell, [...(byCell.get(cell) ?? []), field]);
    }
    for (const [cell, fields] of byCell) {
      const base = (change.base.cells.get(cell) ?? change.base.all).filter((named) => compareVersions(named, key.version) !== 0);
      const node = { id: spell(key.version), key, fields, base };
      this.cells.set(cell, [...(this.cells.get(cell) ?? []), node]);
    }
  }
  /** The leaves of a cell, the winner first. */
  private leafNodes(cell: number): Array<Node | MoveNode> {
    const nodes = this.cells.get(cell) ?? [];
    const { stateField, cellOf } = this.rules;
    if (stateField !== null && cellOf(stateField) === cell) return this.leafMoves(nodes, stateField);
    const named = new Set(nodes.flatMap(({ base }) => base.map(spell)));
    return nodes.filter(({ id }) => !named.has(id)).sort((a, b) => compareKeys(b.key, a.key));
  }

  // ---- Moves of a state ----------------------------------------------------------------------

  private leafMoves(nodes: readonly Node[], stateField: number): MoveNode[] {
    const moves = new Map(nodes.map((node) => [node.id, asMove(node, stateField)]));
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
    return [...moves.values()].filter(({ id }) => !named.has(id)).sort((a, b) => this.compareMoves(b, a));
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
    return this.rules.rule?.moves.find(({ from, to }) => from === move.from && to === move.to)?.rank ?? 0;
  }
}

/** A version of the state's group that names no move is void, whatever else it holds. */
function asMove(node: Node, stateField: number): MoveNode {
  const value = node.fields.find(({ number }) => number === stateField)?.value;
  const move = value ? moveIn(value) : null;
  return { ...node, from: move?.from ?? null, to: move?.to ?? -1n, standing: move ? 'open' : 'void' };
}
const isVoidNode = (node: Node | MoveNode): boolean => 'standing' in node && node.standing === 'void';

function conflictsOf(cell: number, leaves: ReadonlyArray<Node | MoveNode>): Conflict[] {
  const [winner, ...rest] = leaves;
  if (!winner) return [];
  const asLeaf = ({ key, fields }: Leaf): Leaf => ({ key, fields });
  const losers = rest.filter((leaf) => !isVoidNode(leaf)).map(asLeaf);
  const voids = rest.filter(isVoidNode).map(asLeaf);
  const found: Conflict[] = [];
  if (losers.length > 0) found.push({ cell, winner: winner.key, losers, isVoid: false });
  if (voids.length > 0 || isVoidNode(winner)) found.push({ cell, winner: winner.key, losers: voids, isVoid: true });
  return found;
}

function namedBy(base: Base, self: VersionId): VersionId[] {
  return [...base.all, ...[...base.cells.values()].flat()].filter((version) => compareVersions(version, self) !== 0);
}
/** A life above 0 has begun once a put of it names a removal of the one before. */
function currentLife(versions: readonly Version[]): number {
  let life = 0;
  for (;;) {
    const removals = new Set(versions.filter(({ change }) => change.kind === kKind.remove && change.life === life).map(({ key }) => spell(key.version)));
    const begun = versions.some(({ change, key }) =>
      change.kind === kKind.put && change.life === life + 1 && namedBy(change.base, key.version).some((version) => removals.has(spell(version))));
    if (!begun) return life;
    life += 1;
  }
}
/** If each of two names the other both stay, so that the record stays removed. */
function leafRemovals(removals: readonly Version[], seen: ReadonlySet<string>): OrderKey[] {
  const keys = removals.map(({ key }) => key);
  const leaves = keys.filter(({ version }) => !seen.has(spell(version)));
  return leaves.length > 0 ? leaves : keys;
}
