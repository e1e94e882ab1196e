// @ts-check
/** Cameras of a meeting: sharers of moving pictures that stand in a folder, in a loop. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { dial, greet, hello, pictureHeader } from './wire.mjs';
import { pace, untilTold } from './pace.mjs';

/**
 * @param {{ port: number, sharers: number, fps: number, seconds: number, pictures: string }} options
 *   `pictures`: a folder of JPEGs, taken in the order of their names; `port`: the video port's.
 * @param {(result: object) => void} say
 */
export async function tiles({ port, sharers, fps, seconds, pictures }, say) {
  const jpegs = readdirSync(pictures)
    .sort()
    .map((file) => readFileSync(join(pictures, file)));
  const sockets = [];
  for (let index = 0; index < sharers; index += 1) {
    const socket = await dial(port);
    await greet(socket, 'video', hello(`camera-${index}`, { room: 'main' }));
    sockets.push(socket);
  }
  say({ connected: sharers });
  say(
    await pace(sockets, { fps, seconds }, (index, sequence) => {
      // Each begins elsewhere, so that no two tiles show the same.
      const jpeg = jpegs[(sequence + index * 7) % jpegs.length] ?? Buffer.alloc(0);
      return [pictureHeader(sequence, jpeg.length), jpeg];
    }),
  );
  await untilTold();
  for (const socket of sockets) socket.destroy();
}
