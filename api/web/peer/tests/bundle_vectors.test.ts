// Bundles by the shared vectors: opened frame by frame, in parts, damaged, and written here.
import { describe, expect, it } from 'vitest';
import { ed25519 } from '@noble/curves/ed25519.js';
import { CertificateBook } from '../book.ts';
import type { Frame } from '../bundle_frames.ts';
import { openBundle, type Bundle } from '../bundle_reader.ts';
import { writeBundle } from '../bundle_writer.ts';
import { readHead, writeHead } from '../bundle_head.ts';
import { concat, hex, randomBytes, type Bytes } from '../bytes.ts';

import { hash } from '../names.ts';
import { readSigned } from '../signature.ts';
import { openZstd } from '../zstd_frame.ts';
import { Vector } from './support/vectors.ts';
import { keysFrom, SealingKey, SigningKey } from '../keys.ts';

const city = Vector.of('city');

describe('bundle', () => {
  const vector = Vector.of('bundle');
  const file = vector.bytes('file');
  /** The recipient's sealing key in the form that most nodes have: of its signing key. */
  const recipient = async (): Promise<SealingKey> => {
    const seed = vector.bytes('recipient_seed');
    return new SealingKey((await keysFrom(seed, ed25519.utils.toMontgomerySecret(seed))).sealing);
  };
  const open = async (bytes: Bytes): Promise<Bundle> => {
    const book = CertificateBook.of(vector.bytes('root'));
    return openBundle([bytes], book, [readHead(bytes).recipient], await recipient());
  };
  it('opens, frame by frame', async () => {
    const bundle = await open(file);
    // Objects stand decompressed in the vector.
    const plain = ({ kind, payload }: Frame): Bytes =>
      kind === 2 ? openZstd(payload, 8 << 20) : payload;
    expect(bundle.frames.map((frame) => [frame.kind, hex(plain(frame))])).toEqual(
      vector.in('frames').raw(),
    );
    expect(hex(readSigned(bundle.frames[0]?.payload ?? file).body)).toBe(vector.text('manifest'));
    expect(bundle.blobs.map(({ bytes }) => new TextDecoder().decode(bytes))).toEqual(['photo']);
    expect(bundle.objects.map(({ kind }) => kind)).toEqual([1, 1, 2]);
  });
  it('in any two parts as well', async () => {
    const head = readHead(file);
    const content = file.subarray(192);
    const part = (number: number, from: number, to: number): Bytes =>
      concat(
        writeHead({
          ...head,
          part: number,
          parts: 2,
          size: BigInt(to - from),
          offset: BigInt(from),
        }),
        content.subarray(from, to),
      );
    const parts = [part(2, 500, content.length), part(1, 0, 500)];
    const book = CertificateBook.of(vector.bytes('root'));
    expect(
      (await openBundle(parts, book, [head.recipient], await recipient())).objects,
    ).toHaveLength(3);
    await expect(
      openBundle(parts.slice(1), book, [head.recipient], await recipient()),
    ).rejects.toMatchObject({ reason: 'not_found' });
  });
  it.each([
    [20, 'altered'],
    [170, 'altered'],
    [250, 'altered'],
    [400, 'altered'],
    [3, 'bad_input'],
  ])('a changed byte at %d: %s', async (at, reason) => {
    const changed = Uint8Array.from(file);
    changed[at] = (changed[at] ?? 0) ^ 1;
    await expect(open(changed)).rejects.toMatchObject({ reason });
  });
  it('cut short, or for another node', async () => {
    await expect(open(file.subarray(0, file.length - 1))).rejects.toMatchObject({
      reason: 'truncated',
    });
    const book = CertificateBook.of(vector.bytes('root'));
    await expect(
      openBundle([file], book, [new Uint8Array(32)], await recipient()),
    ).rejects.toMatchObject({ reason: 'wrong_recipient' });
  });
  it('what is written here opens', async () => {
    const { manifest, head, objects } = await open(file);
    const book = CertificateBook.of(vector.bytes('root'));
    manifest.chain.forEach((signed) => book.add(signed));
    const office = city.in('certificates').list()[1]?.bytes('signed') ?? file;
    const exporter = book.add(office);
    const seed = city.in('seeds').bytes('office');
    const photo = new Uint8Array(600_000).fill(5);
    const made = await writeBundle(
      {
        id: head.id,
        created: 7n,
        streamKey: randomBytes(32),
        streamHeader: randomBytes(24),
        recipient: exporter,
        epoch: 9n,
        after: 0n,
        upTo: 3n,
        objects: [...objects, { kind: 1, bytes: new Uint8Array(200_000) }],
        blobs: [{ hash: hash(photo), bytes: photo, authors: [new Uint8Array(16).fill(3)] }],
        feeds: [],
      },
      exporter,
      book,
      new SigningKey((await keysFrom(seed, seed)).signing),
    );
    const opened = await openBundle([made], book, [exporter.hash], await recipient());
    expect(opened.objects).toHaveLength(4);
    expect(opened.blobs.map(({ bytes }) => hex(hash(bytes)))).toEqual([hex(hash(photo))]);
    expect(opened.manifest.upTo).toBe(3n);
  });
});
