// seal.ts: libsodium's sealed box and secret stream (sync/BUNDLE.md), so that phone and node open
// each other's bundles. Keys of 32 bytes.
import { poly1305 } from '@noble/ciphers/_poly1305';
import { chacha20, hchacha } from '@noble/ciphers/chacha';
import { hsalsa, xsalsa20poly1305 } from '@noble/ciphers/salsa';
import { x25519 } from '@noble/curves/ed25519.js';
import { blake2b } from '@noble/hashes/blake2.js';
import { concat, randomBytes, type Bytes } from './bytes.ts';
import type { SealingKey } from './keys.ts';
import { demand, Refused } from './refused.ts';

const kSigma = words(new TextEncoder().encode('expand 32-byte k'));
function words(bytes: Bytes): Uint32Array {
  return new Uint32Array(bytes.slice().buffer);
}
type Derive = (sigma: Uint32Array, key: Uint32Array, input: Uint32Array, out: Uint32Array) => void;
function derive(from: Derive, key: Bytes, input: Bytes): Bytes {
  const out = new Uint32Array(8);
  from(kSigma, words(key), words(input), out);
  return new Uint8Array(out.buffer);
}

// ---- Sealed box: crypto_box_seal -------------------------------------------------------------------

export const kSealBytes = 48;

/** Only the owner of the recipient's sealing key opens it; nobody can say who made it. */
export function seal(message: Bytes, recipient: Bytes): Bytes {
  const secret = randomBytes(32);
  const ephemeral = x25519.getPublicKey(secret);
  const key = boxKey(x25519.getSharedSecret(secret, recipient));
  secret.fill(0);
  return concat(ephemeral, xsalsa20poly1305(key, sealNonce(ephemeral, recipient)).encrypt(message));
}
/** Rejects with altered, if it isn't sealed to this key, or is changed. */
export async function unseal(sealed: Bytes, recipient: SealingKey): Promise<Bytes> {
  demand(sealed.length >= kSealBytes, 'altered', 'a sealed box has 48 bytes and more');
  const ephemeral = sealed.slice(0, 32);
  try {
    const key = boxKey(await recipient.agree(ephemeral));
    return xsalsa20poly1305(key, sealNonce(ephemeral, recipient.publicKey)).decrypt(
      sealed.slice(32),
    );
  } catch {
    throw new Refused('altered', 'it is sealed to somebody else, or changed');
  }
}
const boxKey = (shared: Bytes): Bytes => derive(hsalsa, shared, new Uint8Array(16));
const sealNonce = (ephemeral: Bytes, recipient: Bytes): Bytes =>
  blake2b(concat(ephemeral, recipient), { dkLen: 24 });

// ---- Stream: crypto_secretstream_xchacha20poly1305 -------------------------------------------------

export const kStreamHeaderBytes = 24;
export const kStreamOverhead = 17;
export const kTag = { message: 0, final: 3 } as const;
const kTagRekeys = 2;

/** Both sides: chunks in their order, each with a tag; no other order opens. */
export class SecretStream {
  private key: Bytes;
  private readonly nonce = new Uint8Array(12);

  /** `header`: random, in the clear before the first chunk. */
  constructor(key: Bytes, header: Bytes) {
    demand(
      key.length === 32 && header.length === kStreamHeaderBytes,
      'malformed',
      'a key of 32 bytes and a header of 24',
    );
    this.key = derive(hchacha, key, header.slice(0, 16));
    this.nonce[0] = 1;
    this.nonce.set(header.subarray(16), 4);
  }
  push(message: Bytes, context: Bytes, tag: number): Bytes {
    const block = new Uint8Array(64);
    block[0] = tag;
    const first = chacha20(this.key, this.nonce, block, undefined, 1);
    const sealed = chacha20(this.key, this.nonce, message, undefined, 2);
    const mac = this.mac(first, sealed, context);
    this.step(mac, tag);
    return concat(first.subarray(0, 1), sealed, mac);
  }
  /** Throws altered. */
  pull(chunk: Bytes, context: Bytes): { message: Bytes; tag: number } {
    demand(chunk.length >= kStreamOverhead, 'altered', 'a chunk that is too short');
    const sealed = chunk.slice(1, chunk.length - 16);
    const block = new Uint8Array(64);
    block[0] = chunk[0] ?? 0;
    const opened = chacha20(this.key, this.nonce, block, undefined, 1);
    const tag = opened[0] ?? 0;
    opened[0] = chunk[0] ?? 0;
    const mac = this.mac(opened, sealed, context);
    demand(
      isSame(mac, chunk.subarray(chunk.length - 16)),
      'altered',
      'a chunk that was changed, or stands elsewhere',
    );
    const message = chacha20(this.key, this.nonce, sealed, undefined, 2);
    this.step(mac, tag);
    return { message, tag };
  }
  private mac(first: Bytes, sealed: Bytes, context: Bytes): Bytes {
    const key = chacha20(this.key, this.nonce, new Uint8Array(64), undefined, 0).slice(0, 32);
    const zeros = (count: number): Bytes => new Uint8Array(count & 15);
    // As libsodium pads: the 64 bytes of the first block count to the message.
    return poly1305(
      concat(
        context,
        zeros(16 - (context.length & 15)),
        first,
        sealed,
        zeros(16 - 64 + sealed.length),
        length64(context.length),
        length64(64 + sealed.length),
      ),
      key,
    );
  }
  private step(mac: Bytes, tag: number): void {
    for (let i = 0; i < 8; ++i) this.nonce[4 + i] = (this.nonce[4 + i] ?? 0) ^ (mac[i] ?? 0);
    let carried = true;
    for (let i = 0; i < 4 && carried; ++i) {
      this.nonce[i] = ((this.nonce[i] ?? 0) + 1) & 255;
      carried = this.nonce[i] === 0;
    }
    if ((tag & kTagRekeys) !== 0 || carried) this.rekey();
  }
  private rekey(): void {
    const next = chacha20(
      this.key,
      this.nonce,
      concat(this.key, this.nonce.subarray(4)),
      undefined,
      0,
    );
    this.key = next.slice(0, 32);
    this.nonce.set(next.subarray(32, 40), 4);
    this.nonce.set([1, 0, 0, 0]);
  }
}
function length64(value: number): Bytes {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
  return bytes;
}
/** In the same time whatever differs. */
function isSame(a: Bytes, b: Bytes): boolean {
  return a.length === b.length && a.reduce((sum, byte, i) => sum | (byte ^ (b[i] ?? 0)), 0) === 0;
}
