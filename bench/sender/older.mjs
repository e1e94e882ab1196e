// @ts-check
/**
 * Clients of the older framing that send their webcam: pickles that real Python made, in a file of
 * equal frames, each behind its u64 length in the sender's order (little-endian).
 */
import { readFileSync } from 'node:fs';
import { dial } from './wire.mjs';
import { pace, untilTold } from './pace.mjs';

/** @typedef {{ screen: number, video: number, audio: number }} Ports */

/**
 * @param {{ ports: Ports, clients: number, fps: number, seconds: number, pickles: string }} options
 * @param {(result: object) => void} say
 */
export async function older({ ports, clients, fps, seconds, pickles }, say) {
  const frames = splitFrames(readFileSync(pickles));
  const sockets = [];
  const silent = [];
  for (let client = 0; client < clients; client += 1) {
    // As the older client does: all three in this order before anything is sent.
    const screen = await dial(ports.screen);
    const video = await dial(ports.video);
    const audio = await dial(ports.audio);
    for (const socket of [screen, video, audio]) socket.resume();
    sockets.push(video);
    silent.push(screen, audio);
  }
  say({ connected: clients });
  say(
    await pace(sockets, { fps, seconds }, (_, sequence) => {
      const frame = frames[sequence % frames.length];
      return frame === undefined ? [] : [frame];
    }),
  );
  await untilTold();
  for (const socket of [...sockets, ...silent]) socket.destroy();
}

/** @param {Buffer} bytes */
function splitFrames(bytes) {
  const frames = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 8 + Number(bytes.readBigUInt64LE(at));
    frames.push(bytes.subarray(at, end));
    at = end;
  }
  return frames;
}
