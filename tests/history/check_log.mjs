// Reads a log as C2SP's tlog-tiles, tlog-checkpoint and signed-note say, and RFC 9162 for the
// proofs; written from these texts, shares nothing with Linli. Needs Node 18 and nothing else.
//
//   node check_log.mjs URL VKEY [SIZE ROOT]     ROOT: base64, of the tree of SIZE seen before
//
// Answers with a line of JSON; exit code 1 and a line on stderr when something doesn't hold.
import { createHash, createPublicKey, verify } from 'node:crypto';

const LEAF = Buffer.from([0]);
const NODE = Buffer.from([1]);
const WIDTH = 256;

class Broken extends Error {}
const demand = (condition, what) => {
  if (!condition) throw new Broken(what);
};

const sha256 = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const node = (left, right) => sha256(NODE, left, right);

async function get(url, type) {
  const answer = await fetch(url);
  demand(answer.status === 200, `${url}: status ${answer.status}`);
  demand(answer.headers.get('content-type') === type, `${url}: content type`);
  return Buffer.from(await answer.arrayBuffer());
}

// signed-note, with an Ed25519 key (type 0x01) given as name+id+base64(type || key).
function openNote(note, vkey) {
  const text = note.toString('utf8');
  demand(Buffer.from(text, 'utf8').equals(note), 'the note is no UTF-8');
  demand(!/[\u0000-\u0009\u000b-\u001f]/.test(text), 'a control character in the note');
  const blank = text.lastIndexOf('\n\n');
  demand(blank > 0 && text.endsWith('\n'), 'no text and signatures');
  const body = text.slice(0, blank + 1);
  const [name, id, material] = [vkey.split('+')[0], vkey.split('+')[1], vkey.split('+').slice(2).join('+')];
  const key = Buffer.from(material, 'base64');
  demand(key.length === 33 && key[0] === 0x01, 'not an Ed25519 verifier key');
  const expected = sha256(Buffer.from(`${name}\n`), key).subarray(0, 4);
  demand(expected.toString('hex') === id, "the verifier key's id");
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key.subarray(1)]);
  const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  let verified = 0;
  for (const line of text.slice(blank + 2, -1).split('\n')) {
    const match = /^\u2014 (\S+) ([A-Za-z0-9+/]+={0,2})$/.exec(line);
    demand(match, `not a signature line: ${line}`);
    const bytes = Buffer.from(match[2], 'base64');
    demand(bytes.length > 4, 'a signature without a signature');
    if (match[1] !== name || !bytes.subarray(0, 4).equals(expected)) continue;
    demand(verify(null, Buffer.from(body), publicKey, bytes.subarray(4)), 'the signature');
    ++verified;
  }
  demand(verified > 0, `not signed by ${name}`);
  return body;
}

// tlog-checkpoint.
function readCheckpoint(body) {
  const lines = body.slice(0, -1).split('\n');
  demand(lines.length >= 3 && lines.every((line) => line !== ''), 'three lines that are not empty');
  demand(/^(0|[1-9][0-9]*)$/.test(lines[1]), 'the size');
  const root = Buffer.from(lines[2], 'base64');
  demand(root.length === 32 && root.toString('base64') === lines[2], 'the root');
  return { origin: lines[0], size: Number(lines[1]), root };
}

