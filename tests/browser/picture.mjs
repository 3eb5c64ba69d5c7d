// Pictures of pages, small enough for a repository.

import { crc32, deflateSync } from "node:zlib";

/** The PNG with a palette, a third of the size: text on a page has few colors. */
export async function small(page, png) {
  const { width, height, colors } = await page.evaluate(pixels, png.toString("base64"));
  const frequency = new Map();
  for (const color of colors) frequency.set(color, (frequency.get(color) ?? 0) + 1);
  const byFrequency = [...frequency].sort(([, a], [, b]) => b - a).map(([color]) => color);
  const palette = byFrequency.slice(0, 256);
  const place = new Map(palette.map((color, place) => [color, place]));
  for (const color of byFrequency.slice(256)) place.set(color, place.get(nearest(color, palette)));

  // A row begins with the filter of PNG: 0 is none.
  const rows = Buffer.alloc(height * (width + 1));
  for (const [at, color] of colors.entries()) {
    rows[at + Math.floor(at / width) + 1] = place.get(color);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3], 8); // eight bits, each an index into the palette
  return Buffer.concat([
    png.subarray(0, 8),
    chunk("IHDR", header),
    chunk("PLTE", Buffer.from(palette.flatMap(channels))),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** In the page, which can read pictures: their size, and the color of every pixel as one number. */
async function pixels(base64) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const { width, height } = picture;
  const canvas = new OffscreenCanvas(width, height).getContext("2d");
  canvas.drawImage(picture, 0, 0);
  const { data } = canvas.getImageData(0, 0, width, height);
  const color = (_, at) => (data[4 * at] << 16) | (data[4 * at + 1] << 8) | data[4 * at + 2];
  return { width, height, colors: Array.from({ length: width * height }, color) };
}

const channels = (color) => [color >> 16, (color >> 8) & 255, color & 255];

function nearest(color, palette) {
  const [red, green, blue] = channels(color);
  const distance = (other) => {
    const [r, g, b] = channels(other);
    return (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2;
  };
  return palette.reduce((best, other) => (distance(other) < distance(best) ? other : best));
}

function chunk(name, content) {
  const named = Buffer.concat([Buffer.from(name), content]);
  const whole = Buffer.alloc(named.length + 8);
  whole.writeUInt32BE(content.length, 0);
  whole.set(named, 4);
  whole.writeUInt32BE(crc32(named), named.length + 4);
  return whole;
}
