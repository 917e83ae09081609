// proof-check.js: checks a proof file (sync/PROOF.md) with the city's name or root key and nothing
// else: no server, no library. The same rules as sync/proof.cpp, in the same order.
import { blake2b, concat, ed25519Verify, hex, same, sha256, utf8 } from './proof-crypto.js';

/** Something doesn't hold; `code` as in the API's errors. */
export class ProofError extends Error {
  constructor(code, detail) {
    super(detail);
    this.code = code;
  }
}
function demand(condition, code, detail) {
  if (!condition) throw new ProofError(code, detail);
}

// ---- Deterministic CBOR (PROTOCOL.md §2) --------------------------------------------------------

/** What stands in signed bytes for a value that can be erased. */
export class Commitment {
  constructor(hash) {
    this.hash = hash;
  }
}

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }
  head() {
    const first = this.take(1)[0];
    const major = first >> 5;
    const info = first & 31;
    if (info < 24) return [major, info];
    demand(info <= 27, 'malformed', 'an indefinite length, or no CBOR');
    const size = 2 ** (info - 24);
    const value = this.take(size).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    const least = size === 1 ? 24n : 1n << BigInt(4 * size);
    demand(value >= least && value < 1n << 63n, 'malformed', 'not the shortest number');
    return [major, value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value];
  }
  take(count) {
    demand(typeof count === 'number' && count <= this.bytes.length - this.at, 'truncated', 'it ends too early');
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }
  /** One item; integers beyond 2^53 as BigInt. */
  item(depth = 0) {
    demand(depth <= 16, 'malformed', 'too deep');
    const [major, value] = this.head();
    if (major === 0) return value;
    if (major === 1) return typeof value === 'bigint' ? -1n - value : -1 - value;
    if (major === 2) return this.take(value);
    if (major === 3) return this.text(value);
    if (major === 4) return Array.from({ length: this.count(value) }, () => this.item(depth + 1));
    if (major === 5) return this.map(this.count(value), depth);
    if (major === 6) {
      const hash = this.item(depth + 1);
      demand(value === 41070 && hash instanceof Uint8Array && hash.length === 32, 'malformed', 'an unknown tag');
      return new Commitment(hash);
    }
    demand(value === 20 || value === 21 || value === 22, 'malformed', 'no CBOR that is used here');
    return [false, true, null][value - 20];
  }
  count(value) {
    demand(value <= this.bytes.length - this.at, 'truncated', 'it ends too early');
    return value;
  }
  text(length) {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.take(length));
    } catch (error) {
      if (error instanceof ProofError) throw error;
      throw new ProofError('malformed', 'text that is not UTF-8');
    }
  }
  map(count, depth) {
    const map = new Map();
    let before = null;
    for (let i = 0; i < count; ++i) {
      const from = this.at;
      const key = this.item(depth + 1);
      const spelled = hex(this.bytes.subarray(from, this.at));
      demand(before === null || before < spelled, 'malformed', 'keys out of order');
      before = spelled;
      map.set(key, this.item(depth + 1));
    }
    return map;
  }
}

export function decode(bytes) {
  const reader = new Reader(bytes);
  const item = reader.item();
  demand(reader.at === bytes.length, 'malformed', 'something stands behind it');
  return item;
}

const isBytes = (size) => (x) => x instanceof Uint8Array && (size === undefined || x.length === size);
const isNumber = (x) => (typeof x === 'number' || typeof x === 'bigint') && x >= 0;
const isInteger = (x) => typeof x === 'number' || typeof x === 'bigint';
const isText = (x) => typeof x === 'string';
const isScope = (x) => isText(x) && /^[a-z0-9-]{1,32}(\/[a-z0-9-]{1,32}){0,7}$/.test(x);
const isArray = Array.isArray;