// tlog-tiles.
function tilePath(number, width) {
  let path = String(number % 1000).padStart(3, '0');
  for (let rest = Math.floor(number / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    path = `x${String(rest % 1000).padStart(3, '0')}/${path}`;
  }
  return width === WIDTH ? path : `${path}.p/${width}`;
}

class Tiles {
  constructor(url, size) {
    this.url = url;
    this.size = size;
    this.kept = new Map();
    this.fetched = 0;
  }
  /** The hashes of a tile of this tree. */
  async tile(level, number) {
    const key = `${level}/${number}`;
    if (this.kept.has(key)) return this.kept.get(key);
    const all = Math.floor(this.size / WIDTH ** level);
    const width = Math.min(WIDTH, all - number * WIDTH);
    demand(width > 0, `no tile ${key} in a tree of ${this.size}`);
    const url = `${this.url}/tile/${level}/${tilePath(number, width)}`;
    const bytes = await get(url, 'application/octet-stream');
    demand(bytes.length === width * 32, `${url}: length ${bytes.length}`);
    const hashes = [];
    for (let i = 0; i < width; ++i) hashes.push(bytes.subarray(i * 32, i * 32 + 32));
    this.kept.set(key, hashes);
    ++this.fetched;
    return hashes;
  }
  async entries(number) {
    const width = Math.min(WIDTH, this.size - number * WIDTH);
    const url = `${this.url}/tile/entries/${tilePath(number, width)}`;
    const bytes = await get(url, 'application/octet-stream');
    const entries = [];
    for (let at = 0; at < bytes.length; ) {
      demand(at + 2 <= bytes.length, `${url}: cut`);
      const length = bytes.readUInt16BE(at);
      demand(at + 2 + length <= bytes.length, `${url}: cut`);
      entries.push(bytes.subarray(at + 2, at + 2 + length));
      at += 2 + length;
    }
    demand(entries.length === width, `${url}: ${entries.length} entries`);
    return entries;
  }
  /** Root of the 2^height leaves number `number`. */
  async node(height, number) {
    const level = Math.floor(height / 8);
    const count = 2 ** (height % 8);
    const first = number * count;
    const tile = await this.tile(level, Math.floor(first / WIDTH));
    let hashes = tile.slice(first % WIDTH, (first % WIDTH) + count);
    demand(hashes.length === count, 'the tile is too narrow');
    while (hashes.length > 1) {
      hashes = hashes.filter((_, i) => i % 2 === 0).map((left, i) => node(left, hashes[2 * i + 1]));
    }
    return hashes[0];
  }
  /** MTH(D[begin:end]) of RFC 9162 §2.1.1, where it is a part of the recursion over the tree. */
  async range(begin, end) {
    const height = Math.log2(end - begin);
    if (Number.isInteger(height)) return this.node(height, begin / (end - begin));
    const middle = begin + 2 ** Math.floor(height);
    return node(await this.range(begin, middle), await this.range(middle, end));
  }
  // RFC 9162 §2.1.3.1 and §2.1.4.1.
  async inclusion(index, begin = 0, end = this.size) {
    if (end - begin === 1) return [];
    const middle = begin + 2 ** Math.ceil(Math.log2(end - begin) - 1);
    if (index < middle) {
      return [...(await this.inclusion(index, begin, middle)), await this.range(middle, end)];
    }
    return [...(await this.inclusion(index, middle, end)), await this.range(begin, middle)];
  }
  async consistency(size, begin = 0, end = this.size, known = true) {
    if (size === end) return known ? [] : [await this.range(begin, end)];
    const middle = begin + 2 ** Math.ceil(Math.log2(end - begin) - 1);
    if (size <= middle) {
      return [...(await this.consistency(size, begin, middle, known)), await this.range(middle, end)];
    }
    return [...(await this.consistency(size, middle, end, false)), await this.range(begin, middle)];
  }
}

// RFC 9162 §2.1.3.2.
function checkInclusion(leaf, index, size, root, proof) {
  let [fn, sn, r] = [index, size - 1, leaf];
  for (const p of proof) {
    demand(sn !== 0, 'inclusion: too long');
    if (fn % 2 === 1 || fn === sn) {
      r = node(p, r);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
    } else {
      r = node(r, p);
    }
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  demand(sn === 0 && r.equals(root), `inclusion of ${index} in ${size}`);
}

// RFC 9162 §2.1.4.2.
function checkConsistency(first, firstRoot, second, secondRoot, proof) {
  if (first === second) return demand(firstRoot.equals(secondRoot), 'two roots of one size');
  const path = Number.isInteger(Math.log2(first)) ? [firstRoot, ...proof] : [...proof];
  demand(path.length > 0, 'consistency: empty');
  let [fn, sn] = [first - 1, second - 1];
  while (fn % 2 === 1) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  let [fr, sr] = [path[0], path[0]];
  for (const c of path.slice(1)) {
    demand(sn !== 0, 'consistency: too long');
    if (fn % 2 === 1 || fn === sn) {
      [fr, sr] = [node(c, fr), node(c, sr)];
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
    } else {
      sr = node(sr, c);
    }
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  demand(sn === 0 && fr.equals(firstRoot) && sr.equals(secondRoot), `consistency ${first} … ${second}`);
}

async function main([url, vkey, beforeSize, beforeRoot]) {
  const note = await get(`${url}/checkpoint`, 'text/plain; charset=utf-8');
  const head = readCheckpoint(openNote(note, vkey));
  demand(head.size > 0, 'an empty log');
  const tiles = new Tiles(url, head.size);
  demand((await tiles.range(0, head.size)).equals(head.root), 'the tiles lead to another root');

  // Every entry, every tile on every level.
  let entries = 0;
  for (let number = 0; number * WIDTH < head.size; ++number) {
    const leaves = await tiles.tile(0, number);
    for (const [i, entry] of (await tiles.entries(number)).entries()) {
      demand(entry.length === 32, 'an entry is the hash of a change set');
      demand(sha256(LEAF, entry).equals(leaves[i]), `entry ${number * WIDTH + i}`);
      ++entries;
    }
  }
  for (let level = 1; WIDTH ** level <= head.size; ++level) {
    const all = Math.floor(head.size / WIDTH ** level);
    for (let i = 0; i < all; ++i) {
      let below = await tiles.tile(level - 1, i);
      while (below.length > 1) {
        below = below.filter((_, k) => k % 2 === 0).map((left, k) => node(left, below[2 * k + 1]));
      }
      const kept = (await tiles.tile(level, Math.floor(i / WIDTH)))[i % WIDTH];
      demand(kept.equals(below[0]), `tile ${level}: hash ${i}`);
    }
  }

  const steps = Math.max(1, Math.floor(head.size / 50));
  for (let index = 0; index < head.size; index += steps) {
    const leaf = (await tiles.tile(0, Math.floor(index / WIDTH)))[index % WIDTH];
    checkInclusion(leaf, index, head.size, head.root, await tiles.inclusion(index));
  }
  let from = 0;
  if (beforeSize !== undefined) {
    from = Number(beforeSize);
    const root = Buffer.from(beforeRoot, 'base64');
    demand((await tiles.range(0, from)).equals(root), 'the tree of then has another root now');
    checkConsistency(from, root, head.size, head.root, await tiles.consistency(from));
  }
  // A tile that no tree of this size has.
  const beyond = await fetch(`${url}/tile/0/${tilePath(Math.floor(head.size / WIDTH) + 1, WIDTH)}`);
  demand(beyond.status === 404, 'a tile beyond the tree');
  console.log(JSON.stringify({
    origin: head.origin, size: head.size, root: head.root.toString('base64'),
    entries, tiles: tiles.fetched, consistent_from: from,
  }));
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Broken ? error.message : error);
  process.exitCode = 1;
}
