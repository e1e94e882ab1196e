// @ts-check
/** What a participant costs who is only there: three connections, pings, no stream. */
import { Daemon } from '../measure/daemon.mjs';
import { median } from '../measure/median.mjs';
import { rssBytes } from '../measure/process-tree.mjs';
import { atMost } from '../measure/row.mjs';
import { sleep } from '../measure/scratch.mjs';
import { Sending } from '../measure/sending.mjs';

const PARTICIPANTS = 100;
const ROUNDS = 3;
const MOST_KB = 60;
const SETTLE_MS = 2000;
const TIMEOUT_MS = 30_000;
const KB = 1000;

export const name = 'quiet';
export const atLeast = `${PARTICIPANTS} quiet participants: at most ${MOST_KB} kB of RSS each`;

/** @returns {Promise<import('../run.mjs').Row[]>} */
export async function run() {
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push(await measure());
  return [
    atMost(
      {
        what: `RSS each, median of ${ROUNDS}`,
        figure: median(rounds.map(({ each }) => each)) / KB,
        reference: median(rounds.map(({ idle }) => idle)) / PARTICIPANTS / KB,
        against: `the empty daemon's RSS / ${PARTICIPANTS}`,
        unit: 'kB',
      },
      MOST_KB,
    ),
  ];
}

/** A fresh daemon each time: what one round frees would hide what the next one takes. */
async function measure() {
  const daemon = await Daemon.start(['--no-record', '--limit', 'connections-per-address=256']);
  const { ports } = daemon;
  try {
    // Code and buffers that the first participant ever brings in are the daemon's, not each one's.
    const first = new Sending({ mode: 'quiet', ports, participants: 1 });
    await first.next('the first one is connected', TIMEOUT_MS);
    await sleep(SETTLE_MS);
    const idle = rssBytes(daemon.program.pid);
    const crowd = new Sending({ mode: 'quiet', ports, participants: PARTICIPANTS });
    try {
      await crowd.next('all are connected', TIMEOUT_MS);
      await sleep(SETTLE_MS);
      return { idle, each: (rssBytes(daemon.program.pid) - idle) / PARTICIPANTS };
    } finally {
      await crowd.stop();
      await first.stop();
    }
  } finally {
    await daemon.stop();
  }
}
