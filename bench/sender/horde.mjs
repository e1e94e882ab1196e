// @ts-check
/**
 * Attackers, from as many addresses of loopback: each does its harm and, when it is thrown out, comes
 * back. Owns its sockets.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setPriority } from 'node:os';
import { untilTold } from './pace.mjs';
import { KIND, control, hello, preamble } from './wire.mjs';

/** @typedef {keyof typeof HARMS} Harm */
/** @typedef {import('./wire.mjs').Kind} Kind */
/** @typedef {{ screen: number, video: number, audio: number }} Ports */

/** Between two pieces of an attacker. */
const PIECE_EVERY_MS = 200;
/** Before one that was thrown out comes back, on average; not all at the same moment. */
const AWAY_MS = 1000;
/** Its time on the cores would be another machine's: what is in the meeting goes first. */
const NICE = 19;
const AUTOGROUP = '/proc/self/autogroup';
/** The first ones come spread over this time. */
const ARRIVAL_MS = 1000;
const RECORDS_AT_ONCE = 200;
const TYPE_MEDIA = 1;
const CODEC = { screen: 1, video: 1, audio: 2 };
const HEADER_BYTES = 32;
const KINDS = /** @type {Kind[]} */ (Object.keys(KIND));

/** What is sent on a connection to the port of that kind, in pieces; the rest is silence. */
const HARMS = {
  /** A byte now and then: of a preamble, of a hello, of an older length. */
  'slow loris': (/** @type {Kind} */ kind, /** @type {number} */ attacker) =>
    [
      () => bytewise(preamble(kind)),
      () => [preamble(kind), ...bytewise(hello(`attacker-${attacker}`))],
      () => bytewise(Buffer.from([0, 0, 1])),
    ][attacker % 3]?.() ?? [],
  /** Nothing is said: only connections, more of them than there are places. */
  'connection flood': () => [],
  /** Small records, as fast as they are taken. */
  'record flood': (/** @type {Kind} */ kind, /** @type {number} */ attacker) => [
    Buffer.concat([preamble(kind), hello(`attacker-${attacker}`)]),
    ...Array.from({ length: 1000 }, () => SMALL_RECORDS),
  ],
  oversize: (/** @type {Kind} */ kind, /** @type {number} */ attacker) => [
    Buffer.concat([preamble(kind), hello(`attacker-${attacker}`), mediaHeader(kind, 0xffff_ffff)]),
  ],
  'picture bombs': (/** @type {Kind} */ kind, /** @type {number} */ attacker) => [
    Buffer.concat([
      preamble(kind),
      hello(`attacker-${attacker}`),
      mediaHeader(kind, BOMB.length),
      BOMB,
    ]),
  ],
};

/** An unknown record, again and again. */
const SMALL_RECORDS = Buffer.concat(
  Array.from({ length: RECORDS_AT_ONCE }, () => control({ type: 'noise' })),
);
/** SOI and SOF0 of a picture of 65535x65535 (ITU-T T.81, B.2.2). */
const BOMB = Buffer.from('ffd8ffc0000b08ffffffff01011100' + '00'.repeat(64), 'hex');

/**
 * Says when as many as there are attackers have come. Told by SIGUSR2, how many connections there were
 * so far and how many of them the daemon ended.
 *
 * @param {{ ports: Ports, attackers: number, harm: Harm }} options
 * @param {(result: object) => void} say
 */
export async function horde({ ports, attackers, harm }, say) {
  giveWay();
  const counts = { connected: 0, thrownOut: 0 };
  const attack = (/** @type {number} */ attacker) => {
    const kind = KINDS[attacker % KINDS.length] ?? 'screen';
    const localAddress = `127.1.${attacker >> 8}.${attacker & 255}`;
    const socket = connect({ host: '127.0.0.1', port: ports[kind], localAddress });
    socket.on('error', () => undefined);
    socket.resume();
    socket.once('connect', () => {
      counts.connected += 1;
      if (counts.connected === attackers) say(counts);
      sendSlowly(socket, [...HARMS[harm](kind, attacker)]);
    });
    socket.once('close', () => {
      counts.thrownOut += 1;
      setTimeout(attack, AWAY_MS * (0.5 + Math.random()), attacker);
    });
  };
  for (let attacker = 0; attacker < attackers; attacker += 1) {
    setTimeout(attack, (attacker * ARRIVAL_MS) / attackers, attacker);
  }
  process.on('SIGUSR2', () => {
    say(counts);
  });
  await untilTold();
  process.exit();
}

/**
 * @param {import('node:net').Socket} socket
 * @param {Buffer[]} pieces
 */
function sendSlowly(socket, pieces) {
  const piece = pieces.shift();
  if (piece === undefined || socket.destroyed) return;
  const next = () => setTimeout(sendSlowly, PIECE_EVERY_MS, socket, pieces);
  if (socket.write(piece)) next();
  else socket.once('drain', next);
}

/**
 * @param {Kind} kind
 * @param {number} payloadBytes
 */
function mediaHeader(kind, payloadBytes) {
  const header = Buffer.alloc(HEADER_BYTES);
  header[0] = TYPE_MEDIA;
  header[1] = CODEC[kind];
  header.writeUInt16BE(1, 2);
  header.writeUInt32BE(payloadBytes, 12);
  return header;
}

/** Where Linux groups programs by session, a priority counts within its group alone (sched(7)). */
function giveWay() {
  setPriority(NICE);
  if (existsSync(AUTOGROUP)) writeFileSync(AUTOGROUP, String(NICE));
}

/** @param {Buffer} bytes */
function bytewise(bytes) {
  return [...bytes].map((byte) => Buffer.from([byte]));
}
