// proof-crypto.js: SHA-256, SHA-512, BLAKE2b-256 and Ed25519 verification, so that a proof can be
// checked in any browser, from a file on a disk too: WebCrypto has no BLAKE2b, and older browsers
// have no Ed25519. Only public values are handled here: nothing needs to take constant time.

const kMask = (1n << 64n) - 1n;

export function concat(...parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
export const utf8 = (text) => new TextEncoder().encode(text);
export const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
export const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);

// ---- SHA-2 (FIPS 180-4): its constants are the first bits of roots of primes ---------------------

const kPrimes = [];
for (let n = 2; kPrimes.length < 80; ++n) if (kPrimes.every((p) => n % p !== 0)) kPrimes.push(n);

/** floor(x^(1/k)) of a BigInt. */
function root(x, k) {
  let low = 0n;
  let high = 1n << 140n;
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (middle ** k <= x) low = middle;
    else high = middle;
  }
  return low;
}
const fraction = (prime, k) => root(BigInt(prime) << (64n * k), k) & kMask;

function sha2(wide) {
  const bits = wide ? 64n : 32n;
  const mask = (1n << bits) - 1n;
  const size = wide ? 8 : 4;
  const rounds = wide ? 80 : 64;
  const cut = (word) => (wide ? word : word >> 32n);
  const K = kPrimes.slice(0, rounds).map((p) => cut(fraction(p, 3n)));
  const H = kPrimes.slice(0, 8).map((p) => cut(fraction(p, 2n)));
  const turn = wide
    ? { a: [28n, 34n, 39n], e: [14n, 18n, 41n], s: [1n, 8n, 7n], t: [19n, 61n, 6n] }
    : { a: [2n, 13n, 22n], e: [6n, 11n, 25n], s: [7n, 18n, 3n], t: [17n, 19n, 10n] };
  const rotate = (x, n) => ((x >> n) | (x << (bits - n))) & mask;
  const sum = (x, [a, b, c]) => rotate(x, a) ^ rotate(x, b) ^ rotate(x, c);
  const schedule = (x, [a, b, c]) => rotate(x, a) ^ rotate(x, b) ^ (x >> c);

  return (message) => {
    const block = size * 16;
    const padded = new Uint8Array(Math.ceil((message.length + 1 + size * 2) / block) * block);
    padded.set(message);
    padded[message.length] = 0x80;
    new DataView(padded.buffer).setBigUint64(padded.length - 8, BigInt(message.length) * 8n);
    const view = new DataView(padded.buffer);
    const word = (at) => (wide ? view.getBigUint64(at) : BigInt(view.getUint32(at)));
    const state = [...H];
    for (let at = 0; at < padded.length; at += block) {
      const w = Array.from({ length: 16 }, (_, i) => word(at + i * size));
      for (let i = 16; i < rounds; ++i) {
        w.push((w[i - 16] + schedule(w[i - 15], turn.s) + w[i - 7] + schedule(w[i - 2], turn.t)) & mask);
      }
      let [a, b, c, d, e, f, g, h] = state;
      for (let i = 0; i < rounds; ++i) {
        const one = h + sum(e, turn.e) + ((e & f) ^ (~e & mask & g)) + K[i] + w[i];
        const two = sum(a, turn.a) + ((a & b) ^ (a & c) ^ (b & c));
        [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) & mask, c, b, a, (one + two) & mask];
      }
      [a, b, c, d, e, f, g, h].forEach((value, i) => (state[i] = (state[i] + value) & mask));
    }
    const out = new Uint8Array(size * 8);
    state.forEach((value, i) => {
      for (let k = 0; k < size; ++k) out[i * size + k] = Number((value >> (bits - 8n * BigInt(k + 1))) & 255n);
    });
    return out;
  };
}
export const sha256 = sha2(false);
export const sha512 = sha2(true);

// ---- BLAKE2b (RFC 7693), 32 bytes ---------------------------------------------------------------

