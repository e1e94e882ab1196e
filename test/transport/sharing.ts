/**
 * A publisher's stream as the command line builds one, for tests: what it tells is kept in order. Owns
 * the stream, which ends with the test.
 */
import { onTestFinished } from 'vitest';
import type { ClientSecurity } from '../../src/transport/client-security.js';
import type { Clock } from '../../src/transport/clock.js';
import { systemClock } from '../../src/transport/clock.js';
import type { Welcome } from '../../src/transport/handshake-records.js';
import type { MeetError } from '../../src/transport/errors.js';
import { limitsWith } from '../../src/transport/limits.js';
import { PublisherStream } from '../../src/transport/publisher-stream.js';
import type { StreamKind } from '../../src/transport/stream-kind.js';
import { Journal } from '../setup/journal.js';
import { newSession } from '../setup/native-client.js';
import { wireJpeg } from '../setup/wire.js';

export interface SharingOptions {
  readonly port: number;
  readonly kind?: StreamKind;
  readonly clock?: Clock;
  readonly waitMs?: number;
  readonly reconnect?: boolean;
  /** Default: kiosk. */
  readonly name?: string;
  readonly session?: string;
  /** Left out: waits of at most 10 ms, so that tests of reconnecting are quick. */
  readonly random?: () => number;
  /** Left out: in plain. */
  readonly security?: ClientSecurity;
}

export interface Lost {
  readonly fault: MeetError;
  readonly retryInMs: number;
}

export class Sharing {
  readonly stream: PublisherStream;
  readonly opened = new Journal<Welcome>();
  readonly lost = new Journal<Lost>();
  readonly clock: Clock;
  #next = 0;

  constructor(options: SharingOptions) {
    this.clock = options.clock ?? systemClock;
    this.stream = new PublisherStream({
      kind: options.kind ?? 'screen',
      host: '127.0.0.1',
      port: options.port,
      identity: {
        name: options.name ?? 'kiosk',
        room: 'main',
        session: options.session ?? newSession(),
        software: 'meet test',
      },
      waitMs: options.waitMs ?? 0,
      reconnect: options.reconnect ?? true,
      limits: limitsWith(),
      clock: this.clock,
      random: options.random ?? (() => 0.02),
      ...(options.security === undefined ? {} : { security: options.security }),
      events: {
        onOpen: (_, welcome) => {
          this.opened.push(welcome);
        },
        onLost: (_, fault, retryInMs) => {
          this.lost.push({ fault, retryInMs });
        },
      },
    });
    onTestFinished(() => this.stream.close());
  }

  /** Offers so many frames at once; each payload holds its number. */
  send(count = 1, sizeBytes = 100): void {
    for (let sent = 0; sent < count; sent += 1) {
      const payload = Buffer.concat([wireJpeg(64, 48, sizeBytes - 19), Buffer.alloc(4)]);
      payload.writeUInt32BE(this.#next, payload.length - 4);
      this.#next += 1;
      this.stream.send({ payload, capturedAtUs: this.clock.wallUs(), encodedAfterUs: 7 });
    }
  }

  /** Offers frames one by one, each when the one before is on its way. */
  async sendEach(count: number, sizeBytes = 100): Promise<void> {
    for (let sent = 0; sent < count; sent += 1) {
      await this.ready();
      this.send(1, sizeBytes);
    }
  }

  /** Resolves when a picture taken now would go out at once. */
  async ready(): Promise<void> {
    while (!this.stream.ready) await new Promise((resolve) => setImmediate(resolve));
  }
}
