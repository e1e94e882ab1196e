/**
 * One listening port: accepts connections through its door. Owns the server socket and the counts;
 * what a connection says is the guest's affair.
 */
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import type { SecureContext } from 'node:tls';

import { Allowance } from '../transport/allowance.js';
import type { Clock } from '../transport/clock.js';
import { MeetError, systemErrorCode } from '../transport/errors.js';
import type { Limits } from '../transport/limits.js';
import { plainAddress } from '../transport/network-address.js';
import type { StreamKind } from '../transport/stream-kind.js';
import type { KnownAddresses } from './admission/known-addresses.js';
import { Door } from './door.js';
import type { Refusal } from './farewells.js';
import { Farewells } from './farewells.js';
import type { HeldConnections } from './held-connections.js';

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
  /** Those of distrusted addresses wait there until it is their turn. */
  readonly held?: HeldConnections;
  /** Why nobody of this address is to come in now; undefined: as far as it goes, it may. */
  readonly refusal?: (address: string, isExpected: boolean) => Refusal | undefined;
  /** For the words to those who open with TLS and are turned away. */
  readonly secureContext?: SecureContext | undefined;
}

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
  readonly #tooManyDistrusted: MeetError;
  #cancelShut: (() => void) | undefined;
  /** Monotonic ms. */
  #heldOpenUntilMs = -Infinity;
  readonly #farewells: Farewells;

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
    const { kind, clock, secureContext } = options;
    this.#farewells = new Farewells({ kind, clock, secureContext });
    const { connections } = options.limits;
    this.#tooMany = tooManyComing(options.limits);
    this.#tooManyDistrusted = tooManyDistrusted(options.limits);
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
    this.#farewells.close();
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
    if (this.#options.held?.mustWait(address) === true) {
      this.#hold(socket, address);
      return;
    }
    const isExpected = this.#options.known?.spend(address) === true;
    const refusal = isExpected ? undefined : this.#pace();
    this.#enter(socket, address, isExpected, refusal);
  }

  /** Unread, and in no place of the listener's. */
  #hold(socket: Socket, address: string): void {
    const { held, onFault } = this.#options;
    socket.on('error', () => undefined);
    const isHeld = held?.add({
      address,
      enter: () => {
        this.#enter(socket, address, false);
      },
      drop: () => {
        onFault(this.#tooManyDistrusted, address);
        socket.destroy();
      },
    });
    if (isHeld === true) return;
    onFault(this.#tooManyDistrusted, address);
    this.#turnAway(socket, { fault: this.#tooManyDistrusted, retryAfterMs: RETRY_AFTER_MS });
  }

  #enter(socket: Socket, address: string, isExpected: boolean, early?: Refusal): void {
    const refusal =
      early ?? this.#options.refusal?.(address, isExpected) ?? this.#enterDoor(address);
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

  /** Whoever is told nothing comes again once it is closed: that is late, for as many as can be held. */
  #turnAway(socket: Socket, refusal: Refusal): void {
    socket.on('error', () => undefined);
    const drop = (): void => {
      socket.destroy();
    };
    if (this.#farewells.say(socket, refusal)) return;
    if (this.#options.held?.closeLate({ drop }) === true) return;
    drop();
    this.#shut();
  }
}

function tooManyComing({ connections }: Limits): MeetError {
  return new MeetError(
    'MEET_TOO_MANY_CONNECTIONS',
    `more than ${PLACES_PER_SECOND * connections} connections a second come to this port (--limit connections=N)`,
  );
}

function tooManyDistrusted(limits: Limits): MeetError {
  return new MeetError(
    'MEET_TOO_MANY_CONNECTIONS',
    `more than ${limits['distrusted-per-second']} connections a second come from addresses that broke the protocol (--limit distrusted-per-second=N)`,
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
