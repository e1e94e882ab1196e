/**
 * One listening port: accepts connections through its door. Owns the server socket and the counts;
 * what a connection says is the guest's affair.
 */
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import type { SecureContext } from 'node:tls';

import { Allowance } from '../transport/allowance.js';
import type { Clock } from '../transport/clock.js';
import { encodeControl } from '../transport/control.js';
import { MeetError, systemErrorCode } from '../transport/errors.js';
import type { Limits } from '../transport/limits.js';
import { plainAddress } from '../transport/network-address.js';
import { encodePreamble } from '../transport/record-header.js';
import { acceptSecurely } from '../transport/secure-socket.js';
import type { StreamKind } from '../transport/stream-kind.js';
import type { KnownAddresses } from './admission/known-addresses.js';
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
  /** Whether somebody who was let in comes from there; `spend` takes one connection of its part. */
  readonly known?: Pick<KnownAddresses, 'has' | 'spend'>;
  /** Why nobody of this address is to come in now; undefined: as far as it goes, it may. */
  readonly refusal?: (address: string, isExpected: boolean) => Refusal | undefined;
  /** For the words to those who open with TLS and are turned away. */
  readonly secureContext?: SecureContext | undefined;
}

export interface Refusal {
  readonly fault: MeetError;
  readonly retryAfterMs: number;
}

/** Those turned away who may still be told why; more than these are closed without a word. */
const FAREWELLS = 32;
const FAREWELL_MS = 200;
/** Of these, how many may be told in TLS, which costs a handshake; and how long that may take. */
const SECURE_FAREWELLS = 8;
const SECURE_FAREWELL_MS = 1000;
const TLS_HANDSHAKE = 0x16;
const RETRY_AFTER_MS = 1000;
/** How long all who come are dropped unseen, once there are more to turn away than may be told. */
const SHUT_MS = 20;
/**
 * How long a port is not shut after somebody of a known address was dropped so, who will come again;
 * and for as long it may be shut after that, whoever knocks.
 */
const HELD_OPEN_MS = 5000;
/** All of a listener's places may be taken twice at once, and then a quarter of them each second. */
const BURST_PLACES = 2;
const PLACES_PER_SECOND = 0.25;
/** As many as come at once are taken in one turn of the event loop, for which all others wait. */
const BACKLOG = 128;

