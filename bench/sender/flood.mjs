// @ts-check
/** One connection that sends pictures as fast as the other side takes them. */
import { once } from 'node:events';
import { control, dial, greet, hello, pictureHeader, preamble } from './wire.mjs';
import { picture } from './picture.mjs';

/**
 * Sends the same bytes whether the other side speaks (`handshake`) or only reads. The time ends when
 * the other side has closed, so when it has read everything. `framesAWrite` frames go to one system
 * call; a sharer writes them one by one.
 *
 * @param {{ port: number, seconds: number, handshake: boolean, framesAWrite: number }} options
 * @param {(result: object) => void} say
 */
export async function flood({ port, seconds, handshake, framesAWrite }, say) {
  const payload = await picture();
  const socket = await dial(port);
  const closed = once(socket, 'close');
  const greeting = hello('flood');
  if (handshake) await greet(socket, 'screen', greeting);
  else socket.write(Buffer.concat([preamble('screen'), greeting]));
  socket.resume();

  const startedMs = performance.now();
  const endMs = startedMs + seconds * 1000;
  let frames = 0;
  // Each write is larger than what a socket keeps (highWaterMark), so that each is followed by a
  // drain, at once where the kernel took all of it.
  const pump = () => {
    if (performance.now() >= endMs) {
      socket.off('drain', pump);
      socket.end(control({ type: 'bye', reason: 'done' }));
      return;
    }
    socket.cork();
    for (let count = 0; count < framesAWrite; count += 1) {
      socket.write(pictureHeader(frames, payload.length));
      socket.write(payload);
      frames += 1;
    }
    socket.uncork();
  };
  socket.on('drain', pump);
  pump();
  await closed;
  const took = (performance.now() - startedMs) / 1000;
  say({ frames, bytesPerSecond: (frames * (payload.length + 32)) / took });
}
