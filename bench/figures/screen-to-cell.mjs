// @ts-check
/** From a changed pixel on a shared screen to the changed cell in a viewer's terminal. */
import { Daemon } from '../measure/daemon.mjs';
import { FlashingDisplay } from '../measure/flashing-display.mjs';
import { atMost } from '../measure/row.mjs';
import { sleep, withScratch } from '../measure/scratch.mjs';
import { requireNoFault, startShare } from '../measure/share.mjs';
import { openMeet } from '../measure/watching.mjs';

const FPS = 30;
const CHANGES = 60;
/** Between two changes; not in step with the pictures. */
const PAUSE_MS = [180, 210, 250, 170, 230];
const WARM_MS = 3000;
const LOST_MS = 3000;
const SHOWN_MS = 20_000;
const MOST_MS = 150;
/** Colours of changed cells: `48;2;R;G;B`. */
const BACKGROUND = /[34]8;2;(\d+);(\d+);(\d+)/g;
const LIGHT = 170;
const DARK = 80;
/** So many cells of the new colour: more than a cursor. */
const CELLS = 20;

export const name = 'screen-to-cell';
export const atLeast = `pixel change on an X screen to the changed cell: p95 <= ${MOST_MS} ms at ${FPS} fps`;

/** @returns {Promise<import('../run.mjs').Row[]>} */
export async function run() {
  return withScratch(async (folder) => {
    const display = await FlashingDisplay.start(folder);
    const daemon = await Daemon.start(['--no-record'], { probe: false });
    const share = await startShare(daemon, ['--screen', display.name, '--fps', String(FPS)]);
    const args = ['watch', '--ports', daemon.portsOption, '--picture', 'half', '--no-play'];
    const terminal = openMeet(args, { columns: 120, rows: 40 });
    try {
      // One plain colour takes one sequence; the interface has no true colours.
      await terminal.waitFor((text) => text.includes('8;2;'), 'a picture is shown', SHOWN_MS);
      display.flash(true);
      await sleep(WARM_MS);
      const delays = await delaysOf(display, terminal);
      requireNoFault(share);
      return [row(delays)];
    } finally {
      await terminal.stop();
      await share.program.stop();
      await daemon.stop();
      await display.stop();
    }
  });
}

/**
 * @param {FlashingDisplay} display
 * @param {import('../measure/terminal.mjs').Terminal} terminal
 */
async function delaysOf(display, terminal) {
  const delays = [];
  for (let change = 0; change < CHANGES; change += 1) {
    const light = change % 2 === 1;
    const seen = terminal.waitFor((text) => shows(text, light), 'the change', LOST_MS);
    const startedMs = performance.now();
    display.flash(light);
    await seen;
    delays.push(performance.now() - startedMs);
    await sleep(PAUSE_MS[change % PAUSE_MS.length] ?? 0);
  }
  return delays;
}

/**
 * @param {string} text
 * @param {boolean} light
 */
function shows(text, light) {
  let cells = 0;
  for (const [, red, green, blue] of text.matchAll(BACKGROUND)) {
    const channels = [Number(red), Number(green), Number(blue)];
    const isNew = light ? Math.min(...channels) > LIGHT : Math.max(...channels) < DARK;
    if (isNew) cells += 1;
  }
  return cells > 0 && (cells >= CELLS || text.length > 1000);
}

/** @param {readonly number[]} delays */
function row(delays) {
  const sorted = [...delays].sort((one, other) => one - other);
  const at = (/** @type {number} */ share) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  return atMost(
    {
      what: 'pixel to cell, p95',
      figure: at(0.95),
      reference: 1000 / FPS,
      against: `a picture's time; p50 ${at(0.5).toFixed(1)}, most ${at(1).toFixed(1)}, ${sorted.length} changes`,
      unit: 'ms',
    },
    MOST_MS,
  );
}
