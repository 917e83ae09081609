// kept.ts: small settings of this browser, shared by all pages of one node. Nothing that would be
// missed: a browser may refuse to keep them, and then they are as they come.

export function kept(name: string): unknown {
  try {
    const text = localStorage.getItem(`linli.${name}`);
    return text === null ? null : (JSON.parse(text) as unknown);
  } catch {
    return null;
  }
}
/** False in private mode, or where there is no room: then it holds until the page is closed. */
export function keep(name: string, value: unknown): boolean {
  try {
    localStorage.setItem(`linli.${name}`, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}
