// @ts-check
/**
 * The reference of the relay's figures: one publisher to nats-server, the same bytes at the same pace,
 * by NATS' own text protocol (https://docs.nats.io/reference/reference-protocols/nats-protocol).
 */
import { dial, pictureHeader } from './wire.mjs';
import { pace, untilTold } from './pace.mjs';
import { picture } from './picture.mjs';

export const SUBJECT = 'meet';

/**
 * @param {{ port: number, fps: number, seconds: number }} options
 * @param {(result: object) => void} say
 */
export async function nats({ port, fps, seconds }, say) {
  const payload = await picture();
  const socket = await dial(port);
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
