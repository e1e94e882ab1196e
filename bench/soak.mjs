// @ts-check
/**
 * `npm run soak [-- --seconds N] [--json]`: a long meeting, 20 sharers and 50 viewers of whom 5 are
 * stopped in their tracks. Shows that memory does not grow and that the counters agree. Ends with 1
 * when one of them does not hold.
 */
import { parseArgs } from 'node:util';
import { Daemon } from './measure/daemon.mjs';
import { killAllPrograms } from './measure/program.mjs';
import { rssBytes } from './measure/process-tree.mjs';
import { atMost, equal } from './measure/row.mjs';
import { sleep } from './measure/scratch.mjs';
import { Sending } from './measure/sending.mjs';

const SHARERS = 20;
const VIEWERS = 45;
const STOPPED = 5;
const FPS = 5;
const PICTURE_BYTES = 10_000;
/** What is not yet steady, of a long run. */
const WARM_SECONDS = 120;
const MOST_MB_A_MINUTE = 1;
const MB = 1_000_000;
const SAMPLE_MS = 1000;
const TIMEOUT_MS = 60_000;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '600' },
    json: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);
if (!(seconds >= 10)) throw new Error(`--seconds is ${values.seconds}, expected 10 or more`);

process.once('exit', killAllPrograms);
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.once(signal, () => process.exit(signal === 'SIGINT' ? 130 : 143));
}

const rows = await soak();
if (values.json) console.log(JSON.stringify({ seconds, rows }));
else for (const row of rows) console.log(line(row));
process.exitCode = rows.every(({ holds }) => holds) ? 0 : 1;

async function soak() {
  // The bench's viewers answer no ping; the stopped ones are cut for taking nothing.
  const limits = ['connections-per-address=256', 'pings-unanswered=10000'];
  const daemon = await Daemon.start(['--no-record', '--limit', limits.join(',')]);
  const { port, mode } = { port: daemon.ports.screen, mode: 'viewers' };
  const watching = new Sending({ mode, port, viewers: VIEWERS, protocol: 'meet' });
  const stopped = new Sending({ mode, port, viewers: STOPPED, protocol: 'meet', first: VIEWERS });
  try {
    await watching.next('the viewers are connected', TIMEOUT_MS);
    await stopped.next('the viewers that stop are connected', TIMEOUT_MS);
    const rate = { sharers: SHARERS, fps: FPS, seconds, pictureBytes: PICTURE_BYTES };
    const sharing = new Sending({ mode: 'paced', port, ...rate });
    await sharing.next('the sharers are connected', TIMEOUT_MS);
    process.kill(stopped.program.pid, 'SIGSTOP');
    const samples = await sample(daemon.program.pid);
    const { sent = 0 } = await sharing.next('the sharers are done', TIMEOUT_MS);
    const came = await figures(daemon, sent);
    process.kill(watching.program.pid, 'SIGUSR2');
    const { frames: seen = 0 } = await watching.next('what was seen', TIMEOUT_MS);
    process.kill(stopped.program.pid, 'SIGCONT');
    await sharing.stop();
    return rowsOf({ samples, sent, seen, ...came });
  } finally {
    await Promise.all([watching.stop(), stopped.stop()]);
    await daemon.stop();
  }
}

/**
 * @param {number} pid
 * @returns {Promise<{ atMs: number, bytes: number }[]>}
 */
async function sample(pid) {
  const samples = [];
  const startedMs = performance.now();
  while (performance.now() - startedMs < seconds * 1000) {
    await sleep(SAMPLE_MS);
    samples.push({ atMs: performance.now() - startedMs, bytes: rssBytes(pid) });
  }
  return samples;
}

/**
 * The daemon's own counters, once all that was sent has come.
 *
 * @param {Daemon} daemon
 * @param {number} sent
 */
async function figures(daemon, sent) {
  /** @type {Record<string, unknown>} */
  let own = {};
  await daemon.waitFor(
    (event) => {
      if (event.event !== 'stats') return false;
      own = /** @type {Record<string, unknown>} */ (event.process);
      return daemon.total('screen', 'frames') + daemon.total('screen', 'lost') >= sent;
    },
    'all frames',
    TIMEOUT_MS,
  );
  const faults = /** @type {Record<string, number>} */ (own.faults ?? {});
  return {
    came: daemon.total('screen', 'frames') + daemon.total('screen', 'lost'),
    unsent: Number(own.unsentFrames),
    cut: faults.MEET_SLOW_PEER ?? 0,
  };
}

/**
 * @param {{ samples: { atMs: number, bytes: number }[], sent: number, seen: number, came: number, unsent: number, cut: number }} result
 */
function rowsOf({ samples, sent, seen, came, unsent, cut }) {
  const warmMs = Math.min(WARM_SECONDS, seconds / 5) * 1000;
  const steady = samples.filter(({ atMs }) => atMs >= warmMs);
  const last = (steady.at(-1)?.bytes ?? 0) / MB;
  const against = (/** @type {string} */ words) => ({ against: words, unit: 'frames' });
  return [
    atMost(
      {
        what: 'growth of RSS a minute',
        figure: slopeAMinute(steady) / MB,
        reference: last,
        against: `RSS at the end; first ${warmMs / 1000} s left out`,
        unit: 'MB',
      },
      MOST_MB_A_MINUTE,
    ),
    equal({ what: 'came or counted as lost', figure: came, reference: sent, ...against('sent') }),
    atMost(
      {
        what: 'not seen and not counted as unsent',
        figure: Math.max(0, VIEWERS * came - seen - unsent),
        reference: seen,
        ...against(`seen by ${VIEWERS} viewers; unsent: ${unsent}`),
      },
      0,
    ),
    equal({
      what: 'stopped viewers that were cut',
      figure: cut,
      reference: STOPPED,
      against: 'viewers that were stopped',
      unit: 'viewers',
    }),
  ];
}

/**
 * Bytes a minute, by least squares.
 *
 * @param {{ atMs: number, bytes: number }[]} samples
 */
function slopeAMinute(samples) {
  const mean = (/** @type {number[]} */ all) => all.reduce((sum, one) => sum + one, 0) / all.length;
  const at = mean(samples.map(({ atMs }) => atMs));
  const bytes = mean(samples.map((each) => each.bytes));
  let product = 0;
  let square = 0;
  for (const each of samples) {
    product += (each.atMs - at) * (each.bytes - bytes);
    square += (each.atMs - at) ** 2;
  }
  return (product / square) * 60_000;
}

/** @param {import('./run.mjs').Row} row */
function line({ what, figure, unit, bound, reference, against, holds }) {
  return `${holds ? 'holds' : 'FAILS'}  ${what}: ${figure} ${unit} (${bound}); ${reference} ${against}`;
}
