// @ts-check
/**
 * What sharing a 1920x1080 screen at 30 pictures a second costs, all processes of `meet share`
 * together, beside the bare ffmpeg command of the same display and quality.
 */
import { readFileSync } from 'node:fs';
import { Daemon } from '../measure/daemon.mjs';
import { Display } from '../measure/display.mjs';
import { alternate, median } from '../measure/median.mjs';
import { cpuMsOfTree, pidsOfTree } from '../measure/process-tree.mjs';
import { Program } from '../measure/program.mjs';
import { atLeastRatio, atMostRatio } from '../measure/row.mjs';
import { sleep, withScratch } from '../measure/scratch.mjs';
import { requireNoFault, startShare } from '../measure/share.mjs';

const ROUNDS = 4;
const WARM_MS = 2000;
const WINDOW_MS = 8000;
const FPS = 30;
const MOST = 1.15;
/** Fewer pictures cost less: then the figure would say nothing. */
const LEAST_PICTURES = 0.97;

/** @typedef {{ cpuMsAPicture: number, fps: number }} Cost */

export const name = 'share-cpu';
export const atLeast = `sharing 1920x1080 at ${FPS} fps: at most ${MOST} x the CPU of bare ffmpeg`;

/** @returns {Promise<import('../run.mjs').Row[]>} */
export async function run() {
  const display = await Display.start('moving');
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
  try {
    const { quality } = await costOfShare(daemon, display);
    const { ours, reference } = await alternate(
      ROUNDS,
      () => costOfShare(daemon, display),
      () => costOfFfmpeg(display, quality),
    );
    return rows(ours, reference, quality);
  } finally {
    await daemon.stop();
  }
}

/**
 * @param {readonly Cost[]} ours
 * @param {readonly Cost[]} reference
 * @param {string} quality
 */
function rows(ours, reference, quality) {
  const against = `ffmpeg -q:v ${quality} alone, > /dev/null`;
  const middle = (/** @type {readonly Cost[]} */ costs, /** @type {keyof Cost} */ key) =>
    median(costs.map((cost) => cost[key]));
  return [
    atMostRatio(
      {
        // By the picture, so that a moment in which one of them got fewer does not count.
        what: `CPU a picture, median of ${ROUNDS}`,
        figure: middle(ours, 'cpuMsAPicture'),
        reference: middle(reference, 'cpuMsAPicture'),
        against,
        unit: 'ms',
      },
      MOST,
    ),
    atLeastRatio(
      {
        what: 'pictures a second meanwhile',
        figure: middle(ours, 'fps'),
        reference: middle(reference, 'fps'),
        against,
        unit: 'fps',
      },
      LEAST_PICTURES,
    ),
  ];
}

/**
 * @param {Daemon} daemon
 * @param {string} display
 * @returns {Promise<Cost & { quality: string }>}
 */
async function costOfShare(daemon, display) {
  const args = ['--screen', display, '--size', '1920x1080', '--fps', String(FPS)];
  const share = await startShare(daemon, args);
  const { program } = share;
  try {
    await sleep(WARM_MS);
    const cost = await window(program.pid, async () => {
      await daemon.waitFor((event) => event.event === 'stats', 'stats', WARM_MS);
      return daemon.total('screen', 'frames');
    });
    requireNoFault(share);
    return { ...cost, quality: ffmpegQuality(program.pid) };
  } finally {
    await program.stop();
  }
}

/**
 * @param {string} display
 * @param {string} quality
 * @returns {Promise<Cost>}
 */
async function costOfFfmpeg(display, quality) {
  const program = new Program(
    'ffmpeg',
    [
      ...['-nostdin', '-hide_banner', '-loglevel', 'error', '-nostats'],
      ...['-stats_period', '0.1', '-progress', 'pipe:2'],
      ...['-f', 'x11grab', '-framerate', String(FPS), '-video_size', '1920x1080', '-i', display],
      // Left to itself it fills gaps on a busy machine with copies, and counts them.
      ...['-fps_mode', 'vfr', '-pix_fmt', 'yuvj420p', '-q:v', quality, '-f', 'mjpeg', '-'],
    ],
    { quiet: true },
  );
  let frames = 0;
  program.errorLines.on('line', (line) => {
    frames = Number(/^frame=(\d+)/.exec(line)?.[1] ?? frames);
  });
  try {
    await sleep(WARM_MS);
    return await window(program.pid, async () => frames);
  } finally {
    await program.stop();
  }
}

/**
 * @param {number} pid
 * @param {() => Promise<number>} countFrames
 * @returns {Promise<Cost>}
 */
async function window(pid, countFrames) {
  const framesBefore = await countFrames();
  const startedMs = performance.now();
  const cpuBeforeMs = cpuMsOfTree(pid);
  await sleep(WINDOW_MS);
  const cpuMs = cpuMsOfTree(pid) - cpuBeforeMs;
  const tookMs = performance.now() - startedMs;
  const framesAfter = await countFrames();
  const countedMs = performance.now() - startedMs;
  const fps = ((framesAfter - framesBefore) * 1000) / countedMs;
  return { cpuMsAPicture: ((cpuMs / tookMs) * 1000) / fps, fps };
}

/**
 * The quality that the share gave its ffmpeg, so that both encode alike.
 *
 * @param {number} pid
 */
function ffmpegQuality(pid) {
  const commands = pidsOfTree(pid).map((child) =>
    readFileSync(`/proc/${child}/cmdline`, 'utf8').split('\0'),
  );
  const args = commands.find((command) => command.includes('x11grab')) ?? [];
  const quality = args[args.indexOf('-q:v') + 1];
  if (!args.includes('-q:v') || quality === undefined) {
    throw new Error('the share runs no ffmpeg with x11grab and -q:v');
  }
  return quality;
}
