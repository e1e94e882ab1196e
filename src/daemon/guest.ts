/**
 * One accepted connection: first nobody knows what it speaks, then it is a native peer or one of an
 * older client's three. Owns the socket and who reads it; holds no meeting.
 *
 *   UNKNOWN ──MEET──> native peer
 *      ├──a length──> older client (grouped with its other two at its first frame)
 *      └──anything else──> closed, one log line
 */
import type { Socket } from 'node:net';

import { MeetError } from '../transport/errors.js';
import type { HalfReceivedBudget } from '../transport/half-received.js';
import { OlderReader } from '../transport/older/older-reader.js';
import type { DecidedOpening } from '../transport/opening-reader.js';
import { OpeningReader } from '../transport/opening-reader.js';
import { PeerSocket } from '../transport/peer-socket.js';
import type { StreamKind } from '../transport/stream-kind.js';
import { NativePeer } from './native-peer.js';
import type { PeerContext } from './native-peer.js';
import type { OlderClient } from './older-client.js';
import type { OlderCandidate } from './older-groups.js';

export interface GuestContext extends PeerContext {
  readonly budget: HalfReceivedBudget;
  /** The guest is not one of an older client's connections. */
  readonly onNative: (guest: Guest) => void;
  /** The guest's first older frame: finds its client, and ties its other connections to it. */
  readonly clientOf: (guest: Guest) => OlderClient;
  /** The guest sends too much and is read more slowly; it stays. */
  readonly onPaced: (guest: Guest, fault: MeetError) => void;
  readonly onClose: (guest: Guest, fault: MeetError | undefined) => void;
}

export class Guest implements OlderCandidate {
  readonly kind: StreamKind;
  readonly openedAtMs: number;
  readonly #context: GuestContext;
  readonly #socket: PeerSocket;
  #native: NativePeer | undefined;
  #older: OlderClient | undefined;

  constructor(context: GuestContext, kind: StreamKind, socket: Socket) {
    this.#context = context;
    this.kind = kind;
    this.openedAtMs = context.clock.now();
    this.#socket = new PeerSocket({
      socket,
      accepted: true,
      reader: new OpeningReader(kind, context.limits, (opening, first) => {
        this.#open(opening, first);
      }),
      limits: context.limits,
      clock: context.clock,
      budget: context.budget,
      onPaced: (fault) => {
        context.onPaced(this, fault);
      },
      onDrain: () => {
        this.#native?.onDrain();
        if (this.kind === 'video') this.#older?.drained();
      },
      onClose: (fault) => {
        this.#gone(fault);
      },
    });
  }

  get address(): string {
    return this.#socket.remoteAddress;
  }

  /** What it is known to speak. */
  get speaks(): 'unknown' | 'native' | 'older' {
    if (this.#native !== undefined) return 'native';
    return this.#older === undefined ? 'unknown' : 'older';
  }

  /** Whether it has said nothing at all so far. */
  get silent(): boolean {
    return this.#native === undefined && this.#socket.receivedBytes === 0;
  }

  /** It is one of this client's connections. */
  tieTo(client: OlderClient): void {
    this.#older = client;
    client.enter(this.kind, { write: (bytes) => this.#socket.write(bytes) });
  }

  /** Ends the connection for a fault of the peer's. */
  fail(fault: MeetError): void {
    this.#socket.fail(fault);
  }

  tick(nowMs: number): void {
    this.#socket.checkDeadline(nowMs);
    this.#native?.tick(nowMs);
  }

  /** Resolves when the socket is gone. */
  async close(reason: string, retryAfterMs: number): Promise<void> {
    if (this.#native === undefined) await this.#socket.close();
    else await this.#native.close(reason, retryAfterMs);
  }

  #open(opening: DecidedOpening, first: Buffer): void {
    switch (opening) {
      case 'native':
        this.#context.onNative(this);
        this.#leaveOlder('it turned out to speak the native framing');
        this.#native = new NativePeer(this.#context, this.#socket, this.kind);
        this.#socket.handOver(this.#native.channel.reader, first);
        break;
      case 'older':
        this.#socket.handOver(this.#olderReader(), first);
        break;
      case 'tls':
        throw new MeetError(
          'MEET_TLS_UNAVAILABLE',
          'the peer wants TLS, which this version does not speak; connect in plain',
        );
      case 'foreign':
        throw new MeetError(
          'MEET_PROTOCOL',
          `the ${this.kind} port got ${first.toString('hex')}, expected "MEET" or a frame length`,
        );
    }
  }

  #olderReader(): OlderReader {
    return new OlderReader({
      kind: this.kind,
      limits: this.#context.limits,
      onBody: (record) => {
        const client = this.#older ?? this.#context.clientOf(this);
        client.publish(this.kind, record);
      },
    });
  }

  #gone(fault: MeetError | undefined): void {
    this.#native?.gone(fault);
    this.#leaveOlder(fault?.message ?? 'the client closed the connection');
    this.#context.onClose(this, fault);
  }

  #leaveOlder(reason: string): void {
    this.#older?.exit(this.kind, reason);
    this.#older = undefined;
  }
}
