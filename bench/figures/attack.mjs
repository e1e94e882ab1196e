// @ts-check
/** What healthy sharers and their viewer notice of a thousand attackers. */
import { Daemon } from '../measure/daemon.mjs';
import { median } from '../measure/median.mjs';
import { peakRssBytes } from '../measure/process-tree.mjs';
import { atMost, atMostRatio } from '../measure/row.mjs';
import { sleep } from '../measure/scratch.mjs';
import { Sending } from '../measure/sending.mjs';

const ATTACKERS = 1000;
const ROUNDS = 3;
const SHARERS = 4;
const FPS = 30;
const SECONDS = 5;
/** The first of everything loads what is loaded once, and the attackers have to come. */
const WARM_SECONDS = 3;
const TIMEOUT_MS = 30_000;
const MOST = 1.2;
const MOST_MB = 256;
const MB = 1_000_000;
const HARMS = /** @type {const} */ ([
  'slow loris',
  'connection flood',
  'record flood',
  'oversize',
  'picture bombs',
]);

export const name = 'attack';
export const atLeast = `${ATTACKERS} attackers: age p99 of healthy sharers at a healthy viewer <= ${MOST} x of without, RSS <= ${MOST_MB} MB`;

/** @typedef {typeof HARMS[number] | 'nobody'} Harm */
/** @typedef {{ p99Ms: number, frames: number, peakBytes: number, connected: number }} Seen */

/** @returns {Promise<import('../run.mjs').Row[]>} */
export async function run() {
  /** @type {Harm[]} */
  const harms = ['nobody', ...HARMS];
  /** @type {Map<Harm, Seen[]>} */
  const seen = new Map(harms.map((harm) => [harm, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const harm of harms) seen.get(harm)?.push(await under(harm));
  }
  const middle = (/** @type {Harm} */ harm, /** @type {keyof Seen} */ key) =>
    median((seen.get(harm) ?? []).map((each) => each[key]));
  const rows = HARMS.map((harm) =>
    atMostRatio(
      {
        what: `age p99, ${harm}`,
        figure: middle(harm, 'p99Ms'),
        reference: middle('nobody', 'p99Ms'),
        against: `without; ${middle(harm, 'connected')} connections, ${middle(harm, 'frames')} of ${middle('nobody', 'frames')} pictures`,
        unit: 'ms',
      },
      MOST,
    ),
  );
  const peaks = HARMS.map((harm) => middle(harm, 'peakBytes') / MB);
  const without = { reference: middle('nobody', 'peakBytes') / MB, against: 'without', unit: 'MB' };
  return [...rows, atMost({ what: 'most RSS', figure: Math.max(...peaks), ...without }, MOST_MB)];
}

/**
 * @param {Harm} harm
 * @returns {Promise<Seen>}
 */
async function under(harm) {
  const daemon = await Daemon.start(['--no-record'], { probe: false });
  const port = daemon.ports.screen;
  const viewer = new Sending({ mode: 'viewers', port, viewers: 1, protocol: 'meet' });
  // They are stopped when it is over.
  const seconds = 60;
  const sharers = new Sending({ mode: 'paced', port, sharers: SHARERS, fps: FPS, seconds });
  /** @type {Sending | undefined} */
  let attackers;
  try {
    await viewer.next('the viewer is connected', TIMEOUT_MS);
    await sharers.next('the sharers are connected', TIMEOUT_MS);
    if (harm !== 'nobody') {
      attackers = new Sending({ mode: 'horde', ports: daemon.ports, attackers: ATTACKERS, harm });
      await attackers.next('the attackers are there', TIMEOUT_MS);
    }
    await sleep(WARM_SECONDS * 1000);
    await told(viewer);
    await sleep(SECONDS * 1000);
    const { p99Ms = 0, frames = 0 } = await told(viewer);
    const { connected = 0 } = attackers === undefined ? {} : await told(attackers);
    return { p99Ms, frames, connected, peakBytes: peakRssBytes(daemon.program.pid) };
  } finally {
    await Promise.all([attackers?.stop(), sharers.stop(), viewer.stop()]);
    await daemon.stop();
  }
}

/** @param {Sending} sending */
async function told(sending) {
  process.kill(sending.program.pid, 'SIGUSR2');
  return sending.next('its figures', TIMEOUT_MS);
}
