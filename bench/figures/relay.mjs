// @ts-check
/** One stream to fifty viewers, beside nats-server carrying the same to fifty subscribers. */
import { Daemon } from '../measure/daemon.mjs';
import { alternate, median } from '../measure/median.mjs';
import { Program, firstLine, requireProgram } from '../measure/program.mjs';
import { MANY_CONNECTIONS, relay } from '../measure/relayed.mjs';
import { atMostRatio } from '../measure/row.mjs';

/** The p99 of one run of 10 s is that of three pictures: its median needs some runs. */
const ROUNDS = 5;
const SECONDS = 10;
const START_TIMEOUT_MS = 10_000;

export const name = 'relay';
export const atLeast =
  '137 kB x 30 fps to 50 viewers for 10 s, beside nats-server: p99 age <= 0.6 x, CPU <= 0.5 x';

/** @typedef {import('../measure/relayed.mjs').Relayed} Relayed */

/** @returns {Promise<import('../run.mjs').Row[]>} */
export async function run() {
  const { ours, reference } = await alternate(ROUNDS, throughDaemon, throughNats);
  const figure = (/** @type {Relayed[]} */ runs, /** @type {keyof Relayed} */ key) =>
    median(runs.map((each) => each[key]));
  const frames = `frames seen: ${figure(ours, 'frames')} and ${figure(reference, 'frames')}`;
  return [
    atMostRatio(
      {
        what: 'age p99 at the viewers',
        figure: figure(ours, 'p99Ms'),
        reference: figure(reference, 'p99Ms'),
        against: `nats-server; ${frames}`,
        unit: 'ms',
      },
      0.6,
    ),
    atMostRatio(
      {
        what: "the server's CPU",
        figure: figure(ours, 'cpu'),
        reference: figure(reference, 'cpu'),
        against: 'nats-server',
        unit: 'ms',
      },
      0.5,
    ),
  ];
}

/** @returns {Promise<Relayed>} */
async function throughDaemon() {
  const daemon = await Daemon.start(['--no-record', ...MANY_CONNECTIONS], { probe: false });
  try {
    return await relay(daemon.program.pid, daemon.ports.screen, { seconds: SECONDS });
  } finally {
    await daemon.stop();
  }
}

/** @returns {Promise<Relayed>} */
async function throughNats() {
  requireProgram('nats-server', 'nats-server');
  const server = new Program('nats-server', ['-a', '127.0.0.1', '-p', '-1']);
  try {
    const told = firstLine(
      server.errorLines,
      (line) => /client connections on 127\.0\.0\.1:(\d+)/.exec(line)?.[1],
    );
    const port = Number(await server.before(told, 'listening', START_TIMEOUT_MS));
    return await relay(server.pid, port, { protocol: 'nats', seconds: SECONDS });
  } finally {
    await server.stop();
  }
}
