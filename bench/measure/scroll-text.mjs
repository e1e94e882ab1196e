// @ts-check
/** Fills a terminal with text; with `moving` it adds a line sixty times a second, for ever. */

const LINES = 50;
const COLUMNS = 155;
/** Twice as often as pictures are taken, so that no two pictures are equal. */
const LINE_MS = 1000 / 60;

/** @param {number} number */
function line(number) {
  const words = `${number} the quick brown fox jumps over the lazy dog `;
  return `${words.repeat(4).slice(0, COLUMNS)}\n`;
}

let number = 0;
for (; number < LINES; number += 1) process.stdout.write(line(number));
const moves = process.argv[2] === 'moving';
setInterval(
  () => {
    if (moves) process.stdout.write(line((number += 1)));
  },
  moves ? LINE_MS : 60_000,
);
