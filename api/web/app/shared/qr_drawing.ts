// qr_drawing.ts: draws a QR code in the browser, for pages without a node to ask. Loaded only there.
import { encodeQR } from 'qr';

export interface Drawing {
  /** Of the square, in modules, margin included. */
  readonly side: number;
  /** Of an SVG: a run of dark modules is a rectangle. */
  readonly path: string;
}
/** ISO/IEC 18004: the margin belongs to the code. */
const kQuiet = 4;

/** Throws if the text is too long for a code. */
export function drawCode(text: string): Drawing {
  const modules = encodeQR(text, 'raw', { ecc: 'medium', border: kQuiet });
  const runs: string[] = [];
  for (const [y, row] of modules.entries()) {
    for (let x = 0; x < row.length; ++x) {
      if (!row[x]) continue;
      let end = x;
      while (row[end]) ++end;
      runs.push(`M${x} ${y}h${end - x}v1h-${end - x}z`);
      x = end;
    }
  }
  return { side: modules.length, path: runs.join('') };
}
