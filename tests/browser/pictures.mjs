// pictures.mjs: pictures for the tests, made here.
import { crc32, deflateSync } from 'node:zlib';

function crcOf(bytes) {
  if (crc32) return crc32(bytes); // Node 20.15; before that the table
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; ++i) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name, 'ascii'), data]);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(data.length);
  const tail = Buffer.alloc(4);
  tail.writeUInt32BE(crcOf(body) >>> 0);
  return Buffer.concat([head, body, tail]);
}
/** `colour(x, y)`: red, green and blue, at most 255. */
export function pngOf(width, height, colour) {
  const rows = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0; y < height; ++y) {
    for (let x = 0; x < width; ++x) rows.set(colour(x, y), y * (1 + width * 3) + 1 + x * 3);
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
/** A PNG with a wall, a door and something in front of it; `tone` makes it another picture. */
export const picture = (width, height, tone) =>
  pngOf(width, height, (x, y) => {
    const door = x > width * 0.35 && x < width * 0.65 && y > height * 0.2;
    const thing = x > width * 0.45 && x < width * 0.8 && y > height * 0.65;
    const grain = (x * 7 + y * 13) % 17;
    return [(thing ? tone : door ? 120 : 205) + grain, (thing ? 90 : door ? 84 : 200) + grain, (thing ? 60 : door ? 50 : 188) + grain];
  });
