// @ts-check
/** Four clients of the older framing with a webcam each: pickles in, JPEGs out, nothing lost. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findPython3 } from '../../test/setup/program-table.mjs';
import { Daemon } from '../measure/daemon.mjs';
import { runProgram } from '../measure/program.mjs';
import { atMost, equal } from '../measure/row.mjs';
import { sleep, withScratch } from '../measure/scratch.mjs';
import { Sending } from '../measure/sending.mjs';

const MAKE_PICKLES = fileURLToPath(new URL('../make-pickles.py', import.meta.url));
const CLIENTS = 4;
const FPS = 30;
const SECONDS = 10;
const DIFFERENT_PICTURES = 30;
const TIMEOUT_MS = 60_000;
const SETTLED_MS = 5000;
const IDLE_MS = 2000;

export const name = 'older-video';
export const atLeast =
  'older video framing, 4 clients of 640x480 at 30 fps: no loss, event-loop delay p99 <= 10 ms';

/** @returns {Promise<import('../run.mjs').Row[]>} */
export async function run() {
  return withScratch(async (folder) => {
    const pickles = join(folder, 'pickles');
    const python = findPython3();
    if (python === undefined) {
      throw new Error('no python3 here imports numpy (apt-get install python3-numpy)');
    }
    await runProgram(python, [MAKE_PICKLES, pickles, String(DIFFERENT_PICTURES), '640', '480']);
    return measure(pickles);
  });
}

/** @param {string} pickles */
async function measure(pickles) {
  const daemon = await Daemon.start(['--no-record']);
  const { ports } = daemon;
  try {
    await sleep(IDLE_MS);
    const idle = await daemon.readProbe();
    const rate = { clients: CLIENTS, fps: FPS, seconds: SECONDS };
    const sender = new Sending({ mode: 'older', ports, pickles, ...rate });
    try {
      await sender.next('the clients are connected', TIMEOUT_MS);
      daemon.resetProbe();
      const { sent = 0, missed = 0 } = await sender.next('the clients are done', TIMEOUT_MS);
      const loaded = await daemon.readProbe();
      await daemon
        .waitFor(() => taken(daemon) >= sent, 'all frames counted', SETTLED_MS)
        .catch(() => undefined);
      return rows(daemon, { sent, missed }, { loaded, idle });
    } finally {
      await sender.stop();
    }
  } finally {
    await daemon.stop();
  }
}

/** @param {Daemon} daemon */
function taken(daemon) {
  return daemon.total('video', 'frames');
}

/**
 * @param {Daemon} daemon
 * @param {{ sent: number, missed: number }} sender
 * @param {Record<'loaded' | 'idle', import('../measure/daemon.mjs').Probe>} probes
 */
function rows(daemon, { sent, missed }, { loaded, idle }) {
  const dropped = daemon.total('video', 'dropped');
  return [
    equal({
      what: 'pictures taken and encoded',
      figure: taken(daemon),
      reference: CLIENTS * FPS * SECONDS,
      against: `due; the sender sent ${sent}, missed ${missed}; the daemon dropped ${dropped}`,
      unit: 'frames',
    }),
    atMost(
      {
        what: 'event-loop delay p99',
        figure: loaded.loopP99Ms,
        reference: idle.loopP99Ms,
        against: `the same daemon idle; loaded p50 ${loaded.loopP50Ms}, max ${loaded.loopMaxMs}`,
        unit: 'ms',
      },
      10,
    ),
  ];
}