/** A map's required keys by name; a negative key that isn't known is critical. */
function fields(map, layout, what) {
  demand(map instanceof Map, 'malformed', `${what}: not a map`);
  const known = new Set(Object.values(layout).map(([key]) => key));
  for (const key of map.keys()) {
    demand(isInteger(key), 'malformed', `${what}: a key`);
    demand(key >= 0 || known.has(key), 'unknown_critical', `${what}: a critical key`);
  }
  const found = {};
  for (const [name, [key, check, otherwise]] of Object.entries(layout)) {
    if (!map.has(key) && otherwise !== undefined) {
      found[name] = otherwise;
      continue;
    }
    demand(check(map.get(key)), 'malformed', `${what}: ${name}`);
    found[name] = map.get(key);
  }
  if ('suite' in found) demand(found.suite === 1, 'unknown_critical', `${what}: suite`);
  return found;
}

function signedBody(bytes, what) {
  const pair = decode(bytes);
  demand(isArray(pair) && pair.length === 2 && isBytes()(pair[0]) && isBytes(64)(pair[1]), 'malformed', what);
  return { body: pair[0], signature: pair[1] };
}

// ---- The city's trust (PROTOCOL.md §3) ----------------------------------------------------------

const covers = (prefix, path) => path === prefix || path.startsWith(`${prefix}/`);
const coversAny = (paths, path) => paths.some((prefix) => covers(prefix, path));
const certificateCovers = (c, path) => coversAny(c.paths, path) && !coversAny(c.excluded, path);
const isScopes = (x) => isArray(x) && x.length > 0 && x.length <= 256 && x.every(isScope);
export const kRoles = ['', 'hub', 'district', 'street', 'office', 'device', 'company', 'auditor'];
const kRight = { readPersonal: 1, receipt: 2, grantPersonal: 8 };

function verifyBody(key, domain, { body, signature }) {
  return ed25519Verify(key, concat(utf8(domain), body), signature);
}

function readRoot(bytes) {
  const signed = signedBody(bytes, 'the root statement');
  const root = fields(decode(signed.body), {
    suite: [0, isNumber], version: [1, (x) => x === 1], name: [2, isText], scope: [3, isScope],
    keys: [4, (x) => isArray(x) && x.length > 0 && x.length <= 16 && x.every(isBytes(32))],
    threshold: [5, isNumber], created: [6, isInteger],
  }, 'the root statement');
  demand(root.keys.some((key) => verifyBody(key, 'linli/root/1', signed)), 'bad_signature',
    "the root statement isn't signed by a key of its own");
  return { ...root, city: blake2b(concat(utf8('linli/root/1'), signed.body)) };
}

function checkWithin(c, issuer) {
  for (const path of c.paths) {
    demand(certificateCovers(issuer, path), 'out_of_scope', `the issuer doesn't cover ${path}`);
    for (const gap of issuer.excluded) {
      demand(!covers(path, gap) || coversAny(c.excluded, gap), 'out_of_scope', `the issuer excludes ${gap}`);
    }
  }
  const grantable = issuer.rights | (issuer.rights & kRight.grantPersonal ? kRight.readPersonal : 0);
  demand((c.audiences & ~issuer.audiences) === 0, 'out_of_scope', 'audiences');
  demand((c.rights & ~grantable) === 0, 'out_of_scope', 'rights');
  demand(c.delegation < issuer.delegation, 'out_of_scope', 'delegation');
  demand(c.from >= issuer.from && c.until <= issuer.until, 'out_of_scope', 'validity');
}

