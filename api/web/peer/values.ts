// values.ts: what this phone keeps by name, besides rows (store.ts).

/** Names of values in the store. */
export const kValue = {
  identity: 'identity',
  joining: 'joining',
  clock: 'clock',
  incarnations: 'incarnations',
  schema: 'schema',
  epoch: 'epoch',
  aside: 'aside',
  renewalAsked: 'renewal asked',
  catchingUp: 'catching up',
  cloned: 'cloned',
  met: 'met',
  writesUnder: 'writes under',
  reads: 'reads',
  folded: 'folded',
  replacedSeen: 'replaced seen',
} as const;
