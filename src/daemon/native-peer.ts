/**
 * One native connection on the daemon's side: its handshake (native-greeting.ts), then whichever
 * role it asked for. Owns the connection until it is greeted; what a publisher or a viewer does is
 * its role's affair.
 *
 *   GREETING ──hello──> publisher or viewer ──bye or lost──> ENDED
 *       └──anything else──> refused, ENDED
 */
import type { TLSSocket } from 'node:tls';

import type { ControlRecord } from '../transport/control.js';
import type { Hello } from '../transport/handshake-records.js';
import { MeetError, asMeetError } from '../transport/errors.js';
import type { ErrorCode } from '../transport/errors.js';
import { NativeChannel } from '../transport/native-channel.js';
import { isLoopback } from '../transport/network-address.js';
import type { PeerSocket } from '../transport/peer-socket.js';
import type { Preamble } from '../transport/record-header.js';
import { channelBinding } from '../transport/secure-socket.js';
import type { StreamKind } from '../transport/stream-kind.js';
import type { Grant } from './admission/grant.js';
import { roleFault } from './admission/grant.js';
import { actOf } from './admission/roles.js';
import type { Applicant } from './admission/waiting-room.js';
import { isBreach } from './breach.js';
import { NativeGreeting } from './native-greeting.js';
import type { Participant } from './participant.js';
import { ParticipantActs } from './participant-acts.js';
import type { PeerContext, PeerRole, RoleContext } from './peer-role.js';
import { cleanReason } from './peer-role.js';
import { preambleFault } from './preamble-fault.js';
import { PublisherRole } from './publisher-role.js';
import { welcomeRecord } from './welcome-record.js';
import { ViewerRole } from './viewer-role.js';

export class NativePeer {
  readonly channel: NativeChannel;
  readonly #context: PeerContext;
  readonly #socket: PeerSocket;
  readonly #kind: StreamKind;
  #participant: Participant | undefined;
  #acts: ParticipantActs | undefined;
  #role: PeerRole | undefined;
  #saidBye: string | undefined;
  #grant: Grant | undefined;
  #refused = false;
  #ended = false;
  readonly #secure: TLSSocket | undefined;
  /** Until it is let in. */
  #greeting: NativeGreeting | undefined;
  readonly #onSettled: () => void;

