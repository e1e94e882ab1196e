// @ts-check
/**
 * One clip on the whole terminal with half blocks, beside mpv and timg playing it: the same cells, the
 * same pictures. Ours is `meet watch`, which gets JPEGs; mpv and timg decode the file as well, which
 * here `meet share` does, elsewhere: its CPU and the daemon's stand beside and are not in the ratio.
 */
import { makeClip } from '../measure/clip.mjs';
import { Daemon } from '../measure/daemon.mjs';
import { median } from '../measure/median.mjs';
import { cpuMsOfTree } from '../measure/process-tree.mjs';
import { requireProgram } from '../measure/program.mjs';
import { atLeastRatio, atMostRatio } from '../measure/row.mjs';
import { sleep, withScratch } from '../measure/scratch.mjs';
import { requireNoFault, startShare } from '../measure/share.mjs';
import { Terminal } from '../measure/terminal.mjs';
import { openMeet, untilPictures } from '../measure/watching.mjs';

const SCREEN = { columns: 120, rows: 40 };
/** What a picture of 16:9 has of that screen beside the dashboard's lines. */
const PICTURE = { columns: 120, rows: 34 };
const FPS = 30;
const CLIP_SECONDS = 6;
const ROUNDS = 2;
/**
 * V8 still compiles what the lines around the picture need: measured, 3.9 ms a picture from the 4th to
 * the 9th second and 3.1 ms from the 10th on. All players get as long.
 */
const WARM_MS = 10_000;
const WINDOW_MS = 5000;
const MOST = 0.5;
/** Fewer pictures cost less: then the figure would say nothing. */
const LEAST_FPS = 0.9;

export const name = 'clip';
export const atLeast = `a ${FPS} fps clip, half blocks, beside mpv --vo=tct and timg: CPU and bytes <= ${MOST} x each`;

/** @typedef {{ cores: number, kilobytesPerSecond: number, besideCores: number, fps: number }} Cost */

/** @returns {Promise<import('../run.mjs').Row[]>} */
export async function run() {
  requireProgram('mpv', 'mpv');
  requireProgram('timg', 'timg');
  return withScratch(async (folder) => {
    const clip = await makeClip(folder, CLIP_SECONDS);
    /** @type {Cost[][]} */
    const costs = [[], [], []];
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [player, costOf] of [costOfMeet, costOfMpv, costOfTimg].entries()) {
        costs[player]?.push(await costOf(clip));
      }
    }
    const [ours, mpv, timg] = costs.map(medianCost);
    if (!ours || !mpv || !timg) throw new Error('a player was not measured');
    return [...rows(ours, mpv, 'mpv --vo=tct'), ...rows(ours, timg, 'timg -ph')];
  });
}

/**
 * @param {readonly Cost[]} costs
 * @returns {Cost}
 */
function medianCost(costs) {
  const of = (/** @type {keyof Cost} */ key) => median(costs.map((cost) => cost[key]));
  const [cores, kilobytesPerSecond] = [of('cores'), of('kilobytesPerSecond')];
  return { cores, kilobytesPerSecond, besideCores: of('besideCores'), fps: of('fps') };
}

/** @param {string} clip */
async function costOfMeet(clip) {
  const daemon = await Daemon.start(['--no-record'], { probe: false });
  const video = ['--video', `file:${clip}`, '--video-fps', String(FPS)];
  const share = await startShare(daemon, ['--name', 'clip', ...video]);
  const args = ['--ports', daemon.portsOption, '--picture', 'half', '--no-play', 'clip/video'];
  const terminal = openMeet(['watch', ...args], SCREEN);
  try {
    await untilPictures(terminal);
    // Each frame ends with a question.
    const sharing = () => cpuMsOfTree(share.program.pid) + cpuMsOfTree(daemon.program.pid);
    const cost = await costIn(terminal, '\x1b[5n', sharing);
    requireNoFault(share);
    return cost;
  } finally {
    await terminal.stop();
    await share.program.stop();
    await daemon.stop();
  }
}

/** @param {string} clip */
async function costOfMpv(clip) {
  const size = [`--vo-tct-width=${PICTURE.columns}`, `--vo-tct-height=${PICTURE.rows}`];
  const quiet = ['--no-config', '--no-audio', '--really-quiet', '--loop'];
  // It goes to each line of a picture, from 0 or from 1 on: one in the middle tells a picture.
  return costOfPlayer('mpv', [...quiet, '--vo=tct', ...size, clip], `\x1b[${PICTURE.rows / 2};`);
}

/** @param {string} clip */
async function costOfTimg(clip) {
  const size = `-g${PICTURE.columns}x${PICTURE.rows}`;
  // Before each picture it goes back up.
  return costOfPlayer('timg', ['-V', '-ph', size, '--loops=-1', clip], `\x1b[${PICTURE.rows}A`);
}

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {string} mark
 */
async function costOfPlayer(program, args, mark) {
  const terminal = new Terminal(program, args, SCREEN);
  try {
    await untilPictures(terminal);
    return await costIn(terminal, mark, () => 0);
  } finally {
    await terminal.stop();
  }
}

/**
 * @param {Terminal} terminal
 * @param {string} mark What comes once for each picture.
 * @param {() => number} besideMs CPU of what belongs to it and is no part of the figure.
 */
async function costIn(terminal, mark, besideMs) {
  await sleep(WARM_MS);
  let pictures = 0;
  let end = '';
  const stop = terminal.onText((text) => {
    const parts = (end + text).split(mark);
    pictures += parts.length - 1;
    end = (parts.at(-1) ?? '').slice(-mark.length + 1);
  });
  const before = [cpuMsOfTree(terminal.pid), terminal.bytes, besideMs()];
  const startedMs = performance.now();
  await sleep(WINDOW_MS);
  const tookMs = performance.now() - startedMs;
  const after = [cpuMsOfTree(terminal.pid), terminal.bytes, besideMs()];
  stop();
  const [cores = 0, kilobytesPerSecond = 0, besideCores = 0] = after.map(
    (value, index) => (value - (before[index] ?? 0)) / tookMs,
  );
  return { cores, kilobytesPerSecond, besideCores, fps: (pictures * 1000) / tookMs };
}

/**
 * @param {Cost} ours
 * @param {Cost} theirs
 * @param {string} player
 */
function rows(ours, theirs, player) {
  return [
    atMostRatio(
      {
        // By the picture, so that a moment in which one of them showed fewer does not count.
        what: 'CPU a picture, meet watch alone',
        figure: (ours.cores * 1000) / ours.fps,
        reference: (theirs.cores * 1000) / theirs.fps,
        against: `${player}; it decodes the file, too; here share and daemon do: ${ours.besideCores.toFixed(2)} core beside`,
        unit: 'ms',
      },
      MOST,
    ),
    atMostRatio(
      {
        what: 'bytes a picture',
        figure: ours.kilobytesPerSecond / ours.fps,
        reference: theirs.kilobytesPerSecond / theirs.fps,
        against: player,
        unit: 'kB',
      },
      MOST,
    ),
    atLeastRatio(
      {
        what: 'pictures shown a second',
        figure: ours.fps,
        reference: theirs.fps,
        against: player,
        unit: 'fps',
      },
      LEAST_FPS,
    ),
  ];
}