function addCertificate(book, bytes) {
  const signed = signedBody(bytes, 'a certificate');
  const name = hex(blake2b(concat(utf8('linli/certificate/1'), signed.body)));
  if (book.certificates.has(name)) return;
  const c = fields(decode(signed.body), {
    suite: [0, isNumber], city: [1, isBytes(32)], serial: [2, isNumber], subject: [3, isBytes(16)],
    key: [4, isBytes(32)], sealing: [5, isBytes(32)],
    role: [7, (x) => Number.isInteger(x) && x >= 1 && x < kRoles.length], name: [8, isText],
    paths: [9, isScopes], excluded: [10, isScopes, []], audiences: [11, isNumber], rights: [12, isNumber],
    delegation: [13, isNumber], from: [14, isInteger], until: [15, isInteger], issuer: [16, isBytes(32)],
  }, 'a certificate');
  demand(same(c.city, book.root.city), 'other_city', "a certificate of another city");
  const fromRoot = same(c.issuer, book.root.city);
  const issuer = book.certificates.get(hex(c.issuer));
  demand(fromRoot || issuer, 'stranger', "a certificate doesn't reach the city's root");
  const keys = fromRoot ? book.root.keys : [issuer.key];
  demand(keys.some((key) => verifyBody(key, 'linli/certificate/1', signed)), 'stranger',
    "a certificate isn't signed by its issuer");
  const author = blake2b(concat(utf8('linli/author/1'), c.key)).subarray(0, 16);
  demand(same(author, c.subject), 'stranger', "a certificate's subject isn't its key's");
  if (fromRoot) demand(c.paths.every((path) => covers(book.root.scope, path)), 'stranger', 'outside of the city');
  else checkWithin(c, issuer);
  book.certificates.set(name, c);
}

// ---- The history (RFC 9162, and C2SP's tlog-proof, tlog-checkpoint, signed-note) -----------------

const kLeaf = Uint8Array.of(0);
const kNode = Uint8Array.of(1);
const node = (left, right) => sha256(concat(kNode, left, right));

function base64(text) {
  demand(/^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text), 'malformed', 'not base64');
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}
function decimal(text) {
  demand(/^(0|[1-9][0-9]{0,15})$/.test(text) && Number.isSafeInteger(Number(text)), 'malformed', 'a number');
  return Number(text);
}

function readProof(text) {
  const lines = text.split('\n');
  demand(lines.shift() === 'c2sp.org/tlog-proof@v1', 'malformed', 'not a tlog-proof');
  if (lines[0]?.startsWith('extra ')) lines.shift();
  demand(lines[0]?.startsWith('index '), 'malformed', 'the index');
  const index = decimal(lines.shift().slice(6));
  const end = lines.indexOf('');
  demand(end >= 0 && end <= 63, 'malformed', 'the hashes');
  const hashes = lines.slice(0, end).map(base64);
  demand(hashes.every(isBytes(32)), 'malformed', 'a hash has 32 bytes');
  return { index, hashes, checkpoint: lines.slice(end + 1).join('\n') };
}

/** RFC 9162 §2.1.3.2. */
export function rootOfPath(leaf, index, size, path) {
  demand(index < size, 'altered', 'its place lies beyond the tree');
  let [fn, sn, r] = [index, size - 1, leaf];
  const half = () => ([fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)]);
  for (const p of path) {
    demand(sn !== 0, 'altered', 'the inclusion proof is too long');
    if (fn % 2 === 1 || fn === sn) {
      r = node(p, r);
      while (fn % 2 === 0 && fn !== 0) half();
    } else {
      r = node(r, p);
    }
    half();
  }
  demand(sn === 0, 'altered', 'the inclusion proof is too short');
  return r;
}

function keyId(name, type, key) {
  return sha256(concat(utf8(`${name}\n`), Uint8Array.of(type), key)).subarray(0, 4);
}

/** Nodes of the city that have cosigned it (C2SP's cosignature/v1): [{node, time in microseconds}]. */
function witnessesOf(text, lines, book) {
  const witnesses = [];
  for (const line of lines) {
    const match = /^\u2014 (linli-node\/[0-9a-f]{32}) (\S+)$/.exec(line);
    if (!match) continue;
    const bytes = base64(match[2]);
    const witness = [...book.certificates.values()].find((c) => `linli-node/${hex(c.subject)}` === match[1] &&
      same(bytes.subarray(0, 4), keyId(match[1], 4, c.key)));
    if (!witness) continue;
    demand(bytes.length === 4 + 8 + 64, 'bad_signature', 'a cosignature');
    const time = bytes.subarray(4, 12).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    const message = concat(utf8(`cosignature/v1\ntime ${time}\n`), utf8(text));
    demand(ed25519Verify(witness.key, message, bytes.subarray(12)), 'bad_signature', 'a cosignature');
    witnesses.push({ node: witness.name, time: Number(time) * 1000000 });
  }
  return witnesses;
}

