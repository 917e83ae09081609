// scope.ts: organisation paths, from the city down to a compound, tested by whole segments.

const kSegment = /^[a-z0-9-]{1,32}$/;

/** 1 to 8 segments of `[a-z0-9-]{1,32}` joined by "/". */
export function isScope(text: string): boolean {
  const segments = text.split('/');
  return segments.length <= 8 && segments.every((segment) => kSegment.test(segment));
}
/** Is `scope` this `path`, or below it? */
export function covers(path: string, scope: string): boolean {
  return scope === path || scope.startsWith(`${path}/`);
}
export interface Coverage {
  readonly paths: readonly string[];
  readonly excluded: readonly string[];
}
/** Is `scope` within one of the paths, and within none of those that were taken out? */
export function reaches(coverage: Coverage, scope: string): boolean {
  return (
    coverage.paths.some((path) => covers(path, scope)) &&
    !coverage.excluded.some((path) => covers(path, scope))
  );
}

/** Who reads a change set besides its scope (PROTOCOL.md §4, §9). */
export const kAudience = { ancestors: 0, below: 1, street: 2, everyone: 3 } as const;

/** May who has this coverage be given what was written in `scope` for `audience`? */
export function mayRead(reader: Coverage, scope: string, audience: number): boolean {
  if (audience === kAudience.everyone) return true;
  if (audience === kAudience.ancestors) return reaches(reader, scope);
  if (audience === kAudience.below) {
    return reaches(reader, scope) || reader.paths.some((path) => covers(scope, path));
  }
  if (audience !== kAudience.street) return false;
  const close = {
    paths: reader.paths.filter((path) => path.split('/').length >= 3),
    excluded: reader.excluded,
  };
  return reaches(close, scope);
}
