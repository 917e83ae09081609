// files.ts: files out to the person, and attachments in to the node.
import { blake2b } from '@noble/hashes/blake2b';
import { say } from '../../shared/language.ts';
import { api } from './api.ts';

export function saveFile(content: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** The largest that is taken; the node has its own limits besides. */
const kBytesMax = 20 << 20;
const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Brings an attachment to the node; resolves to its hash, by which records name it. */
export async function bringFile(file: Blob): Promise<string> {
  if (file.size > kBytesMax) {
    throw new Error(
      say(
        [
          '文件有 {n} MB，最多 20 MB：请先缩小',
          'The file has {n} MB, at most 20: make it smaller first',
        ],
        {
          n: Math.round(file.size / (1 << 20)),
        },
      ),
    );
  }
  const bytes = new Uint8Array(await file.arrayBuffer());
  const hash = hex(blake2b(bytes, { dkLen: 32 }));
  await api(`/blobs/${hash}`, {
    method: 'PUT',
    body: bytes,
    headers: { 'Content-Type': 'application/octet-stream' },
  });
  return hash;
}
export const fileAddress = (hash: string): string => `/api/v1/blobs/${hash}`;
