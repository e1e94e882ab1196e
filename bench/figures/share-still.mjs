// @ts-check
/** What a screen on which nothing moves sends, beside one on which text scrolls. */
import { ByteTap } from '../measure/byte-tap.mjs';
import { Daemon } from '../measure/daemon.mjs';
import { Display } from '../measure/display.mjs';
import { atMostRatio } from '../measure/row.mjs';
import { sleep, withScratch } from '../measure/scratch.mjs';
import { requireNoFault, startShare } from '../measure/share.mjs';

const WARM_MS = 2000;
const WINDOW_MS = 8000;
const MOST = 0.02;
const KB = 1000;

export const name = 'share-still';
export const atLeast = 'the same screen with nothing moving: at most 2 % of the bytes';

/** @returns {Promise<import('../run.mjs').Row[]>} */
export async function run() {
  const moving = await bytesPerSecond('moving');
  const still = await bytesPerSecond('still');
  return [
    atMostRatio(
      {
        what: 'bytes sent, nothing moves',
        figure: still / KB,
        reference: moving / KB,
        against: 'a quarter of the screen scrolls',
        unit: 'kB/s',
      },
      MOST,
    ),
  ];
}

/** @param {'moving' | 'still'} content */
async function bytesPerSecond(content) {
  const display = await Display.start(content);
  try {
    return await withScratch((folder) => measure(display.name, folder));
  } finally {
    await display.stop();
  }
}

/**
 * @param {string} display
 * @param {string} folder
 */
async function measure(display, folder) {
  const daemon = await Daemon.start(['--record', folder]);
  const tap = new ByteTap(daemon.ports.screen);
  try {
    const ports = `${await tap.listen()},${daemon.ports.video},${daemon.ports.audio}`;
    const args = ['--screen', display, '--size', '1920x1080', '--fps', '30'];
    const share = await startShare(daemon, args, ports);
    try {
      await sleep(WARM_MS);
      const before = tap.bytes;
      const startedMs = performance.now();
      await sleep(WINDOW_MS);
      requireNoFault(share);
      return ((tap.bytes - before) * 1000) / (performance.now() - startedMs);
    } finally {
      await share.program.stop();
    }
  } finally {
    await daemon.stop();
    await tap.stop();
  }
}