const kIv = kPrimes.slice(0, 8).map((p) => fraction(p, 2n));
const kSigma = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
  [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
  [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
  [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
  [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
  [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
  [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
  [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
  [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
];

export function blake2b(message, key = new Uint8Array(0)) {
  const kBlock = 128;
  const padded = new Uint8Array(kBlock);
  padded.set(key);
  const data = key.length > 0 ? concat(padded, message) : message;
  const h = [...kIv];
  h[0] ^= 0x01010000n ^ (BigInt(key.length) << 8n) ^ 32n;
  const blocks = Math.max(1, Math.ceil(data.length / kBlock));
  for (let n = 0; n < blocks; ++n) {
    const block = new Uint8Array(kBlock);
    block.set(data.subarray(n * kBlock, (n + 1) * kBlock));
    const view = new DataView(block.buffer);
    const m = Array.from({ length: 16 }, (_, i) => view.getBigUint64(i * 8, true));
    const v = [...h, ...kIv];
    v[12] ^= BigInt(Math.min(data.length, (n + 1) * kBlock));
    if (n === blocks - 1) v[14] ^= kMask;
    const turn = (x, bits) => ((x >> bits) | (x << (64n - bits))) & kMask;
    const mix = (a, b, c, d, x, y) => {
      v[a] = (v[a] + v[b] + x) & kMask;
      v[d] = turn(v[d] ^ v[a], 32n);
      v[c] = (v[c] + v[d]) & kMask;
      v[b] = turn(v[b] ^ v[c], 24n);
      v[a] = (v[a] + v[b] + y) & kMask;
      v[d] = turn(v[d] ^ v[a], 16n);
      v[c] = (v[c] + v[d]) & kMask;
      v[b] = turn(v[b] ^ v[c], 63n);
    };
    for (let round = 0; round < 12; ++round) {
      const s = kSigma[round % 10];
      for (let i = 0; i < 4; ++i) mix(i, i + 4, i + 8, i + 12, m[s[2 * i]], m[s[2 * i + 1]]);
      for (let i = 0; i < 4; ++i) {
        mix(i, 4 + ((i + 1) % 4), 8 + ((i + 2) % 4), 12 + ((i + 3) % 4), m[s[8 + 2 * i]], m[s[9 + 2 * i]]);
      }
    }
    for (let i = 0; i < 8; ++i) h[i] ^= v[i] ^ v[i + 8];
  }
  const out = new Uint8Array(32);
  const view = new DataView(out.buffer);
  for (let i = 0; i < 4; ++i) view.setBigUint64(i * 8, h[i], true);
  return out;
}

// ---- Ed25519 (RFC 8032), strict as libsodium is: canonical S and key, no point of small order ----

const kP = (1n << 255n) - 19n;
const kL = (1n << 252n) + 27742317777372353535851937790883648493n;
const mod = (x) => {
  const r = x % kP;
  return r < 0n ? r + kP : r;
};
function power(base, exponent) {
  let result = 1n;
  for (let b = mod(base), e = exponent; e > 0n; e >>= 1n, b = mod(b * b)) {
    if (e & 1n) result = mod(result * b);
  }
  return result;
}
const invert = (x) => power(x, kP - 2n);
const kD = mod(-121665n * invert(121666n));
const kRootOfMinusOne = power(2n, (kP - 1n) / 4n);
const fromLittle = (bytes) => bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

/** Extended coordinates [X, Y, Z, T]; null: no such point, or not its one spelling. */
function point(bytes) {
  const sign = bytes[31] >> 7;
  const y = fromLittle(bytes) & ((1n << 255n) - 1n);
  if (y >= kP) return null;
  const y2 = mod(y * y);
  const x2 = mod((y2 - 1n) * invert(kD * y2 + 1n));
  let x = power(x2, (kP + 3n) / 8n);
  if (mod(x * x - x2) !== 0n) x = mod(x * kRootOfMinusOne);
  if (mod(x * x - x2) !== 0n || (x === 0n && sign === 1)) return null;
  if (Number(x & 1n) !== sign) x = kP - x;
  return [x, y, 1n, mod(x * y)];
}
function add([x1, y1, z1, t1], [x2, y2, z2, t2]) {
  const a = mod((y1 - x1) * (y2 - x2));
  const b = mod((y1 + x1) * (y2 + x2));
  const c = mod(2n * kD * t1 * t2);
  const d = mod(2n * z1 * z2);
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}
const kNeutral = [0n, 1n, 1n, 0n];
const negative = ([x, y, z, t]) => [mod(-x), y, z, mod(-t)];
const isNeutral = ([x, y, z]) => x === 0n && y === z;
const kBase = point(concat(Uint8Array.of(0x58), new Uint8Array(31).fill(0x66)));

function isSmall(p) {
  let eightfold = p;
  for (let i = 0; i < 3; ++i) eightfold = add(eightfold, eightfold);
  return isNeutral(eightfold);
}
/** a·A + b·B, both scalars bit by bit together. */
function combine(a, A, b, B) {
  const both = add(A, B);
  let sum = kNeutral;
  for (let bit = 255n; bit >= 0n; --bit) {
    sum = add(sum, sum);
    const [inA, inB] = [(a >> bit) & 1n, (b >> bit) & 1n];
    if (inA && inB) sum = add(sum, both);
    else if (inA) sum = add(sum, A);
    else if (inB) sum = add(sum, B);
  }
  return sum;
}

export function ed25519Verify(key, message, signature) {
  if (key.length !== 32 || signature.length !== 64) return false;
  const R = signature.subarray(0, 32);
  const s = fromLittle(signature.subarray(32));
  const A = point(key);
  const r = point(R);
  if (s >= kL || !A || !r || isSmall(A) || isSmall(r)) return false;
  const k = fromLittle(sha512(concat(R, key, message))) % kL;
  return isNeutral(add(combine(s, kBase, k, negative(A)), negative(r)));
}
