// @ts-check
/**
 * The reference of the relay's figures: one publisher to nats-server, the same bytes at the same pace,
 * by NATS' own text protocol (https://docs.nats.io/reference/reference-protocols/nats-protocol).
 */
import { once } from 'node:events';
import { secured } from './secure.mjs';
import { dial, pictureHeader } from './wire.mjs';
import { pace, untilTold } from './pace.mjs';
import { picture } from './picture.mjs';

export const SUBJECT = 'meet';

/**
 * nats-server tells its INFO in plain, and both sides go on in TLS.
 *
 * @param {import('node:net').Socket} socket
 */
export async function securedNats(socket) {
  await once(socket, 'data');
  return secured(socket, []);
}

/**
 * @param {{ port: number, fps: number, seconds: number, tls?: boolean }} options
 * @param {(result: object) => void} say
 */
export async function nats({ port, fps, seconds, tls = false }, say) {
  const payload = await picture();
  const plain = await dial(port);
  const socket = tls ? await securedNats(plain) : plain;
  socket.write('CONNECT {"verbose":false}\r\n');
  socket.on('data', (chunk) => {
    if (String(chunk).includes('PING')) socket.write('PONG\r\n');
  });
  say({ connected: 1 });
  const publish = Buffer.from(`PUB ${SUBJECT} ${32 + payload.length}\r\n`);
  const end = Buffer.from('\r\n');
  say(
    await pace([socket], { fps, seconds }, (_, sequence) => [
      publish,
      pictureHeader(sequence, payload.length),
      payload,
      end,
    ]),
  );
  await untilTold();
  socket.destroy();
}
