// camera.mjs: what a browser's camera is made to see: QR codes that a page or a node drew, as a film
// (YUV4MPEG2, which Chromium takes in a camera's place), or as a photo.
import { writeFileSync } from 'node:fs';
import { pngOf } from './pictures.mjs';

const [kWidth, kHeight, kPerSecond] = [640, 480, 10];
const [kLight, kDark] = [225, 40];

/** `side` in modules, and the path of an SVG that is made of runs: `M4 4h7v1h-7z…`. */
export function drawingOf(svg) {
  return { side: Number(/viewBox="0 0 (\d+)/.exec(svg)[1]), path: /<path[^>]* d="([^"]+)"/.exec(svg)[1] };
}
/** Grey, a byte a pixel; the code in the middle, as large as it can be. */
function greyOf({ side, path }, width, height) {
  const grey = Buffer.alloc(width * height, kLight);
  const module = Math.floor(Math.min(width, height) / side);
  const [left, top] = [(width - side * module) >> 1, (height - side * module) >> 1];
  for (const [, x, y, run] of path.matchAll(/M(\d+) (\d+)h(\d+)/g)) {
    for (let row = 0; row < module; ++row) {
      const from = (top + Number(y) * module + row) * width + left + Number(x) * module;
      grey.fill(kDark, from, from + Number(run) * module);
    }
  }
  return grey;
}
/** A film of these codes, each for `frames` tenths of a second; a camera shows it over and over. */
export function film(file, drawings, frames = 3) {
  const colourless = Buffer.alloc((kWidth * kHeight) / 2, 128);
  const parts = [Buffer.from(`YUV4MPEG2 W${kWidth} H${kHeight} F${kPerSecond}:1 Ip A1:1 C420jpeg\n`)];
  for (const drawing of drawings) {
    const grey = greyOf(drawing, kWidth, kHeight);
    for (let i = 0; i < frames; ++i) parts.push(Buffer.from('FRAME\n'), grey, colourless);
  }
  writeFileSync(file, Buffer.concat(parts));
}
/** Of Chromium: its camera is this film, and nobody is asked. */
export const cameraOptions = (file) => [
  '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${file}`,
];
/** A PNG of a code. */
export function photo(drawing, width = 1200, height = 900) {
  const grey = greyOf(drawing, width, height);
  return pngOf(width, height, (x, y) => {
    const value = grey[y * width + x];
    return [value, value, value];
  });
}
