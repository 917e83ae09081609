// Ed25519 as strictly as the nodes check it: what one refuses all refuse.
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { describe, expect, it } from 'vitest';
import { concat, unhex, utf8, type Bytes } from '../bytes.ts';
import { makeKeys, SealingKey, SigningKey } from '../keys.ts';
import { kDomain } from '../names.ts';
import { isSignedBy, verifies } from '../signature.ts';

const kOrder = 2n ** 252n + 27742317777372353535851937790883648493n;
const little = (bytes: Bytes): bigint =>
  bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
const littleBytes = (value: bigint): Bytes =>
  Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));

describe('signature', () => {
  it('RFC 8032, and not a byte else', () => {
    const key = unhex('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c');
    const signature = unhex(
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    );
    expect(verifies(key, unhex('72'), signature)).toBe(true);
    expect(verifies(key, unhex('73'), signature)).toBe(false);
    expect(verifies(key, unhex('72'), signature.subarray(0, 63))).toBe(false);
  });
  it('the same scalar with the order added is another spelling', () => {
    const seed = new Uint8Array(32).fill(3);
    const signature = ed25519.sign(utf8('x'), seed);
    const spelled = concat(
      signature.slice(0, 32),
      littleBytes(little(signature.slice(32)) + kOrder),
    );
    expect(verifies(ed25519.getPublicKey(seed), utf8('x'), spelled)).toBe(false);
  });
  it.each([
    ['0100000000000000000000000000000000000000000000000000000000000000'],
    ['ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
    ['0000000000000000000000000000000000000000000000000000000000000000'],
    ['c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa'],
    ['edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
    ['eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
  ])('a key of small order, or loosely spelled, signs nothing: %s', (key) => {
    const neutral = concat(unhex('01'.padEnd(64, '0')), new Uint8Array(32));
    expect(verifies(unhex(key), utf8('anything'), neutral)).toBe(false);
  });
  it('a key of small order, with an R that is none, signs nothing', () => {
    // S·B = R + k·A holds for every message, since A is the neutral element.
    const neutral = unhex('01'.padEnd(64, '0'));
    const r = 7n;
    const signature = concat(ed25519.Point.BASE.multiply(r).toBytes(), littleBytes(r));
    expect(verifies(neutral, utf8('anything'), signature)).toBe(false);
  });
  it('nor does an R of small order under a good key', () => {
    const { scalar, pointBytes } = ed25519.utils.getExtendedPublicKey(new Uint8Array(32).fill(3));
    const neutral = unhex('01'.padEnd(64, '0'));
    const k = little(sha512(concat(neutral, pointBytes, utf8('x')))) % kOrder;
    const signature = concat(neutral, littleBytes((k * scalar) % kOrder));
    expect(verifies(pointBytes, utf8('x'), signature)).toBe(false);
  });
  it.each(['auto', 'wrapped'] as const)(
    'keys made here sign under one domain, and agree (%s)',
    async (making) => {
      const [ours, theirs] = [await makeKeys(making), await makeKeys(making)];
      const signed = await new SigningKey(ours.signing).signBody(kDomain.changeSet, utf8('body'));
      expect(isSignedBy(ours.signing.publicKey, kDomain.changeSet, signed)).toBe(true);
      expect(isSignedBy(ours.signing.publicKey, kDomain.receipt, signed)).toBe(false);
      const shared = await new SealingKey(ours.sealing).agree(theirs.sealing.publicKey);
      expect(await new SealingKey(theirs.sealing).agree(ours.sealing.publicKey)).toEqual(shared);
    },
  );
  it("a key that is made here can't be taken out", async () => {
    for (const making of ['auto', 'wrapped'] as const) {
      const { secret } = (await makeKeys(making)).signing;
      const kept = secret.kind === 'kept' ? secret.key : secret.wrapping;
      expect(kept.extractable).toBe(false);
      await expect(
        crypto.subtle.exportKey(secret.kind === 'kept' ? 'pkcs8' : 'raw', kept),
      ).rejects.toThrow();
    }
  });
});
