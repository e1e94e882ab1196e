/**
 * A stand-in for a daemon, written for tests from the wire's tables: it takes connections, says what a
 * test tells it to, and keeps the records that come. Owns its sockets, which end with the test.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { Journal } from './journal.js';
import { WIRE_HEADER_BYTES, WIRE_PREAMBLE_BYTES, wireControl, wirePreamble } from './wire.js';

/** A record that came: its header's bytes, and its payload. */
export interface WireRecord {
  readonly connection: number;
  readonly type: number;
  readonly sequence: number;
  readonly payload: Buffer;
}

export interface WireServerOptions {
  /** What is written to each connection, by its number from 0; left out: preamble and welcome. */
  readonly greeting?: (connection: number) => Buffer | undefined;
  /** Acknowledges every media record; left out: none. */
  readonly acks?: boolean;
}

export class WireServer {
  readonly records = new Journal<WireRecord>();
  readonly sockets: Socket[] = [];
  readonly port: number;

  static async listen(options: WireServerOptions = {}): Promise<WireServer> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const self = new WireServer(typeof address === 'object' && address !== null ? address.port : 0);
    server.on('connection', (socket) => {
      self.#accept(socket, options);
    });
    onTestFinished(() => {
      for (const socket of self.sockets) socket.destroy();
      server.close();
    });
    return self;
  }

  private constructor(port: number) {
    this.port = port;
  }

  #accept(
    socket: Socket,
    { greeting = () => wireGreeting(), acks = false }: WireServerOptions,
  ): void {
    const connection = this.sockets.length;
    this.sockets.push(socket);
    socket.on('error', () => undefined);
    let bytes = Buffer.alloc(0);
    let greeted = false;
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (!greeted && bytes.length >= WIRE_PREAMBLE_BYTES) {
        greeted = true;
        bytes = bytes.subarray(WIRE_PREAMBLE_BYTES);
      }
      while (greeted && bytes.length >= WIRE_HEADER_BYTES) {
        const end = WIRE_HEADER_BYTES + bytes.readUInt32BE(12);
        if (bytes.length < end) return;
        const type = bytes[0] ?? 0;
        const sequence = bytes.readUInt32BE(8);
        const payload = bytes.subarray(WIRE_HEADER_BYTES, end);
        this.records.push({ connection, type, sequence, payload });
        bytes = bytes.subarray(end);
        if (acks && type === 1) socket.write(wireControl({ type: 'ack', sequence }));
      }
    });
    const words = greeting(connection);
    if (words !== undefined) socket.write(words);
  }
}

/** Preamble and welcome of a daemon, with these fields changed. */
export function wireGreeting(fields: object = {}): Buffer {
  return Buffer.concat([
    wirePreamble('screen'),
    wireControl({
      type: 'welcome',
      version: 1,
      participant: 1,
      name: 'kiosk',
      room: 'main',
      roster: [],
      limits: { payloadBytes: 16_777_216, controlBytes: 65_536 },
      ...fields,
    }),
  ]);
}
