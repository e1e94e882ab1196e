/**
 * Many attackers at once: connections from many addresses of loopback, each of which does its harm
 * and, when it is thrown out, comes back. Owns the sockets, which end with `close`; knows what is done
 * on them only as bytes.
 */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { STREAM_KINDS } from '../../src/transport/stream-kind.js';
import type { StreamKind } from '../../src/transport/stream-kind.js';
import { wireControl, wireJpeg, wirePicture, wirePreamble, wireRecord } from '../setup/wire.js';

/** What one attacker sends on a connection to the port of `kind`; the rest is silence. */
export type Harm = (kind: StreamKind, attacker: number) => readonly Buffer[];

/** Between two pieces of an attacker, and before it comes back. */
const PIECE_EVERY_MS = 200;

function hello(attacker: number): Buffer {
  const session = `attacker-${attacker}`;
  const fields = { versions: [1], role: 'publish', name: 'attacker', session };
  return wireControl({ type: 'hello', ...fields });
}

function bytewise(bytes: Buffer): Buffer[] {
  return [...bytes].map((byte) => Buffer.from([byte]));
}

export const HARMS = {
  'slow preambles': (kind) => bytewise(wirePreamble(kind)),
  'slow hellos': (kind, attacker) => [wirePreamble(kind), ...bytewise(hello(attacker))],
  'slow lengths': () => bytewise(Buffer.from([0, 0, 1])),
  'lengths beyond all limits': (kind, attacker) => [
    Buffer.concat([
      wirePreamble(kind),
      hello(attacker),
      wireRecord({ type: 1, codec: 1, flags: 1, payloadBytes: 0xffff_ffff }),
    ]),
  ],
  'picture bombs': (kind, attacker) => [
    Buffer.concat([wirePreamble(kind), hello(attacker), wirePicture({}, wireJpeg(65_535, 65_535))]),
  ],
  'half a frame': (kind, attacker) => [
    Buffer.concat([
      wirePreamble(kind),
      hello(attacker),
      wireRecord({ type: 1, codec: kind === 'audio' ? 2 : 1, flags: 1, payloadBytes: 200_000 }),
      Buffer.alloc(100_000),
    ]),
  ],
  noise: () => [Buffer.from('GET / HTTP/1.1\r\nHost: meet\r\n\r\n')],
  nothing: () => [],
} as const satisfies Record<string, Harm>;

export class Horde {
  /** Connections that were made so far, and those that the other side ended. */
  connected = 0;
  thrownOut = 0;
  readonly #sockets = new Set<Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #closed = false;

  /** `attackers` at a time, spread evenly over the ports and these harms. */
  constructor(
    ports: Readonly<Record<StreamKind, number>>,
    attackers: number,
    harms: readonly Harm[],
  ) {
    for (let attacker = 0; attacker < attackers; attacker += 1) {
      const kind = STREAM_KINDS[attacker % STREAM_KINDS.length] ?? 'screen';
      const harm = harms[Math.floor(attacker / STREAM_KINDS.length) % harms.length];
      if (harm !== undefined) this.#attack(attacker, kind, ports[kind], harm);
    }
  }

  get connections(): number {
    return this.#sockets.size;
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const socket of this.#sockets) socket.destroy();
  }

  #attack(attacker: number, kind: StreamKind, port: number, harm: Harm): void {
    if (this.#closed) return;
    const localAddress = `127.1.${attacker >> 8}.${attacker & 255}`;
    const socket = connect({ host: '127.0.0.1', port, localAddress });
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.resume();
    socket.once('connect', () => {
      this.connected += 1;
      this.#send(socket, [...harm(kind, attacker)]);
    });
    socket.once('close', () => {
      this.#sockets.delete(socket);
      if (this.#closed) return;
      this.thrownOut += 1;
      this.#later(() => {
        this.#attack(attacker, kind, port, harm);
      });
    });
  }

  #send(socket: Socket, pieces: Buffer[]): void {
    const piece = pieces.shift();
    if (piece === undefined || socket.destroyed) return;
    socket.write(piece);
    this.#later(() => {
      this.#send(socket, pieces);
    });
  }

  #later(run: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, PIECE_EVERY_MS);
    this.#timers.add(timer);
  }
}
