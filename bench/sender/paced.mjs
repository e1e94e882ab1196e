// @ts-check
/** Many sharers of a screen, each at a steady rate. */
import { dial, greet, hello, pictureHeader } from './wire.mjs';
import { pace, untilTold } from './pace.mjs';
import { picture, pictureOf } from './picture.mjs';

/**
 * @param {{ port: number, sharers: number, fps: number, seconds: number, pictureBytes?: number }} options
 * @param {(result: object) => void} say
 */
export async function paced({ port, sharers, fps, seconds, pictureBytes }, say) {
  const payload = await (pictureBytes === undefined ? picture() : pictureOf(pictureBytes));
  const sockets = [];
  for (let index = 0; index < sharers; index += 1) {
    const socket = await dial(port);
    await greet(socket, 'screen', hello(`sharer-${index}`));
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
