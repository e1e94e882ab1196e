// @ts-check
/**
 * Sends on many connections at a steady rate, evenly spread over time. Owns the clock of the pace; a
 * connection that has not taken its last two frames misses one, which is counted.
 */
import { once } from 'node:events';

const WAITING_FRAMES = 2;
/** How often what is due is looked for. */
const TICK_MS = 2;

/**
 * @param {readonly import('node:net').Socket[]} sockets
 * @param {{ fps: number, seconds: number }} rate
 * @param {(index: number, sequence: number) => readonly Buffer[]} frameOf
 * @returns {Promise<{ sent: number, missed: number }>}
 */
export async function pace(sockets, { fps, seconds }, frameOf) {
  const all = fps * seconds * sockets.length;
  const sequences = sockets.map(() => 0);
  const startedMs = performance.now();
  let due = 0;
  let missed = 0;
  while (due < all) {
    const now = Math.min(all, ((performance.now() - startedMs) / 1000) * fps * sockets.length);
    for (; due < now; due += 1) {
      const index = due % sockets.length;
      const socket = sockets[index];
      if (socket === undefined) break;
      const sequence = sequences[index] ?? 0;
      const frame = frameOf(index, sequence);
      const sizeBytes = frame.reduce((sum, part) => sum + part.length, 0);
      if (socket.writableLength > WAITING_FRAMES * sizeBytes) {
        missed += 1;
        continue;
      }
      sequences[index] = sequence + 1;
      socket.cork();
      for (const part of frame) socket.write(part);
      socket.uncork();
    }
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  const unsent = sockets.filter((socket) => socket.writableLength > 0);
  await Promise.all(unsent.map((socket) => once(socket, 'drain')));
  return { sent: sequences.reduce((sum, count) => sum + count, 0), missed };
}

/** Resolves when the bench says so (SIGTERM): until then the connections stay open. */
export async function untilTold() {
  await once(process, 'SIGTERM');
}
