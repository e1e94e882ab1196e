// @ts-check
/** Participants with three connections each that say hello, answer pings, and share nothing. */
import { randomUUID } from 'node:crypto';
import { dial, greet, hello } from './wire.mjs';
import { untilTold } from './pace.mjs';

/** @typedef {{ screen: number, video: number, audio: number }} Ports */

/**
 * @param {{ ports: Ports, participants: number }} options
 * @param {(result: object) => void} say
 */
export async function quiet({ ports, participants }, say) {
  const sockets = [];
  for (let index = 0; index < participants; index += 1) {
    const greeting = hello(`quiet-${index}`, { session: randomUUID() });
    for (const kind of /** @type {const} */ (['screen', 'video', 'audio'])) {
      const socket = await dial(ports[kind]);
      await greet(socket, kind, greeting);
      sockets.push(socket);
    }
  }
  say({ connected: sockets.length });
  await untilTold();
  for (const socket of sockets) socket.destroy();
}
