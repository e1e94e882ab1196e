// @ts-check
/**
 * Many viewers of one stream in one process, of a daemon or of nats-server: each reads its bytes,
 * throws the pictures away and notes how old each one was when its last byte came.
 */
import { SUBJECT, securedNats } from './nats.mjs';
import { untilTold } from './pace.mjs';
import { secured } from './secure.mjs';
import { control, dial, preamble } from './wire.mjs';

const HEADER_BYTES = 32;
const PREAMBLE_BYTES = 8;
const TYPE_MEDIA = 1;
const CAPTURED_AT = 16;

/**
 * Says how many are connected; then, told by SIGUSR2, the ages so far: count, p50 and p99 in ms.
 *
 * @param {{ port: number, viewers: number, protocol: 'meet' | 'nats', tls?: boolean }} options
 * @param {(result: object) => void} say
 */
export async function viewers({ port, viewers: count, protocol, tls = false }, say) {
  /** @type {number[]} */
  const agesMs = [];
  const sockets = [];
  for (let index = 0; index < count; index += 1) {
    const plain = await dial(port);
    const socket = !tls ? plain : await (protocol === 'meet' ? secured(plain) : securedNats(plain));
    if (protocol === 'meet') watchMeet(socket, index, agesMs);
    else watchNats(socket, agesMs);
    sockets.push(socket);
  }
  say({ connected: count });
  process.on('SIGUSR2', () => {
    const sorted = Float64Array.from(agesMs).sort();
    const at = (/** @type {number} */ share) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
    say({ frames: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99) });
  });
  await untilTold();
  for (const socket of sockets) socket.destroy();
}

/**
 * @param {import('node:net').Socket} socket
 * @param {number} index
 * @param {number[]} agesMs
 */
function watchMeet(socket, index, agesMs) {
  socket.write(preamble('screen'));
  const session = `bench-viewer-${index}`;
  const hello = { type: 'hello', versions: [1], role: 'subscribe', name: session, session };
  socket.write(control({ ...hello, room: 'bench' }));
  readUnits(socket, PREAMBLE_BYTES, (bytes) => {
    if (bytes.length < HEADER_BYTES) return undefined;
    const sizeBytes = HEADER_BYTES + bytes.readUInt32BE(12);
    const media = bytes[0] === TYPE_MEDIA;
    const capturedAtUs = media ? Number(bytes.readBigUInt64BE(CAPTURED_AT)) : undefined;
    return { sizeBytes, done: () => note(agesMs, capturedAtUs) };
  });
}

/**
 * @param {import('node:net').Socket} socket
 * @param {number[]} agesMs
 */
function watchNats(socket, agesMs) {
  socket.write(`CONNECT {"verbose":false}\r\nSUB ${SUBJECT} 1\r\n`);
  readUnits(socket, 0, (bytes) => {
    const end = bytes.indexOf('\r\n');
    if (end === -1) return undefined;
    const line = bytes.toString('latin1', 0, end);
    const [, size] = /^MSG \S+ \S+ (\d+)$/.exec(line) ?? [];
    if (line.startsWith('PING')) socket.write('PONG\r\n');
    if (size === undefined) return { sizeBytes: end + 2, done: () => undefined };
    if (bytes.length < end + 2 + HEADER_BYTES) return undefined;
    const capturedAtUs = Number(bytes.readBigUInt64BE(end + 2 + CAPTURED_AT));
    return { sizeBytes: end + 2 + Number(size) + 2, done: () => note(agesMs, capturedAtUs) };
  });
}

/** @typedef {{ sizeBytes: number, done: () => void }} Unit */

/**
 * Cuts a stream into units; the bytes of a unit beyond its beginning are not kept.
 *
 * @param {import('node:net').Socket} socket
 * @param {number} skipBytes At the beginning of the stream.
 * @param {(bytes: Buffer) => Unit | undefined} begin What begins here; undefined: more bytes.
 */
function readUnits(socket, skipBytes, begin) {
  let skip = skipBytes;
  let kept = Buffer.alloc(0);
  /** @type {(() => void) | undefined} */
  let done;
  socket.on('data', (chunk) => {
    let bytes = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
    kept = Buffer.alloc(0);
    while (bytes.length > 0) {
      const cut = Math.min(skip, bytes.length);
      skip -= cut;
      bytes = bytes.subarray(cut);
      if (skip > 0) return;
      done?.();
      done = undefined;
      if (bytes.length === 0) return;
      const unit = begin(bytes);
      if (unit === undefined) {
        kept = Buffer.from(bytes);
        return;
      }
      skip = unit.sizeBytes;
      done = unit.done;
    }
  });
}

/**
 * @param {number[]} agesMs
 * @param {number | undefined} capturedAtUs
 */
function note(agesMs, capturedAtUs) {
  if (capturedAtUs === undefined) return;
  agesMs.push(performance.timeOrigin + performance.now() - capturedAtUs / 1000);
}
