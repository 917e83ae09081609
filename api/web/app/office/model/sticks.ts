// sticks.ts: bundles for USB sticks: out of this node into a file, and from a file into this node.
import { file, Refusal, session } from './api.ts';

export type Progress = (done: number, total: number | null) => void;

/** The whole bundle for the node that `recipient` names. Rejects with Refusal. */
export async function takeOut(
  recipient: string,
  how: { readonly all: boolean; readonly photos: boolean },
  progress: Progress,
): Promise<Blob> {
  const answer = await file('/bundles/export', {
    query: { for: recipient, all: how.all ? '1' : null, photos: how.photos ? '1' : null },
    signal: new AbortController().signal, // It may take longer than an answer should.
  });
  const reader = answer.body?.getReader();
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  while (reader) {
    const { done, value } = await reader.read().catch(() => {
      throw new Refusal(0, {});
    });
    if (done) break;
    pieces.push(value);
    bytes += value.length;
    progress(bytes, null);
  }
  return new Blob(pieces as BlobPart[]);
}

/** What is in a bundle, and what became of it. */
export interface Bundle {
  readonly from: { readonly name?: string; readonly scope?: string } | string | null;
  readonly created?: string;
  readonly changes: number;
  readonly parcels?: number;
  readonly receipts?: number;
  readonly blobs?: number;
  readonly accepted?: number;
  readonly known?: number;
  readonly waiting?: number;
  readonly refused?: number;
  readonly refusals?: readonly { readonly code: string; readonly detail: string }[];
}
/** Checks a bundle, or takes it in. XMLHttpRequest: fetch doesn't tell how far an upload is. */
export function bringIn(
  content: Blob,
  mode: 'check' | 'import',
  progress: Progress,
): Promise<Bundle> {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    request.open('POST', `/api/v1/bundles/${mode}`);
    request.setRequestHeader('Content-Type', 'application/vnd.linli-bundle');
    if (session.value?.csrf) request.setRequestHeader('X-Linli-Csrf', session.value.csrf);
    request.upload.onprogress = ({ loaded, total }): void => progress(loaded, total);
    request.onerror = (): void => fail(new Refusal(0, {}));
    request.onload = (): void => {
      const body = jsonOf(request.responseText);
      if (request.status >= 200 && request.status < 300 && body) done(body as unknown as Bundle);
      else fail(new Refusal(body ? request.status : 0, body ?? {}));
    };
    request.send(content);
  });
}
function jsonOf(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
}
