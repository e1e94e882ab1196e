// @ts-check
/** One stream to fifty viewers over TLS, beside nats-server with TLS carrying the same to fifty. */
import { Daemon } from '../measure/daemon.mjs';
import { alternate, median } from '../measure/median.mjs';
import { cpuMsOfTree } from '../measure/process-tree.mjs';
import { Program, firstLine } from '../measure/program.mjs';
import { atMostRatio } from '../measure/row.mjs';
import { Sending } from '../measure/sending.mjs';
import { certificateFiles } from '../sender/secure.mjs';

const ROUNDS = 3;
const VIEWERS = 50;
const FPS = 30;
const SECONDS = 10;
const TIMEOUT_MS = 60_000;

export const name = 'relay-secure';
export const atLeast =
  '137 kB x 30 fps to 50 viewers over TLS for 10 s, beside nats-server with TLS: p99 age and CPU <= 0.8 x';

/** @typedef {{ p99Ms: number, cpu: number, frames: number }} Relayed */

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
      0.8,
    ),
    atMostRatio(
      {
        what: "the server's CPU",
        figure: figure(ours, 'cpu'),
        reference: figure(reference, 'cpu'),
        against: 'nats-server with TLS',
        unit: 'ms',
      },
      0.8,
    ),
  ];
}

/** @returns {Promise<Relayed>} */
async function throughDaemon() {
  const daemon = await Daemon.start(['--no-record', '--limit', 'connections-per-address=256']);
  try {
    const port = daemon.ports.screen;
    return await relay(daemon.program.pid, port, 'meet', {
      mode: 'paced',
      port,
      sharers: 1,
      tls: true,
    });
  } finally {
    await daemon.stop();
  }
}

/** @returns {Promise<Relayed>} */
async function throughNats() {
  const { key, cert } = await certificateFiles();
  const server = new Program('nats-server', [
    ...['-a', '127.0.0.1', '-p', '-1'],
    ...['--tls', '--tlscert', cert, '--tlskey', key],
  ]);
  try {
    const told = firstLine(
      server.errorLines,
      (line) => /client connections on 127\.0\.0\.1:(\d+)/.exec(line)?.[1],
    );
    const port = Number(
      await server.before(told, 'listening (apt-get install nats-server)', 10_000),
    );
    return await relay(server.pid, port, 'nats', { mode: 'nats', port, tls: true });
  } finally {
    await server.stop();
  }
}

/**
 * @param {number} pid Of the server.
 * @param {number} port
 * @param {'meet' | 'nats'} protocol
 * @param {object} sending
 * @returns {Promise<Relayed>}
 */
async function relay(pid, port, protocol, sending) {
  const viewers = new Sending({ mode: 'viewers', port, viewers: VIEWERS, protocol, tls: true });
  const sender = new Sending({ ...sending, fps: FPS, seconds: SECONDS });
  try {
    await viewers.next('the viewers are connected', TIMEOUT_MS);
    await sender.next('the sharer is connected', TIMEOUT_MS);
    const before = cpuMsOfTree(pid);
    await sender.next('the sharer is done', TIMEOUT_MS);
    const cpu = cpuMsOfTree(pid) - before;
    process.kill(viewers.program.pid, 'SIGUSR2');
    const { p99Ms = 0, frames = 0 } = await viewers.next('the ages', TIMEOUT_MS);
    return { p99Ms, cpu, frames };
  } finally {
    await sender.stop();
    await viewers.stop();
  }
}
