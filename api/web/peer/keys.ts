// keys.ts: the phone's own keys. They are made here and never leave the browser: where WebCrypto has
// Ed25519 and X25519 as keys that can't be taken out, elsewhere (Chromium before 137) as a seed that
// lies in the store under an AES key that can't be taken out, and is in memory while it signs.
//
// Signing and sealing key are two keys: a key that can't be taken out has no X25519 form.
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { concat, randomBytes, utf8, type Bytes } from './bytes.ts';
import type { Domain } from './names.ts';
import { demand } from './refused.ts';
import type { SignedBody } from './signature.ts';

/** A secret as the store keeps it: IndexedDB takes CryptoKeys as they are. */
export type StoredSecret =
  | { readonly kind: 'kept'; readonly key: CryptoKey }
  | {
      readonly kind: 'wrapped';
      readonly wrapping: CryptoKey;
      readonly nonce: Bytes;
      readonly sealed: Bytes;
    };
export interface StoredKey {
  readonly secret: StoredSecret;
  readonly publicKey: Bytes;
}
export interface StoredKeys {
  readonly signing: StoredKey;
  readonly sealing: StoredKey;
}
/** Which way to make keys; `auto` tries WebCrypto and falls back. */
export type KeyMaking = 'auto' | 'wrapped';

/** Signs as this phone. */
export class SigningKey {
  constructor(private readonly stored: StoredKey) {}
  get publicKey(): Bytes {
    return this.stored.publicKey;
  }
  /** The signature over `message`, 64 bytes. Rejects if the browser lets go of the key. */
  async sign(message: Bytes): Promise<Bytes> {
    const { secret } = this.stored;
    if (secret.kind === 'kept')
      return new Uint8Array(await crypto.subtle.sign('Ed25519', secret.key, message));
    return withSecret(secret, (seed) => ed25519.sign(message, seed));
  }
  async signBody(domain: Domain, body: Bytes): Promise<SignedBody> {
    return { body, signature: await this.sign(concat(utf8(domain), body)) };
  }
}

/** Opens what was sealed to this phone. */
export class SealingKey {
  constructor(private readonly stored: StoredKey) {}
  get publicKey(): Bytes {
    return this.stored.publicKey;
  }
  /** X25519 of our secret and `other`: 32 bytes. */
  async agree(other: Bytes): Promise<Bytes> {
    const { secret } = this.stored;
    if (secret.kind === 'wrapped')
      return withSecret(secret, (own) => x25519.getSharedSecret(own, other));
    const peer = await crypto.subtle.importKey('raw', other, 'X25519', false, []);
    const shared = await crypto.subtle.deriveBits(
      { name: 'X25519', public: peer },
      secret.key,
      256,
    );
    return new Uint8Array(shared);
  }
}

/**
 * New keys. `making` is for browsers that must be tried with the older way. Rejects with forbidden
 * where the page isn't in a secure context: browsers keep keys only there.
 */
export async function makeKeys(making: KeyMaking = 'auto'): Promise<StoredKeys> {
  const keepsKeys = globalThis.crypto?.subtle !== undefined;
  demand(keepsKeys, 'forbidden', '请通过 https 打开本页面。 Open this page by https.');
  return { signing: await makeKey('Ed25519', making), sealing: await makeKey('X25519', making) };
}
/** Keys from known secrets of 32 bytes, for tests and for a key that is carried over. */
export async function keysFrom(signingSeed: Bytes, sealingSecret: Bytes): Promise<StoredKeys> {
  return {
    signing: { secret: await wrap(signingSeed), publicKey: ed25519.getPublicKey(signingSeed) },
    sealing: { secret: await wrap(sealingSecret), publicKey: x25519.getPublicKey(sealingSecret) },
  };
}

async function makeKey(algorithm: 'Ed25519' | 'X25519', making: KeyMaking): Promise<StoredKey> {
  const kept = making === 'auto' ? await makeKept(algorithm) : null;
  if (kept) return kept;
  const secret = randomBytes(32);
  const publicKey = (algorithm === 'Ed25519' ? ed25519 : x25519).getPublicKey(secret);
  const stored = { secret: await wrap(secret), publicKey };
  secret.fill(0);
  return stored;
}
/** Null where the browser doesn't know the algorithm. */
async function makeKept(algorithm: 'Ed25519' | 'X25519'): Promise<StoredKey | null> {
  const uses: KeyUsage[] = algorithm === 'Ed25519' ? ['sign', 'verify'] : ['deriveBits'];
  try {
    const pair = (await crypto.subtle.generateKey(algorithm, false, uses)) as CryptoKeyPair;
    const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
    return { secret: { kind: 'kept', key: pair.privateKey }, publicKey };
  } catch {
    return null;
  }
}
async function wrap(secret: Bytes): Promise<StoredSecret> {
  const wrapping = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
    'encrypt',
    'decrypt',
  ]);
  const nonce = randomBytes(12);
  const sealed = new Uint8Array(
    await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce }, wrapping, secret),
  );
  return { kind: 'wrapped', wrapping, nonce, sealed };
}
async function withSecret(
  stored: StoredSecret & { kind: 'wrapped' },
  use: (secret: Bytes) => Bytes,
): Promise<Bytes> {
  const algorithm = { name: 'AES-GCM', iv: stored.nonce };
  const secret = new Uint8Array(
    await crypto.subtle.decrypt(algorithm, stored.wrapping, stored.sealed),
  );
  try {
    return use(secret);
  } finally {
    secret.fill(0);
  }
}
