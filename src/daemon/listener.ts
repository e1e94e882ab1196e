/**
 * One listening port: accepts connections through its door. Owns the server socket and the counts;
 * what a connection says is the guest's affair.
 */
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';

import type { Clock } from '../transport/clock.js';
import { encodeControl } from '../transport/control.js';
import { MeetError, systemErrorCode } from '../transport/errors.js';
import type { Limits } from '../transport/limits.js';
import { plainAddress } from '../transport/peer-socket.js';
import { encodePreamble } from '../transport/record-header.js';
import type { StreamKind } from '../transport/stream-kind.js';
import { Door } from './door.js';

export interface ListenerOptions {
  readonly kind: StreamKind;
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly limits: Limits;
  readonly clock: Clock;
  /** A connection that was let in. It must not have been read from. Call `left` when it is gone. */
  readonly onConnection: (kind: StreamKind, socket: Socket, left: () => void) => void;
  readonly onFault: (fault: MeetError, address: string) => void;
}

/** Those turned away who may still be told why; more than these are closed without a word. */
const FAREWELLS = 32;
const FAREWELL_MS = 200;

export class Listener {
  readonly kind: StreamKind;
  readonly #options: ListenerOptions;
  readonly #server: Server;
  readonly #door: Door;
  /** Sockets of those who are being told why they were turned away. */
  readonly #farewells = new Set<Socket>();

  /** Listens. Rejects with MEET_PORT_TAKEN or MEET_BIND. */
  static async open(options: ListenerOptions): Promise<Listener> {
    const listener = new Listener(options);
    await listener.#listen();
    return listener;
  }

  private constructor(options: ListenerOptions) {
    this.kind = options.kind;
    this.#options = options;
    this.#door = new Door(options.limits);
    // Paused: the bytes are first read where they are to go.
    this.#server = createServer({ pauseOnConnect: true }, (socket) => {
      this.#accept(socket);
    });
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : this.#options.port;
  }

  /** Stops listening. Connections that were let in go on; their owner closes them. Idempotent. */
  close(): void {
    if (this.#server.listening) this.#server.close();
    for (const socket of this.#farewells) socket.destroy();
  }

  #listen(): Promise<void> {
    const { host, port, kind } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error) => {
        reject(bindFault(error, kind, host, port));
      });
      this.#server.listen({ host, port }, () => {
        this.#server.removeAllListeners('error');
        // Out of descriptors or memory for a moment: the listener itself lives on.
        this.#server.on('error', (error) => {
          this.#options.onFault(bindFault(error, kind, host, port), host);
        });
        resolve();
      });
    });
  }

  #accept(socket: Socket): void {
    const address = plainAddress(socket.remoteAddress ?? 'unknown');
    const fault = this.#door.enter(address);
    if (fault === undefined) {
      this.#options.onConnection(this.kind, socket, () => {
        this.#door.leave(address);
      });
      return;
    }
    this.#options.onFault(fault, address);
    this.#turnAway(socket, fault);
  }

  #turnAway(socket: Socket, fault: MeetError): void {
    socket.on('error', () => undefined);
    if (this.#farewells.size >= FAREWELLS) {
      socket.destroy();
      return;
    }
    this.#farewells.add(socket);
    const cancel = this.#options.clock.after(FAREWELL_MS, () => socket.destroy());
    socket.once('close', () => {
      cancel();
      this.#farewells.delete(socket);
    });
    socket.resume();
    socket.write(encodePreamble(this.kind));
    const { code, message } = fault;
    socket.end(encodeControl({ type: 'refused', code, message, retryAfterMs: 1000 }));
  }
}

function bindFault(error: Error, kind: StreamKind, host: string, port: number): MeetError {
  const code = systemErrorCode(error);
  if (code === 'EADDRINUSE') {
    return new MeetError(
      'MEET_PORT_TAKEN',
      `${kind} port ${port} on ${host} is taken; end the other program, or choose: --ports SCREEN,VIDEO,AUDIO (0: any free one)`,
      { cause: error },
    );
  }
  const why: Readonly<Record<string, string>> = {
    EACCES: 'ports below 1024 need more rights; choose: --ports SCREEN,VIDEO,AUDIO',
    EADDRNOTAVAIL: 'this machine has no such address; choose another: --bind ADDR',
    ENOTFOUND: 'no such host name; choose an address: --bind ADDR',
  };
  return new MeetError(
    'MEET_BIND',
    `cannot listen on ${host} port ${port} (${kind}): ${why[code ?? ''] ?? error.message}`,
    { cause: error },
  );
}
