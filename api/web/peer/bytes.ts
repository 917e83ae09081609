// bytes.ts: byte strings, compared, joined and spelled.
import { demand } from './refused.ts';

export type Bytes = Uint8Array;

/** All of `parts`, one behind the other, in memory of their own. */
export function concat(...parts: readonly Bytes[]): Bytes {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Below, at or above 0, as `a` comes before, is, or comes after `b`; a beginning comes first. */
export function compareBytes(a: Bytes, b: Bytes): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; ++i) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
export const sameBytes = (a: Bytes, b: Bytes): boolean =>
  a.length === b.length && compareBytes(a, b) === 0;
export const isZero = (bytes: Bytes): boolean => bytes.every((byte) => byte === 0);

export const utf8 = (text: string): Bytes => new TextEncoder().encode(text);
const kDigits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
export function hex(bytes: Bytes): string {
  let text = '';
  for (const byte of bytes) text += kDigits[byte];
  return text;
}

/** Throws bad_input unless `text` is hexadecimal digits, an even number of them. */
export function unhex(text: string): Bytes {
  demand(/^([0-9a-fA-F]{2})*$/.test(text), 'bad_input', 'hexadecimal digits, two for each byte');
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Without padding. */
export function base64url(bytes: Bytes): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
/** Throws bad_input unless `text` is base64url without padding, spelled in the one way. */
export function unbase64url(text: string): Bytes {
  demand(
    /^[A-Za-z0-9_-]*$/.test(text) && text.length % 4 !== 1,
    'bad_input',
    'base64url without padding',
  );
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  demand(base64url(bytes) === text, 'bad_input', 'base64url spelled in another way');
  return bytes;
}

/** `count` bytes that nobody can guess. */
export const randomBytes = (count: number): Bytes => crypto.getRandomValues(new Uint8Array(count));
