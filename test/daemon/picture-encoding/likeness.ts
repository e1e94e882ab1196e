/** Pictures for tests and how like each other two of them are. */

/**
 * BGR pixels without noise, so that JPEG keeps them well: blue grows to the right, green downwards,
 * red is low on the left half and high on the right: swapped colours are far off.
 */
export function plainPicture(width: number, height: number): Buffer {
  const bgr = Buffer.alloc(width * height * 3);
  for (let at = 0; at < width * height; at += 1) {
    const x = at % width;
    const y = Math.floor(at / width);
    bgr.set([(x * 255) / width, (y * 255) / height, x < width / 2 ? 30 : 220], at * 3);
  }
  return bgr;
}

/** Peak signal-to-noise ratio in dB; Infinity for equal pixels. Sizes must agree. */
export function likeness(one: Buffer, other: Buffer): number {
  if (one.length !== other.length) throw new Error(`${one.length} and ${other.length} bytes`);
  let squares = 0;
  for (let at = 0; at < one.length; at += 1) squares += ((one[at] ?? 0) - (other[at] ?? 0)) ** 2;
  return 10 * Math.log10(255 ** 2 / (squares / one.length));
}
