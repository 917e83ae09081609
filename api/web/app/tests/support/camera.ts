// camera.ts: what a camera would see of a QR code that is held before it: turned, aslant, blurred, in bad
// light, with noise. No picture is the same twice but by its seed.
import type { Pixels } from '../../shared/qr_pixels.ts';

/** Dark where true; with its margin. */
export type Modules = readonly (readonly boolean[])[];

/** The modules of a code that a node drew: one path of runs. */
export function modulesOfSvg(svg: string): Modules {
  const side = Number(/viewBox="0 0 (\d+)/.exec(svg)?.[1]);
  const modules = Array.from({ length: side }, () => new Array<boolean>(side).fill(false));
  for (const [, x, y, run] of svg.matchAll(/M(\d+) (\d+)h(\d+)/g))
    for (let i = 0; i < Number(run); ++i) (modules[Number(y)] ?? [])[Number(x) + i] = true;
  return modules;
}

export interface View {
  readonly width: number;
  readonly height: number;
  /** Of the code's side in the picture, in pixels. */
  readonly side: number;
  /** Degrees. */
  readonly turn?: number;
  /** How much shorter the far side is; 0: seen straight. */
  readonly slant?: number;
  /** From bright to dark across the picture, of 255. */
  readonly shadow?: number;
  /** Of 255. */
  readonly noise?: number;
  /** Where its middle is, of width and height. */
  readonly at?: readonly [number, number];
  readonly seed?: number;
}
const kSamples = 3;

export function seen(modules: Modules, view: View): Pixels {
  const { width, height, side, turn = 0, slant = 0, shadow = 0, noise = 0, seed = 1 } = view;
  const [atX, atY] = view.at ?? [0.5, 0.5];
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  const [sin, cos] = [Math.sin((turn * Math.PI) / 180), Math.cos((turn * Math.PI) / 180)];
  const random = randomFrom(seed);
  const isDark = (x: number, y: number): boolean => {
    const [dx, dy] = [x - atX * width, y - atY * height];
    const v = (cos * dy - sin * dx) / side;
    const u = (cos * dx + sin * dy) / side / (1 + slant * v);
    const place = (along: number): number => Math.floor((along + 0.5) * modules.length);
    return modules[place(v)]?.[place(u)] ?? false;
  };
  for (let y = 0; y < height; ++y) {
    for (let x = 0; x < width; ++x) {
      let dark = 0;
      for (let i = 0; i < kSamples * kSamples; ++i)
        if (
          isDark(
            x + ((i % kSamples) + 0.5) / kSamples,
            y + (Math.floor(i / kSamples) + 0.5) / kSamples,
          )
        )
          dark += 1;
      const light = 235 - (dark / (kSamples * kSamples)) * 190 - (x / width) * shadow;
      data.fill(light + (random() - 0.5) * 2 * noise, (y * width + x) * 4, (y * width + x) * 4 + 3);
    }
  }
  return { width, height, data };
}
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
