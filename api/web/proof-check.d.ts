// What pages in TypeScript use of proof-check.js.
export interface ProofSet {
  readonly node: string;
  readonly role: string;
  /** Microseconds since 1970, as the signer stated. */
  readonly changes: readonly { readonly stamp: number }[];
}
export interface Proof {
  readonly city: { readonly name: string; readonly scope: string };
  readonly record: { readonly id: string };
  readonly sets: readonly ProofSet[];
}
/** Throws an Error with a `code` if it doesn't hold for the city named `root`. */
export function checkProof(bytes: Uint8Array, root: string): Proof;
