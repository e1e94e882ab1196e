/**
 * A TCP proxy whose network misbehaves as a test says: latency, bandwidth, slices, cuts, resets, slow
 * ends, silence, stalls. Owns its listener and all connections through it, which end with the test;
 * each direction of each connection draws its slices and its jitter from the seed.
 *
 *   client ──up──> [ proxy ] ──up──> server
 *          <─down─           <─down─
 */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { Random } from '../fuzz/random.js';
import { FaultLane } from './fault-lane.js';
import type { Faults } from './fault-lane.js';
import { resetSocket } from './reset-socket.js';

export type Direction = 'up' | 'down';

export interface ProxyOptions {
  /** As which address of this machine it connects, by the number of the connection. */
  readonly from?: (connection: number) => string;
  /** Where it listens in place of a port. */
  readonly path?: string;
}

/** A direction of one connection. */
interface LaneEnds {
  readonly from: Socket;
  readonly to: Socket;
  readonly passed: Record<Direction, number>;
  readonly signal: AbortSignal;
}

export class FaultProxy {
  /** What goes wrong on the way to the server, and back. May be changed at any time. */
  readonly faults: Record<Direction, Faults> = { up: {}, down: {} };
  /** Bytes passed on over all connections. */
  readonly passedBytes: Record<Direction, number> = { up: 0, down: 0 };
  /** Connections that were accepted so far, and the bytes that each has passed on. */
  readonly passedBy: Readonly<Record<Direction, number>>[] = [];
  readonly #server: Server;
  readonly #target: number | string;
  readonly #from: ((connection: number) => string) | undefined;
  readonly #seed: number;
  readonly #sockets = new Set<Socket>();
  readonly #running = new Set<Promise<void>>();
  #stalled: Promise<void> | undefined;
  #resume: () => void = () => undefined;

  /** Listens on a free port of loopback and passes on to that port of it, or between two sockets. */
  static async listen(
    target: number | string,
    seed = 1,
    { from, path }: ProxyOptions = {},
  ): Promise<FaultProxy> {
    const proxy = new FaultProxy(target, seed, from);
    if (path === undefined) proxy.#server.listen(0, '127.0.0.1');
    else proxy.#server.listen(path);
    await once(proxy.#server, 'listening');
    onTestFinished(() => proxy.close());
    return proxy;
  }

  private constructor(
    target: number | string,
    seed: number,
    from: ((connection: number) => string) | undefined,
  ) {
    this.#target = target;
    this.#from = from;
    this.#seed = seed;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      const passed = { up: 0, down: 0 };
      this.passedBy.push(passed);
      const running = this.#serve(client, passed).finally(() => this.#running.delete(running));
      this.#running.add(running);
    });
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Connections that were accepted so far. */
  get accepted(): number {
    return this.passedBy.length;
  }

  /** Connections open now. */
  get connections(): number {
    return this.#running.size;
  }

  /** From now on nothing passes and, soon, nothing more is read: the peer has frozen. */
  stall(): void {
    this.#stalled ??= new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  resume(): void {
    this.#stalled = undefined;
    this.#resume();
  }

  /** Resets every connection, as a router that restarts does. New ones are taken. */
  resetAll(): void {
    for (const socket of this.#sockets) resetSocket(socket);
  }

  /** Ends all. Idempotent; resolves when no socket is left. */
  async close(): Promise<void> {
    this.#server.close();
    this.resume();
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#running);
  }

  async #serve(client: Socket, passed: Record<Direction, number>): Promise<void> {
    const server = this.#connect();
    const abort = new AbortController();
    const closed = [client, server].map((socket) => this.#watch(socket, abort));
    const { signal } = abort;
    const lanes = [
      this.#lane('up', { from: client, to: server, passed, signal }),
      this.#lane('down', { from: server, to: client, passed, signal }),
    ];
    await Promise.race([Promise.all(lanes.map((lane) => lane.run())), ...closed]);
    // What was written is still delivered; a socket that was reset is gone already.
    client.destroySoon();
    server.destroySoon();
    await Promise.all(closed);
  }

  #connect(): Socket {
    const how = { allowHalfOpen: true, noDelay: true };
    if (typeof this.#target === 'string') return connect({ ...how, path: this.#target });
    const localAddress = this.#from?.(this.accepted);
    const from = localAddress === undefined ? {} : { localAddress };
    return connect({ ...how, port: this.#target, host: '127.0.0.1', ...from });
  }

  /** Resolves when the socket is gone; the other half of the connection goes with it. */
  #watch(socket: Socket, abort: AbortController): Promise<void> {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    return new Promise((resolve) => {
      socket.once('close', () => {
        this.#sockets.delete(socket);
        abort.abort();
        resolve();
      });
    });
  }

  #lane(direction: Direction, { passed, ...ends }: LaneEnds): FaultLane {
    const { signal } = ends;
    return new FaultLane({
      ...ends,
      random: new Random(this.#seed + 2 * this.accepted + (direction === 'up' ? 0 : 1)),
      faults: () => this.faults[direction],
      open: async () => {
        while (this.#stalled !== undefined && !signal.aborted) await this.#stalled;
      },
      onPassed: (bytes) => {
        this.passedBytes[direction] += bytes;
        passed[direction] += bytes;
      },
    });
  }
}
