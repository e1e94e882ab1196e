// @ts-check
/**
 * The native framing of a sharer, from the tables of meet-protocol(7): preamble, record header,
 * hello, and the answers to pings. Owns its bytes, and on purpose shares none with src/transport.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { randomUUID } from 'node:crypto';

export const KIND = { screen: 1, video: 2, audio: 3 };
/** @typedef {keyof typeof KIND} Kind */

const PREAMBLE_BYTES = 8;
const HEADER_BYTES = 32;
const TYPE_CONTROL = 0;
const TYPE_MEDIA = 1;
const CODEC_JPEG = 1;
const FLAG_KEY = 1;
const CONNECT_RETRY_MS = 20;
const CONNECT_TRIES = 250;

/** @param {Kind} kind */
export function preamble(kind) {
  return Buffer.from([...Buffer.from('MEET'), 1, KIND[kind], 0, 0]);
}

/** @param {object} record */
export function control(record) {
  const json = Buffer.from(JSON.stringify(record));
  const header = Buffer.alloc(HEADER_BYTES);
  header[0] = TYPE_CONTROL;
  header.writeUInt32BE(json.length, 12);
  return Buffer.concat([header, json]);
}

/**
 * @param {number} sequence
 * @param {number} payloadBytes
 */
export function pictureHeader(sequence, payloadBytes) {
  const header = Buffer.alloc(HEADER_BYTES);
  header[0] = TYPE_MEDIA;
  header[1] = CODEC_JPEG;
  header.writeUInt16BE(FLAG_KEY, 2);
  header.writeUInt32BE(sequence, 8);
  header.writeUInt32BE(payloadBytes, 12);
  header.writeBigUInt64BE(BigInt(nowUs()), 16);
  return header;
}

/**
 * The hello of a publisher.
 *
 * @param {string} name
 * @param {{ session?: string, room?: string }} [more] `session`: the same for the connections of one
 *   participant.
 */
export function hello(name, { session = randomUUID(), room = 'bench' } = {}) {
  return control({ type: 'hello', versions: [1], role: 'publish', name, room, session });
}

/**
 * Connects, also to a listener that is only about to listen.
 *
 * @param {number} port
 * @param {import('node:net').OnReadOpts} [onread] Where bytes are read to; left out: data events.
 * @returns {Promise<import('node:net').Socket>}
 */
export async function dial(port, onread) {
  const reading = onread === undefined ? {} : { onread };
  for (let tries = 1; ; tries += 1) {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, ...reading });
    try {
      await once(socket, 'connect');
      return socket;
    } catch (error) {
      if (tries === CONNECT_TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, CONNECT_RETRY_MS));
    }
  }
}

/**
 * Greets a daemon and resolves when it has welcomed. Pings are answered from then on.
 *
 * @param {import('node:net').Socket} socket
 * @param {Kind} kind
 * @param {Buffer} greeting
 * @returns {Promise<void>}
 */
export function greet(socket, kind, greeting) {
  socket.write(Buffer.concat([preamble(kind), greeting]));
  return new Promise((resolve, reject) => {
    readControls(socket, (record) => {
      if (record.type === 'welcome') resolve();
      else if (record.type === 'ping') socket.write(pong(record));
      else if (record.type === 'refused' || record.type === 'error') {
        reject(new Error(`the daemon answered ${JSON.stringify(record)}`));
      }
    });
    socket.once('close', () => {
      reject(new Error('the daemon closed the connection'));
    });
  });
}

/** @typedef {{ type: string, id?: number, sentAtUs?: number }} ControlRecord */

/**
 * For a connection on which only control records come.
 *
 * @param {import('node:net').Socket} socket
 * @param {(record: ControlRecord) => void} onRecord
 */
export function readControls(socket, onRecord) {
  let bytes = Buffer.alloc(0);
  let greeted = false;
  socket.on('data', (chunk) => {
    bytes = Buffer.concat([bytes, /** @type {Buffer} */ (chunk)]);
    if (!greeted && bytes.length >= PREAMBLE_BYTES) {
      bytes = bytes.subarray(PREAMBLE_BYTES);
      greeted = true;
    }
    while (greeted && bytes.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + bytes.readUInt32BE(12);
      if (bytes.length < end) return;
      onRecord(JSON.parse(bytes.toString('utf8', HEADER_BYTES, end)));
      bytes = bytes.subarray(end);
    }
  });
}

/**
 * The answer to a ping.
 *
 * @param {ControlRecord} ping
 */
export function pong({ id, sentAtUs }) {
  const at = nowUs();
  return control({ type: 'pong', id, sentAtUs, receivedAtUs: at, answeredAtUs: at });
}

function nowUs() {
  return Math.round((performance.timeOrigin + performance.now()) * 1000);
}