  /** `secure`: the TLS that it goes through. `onSettled`: it is known who it is, or that it waits. */
  constructor(
    context: PeerContext,
    socket: PeerSocket,
    kind: StreamKind,
    secure: TLSSocket | undefined,
    onSettled: () => void,
  ) {
    this.#context = context;
    this.#socket = socket;
    this.#kind = kind;
    this.#secure = secure;
    this.#onSettled = onSettled;
    this.channel = new NativeChannel({
      kind,
      limits: context.limits,
      clock: context.clock,
      memory: context.memory,
      handlers: {
        onPreamble: (preamble) => {
          this.#onPreamble(preamble);
        },
        onControl: (record) => {
          this.#onControl(record);
        },
        mayBeginMedia: () => this.#mayBeginMedia(),
        onMedia: (frame) => {
          if (!this.#ended) this.#role?.onMedia(frame);
        },
        onAck: (sequence, source) => this.#role?.onAck(sequence, source),
        onRoundTrip: (roundTrip) => this.#role?.onRoundTrip(roundTrip),
      },
    });
    this.channel.attach(socket);
    const address = socket.remoteAddress;
    if (!isLoopback(address)) {
      this.channel.reader.controlBytesMost = context.limits['waiting-bytes'];
    }
    const { admission, limits, sentAway } = context;
    this.#greeting = new NativeGreeting({
      admission,
      limits,
      sentAway,
      channel: this.channel,
      kind,
      address,
      binding: secure === undefined ? undefined : () => channelBinding(secure),
      openedAtMs: context.clock.now(),
      onGranted: (hello, applicant, grant) => {
        this.#letIn(hello, applicant, grant);
      },
      onWaiting: () => {
        this.channel.ping(context.clock.now());
        onSettled();
      },
      refuse: (code, message, more) => {
        this.#refuse(code, message, more);
      },
    });
  }

  /** Whether the handshake is over. */
  get greeted(): boolean {
    return this.#role !== undefined;
  }

  /** Of one who was let in. */
  get session(): string | undefined {
    return this.#participant?.session;
  }

  onDrain(): void {
    this.#role?.onDrain();
  }

  /** The handshake must end in time; after it, pings tell whether the peer lives. */
  tick(nowMs: number): void {
    if (this.#ended) return;
    if (this.#role !== undefined) {
      this.channel.tick(nowMs);
      this.#role.tick(nowMs);
      return;
    }
    this.#greeting?.tick(nowMs);
  }

  /** Says bye and closes. */
  async close(reason: string, retryAfterMs: number): Promise<void> {
    if (!this.greeted) await this.#socket.close();
    else await this.channel.end({ type: 'bye', reason, retryAfterMs });
  }

  /** The socket is gone. Idempotent. */
  gone(fault: MeetError | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#greeting?.close();
    this.#grant?.release();
    const participant = this.#participant;
    if (participant === undefined) return;
    const reason = this.#saidBye ?? fault?.message ?? 'the connection was closed';
    const saidBye = this.#saidBye !== undefined;
    this.#acts?.close();
    this.#role?.gone(reason, saidBye);
    this.#context.hub.exit(participant, saidBye || isBreach(fault), reason);
  }

  #onPreamble(preamble: Preamble): void {
    this.channel.sendPreamble();
    const fault = preambleFault(preamble, this.#kind, this.#context.ports);
    if (fault === undefined) return;
    const { code, message, ...more } = fault;
    this.#refuse(code, message, more);
  }

  #onControl(record: ControlRecord): void {
    if (this.#ended) return;
    const participant = this.#participant;
    if (
      record.type === 'bye' &&
      (participant !== undefined || this.#greeting?.isWaiting === true)
    ) {
      this.#saidBye = cleanReason(record.reason);
      this.channel.acknowledgeLast();
      void this.#socket.close();
    } else if (participant === undefined) this.#greeting?.onControl(record);
    else if (!this.#mayDo(record)) this.#forbid(record);
    else if (record.type !== 'error' && this.#acts?.onControl(record) !== true) {
      if (this.#role?.onControl(record) !== true) this.#reject(record);
    }
  }

  /** Looked at with every record, since a role may change while one is here. */
  #mayDo(record: ControlRecord): boolean {
    const act = actOf(record);
    return act === undefined || this.#grant?.may(act) === true;
  }

  #forbid(record: ControlRecord): void {
    const grant = this.#grant;
    const act = actOf(record);
    if (grant === undefined || act === undefined) return;
    const { code, message } = roleFault(grant, act, `send "${record.type}"`);
    if ('id' in record)
      this.channel.sendControl({ type: 'done', id: record.id, ok: false, code, message });
    else this.#refuse(code, message);
  }

  /** Before anything of a frame is kept. */
  #mayBeginMedia(): boolean {
    if (this.#ended) return false;
    if (this.#role === undefined) {
      this.#greeting?.onMedia();
      return false;
    }
    const grant = this.#grant;
    if (grant === undefined || grant.may('publish')) return true;
    const { code, message } = roleFault(grant, 'publish', 'send media');
    this.#refuse(code, message);
    return false;
  }

  #letIn(hello: Hello, applicant: Applicant, grant: Grant): void {
    try {
      this.#enter(hello, applicant, grant);
    } catch (thrown) {
      grant.release();
      const { code, message } = asMeetError(thrown);
      this.#refuse(code, message);
    }
  }

  #reject(record: ControlRecord): void {
    this.channel.sendControl({
      type: 'error',
      code: 'MEET_CONTROL_INVALID',
      message: `"${record.type}" is not for a client in this role to send`,
    });
  }

  #enter(hello: Hello, { name, room, session, address, key }: Applicant, grant: Grant): void {
    const { hub, limits, clock, roster } = this.#context;
    const publishes = hello.role === 'publish';
    const act = publishes ? 'publish' : 'watch';
    if (!grant.may(act)) throw roleFault(grant, act, hello.role);
    this.#grant = grant;
    const participant = hub.enter({
      name,
      room: grant.room ?? room,
      session,
      origin: 'native',
      address,
      key,
      publishes: publishes || (hello.publishes === true && grant.may('publish')),
      plaintext: this.#secure === undefined && !isLoopback(address),
    });
    this.#participant = participant;
    this.#acts = new ParticipantActs(this.#context, this.channel, participant, grant);
    grant.whenRevoked(({ code, message }) => {
      this.#refuse(code, message);
    });
    this.channel.reader.controlBytesMost = Infinity;
    this.channel.acks = hello.acks === true;
    this.channel.sendControl(
      welcomeRecord(
        this.#context,
        this.#kind,
        participant,
        grant.role,
        this.channel.acks,
        publishes,
      ),
    );
    // Before a viewer's first picture: behind one a round trip of a slow link is that of the picture.
    this.channel.ping(clock.now());
    // Field by field: a copy of the whole context is 5 kB for each of a thousand connections.
    const context: RoleContext = {
      hub,
      limits,
      clock,
      roster,
      channel: this.channel,
      socket: this.#socket,
      kind: this.#kind,
      participant,
      refuse: (code, message) => {
        this.#refuse(code, message);
      },
      leave: () => {
        this.gone(undefined);
      },
    };
    this.#role = publishes ? new PublisherRole(context, hello) : new ViewerRole(context, hello);
    this.#greeting = undefined;
    this.#onSettled();
    if (!publishes && hello.plays === true) this.#acts.sit();
  }

  #refuse(code: ErrorCode, message: string, more: { versions?: number[] } = {}): void {
    if (this.#refused) return;
    this.#refused = true;
    const fault = new MeetError(code, message);
    void this.channel.end({ type: 'refused', code, message, ...more }, fault);
  }
}
