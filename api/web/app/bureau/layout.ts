// layout.ts: where a tile stands on the map of tiles: roughly as the city's districts and counties lie
// to each other, north above. A level that isn't here is laid out in reading order.
const kColumns = 6;
const kRows: readonly (readonly string[])[] = [
  ['410782', '410704', '410781', '', '', ''],
  ['410724', '410703', '410711', '410772', '410726', '410783'],
  ['', '410721', '410702', '410771', '410727', ''],
  ['', '410773', '410725', '', '', ''],
];

export interface Laid {
  readonly columns: number;
  /** Code → [column, row], from 1. Empty: in reading order. */
  readonly at: ReadonlyMap<string, readonly [number, number]>;
}
const kPlain: Laid = { columns: 0, at: new Map() };

/** A map only where each of these has its place on it. */
export function laidOut(codes: readonly string[]): Laid {
  const at = new Map<string, readonly [number, number]>();
  kRows.forEach((row, y) =>
    row.forEach((code, x) => {
      if (code) at.set(code, [x + 1, y + 1]);
    }),
  );
  return codes.length > 0 && codes.every((code) => at.has(code))
    ? { columns: kColumns, at }
    : kPlain;
}
