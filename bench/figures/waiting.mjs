// @ts-check
/** What a thousand peers that wait to be let in take, and what those in the meeting notice of them. */
import { Daemon } from '../measure/daemon.mjs';
import { median } from '../measure/median.mjs';
import { ownAddress } from '../measure/own-address.mjs';
import { rssBytes } from '../measure/process-tree.mjs';
import { relay } from '../measure/relayed.mjs';
import { atMost, atMostRatio } from '../measure/row.mjs';
import { sleep } from '../measure/scratch.mjs';
import { Sending } from '../measure/sending.mjs';

const PEERS = 1000;
const ROUNDS = 3;
const MOST_MB = 25;
const MOST_RATIO = 1.2;
const SECONDS = 5;
const WARM_SECONDS = 1;
const SETTLE_MS = 2000;
const TIMEOUT_MS = 60_000;
const MB = 1_000_000;
const MOST = 2 * PEERS + 100;
const LIMITS = `connections=${MOST + 100},connections-per-address=${MOST},early-drop-begin=${MOST},early-drop-full=${MOST + 100}`;

export const name = 'waiting';
export const atLeast = `${PEERS} waiting peers: <= ${MOST_MB} MB of RSS, healthy p99 <= ${MOST_RATIO} x of without`;

/** @typedef {'nobody' | 'plain' | 'TLS'} Who */
/** @typedef {{ idle: number, taken: number, more: number, p99Ms: number }} Seen Memory in bytes; `more`: of as many again. */

/** @returns {Promise<import('../run.mjs').Row[]>} */
export async function run() {
  /** @type {Record<Who, Seen[]>} */
  const seen = { nobody: [], plain: [], TLS: [] };
  const whos = /** @type {const} */ (['nobody', 'plain', 'TLS']);
  for (let round = 0; round < ROUNDS; round += 1) {
    // The first of a round may find a colder machine; let each be the first in turn.
    for (let turn = 0; turn < whos.length; turn += 1) {
      const who = whos[(turn + round) % whos.length] ?? 'nobody';
      seen[who].push(await healthy(who));
    }
  }
  const middle = (/** @type {Who} */ who, /** @type {keyof Seen} */ key) =>
    median(seen[who].map((each) => each[key]));
  return /** @type {const} */ (['plain', 'TLS']).flatMap((who) => [
    atMost(
      {
        what: `RSS of ${PEERS} waiting in ${who}`,
        figure: middle(who, 'taken') / MB,
        reference: middle(who, 'idle') / MB,
        against: 'the daemon with one that waits',
        unit: 'MB',
      },
      MOST_MB,
    ),
    // The first thousand also bring in what V8 makes of code that has become hot.
    atMost(
      {
        what: `RSS of ${PEERS} more in ${who}`,
        figure: middle(who, 'more') / MB,
        reference: middle(who, 'taken') / MB,
        against: `the first ${PEERS}`,
        unit: 'MB',
      },
      MOST_MB,
    ),
    atMostRatio(
      {
        what: `age p99 at viewers, ${who} waiting`,
        figure: middle(who, 'p99Ms'),
        reference: middle('nobody', 'p99Ms'),
        against: 'nobody waits',
        unit: 'ms',
      },
      MOST_RATIO,
    ),
  ]);
}

/**
 * A fresh daemon each time: what one round frees would hide what the next one takes.
 *
 * @param {Who} who
 * @returns {Promise<Seen>}
 */
async function healthy(who) {
  const daemon = await Daemon.start(['--no-record', '--limit', LIMITS], { probe: false });
  const { pid } = daemon.program;
  const port = daemon.ports.screen;
  /** @type {Sending[]} */
  const waiting = [];
  const come = async (/** @type {number} */ peers) => {
    const crowd = new Sending({
      ...{ mode: 'waiting', port, host: ownAddress(), peers },
      tls: who === 'TLS',
    });
    waiting.push(crowd);
    await crowd.next(`${peers} wait`, TIMEOUT_MS);
    await sleep(SETTLE_MS);
    return rssBytes(pid);
  };
  try {
    // Code and buffers that the first of its kind ever brings in are the daemon's, not each one's.
    const idle = who === 'nobody' ? rssBytes(pid) : await come(1);
    const full = who === 'nobody' ? idle : await come(PEERS);
    const length = { seconds: SECONDS, warmSeconds: WARM_SECONDS };
    const { p99Ms } = await relay(pid, port, length);
    await expectThere(waiting.at(-1));
    const before = rssBytes(pid);
    const more = who === 'nobody' ? before : await come(PEERS);
    return { idle, taken: full - idle, more: more - before, p99Ms };
  } finally {
    await Promise.all(waiting.map((crowd) => crowd.stop()));
    await daemon.stop();
  }
}

/** @param {Sending | undefined} crowd */
async function expectThere(crowd) {
  if (crowd === undefined) return;
  process.kill(crowd.program.pid, 'SIGUSR2');
  const { waiting } = await crowd.next('how many still wait', TIMEOUT_MS);
  if (waiting !== PEERS) throw new Error(`${waiting} of ${PEERS} peers waited to the end`);
}
