/**
 * Connections that a listener turns away: a few are told why, in plain or in TLS as they speak, and the
 * others are closed without a word. Owns the sockets of those that are told, and how many may be.
 */
import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';

import { Allowance } from '../transport/allowance.js';
import type { Clock } from '../transport/clock.js';
import { encodeControl } from '../transport/control.js';
import type { MeetError } from '../transport/errors.js';
import { encodePreamble } from '../transport/record-header.js';
import { acceptSecurely } from '../transport/secure-socket.js';
import type { StreamKind } from '../transport/stream-kind.js';

export interface Refusal {
  readonly fault: MeetError;
  readonly retryAfterMs: number;
}

export interface FarewellOptions {
  readonly kind: StreamKind;
  readonly clock: Clock;
  /** For the words to those who open with TLS; undefined: all are told in plain. */
  readonly secureContext: SecureContext | undefined;
}

/** Those who may be told at a time. */
const FAREWELLS = 32;
/** As many may be told in a second once all those were: most of what one costs is the telling. */
const FAREWELLS_PER_SECOND = 16;
const FAREWELL_MS = 200;
/** Of these, how many may be told in TLS, which costs a handshake; and how long that may take. */
const SECURE_FAREWELLS = 8;
const SECURE_FAREWELL_MS = 1000;
const TLS_HANDSHAKE = 0x16;

export class Farewells {
  readonly #options: FarewellOptions;
  readonly #words: Allowance;
  readonly #sockets = new Set<Socket>();
  #secure = 0;

  constructor(options: FarewellOptions) {
    this.#options = options;
    this.#words = new Allowance(FAREWELLS, FAREWELLS_PER_SECOND, options.clock);
  }

  /** Tells it why, and closes it. False: too many are told already, and it is left as it is. */
  say(socket: Socket, refusal: Refusal): boolean {
    const { secureContext, clock } = this.#options;
    if (this.#sockets.size >= FAREWELLS || !this.#words.spendWhole(1)) return false;
    this.#sockets.add(socket);
    const timeMs = secureContext === undefined ? FAREWELL_MS : SECURE_FAREWELL_MS;
    const cancel = clock.after(timeMs, () => socket.destroy());
    socket.once('close', () => {
      cancel();
      this.#sockets.delete(socket);
    });
    if (secureContext === undefined) {
      socket.resume();
      this.#tell(socket, refusal);
      return true;
    }
    socket.once('data', (first: Buffer) => {
      if (first[0] !== TLS_HANDSHAKE) this.#tell(socket, refusal);
      else this.#tellSecurely(socket, first, secureContext, refusal);
    });
    socket.resume();
    return true;
  }

  /** Ends those who are being told. Idempotent. */
  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #tellSecurely(socket: Socket, first: Buffer, context: SecureContext, refusal: Refusal): void {
    if (this.#secure >= SECURE_FAREWELLS) {
      socket.destroy();
      return;
    }
    this.#secure += 1;
    socket.pause();
    socket.unshift(first);
    const secure = acceptSecurely(socket, context);
    secure.on('error', () => undefined);
    secure.once('close', () => {
      this.#secure -= 1;
    });
    secure.resume();
    secure.once('secure', () => {
      this.#tell(secure, refusal);
    });
  }

  #tell(socket: Socket, { fault, retryAfterMs }: Refusal): void {
    socket.write(encodePreamble(this.#options.kind));
    const { code, message } = fault;
    socket.end(encodeControl({ type: 'refused', code, message, retryAfterMs }));
  }
}
