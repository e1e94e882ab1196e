// @ts-check
/** What the dashboard costs while four pictures move in it. */
import { makePictures } from '../measure/clip.mjs';
import { Daemon } from '../measure/daemon.mjs';
import { cpuMsOfTree } from '../measure/process-tree.mjs';
import { atMost } from '../measure/row.mjs';
import { sleep, withScratch } from '../measure/scratch.mjs';
import { Sending } from '../measure/sending.mjs';
import { openMeet, untilPictures, withProbe } from '../measure/watching.mjs';

const TILES = 4;
const FPS = 15;
const SIZE = '640x360';
const SCREEN = { columns: 120, rows: 40 };
const PICTURES = 60;
const WARM_MS = 2000;
const WINDOW_MS = 10_000;
const TIMEOUT_MS = 60_000;

export const name = 'dashboard';
export const atLeast = `${TILES} tiles at ${FPS} fps, 120x40, truecolour: <= 0.35 core, event-loop gap p99 <= 16 ms`;

/** @returns {Promise<import('../run.mjs').Row[]>} */
export async function run() {
  return withScratch(async (folder) => {
    const pictures = await makePictures(folder, PICTURES, SIZE);
    const daemon = await Daemon.start(['--no-record'], { probe: false });
    const { video } = daemon.ports;
    const rate = { sharers: TILES, fps: FPS, seconds: 60 };
    const sender = new Sending({ mode: 'tiles', port: video, pictures, ...rate });
    try {
      await sender.next('the cameras are connected', TIMEOUT_MS);
      const args = ['watch', '--ports', daemon.portsOption, '--no-play'];
      const cost = await costOf(args);
      const gap = await gapOf(folder, args);
      return rows(cost, gap);
    } finally {
      await sender.stop();
      await daemon.stop();
    }
  });
}

/**
 * Without the probe, which is no part of it.
 *
 * @param {readonly string[]} args
 */
async function costOf(args) {
  const terminal = openMeet(args, SCREEN);
  try {
    await untilPictures(terminal);
    await sleep(WARM_MS);
    const [cpuMs, bytes, startedMs] = [
      cpuMsOfTree(terminal.pid),
      terminal.bytes,
      performance.now(),
    ];
    await sleep(WINDOW_MS);
    const tookMs = performance.now() - startedMs;
    return {
      cores: (cpuMsOfTree(terminal.pid) - cpuMs) / tookMs,
      kilobytesPerSecond: (terminal.bytes - bytes) / tookMs,
    };
  } finally {
    await terminal.stop();
  }
}

/**
 * @param {string} folder
 * @param {readonly string[]} args
 */
function gapOf(folder, args) {
  return withProbe(folder, args, SCREEN, async (terminal, read) => {
    await untilPictures(terminal);
    await sleep(WARM_MS);
    await read();
    await sleep(WINDOW_MS);
    return read();
  });
}

/**
 * @param {{ cores: number, kilobytesPerSecond: number }} cost
 * @param {import('../measure/daemon.mjs').Probe} gap
 */
function rows({ cores, kilobytesPerSecond }, { loopP50Ms, loopP99Ms, loopMaxMs }) {
  return [
    atMost(
      {
        what: 'CPU, the whole process',
        figure: cores,
        reference: 1,
        against: `a core; ${Math.round(kilobytesPerSecond)} kB/s to the terminal`,
        unit: 'core',
      },
      0.35,
    ),
    atMost(
      {
        what: 'event-loop gap p99',
        figure: loopP99Ms,
        reference: loopMaxMs,
        against: `the longest; p50 ${loopP50Ms.toFixed(2)}`,
        unit: 'ms',
      },
      16,
    ),
  ];
}
