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
/** The first of everything loads what is loaded once, and the attackers have to come, or to be gone. */
const WARM_SECONDS = 3;
const TIMEOUT_MS = 30_000;
/** The bench's sharers and viewers answer no pings. */
const OPTIONS = ['--no-record', '--limit', 'pings-unanswered=100'];
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

/** @typedef {typeof HARMS[number]} Harm */
/** @typedef {'this daemon' | 'another daemon'} Target */
/** @typedef {{ p99Ms: number, frames: number, connected: number }} Seen */
/** @typedef {{ attacked: Seen[], left: Seen[], peakBytes: number }} Rounds */

/** @returns {Promise<import('../run.mjs').Row[]>} */
export async function run() {
  /** @type {import('../run.mjs').Row[]} */
  const rows = [];
  const peaks = [];
  for (const harm of HARMS) {
    const here = await under(harm, 'this daemon');
    const there = await under(harm, 'another daemon');
    const what = `age p99, ${harm}`;
    const figure = middle(here.attacked, 'p99Ms');
    const without = middle([...here.left, ...there.left], 'p99Ms');
    const pictures = `${middle(here.attacked, 'frames')} of ${middle(here.left, 'frames')} pictures`;
    const against = `without; ${middle(here.attacked, 'connected')} connections, ${pictures}`;
    const elsewhere = middle(there.attacked, 'p99Ms');
    rows.push(
      atMostRatio({ what, figure, reference: without, against, unit: 'ms' }, MOST),
      atMostRatio(
        { what, figure, reference: elsewhere, against: 'they are at another daemon', unit: 'ms' },
        MOST,
      ),
    );
    peaks.push({ here: here.peakBytes / MB, there: there.peakBytes / MB });
  }
  const figure = Math.max(...peaks.map(({ here }) => here));
  const reference = median(peaks.map(({ there }) => there));
  const most = { what: 'most RSS', figure, reference, against: 'without', unit: 'MB' };
  return [...rows, atMost(most, MOST_MB)];
}

/**
 * @param {readonly Seen[]} seen
 * @param {keyof Seen} key
 */
function middle(seen, key) {
  return median(seen.map((each) => each[key]));
}

/**
 * They come and go in turns, so that what else the machine does meanwhile is in both.
 *
 * @param {Harm} harm
 * @param {Target} target
 * @returns {Promise<Rounds>}
 */
async function under(harm, target) {
  const daemon = await Daemon.start(OPTIONS, { probe: false });
  const other = await Daemon.start(OPTIONS, { probe: false });
  const { ports } = target === 'this daemon' ? daemon : other;
  const port = daemon.ports.screen;
  const viewer = new Sending({ mode: 'viewers', port, viewers: 1, protocol: 'meet' });
  // They are stopped when it is over.
  const seconds = 120;
  const sharers = new Sending({ mode: 'paced', port, sharers: SHARERS, fps: FPS, seconds });
  /** @type {Rounds} */
  const rounds = { attacked: [], left: [], peakBytes: 0 };
  try {
    await viewer.next('the viewer is connected', TIMEOUT_MS);
    await sharers.next('the sharers are connected', TIMEOUT_MS);
    for (let round = 0; round < ROUNDS; round += 1) {
      rounds.left.push(await seenBy(viewer));
      const attackers = new Sending({ mode: 'horde', ports, attackers: ATTACKERS, harm });
      try {
        await attackers.next('the attackers are there', TIMEOUT_MS);
        const seen = await seenBy(viewer);
        const { connected = 0 } = await told(attackers);
        rounds.attacked.push({ ...seen, connected });
      } finally {
        await attackers.stop();
      }
    }
    return { ...rounds, peakBytes: peakRssBytes(daemon.program.pid) };
  } finally {
    await Promise.all([sharers.stop(), viewer.stop()]);
    await Promise.all([daemon.stop(), other.stop()]);
  }
}

/**
 * After a while, in which what has just changed comes to rest.
 *
 * @param {Sending} viewer
 * @returns {Promise<Seen>}
 */
async function seenBy(viewer) {
  await sleep(WARM_SECONDS * 1000);
  await told(viewer);
  await sleep(SECONDS * 1000);
  const { p99Ms = 0, frames = 0 } = await told(viewer);
  return { p99Ms, frames, connected: 0 };
}

/** @param {Sending} sending */
async function told(sending) {
  process.kill(sending.program.pid, 'SIGUSR2');
  return sending.next('its figures', TIMEOUT_MS);
}
