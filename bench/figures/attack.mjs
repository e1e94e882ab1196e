// @ts-check
/**
 * What healthy sharers and their viewer notice of a thousand attackers: beside nobody, and beside the
 * same attackers at another daemon, who take as much of the machine and nothing of this daemon.
 */
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
/** @typedef {'this daemon' | 'another daemon'} Target */
/** @typedef {{ p99Ms: number, frames: number, peakBytes: number, connected: number }} Seen */

/** @returns {Promise<import('../run.mjs').Row[]>} */
export async function run() {
  /** @type {Harm[]} */
  const harms = ['nobody', ...HARMS];
  /** @type {Map<Harm, Seen[]>} */
  const seen = new Map(harms.map((harm) => [harm, []]));
  /** @type {Map<Harm, Seen[]>} */
  const beside = new Map(harms.map((harm) => [harm, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const harm of harms) {
      seen.get(harm)?.push(await under(harm, 'this daemon'));
      if (harm !== 'nobody') beside.get(harm)?.push(await under(harm, 'another daemon'));
    }
  }
  const middle = (/** @type {Harm} */ harm, /** @type {keyof Seen} */ key, from = seen) =>
    median((from.get(harm) ?? []).map((each) => each[key]));
  const rows = HARMS.flatMap((harm) => {
    const what = `age p99, ${harm}`;
    const figure = middle(harm, 'p99Ms');
    const without = middle('nobody', 'p99Ms');
    const pictures = `${middle(harm, 'frames')} of ${middle('nobody', 'frames')} pictures`;
    const against = `without; ${middle(harm, 'connected')} connections, ${pictures}`;
    const there = middle(harm, 'p99Ms', beside);
    return [
      atMostRatio({ what, figure, reference: without, against, unit: 'ms' }, MOST),
      atMostRatio(
        { what, figure, reference: there, against: 'they are at another daemon', unit: 'ms' },
        MOST,
      ),
    ];
  });
  const peaks = HARMS.map((harm) => middle(harm, 'peakBytes') / MB);
  const without = { reference: middle('nobody', 'peakBytes') / MB, against: 'without', unit: 'MB' };
  return [...rows, atMost({ what: 'most RSS', figure: Math.max(...peaks), ...without }, MOST_MB)];
}

/**
 * @param {Harm} harm
 * @param {Target} target
 * @returns {Promise<Seen>}
 */
async function under(harm, target) {
  const daemon = await Daemon.start(['--no-record'], { probe: false });
  const other = await Daemon.start(['--no-record'], { probe: false });
  const { ports } = target === 'this daemon' ? daemon : other;
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
      attackers = new Sending({ mode: 'horde', ports, attackers: ATTACKERS, harm });
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
    await Promise.all([daemon.stop(), other.stop()]);
  }
}

/** @param {Sending} sending */
async function told(sending) {
  process.kill(sending.program.pid, 'SIGUSR2');
  return sending.next('its figures', TIMEOUT_MS);
}
