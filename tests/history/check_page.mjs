// The browser's checker of proofs (api/web/proof-*.js), run by Node: its hashes and signatures
// against those of Node and of the RFCs, and the example of sync/PROOF.md (tests/vectors/proof.json).
//
//   node check_page.mjs REPOSITORY [PROOF ROOT]     also checks that file, and prints what it says
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [repository, proofFile, proofRoot] = process.argv.slice(2);

/** As a browser loads them: as modules, whatever the folder says. */
const folder = mkdtempSync(join(tmpdir(), 'linli-page-'));
process.on('exit', () => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
for (const name of ['proof-crypto.js', 'proof-check.js']) {
  copyFileSync(join(repository, 'api/web', name), join(folder, name));
}
const load = (name) => import(pathToFileURL(join(folder, name)));
const { blake2b, concat, ed25519Verify, hex, sha256, sha512 } = await load('proof-crypto.js');
const { checkProof, Commitment } = await load('proof-check.js');
const bytes = (text) => new Uint8Array(Buffer.from(text, 'hex'));

// SHA-2, at every length around the blocks' ends.
for (let n = 0; n < 270; ++n) {
  const message = randomBytes(n);
  assert.equal(hex(sha256(message)), createHash('sha256').update(message).digest('hex'));
  assert.equal(hex(sha512(message)), createHash('sha512').update(message).digest('hex'));
}
// BLAKE2b-256: of "abc" and of nothing; with a key, of 0 … 255 (as Python's hashlib has it).
assert.equal(hex(blake2b(bytes('616263'))), 'bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319');
assert.equal(hex(blake2b(bytes(''))), '0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8');
const counting = Uint8Array.from({ length: 256 }, (_, i) => i);
assert.equal(hex(blake2b(counting, counting.subarray(0, 32))), 'b42be36ea26392f67d1d3706ffa72b6c61c2ff38e1fabd9a49e154d54b967d83');

// Ed25519: RFC 8032 §7.1, tests 2 and 3; Node's own signatures; what a strict reader refuses.
const kRfc = [
  ['3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c', '72',
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00'],
  ['fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025', 'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a'],
];
for (const [key, message, signature] of kRfc) {
  assert.ok(ed25519Verify(bytes(key), bytes(message), bytes(signature)));
  assert.ok(!ed25519Verify(bytes(key), bytes(`${message}00`), bytes(signature)));
}
const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const key = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(12));
const kOrder = (1n << 252n) + 27742317777372353535851937790883648493n;
for (let n = 0; n < 20; ++n) {
  const message = randomBytes(n * 11);
  const signature = new Uint8Array(sign(null, message, privateKey));
  assert.ok(ed25519Verify(key, message, signature));
  const changed = Uint8Array.from(signature);
  changed[n * 3] ^= 1 << n % 8;
  assert.ok(!ed25519Verify(key, message, changed));
  // The same scalar spelled with the group's order added.
  let s = signature.subarray(32).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n) + kOrder;
  const malleable = Uint8Array.from(signature);
  for (let i = 32; i < 64; ++i, s >>= 8n) malleable[i] = Number(s & 255n);
  assert.ok(!ed25519Verify(key, message, malleable));
}
// A key of small order would sign everything.
const small = bytes(`01${'00'.repeat(31)}`);
assert.ok(!ed25519Verify(small, bytes('00'), concat(small, new Uint8Array(32))));

// The example.
const example = JSON.parse(readFileSync(join(repository, 'tests/vectors/proof.json')));
const file = bytes(example.file);
for (const root of [example.city, example.root_key, example.city.toUpperCase()]) {
  const proof = checkProof(file, root);
  assert.deepEqual(proof.sets.map((set) => ({
    hash: set.hash, index: set.index, size: set.size, stamp: set.changes[0].stamp,
    not_before: set.notBefore, not_after: set.notAfter,
  })), example.sets);
  const values = proof.sets.map((set) => set.changes[0].fields.get(2));
  assert.ok(values.every((value) => value instanceof Commitment));
  assert.deepEqual(values.map((value) => value.opened), example.values);
}
const cosigned = checkProof(bytes(example.cosigned), example.city);
assert.deepEqual(cosigned.sets.map((set) => set.witnesses), [[], [example.witness]]);
const refused = (what, root) => {
  try {
    checkProof(what, root);
  } catch (error) {
    return error.code ?? `${error}`;
  }
  return 'accepted';
};
assert.equal(refused(file, '0'.repeat(64)), 'other_city');
assert.equal(refused(file, 'x'), 'bad_value');
assert.equal(refused(file.subarray(0, 500), example.city), 'truncated');
let flipped = 0;
for (let at = 0; at < file.length; at += 31, ++flipped) {
  const changed = Uint8Array.from(file);
  changed[at] ^= 1;
  assert.notEqual(refused(changed, example.city), 'accepted', `byte ${at}`);
}

if (proofFile) {
  const proof = checkProof(new Uint8Array(readFileSync(proofFile)), proofRoot);
  console.log(JSON.stringify({ city: proof.city, record: proof.record, sets: proof.sets.map((set) => ({
    node: set.node, index: set.index, size: set.size,
    witnesses: set.witnesses.map((witness) => witness.node), notBefore: set.notBefore, notAfter: set.notAfter,
    fields: set.changes.reduce((sum, change) => sum + change.fields.size, 0) })) }));
} else {
  console.log(`holds; ${flipped} changed bytes were refused`);
}
