// Codes that a node drew are read where the browser can't by itself.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readPixels } from '../shared/qr_pixels.ts';
import { modulesOfSvg, seen, type View } from './support/camera.ts';

const svg = readFileSync(new URL('support/invite_qr.svg', import.meta.url), 'utf8');
const kText = `linli-invite:示例社区/巡查手机?key=${'0123456789abcdef'.repeat(4)}`;
const kCamera = { width: 640, height: 480, side: 360 };

describe('a QR code that a node drew', () => {
  it.each<[string, View]>([
    ['as it is', kCamera],
    ['turned', { ...kCamera, turn: 33 }],
    ['on its head', { ...kCamera, turn: 180, noise: 20 }],
    ['aslant', { ...kCamera, slant: 0.08 }],
    ['in a shadow', { ...kCamera, shadow: 90, noise: 15 }],
    ['small, at the edge of a photo', { width: 1000, height: 750, side: 240, at: [0.8, 0.75] }],
  ])('is read %s', (_, view) => {
    expect(readPixels(seen(modulesOfSvg(svg), view))).toBe(kText);
  });
  it('is not made up: of a wall, and of half a code, nothing is read', () => {
    const modules = modulesOfSvg(svg);
    expect(readPixels(seen([[false]], { ...kCamera, noise: 60 }))).toBeNull();
    const half = modules.map((row) => row.map((dark, x) => dark && x < row.length / 2));
    expect(readPixels(seen(half, kCamera))).toBeNull();
  });
});
