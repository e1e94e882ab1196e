/**
 * Reads a QR code as a terminal shows it: two rows of modules in each line of half blocks, dark on
 * light. Owns the reading of the lines; the decoding is the qr package's.
 */
import decodeQR from 'qr/decode.js';

/** Pixels of a module: the decoder looks for what a camera sees. */
const SCALE = 4;
const UPPER_DARK = '█▀';
const LOWER_DARK = '█▄';

export function decodeQrLines(text: string): string {
  const lines = [...text.matchAll(/\u001b\[30;107m([█▀▄ ]+)\u001b\[0m/gu)].map(([, line]) =>
    Array.from(line ?? ''),
  );
  const rows = lines.flatMap((line) => [
    line.map((cell) => UPPER_DARK.includes(cell)),
    line.map((cell) => LOWER_DARK.includes(cell)),
  ]);
  const width = (rows[0]?.length ?? 0) * SCALE;
  const height = rows.length * SCALE;
  const data = new Uint8Array(width * height * 4).fill(255);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const dark = rows[Math.floor(y / SCALE)]?.[Math.floor(x / SCALE)] === true;
      if (dark) data.fill(0, (y * width + x) * 4, (y * width + x) * 4 + 3);
    }
  }
  return decodeQR({ width, height, data });
}
