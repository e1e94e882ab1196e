// @ts-check
/**
 * Many viewers of one stream in one process, of a daemon or of nats-server: each reads its bytes,
 * throws the pictures away and notes how old each one was when its last byte came. They read into one
 * shared buffer, so that the figures tell of the server and not of its clients.
 */
import { UnitReader } from './unit-reader.mjs';
import { SUBJECT, securedNats } from './nats.mjs';
import { untilTold } from './pace.mjs';
import { secured } from './secure.mjs';
import { control, dial, preamble } from './wire.mjs';

const HEADER_BYTES = 32;
const PREAMBLE_BYTES = 8;
const TYPE_MEDIA = 1;
const CAPTURED_AT = 16;
/** A whole picture fits, so that one read may take it. */
const READ_BYTES = 256 * 1024;

/** @typedef {'meet' | 'nats'} Protocol */

/**
 * Says how many have subscribed, which the server has confirmed to each. Told by SIGUSR2, the ages
 * since then or since the last time: count, p50 and p99 in ms.
 *
 * @param {{ port: number, viewers: number, protocol: Protocol, rooms?: boolean, first?: number, tls?: boolean }} options
 *   `first`: the number of the first one. `rooms`: each watches another one, as the sharers' option of that name makes them.
 * @param {(result: object) => void} say
 */
export async function viewers(
  { port, viewers: count, protocol, rooms = false, first = 0, tls = false },
  say,
) {
  /** @type {number[]} */
  let agesMs = [];
  const buffer = Buffer.alloc(READ_BYTES);
  const note = (/** @type {number} */ capturedAtUs) => {
    agesMs.push(performance.timeOrigin + performance.now() - capturedAtUs / 1000);
  };
  const sockets = [];
  for (let index = 0; index < count; index += 1) {
    const viewer =
      protocol === 'meet'
        ? new MeetViewer(first + index, rooms ? `bench-${index}` : 'bench', note)
        : new NatsViewer(note);
    sockets.push(await viewer.subscribe(port, tls ? undefined : buffer));
  }
  say({ connected: count });
  process.on('SIGUSR2', () => {
    const sorted = Float64Array.from(agesMs).sort();
    agesMs = [];
    const at = (/** @type {number} */ share) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
    say({ frames: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99) });
  });
  await untilTold();
  for (const socket of sockets) socket.destroy();
}

/** Notes a picture's age. @typedef {(capturedAtUs: number) => void} Note */

class MeetViewer {
  #index;
  #room;
  #note;

  /**
   * @param {number} index
   * @param {string} room
   * @param {Note} note
   */
  constructor(index, room, note) {
    this.#index = index;
    this.#room = room;
    this.#note = note;
  }

  /**
   * @param {number} port
   * @param {Buffer | undefined} buffer Where bytes are read to; undefined: over TLS.
   */
  async subscribe(port, buffer) {
    /** @type {PromiseWithResolvers} */
    const welcomed = promise();
    const reader = new UnitReader(PREAMBLE_BYTES, (bytes) => {
      if (bytes.length < HEADER_BYTES) return undefined;
      const sizeBytes = HEADER_BYTES + bytes.readUInt32BE(12);
      // The first record is the welcome.
      if (bytes[0] !== TYPE_MEDIA) return { sizeBytes, done: welcomed.resolve };
      const capturedAtUs = Number(bytes.readBigUInt64BE(CAPTURED_AT));
      return { sizeBytes, done: () => this.#note(capturedAtUs) };
    });
    const socket = await connected(port, reader, buffer, secured);
    socket.write(preamble('screen'));
    const session = `bench-viewer-${this.#index}`;
    const hello = { type: 'hello', versions: [1], role: 'subscribe', name: session, session };
    socket.write(control({ ...hello, room: this.#room }));
    await welcomed.promise;
    return socket;
  }
}

class NatsViewer {
  #note;

  /** @param {Note} note */
  constructor(note) {
    this.#note = note;
  }

  /**
   * @param {number} port
   * @param {Buffer | undefined} buffer Where bytes are read to; undefined: over TLS.
   */
  async subscribe(port, buffer) {
    const confirmed = promise();
    const reader = new UnitReader(0, (bytes) => {
      const end = bytes.indexOf('\r\n');
      if (end === -1) return undefined;
      const line = bytes.toString('latin1', 0, end);
      const [, size] = /^MSG \S+ \S+ (\d+)$/.exec(line) ?? [];
      if (line === 'PONG') confirmed.resolve();
      if (line === 'PING') socket.write('PONG\r\n');
      if (size === undefined) return { sizeBytes: end + 2, done: () => undefined };
      if (bytes.length < end + 2 + HEADER_BYTES) return undefined;
      const capturedAtUs = Number(bytes.readBigUInt64BE(end + 2 + CAPTURED_AT));
      return { sizeBytes: end + 2 + Number(size) + 2, done: () => this.#note(capturedAtUs) };
    });
    const socket = await connected(port, reader, buffer, securedNats);
    socket.write(`CONNECT {"verbose":false}\r\nSUB ${SUBJECT} 1\r\nPING\r\n`);
    await confirmed.promise;
    return socket;
  }
}

/**
 * @param {number} port
 * @param {UnitReader} reader
 * @param {Buffer | undefined} buffer
 * @param {(plain: import('node:net').Socket) => Promise<import('node:net').Socket>} secure
 */
async function connected(port, reader, buffer, secure) {
  if (buffer !== undefined) return dial(port, reader.readingInto(buffer));
  const socket = await secure(await dial(port));
  socket.on('data', (chunk) => reader.take(/** @type {Buffer} */ (chunk)));
  return socket;
}

/** @typedef {{ promise: Promise<void>, resolve: () => void }} PromiseWithResolvers */

/** @returns {PromiseWithResolvers} */
function promise() {
  let resolve = () => undefined;
  /** @type {Promise<void>} */
  const made = new Promise((settle) => {
    resolve = () => void settle();
  });
  return { promise: made, resolve };
}
