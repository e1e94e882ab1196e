/**
 * Reads a QR code as a terminal or a file shows it: two rows of modules in each line of half blocks,
 * or one in ASCII. Owns the reading of the lines; the decoding is the qr package's.
 */
import decodeQR from 'qr/decode.js';

/** Pixels of a module: the decoder looks for what a camera sees. */
const SCALE = 4;
const UPPER_DARK = '█▀';
const LOWER_DARK = '█▄';

/** Lines of anything else, such as the URL behind it, are left out. */
export function decodeQrLines(text: string): string {
  const lines = text.split(/\r?\n/).map((line) => line.replace(/\u001b\[(?:30;107|0)m/g, ''));
  const blocks = lines.filter((line) => /^[█▀▄ ]+$/u.test(line)).map((line) => Array.from(line));
  const ascii = lines
    .map((line) => line.replace(/\u001b\[40m {2}/g, '##').replace(/\u001b\[107m/g, ''))
    .filter((line) => /^[# ]+$/.test(line) && line.includes('#'));
  const rows = blocks.some((line) => line.includes('█'))
    ? blocks.flatMap((line) => [
        line.map((cell) => UPPER_DARK.includes(cell)),
        line.map((cell) => LOWER_DARK.includes(cell)),
      ])
    : ascii.map((line) => (line.match(/../g) ?? []).map((cell) => cell === '##'));
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
