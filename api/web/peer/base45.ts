// base45.ts: bytes as characters that QR codes hold densest (RFC 9285): two bytes are three characters of
// their alphanumeric mode.
import type { Bytes } from './bytes.ts';
import { demand } from './refused.ts';

const kAlphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';

export function toBase45(bytes: Bytes): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 2) {
    const [first = 0, second] = [bytes[at], bytes[at + 1]];
    const isPair = second !== undefined;
    let value = isPair ? first * 256 + second : first;
    for (let i = 0; i < (isPair ? 3 : 2); ++i) {
      text += kAlphabet[value % 45];
      value = Math.floor(value / 45);
    }
  }
  return text;
}
/** Throws bad_input. */
export function fromBase45(text: string): Bytes {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at += 3) {
    const group = [...text.slice(at, at + 3)].map((letter) => kAlphabet.indexOf(letter));
    demand(group.length > 1 && group.every((digit) => digit >= 0), 'bad_input', 'not base 45');
    const value = group.reduceRight((sum, digit) => sum * 45 + digit, 0);
    demand(value < (group.length === 3 ? 65536 : 256), 'bad_input', 'not base 45');
    if (group.length === 3) bytes.push(value >> 8);
    bytes.push(value & 255);
  }
  return new Uint8Array(bytes);
}
