// @ts-check
/** Many sharers of a screen, each at a steady rate; all in one room, or each in a room of its own. */
import { dial, greet, hello, pictureHeader } from './wire.mjs';
import { pace, untilTold } from './pace.mjs';
import { picture, pictureOf } from './picture.mjs';
import { secured } from './secure.mjs';

/**
 * @param {{ port: number, sharers: number, fps: number, seconds: number, rooms?: boolean, pictureBytes?: number, tls?: boolean }} options
 * @param {(result: object) => void} say
 */
export async function paced(
  { port, sharers, fps, seconds, rooms = false, pictureBytes, tls = false },
  say,
) {
  const payload = await (pictureBytes === undefined ? picture() : pictureOf(pictureBytes));
  const sockets = [];
  for (let index = 0; index < sharers; index += 1) {
    const plain = await dial(port);
    const socket = tls ? await secured(plain) : plain;
    const room = rooms ? `bench-${index}` : 'bench';
    await greet(socket, 'screen', hello(`sharer-${index}`, { room }));
    sockets.push(socket);
  }
  say({ connected: sharers });
  say(
    await pace(sockets, { fps, seconds }, (_, sequence) => [
      pictureHeader(sequence, payload.length),
      payload,
    ]),
  );
  await untilTold();
  for (const socket of sockets) socket.destroy();
}
