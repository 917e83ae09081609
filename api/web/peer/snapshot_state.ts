// snapshot_state.ts: the merge state of one record as a snapshot has it (sync/PROTOCOL.md §8, "Snapshot").
import type { Bytes } from './bytes.ts';
import { CborReader } from './cbor_reader.ts';
import { kChangesMax, kFieldMax, type Field, type VersionId } from './change_set.ts';
import { kTimeMax } from './change_set_reader.ts';
import type { Leaf, OrderKey, Seed, SeedLife, SeedMove, Standing } from './merge.ts';
import { demand } from './refused.ts';

const kUint32Max = 0xffffffff;
const kStandings: readonly Standing[] = ['open', 'valid', 'void'];

/** Throws malformed. */
export function readState(bytes: Bytes): Seed {
  const reader = new CborReader(bytes);
  const seed = reader.tuple(4, 4, () => new StateReader(reader, bytes.length).seed());
  reader.end();
  return seed;
}

class StateReader {
  private feeds: Bytes[] = [];
  private keys: OrderKey[] = [];

  constructor(
    private readonly reader: CborReader,
    private readonly most: number,
  ) {}

  seed(): Seed {
    const marks = this.flat(3, () => ({
      feed: this.reader.bytes(32),
      seq: this.reader.int(0n),
      index: this.index(),
    }));
    this.feeds = marks.map(({ feed }) => feed);
    this.keys = this.flat(5, () => this.key());
    const life = this.reader.small(0, kUint32Max);
    const lives = this.reader.list(0, this.most, () => this.life());
    // Number 0: a feed of which versions are named, and none has come.
    return { marks: marks.filter(({ seq }) => seq > 0n), life, lives: new Map(lives) };
  }
  private key(): OrderKey {
    const version = this.version();
    return { version, trusted: this.reader.bool(), time: this.reader.small(0, kTimeMax) };
  }
  private life(): [number, SeedLife] {
    const { reader } = this;
    let number = -1;
    const cells = new Map<number, Leaf[]>();
    const awaited = new Map<number, VersionId[]>();
    const moves = new Map<number, SeedMove[]>();
    let [removals, seen, named]: [OrderKey[], VersionId[], VersionId[]] = [[], [], []];
    reader.map(1, 6, (key) => {
      if (key === 0n) number = reader.small(0, kUint32Max);
      else if (key === 1n) this.flat(3, () => this.cell(cells, awaited));
      else if (key === 2n)
        this.flat(2, () =>
          moves.set(
            this.cellNumber(),
            reader.list(0, this.most, () => this.move()),
          ),
        );
      else if (key === 3n) removals = reader.list(1, this.most, () => this.keyAt());
      else if (key === 4n) seen = this.versions();
      else if (key === 5n) named = this.versions();
      else demand(false, 'malformed', 'a key of a state that is not known');
    });
    demand(number >= 0, 'malformed', 'the number of a life is missing');
    return [number, { cells, awaited, moves, removals, seen, named }];
  }
  private cell(cells: Map<number, Leaf[]>, awaited: Map<number, VersionId[]>): void {
    const cell = this.cellNumber();
    cells.set(
      cell,
      this.flat(2, () => this.leaf()),
    );
    const versions = this.versions();
    if (versions.length > 0) awaited.set(cell, versions);
  }
  private leaf(): Leaf {
    const key = this.keyAt();
    return { key, fields: this.fields() };
  }
  private fields(): Field[] {
    const fields: Field[] = [];
    this.reader.map(0, kFieldMax, (number) => {
      demand(number >= 1n && number <= BigInt(kFieldMax), 'malformed', 'a field of a state');
      fields.push({ number: Number(number), value: this.reader.item() });
    });
    return fields;
  }
  /** Six places: with its fields; seven: settled, named by feed, number and index. */
  private move(): SeedMove {
    const { reader } = this;
    return reader.tuple(6, 7, (places) => {
      const leaf = places === 6 ? this.leaf() : null;
      const version = leaf ? leaf.key.version : this.version();
      const standing = kStandings[reader.small(leaf ? 0 : 1, 2)] ?? 'open';
      const from = reader.int(-1n);
      return {
        leaf,
        version,
        standing,
        from: from < 0n ? null : from,
        to: reader.int(-1n),
        base: this.versions(),
      };
    });
  }

  private versions(): VersionId[] {
    return this.flat(3, () => this.version());
  }
  private version(): VersionId {
    const feed = this.feeds[this.reader.small(0, kUint32Max)];
    demand(feed !== undefined, 'malformed', 'a version of a feed that is not listed');
    return { feed, seq: this.reader.int(0n), index: this.index() };
  }
  private index(): number {
    return this.reader.small(0, kChangesMax - 1);
  }
  private keyAt(): OrderKey {
    const key = this.keys[this.reader.small(0, kUint32Max)];
    demand(key !== undefined, 'malformed', 'a version without a key');
    return key;
  }
  private cellNumber(): number {
    return this.reader.small(1, kFieldMax);
  }
  private flat<T>(size: number, one: () => T): T[] {
    return this.reader.tuple(0, this.most, (count) => {
      demand(count % size === 0, 'malformed', `a flat array of groups of ${size}`);
      return Array.from({ length: count / size }, one);
    });
  }
}