/** Opens a checkpoint that a keeper of the city's log signed; each note is verified once. */
function openCheckpoint(note, book) {
  if (book.notes.has(note)) return book.notes.get(note);
  const blank = note.lastIndexOf('\n\n');
  demand(blank > 0 && note.endsWith('\n'), 'malformed', 'a checkpoint is a text and signatures');
  const text = note.slice(0, blank + 1);
  const [origin, size, root, ...more] = text.slice(0, -1).split('\n');
  demand(root !== undefined && more.every((line) => line !== ''), 'malformed', 'a checkpoint');
  const match = /^linli-log\/(.+)\/([0-9a-f]{32})\/(0|[1-9][0-9]*)$/.exec(origin);
  demand(match, 'malformed', "not the origin of a city's log");
  demand(match[1] === book.root.scope, 'other_city', "another city's log");
  const keepers = [...book.certificates.values()].filter(
    (c) => hex(c.subject) === match[2] && (c.rights & kRight.receipt) !== 0);
  demand(keepers.length > 0, 'forbidden', 'who keeps this log may not give receipts');
  const id = keyId(origin, 1, keepers[0].key);
  const own = note.slice(blank + 2, -1).split('\n').map((line) => /^\u2014 (\S+) (\S+)$/.exec(line))
    .filter((line) => line && line[1] === origin).map((line) => base64(line[2]))
    .find((bytes) => same(bytes.subarray(0, 4), id));
  demand(own, 'unauthorised', "the checkpoint isn't signed by its log");
  demand(ed25519Verify(keepers[0].key, utf8(text), own.subarray(4)), 'bad_signature', 'the checkpoint');
  const checkpoint = {
    origin, size: decimal(size), root: base64(root), keepers,
    witnesses: witnessesOf(text, note.slice(blank + 2, -1).split('\n'), book),
  };
  book.notes.set(note, checkpoint);
  return checkpoint;
}

// ---- Change sets, receipts, openings (PROTOCOL.md §4 to §6, §8) ---------------------------------

function encodeHead(major, value) {
  const v = BigInt(value);
  const size = v < 24n ? 0 : v < 1n << 8n ? 1 : v < 1n << 16n ? 2 : v < 1n << 32n ? 4 : 8;
  const out = [(major << 5) | (size === 0 ? Number(v) : 24 + Math.log2(size))];
  for (let i = size - 1; i >= 0; --i) out.push(Number((v >> BigInt(8 * i)) & 255n));
  return Uint8Array.from(out);
}
const encodeBytes = (bytes) => concat(encodeHead(2, bytes.length), bytes);
const encodeText = (text) => concat(encodeHead(3, utf8(text).length), utf8(text));

function feedId(set, city) {
  const [number, nonce] = set.incarnation;
  return blake2b(concat(utf8('linli/feed/1'), encodeHead(4, 6), encodeBytes(city), encodeBytes(set.author),
    encodeText(set.scope), encodeHead(0, set.audience), encodeHead(0, number), encodeBytes(nonce)));
}

const isTime = (x) => Number.isSafeInteger(x) && x >= 0;
const isCheckpoint = (x) => isArray(x) && x.length === 4 && isNumber(x[0]) && isNumber(x[1]) &&
  isBytes(32)(x[2]) && isTime(x[3]);

function readSet(body) {
  const set = fields(decode(body), {
    suite: [0, isNumber], city: [1, isBytes(32)], author: [2, isBytes(16)], certificate: [3, isBytes(32)],
    scope: [4, isScope], audience: [5, (x) => Number.isInteger(x) && x >= 0 && x <= 3],
    incarnation: [6, (x) => isArray(x) && x.length === 2 && isNumber(x[0]) && isBytes(16)(x[1]),
      [0, new Uint8Array(16)]],
    seq: [7, (x) => isNumber(x) && x >= 1], seen: [9, isCheckpoint, null], timeBase: [12, isTime],
    changes: [13, (x) => isArray(x) && x.length > 0 && x.length <= 2000],
  }, 'a change set');
  set.changes = set.changes.map((c) => {
    demand(isArray(c) && c.length >= 5 && isNumber(c[0]) && isBytes(16)(c[1]) && isNumber(c[2]) &&
      isTime(c[3]) && c[4] instanceof Map, 'malformed', 'a change');
    demand(c[2] <= 3, 'unknown_critical', 'a kind of change');
    return { type: c[0], id: c[1], kind: c[2], stamp: set.timeBase + c[3], fields: c[4] };
  });
  return set;
}

