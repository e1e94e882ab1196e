// @ts-check
/**
 * Peers that nobody let in: each says hello with a key of its own and waits, answering pings. They are
 * on this machine but come by an address that is not loopback, so that the daemon does not know them.
 */
import { once } from 'node:events';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { signedBy } from './handshakes.mjs';
import { untilTold } from './pace.mjs';
import { secured } from './secure.mjs';
import { control, preamble, readControls, pong } from './wire.mjs';

/** Handshakes under way at a time. */
const AT_ONCE = 8;

/**
 * Says how many wait. Told by SIGUSR2, how many of them still do.
 *
 * @param {{ port: number, host: string, peers: number, tls: boolean }} options
 * @param {(result: object) => void} say
 */
export async function waiting({ port, host, peers, tls }, say) {
  /** @type {Set<import('node:net').Socket>} */
  const there = new Set();
  let next = 0;
  const comeOneByOne = async () => {
    while (next < peers) {
      next += 1;
      const socket = await waitingPeer(port, host, `waiting-${next}`, tls);
      there.add(socket);
      socket.once('close', () => there.delete(socket));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, comeOneByOne));
  say({ waiting: there.size });
  process.on('SIGUSR2', () => {
    say({ waiting: there.size });
  });
  await untilTold();
  for (const socket of there) socket.destroy();
}

/**
 * Resolves when the daemon has said that it waits.
 *
 * @param {number} port
 * @param {string} host
 * @param {string} name
 * @param {boolean} tls In plain it has no key, as a key there costs a turn more and no memory.
 */
async function waitingPeer(port, host, name, tls) {
  const plain = connect({ port, host, localAddress: host, noDelay: true });
  await once(plain, 'connect');
  const socket = tls ? await secured(plain) : plain;
  const session = randomUUID();
  const credentials = tls ? { credentials: signedBy(generateKeyPairSync('ed25519'), socket) } : {};
  socket.write(preamble('screen'));
  const hello = { type: 'hello', versions: [1], role: 'publish', name, session, room: 'bench' };
  socket.write(control({ ...hello, ...credentials }));
  await new Promise((resolve, reject) => {
    readControls(socket, (record) => {
      if (record.type === 'waiting') resolve(undefined);
      else if (record.type === 'ping') socket.write(pong(record));
      else reject(new Error(`the daemon answered ${JSON.stringify(record)}`));
    });
    socket.once('close', () => {
      reject(new Error('the daemon closed the connection'));
    });
    socket.on('error', () => undefined);
  });
  return socket;
}