export class Listener {
  readonly kind: StreamKind;
  readonly #options: ListenerOptions;
  readonly #server: Server;
  readonly #door: Door;
  /** Newcomers: each costs some work, whoever it is. */
  readonly #newcomers: Allowance;
  /** One for all: in a flood much of what a dropped one costs would be the error's stack. */
  readonly #tooMany: MeetError;
  #cancelShut: (() => void) | undefined;
  /** Monotonic ms. */
  #heldOpenUntilMs = -Infinity;
  /** Sockets of those who are being told why they were turned away. */
  readonly #farewells = new Set<Socket>();
  #secureFarewells = 0;

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
    const { connections } = options.limits;
    this.#tooMany = tooManyComing(options.limits);
    const perSecond = PLACES_PER_SECOND * connections;
    this.#newcomers = new Allowance(BURST_PLACES * connections, perSecond, options.clock);
    // Paused: the bytes are first read where they are to go.
    this.#server = createServer({ pauseOnConnect: true }, (socket) => {
      this.#accept(socket);
    });
    this.#server.on('drop', (dropped) => {
      const address = plainAddress(dropped?.remoteAddress ?? 'unknown');
      if (options.known?.has(address) === true) this.#holdOpen();
      options.onFault(this.#tooMany, address);
    });
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : this.#options.port;
  }

  /** Stops listening. Connections that were let in go on; their owner closes them. Idempotent. */
  close(): void {
    this.#cancelShut?.();
    if (this.#server.listening) this.#server.close();
    for (const socket of this.#farewells) socket.destroy();
  }

  #listen(): Promise<void> {
    const { host, port, kind } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error) => {
        reject(bindFault(error, kind, host, port));
      });
      this.#server.listen({ host, port, backlog: BACKLOG }, () => {
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
    const isExpected = this.#options.known?.spend(address) === true;
    const refusal =
      (isExpected ? undefined : this.#pace()) ??
      this.#options.refusal?.(address, isExpected) ??
      this.#enterDoor(address);
    if (refusal === undefined) {
      this.#options.onConnection(this.kind, socket, () => {
        this.#door.leave(address);
      });
      return;
    }
    this.#options.onFault(refusal.fault, address);
    this.#turnAway(socket, refusal);
  }

  #pace(): Refusal | undefined {
    if (this.#newcomers.spendWhole(1)) return undefined;
    return { fault: this.#tooMany, retryAfterMs: RETRY_AFTER_MS };
  }

  /**
   * A connection that is dropped by the server has no socket made for it, which is most of what one
   * costs. `maxConnections` is a switch here: of sockets that were read directly (direct-read.ts) the
   * server does not see the end.
   */
  #shut(): void {
    const { clock } = this.#options;
    if (this.#cancelShut !== undefined || clock.now() < this.#heldOpenUntilMs) return;
    this.#server.maxConnections = 1;
    this.#cancelShut = clock.after(SHUT_MS, () => {
      this.#open();
    });
  }

  #open(): void {
    this.#cancelShut?.();
    this.#cancelShut = undefined;
    this.#server.maxConnections = Infinity;
  }

  #holdOpen(): void {
    const nowMs = this.#options.clock.now();
    if (nowMs < this.#heldOpenUntilMs + HELD_OPEN_MS) return;
    this.#heldOpenUntilMs = nowMs + HELD_OPEN_MS;
    this.#open();
  }

  #enterDoor(address: string): Refusal | undefined {
    const fault = this.#door.enter(address);
    return fault === undefined ? undefined : { fault, retryAfterMs: RETRY_AFTER_MS };
  }

  #turnAway(socket: Socket, refusal: Refusal): void {
    const { secureContext, clock } = this.#options;
    socket.on('error', () => undefined);
    if (this.#farewells.size >= FAREWELLS) {
      socket.destroy();
      this.#shut();
      return;
    }
    this.#farewells.add(socket);
    const timeMs = secureContext === undefined ? FAREWELL_MS : SECURE_FAREWELL_MS;
    const cancel = clock.after(timeMs, () => socket.destroy());
    socket.once('close', () => {
      cancel();
      this.#farewells.delete(socket);
    });
    if (secureContext === undefined) {
      socket.resume();
      this.#say(socket, refusal);
      return;
    }
    socket.once('data', (first: Buffer) => {
      if (first[0] !== TLS_HANDSHAKE) this.#say(socket, refusal);
      else this.#saySecurely(socket, first, secureContext, refusal);
    });
    socket.resume();
  }

  #saySecurely(socket: Socket, first: Buffer, context: SecureContext, refusal: Refusal): void {
    if (this.#secureFarewells >= SECURE_FAREWELLS) {
      socket.destroy();
      return;
    }
    this.#secureFarewells += 1;
    socket.pause();
    socket.unshift(first);
    const secure = acceptSecurely(socket, context);
    secure.on('error', () => undefined);
    secure.once('close', () => {
      this.#secureFarewells -= 1;
    });
    secure.resume();
    secure.once('secure', () => {
      this.#say(secure, refusal);
    });
  }

  #say(socket: Socket, { fault, retryAfterMs }: Refusal): void {
    socket.write(encodePreamble(this.kind));
    const { code, message } = fault;
    socket.end(encodeControl({ type: 'refused', code, message, retryAfterMs }));
  }
}

function tooManyComing({ connections }: Limits): MeetError {
  return new MeetError(
    'MEET_TOO_MANY_CONNECTIONS',
    `more than ${PLACES_PER_SECOND * connections} connections a second come to this port (--limit connections=N)`,
  );
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