function eachCommitment(value, found) {
  if (value instanceof Commitment) found(value);
  else if (isArray(value)) value.forEach((item) => eachCommitment(item, found));
  else if (value instanceof Map) {
    for (const [key, item] of value) {
      eachCommitment(key, found);
      eachCommitment(item, found);
    }
  }
}

/** Puts what the openings say beside the commitments: `opened`, the value. */
function openValues(set, openings, city) {
  const all = [];
  for (const change of set.changes) {
    for (const [field, value] of change.fields) {
      eachCommitment(value, (commitment) => all.push({ change, field, commitment }));
    }
  }
  let before = -1;
  for (const opening of openings) {
    demand(isArray(opening) && opening.length === 3 && Number.isInteger(opening[0]) && isBytes(32)(opening[1]),
      'malformed', 'an opening');
    const [ordinal, salt] = opening;
    demand(ordinal > before && ordinal < all.length, 'bad_value', 'an opening of nothing');
    before = ordinal;
    const { change, field, commitment } = all[ordinal];
    const place = concat(encodeHead(4, 4), encodeHead(0, change.type), encodeText(set.scope),
      encodeBytes(change.id), encodeHead(0, field));
    const hash = blake2b(concat(utf8('linli/value/1'), city, place, opening.raw), salt);
    demand(same(hash, commitment.hash), 'corrupt', "an opening doesn't fit its commitment");
    commitment.opened = opening[2];
  }
}

/** [body, signature, ? openings], each opening with its value's own bytes. */
function readParcel(bytes) {
  const parcel = decode(bytes);
  demand(isArray(parcel) && (parcel.length === 2 || parcel.length === 3) && isBytes()(parcel[0]) &&
    isBytes(64)(parcel[1]) && (parcel.length === 2 || isArray(parcel[2])), 'malformed', 'a parcel');
  const openings = parcel[2] ?? [];
  if (openings.length > 0) {
    // Once more, for where each value begins and ends.
    const reader = new Reader(bytes);
    reader.head();
    reader.item();
    reader.item();
    reader.head();
    for (const opening of openings) {
      reader.head();
      reader.item();
      reader.item();
      const from = reader.at;
      reader.item();
      opening.raw = bytes.subarray(from, reader.at);
    }
  }
  return { signed: { body: parcel[0], signature: parcel[1] }, openings };
}

function checkReceipt(bytes, set, hash, book) {
  const signed = signedBody(bytes, 'a receipt');
  const receipt = fields(decode(signed.body), {
    suite: [0, isNumber], city: [1, isBytes(32)], certificate: [2, isBytes(32)], feed: [3, isBytes(32)],
    scope: [4, isScope], audience: [5, isNumber], from: [6, isNumber], to: [7, isNumber],
    last: [8, isBytes(32)], checkpoint: [10, isCheckpoint],
  }, 'a receipt');
  const signer = book.certificates.get(hex(receipt.certificate));
  demand(same(receipt.city, book.root.city), 'other_city', 'a receipt of another city');
  demand(signer, 'unknown_certificate', "a receipt's signer");
  demand(verifyBody(signer.key, 'linli/receipt/1', signed), 'bad_signature', 'a receipt');
  demand((signer.rights & kRight.receipt) !== 0, 'forbidden', 'who signed a receipt may not');
  demand(certificateCovers(signer, receipt.scope), 'out_of_scope', 'a receipt');
  const fits = same(receipt.feed, feedId(set, book.root.city)) && receipt.scope === set.scope &&
    receipt.from <= set.seq && set.seq <= receipt.to && (receipt.to !== set.seq || same(receipt.last, hash));
  demand(fits, 'altered', 'the receipt is for another change set');
  return receipt.checkpoint[3];
}

function checkSet(given, record, book) {
  demand(isArray(given) && (given.length === 2 || given.length === 3) && isBytes()(given[0]) && isText(given[1]),
    'malformed', 'a change set with its proof');
  const parcel = readParcel(given[0]);
  const { body } = parcel.signed;
  const set = readSet(body);
  const hash = blake2b(concat(utf8('linli/change-set/1'), body));
  demand(same(set.city, book.root.city), 'other_city', 'a change set of another city');
  const writer = book.certificates.get(hex(set.certificate));
  demand(writer, 'unknown_certificate', "a change set's certificate isn't in the file");
  demand(verifyBody(writer.key, 'linli/change-set/1', parcel.signed), 'bad_signature', `not signed by ${writer.name}`);
  demand(same(writer.subject, set.author), 'forbidden', "another author's feed");
  demand(certificateCovers(writer, set.scope), 'out_of_scope', set.scope);
  demand(((writer.audiences >>> set.audience) & 1) === 1, 'out_of_scope', 'the audience');
  const changes = set.changes.filter((c) => c.type === record.type && same(c.id, record.id));
  demand(set.scope === record.scope && changes.length > 0, 'not_found', "a change set that doesn't touch the record");
  openValues(set, parcel.openings, book.root.city);

  const proof = readProof(given[1]);
  const checkpoint = openCheckpoint(proof.checkpoint, book);
  demand(checkpoint.keepers.some((c) => certificateCovers(c, set.scope)), 'out_of_scope', 'the history');
  const leaf = sha256(concat(kLeaf, hash));
  demand(same(rootOfPath(leaf, proof.index, checkpoint.size, proof.hashes), checkpoint.root), 'altered',
    'the inclusion proof leads to another root');
  return {
    hash: hex(hash), node: writer.name, role: kRoles[writer.role], index: proof.index, size: checkpoint.size,
    history: checkpoint.origin, witnesses: checkpoint.witnesses, notBefore: set.seen ? set.seen[3] : null,
    notAfter: given.length === 3 ? checkReceipt(given[2], set, hash, book) : null,
    changes: changes.map(({ kind, stamp, fields: values }) => ({ kind, stamp, fields: values })),
  };
}

/**
 * `root`: 64 hexadecimal digits, the city's name or one of its root keys. Answers with {city: {name,
 * scope, id}, record: {type, scope, id}, sets}; throws a ProofError that says what doesn't hold.
 * Times are microseconds.
 */
export function checkProof(bytes, root) {
  demand(bytes.length <= 8 << 20, 'too_large', 'a proof over 8 MiB');
  const file = fields(decode(bytes), {
    format: [0, isNumber], record: [1, (x) => isArray(x) && x.length === 3 && isNumber(x[0]) && isScope(x[1]) &&
      isBytes(16)(x[2])],
    root: [2, isBytes()], certificates: [3, (x) => isArray(x) && x.length <= 1000 && x.every(isBytes())],
    sets: [4, (x) => isArray(x) && x.length <= 1000],
  }, 'the proof');
  demand(file.format === 1, 'newer_version', `a proof of format ${file.format}`);
  const book = { root: readRoot(file.root), certificates: new Map(), notes: new Map() };
  demand(/^[0-9a-fA-F]{64}$/.test(root), 'bad_value', "the city's name: 64 hexadecimal digits");
  const named = root.toLowerCase();
  demand(hex(book.root.city) === named || book.root.keys.some((key) => hex(key) === named), 'other_city',
    `the proof is of the city ${hex(book.root.city)}`);
  for (const certificate of file.certificates) addCertificate(book, certificate);
  const [type, scope, id] = file.record;
  const sets = file.sets.map((set) => checkSet(set, { type, scope, id }, book));
  demand(sets.length > 0, 'not_found', 'no change set in it');
  return {
    city: { name: book.root.name, scope: book.root.scope, id: hex(book.root.city) },
    record: { type, scope, id: hex(id).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') },
    sets,
  };
}
