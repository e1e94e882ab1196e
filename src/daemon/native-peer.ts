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
import type { Binding } from '../transport/identity.js';
import type { ChannelHandlers } from '../transport/native-channel.js';
import { NativeChannel } from '../transport/native-channel.js';
import { isLoopback } from '../transport/network-address.js';
import type { PeerSocket } from '../transport/peer-socket.js';
import type { Frame } from '../transport/frame.js';
import type { Preamble } from '../transport/record-header.js';
import { channelBinding } from '../transport/secure-socket.js';
import type { RoundTrip } from '../transport/round-trip-probe.js';
import type { StreamKind } from '../transport/stream-kind.js';
import type { Grant } from './admission/grant.js';
import { roleFault } from './admission/grant.js';
import { actOf } from './admission/roles.js';
import type { Applicant } from './admission/waiting-room.js';
import { isBreach } from './breach.js';
import type { GreetedPeer } from './native-greeting.js';
import { NativeGreeting } from './native-greeting.js';
import type { Participant } from './participant.js';
import { ParticipantActs } from './participant-acts.js';
import type { PeerContext, PeerOwner, PeerRole, RoleContext } from './peer-role.js';
import { cleanReason } from './peer-role.js';
import { preambleFault } from './preamble-fault.js';
import { PublisherRole } from './publisher-role.js';
import { welcomeRecord } from './welcome-record.js';
import { ViewerRole } from './viewer-role.js';

export class NativePeer implements ChannelHandlers, GreetedPeer {
  readonly channel: NativeChannel;
  readonly kind: StreamKind;
  readonly #context: PeerContext;
  readonly #socket: PeerSocket;
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
  readonly #owner: PeerOwner;

  /** `secure`: the TLS that it goes through. */
  constructor(
    context: PeerContext,
    socket: PeerSocket,
    kind: StreamKind,
    secure: TLSSocket | undefined,
    owner: PeerOwner,
  ) {
    this.#context = context;
    this.#socket = socket;
    this.kind = kind;
    this.#secure = secure;
    this.#owner = owner;
    this.channel = new NativeChannel({
      kind,
      limits: context.limits,
      clock: context.clock,
      memory: context.memory,
      handlers: this,
    });
    this.channel.attach(socket);
    // Its hello.
    socket.expectAnswer();
    const { limits } = context;
    if (!isLoopback(this.address)) this.channel.reader.controlBytesMost = limits['waiting-bytes'];
    this.#greeting = new NativeGreeting(context, this);
  }

  get address(): string {
    return this.#socket.remoteAddress;
  }

  get isEncrypted(): boolean {
    return this.#secure !== undefined;
  }

  /** Whether the handshake is over. */
  get greeted(): boolean {
    return this.#role !== undefined;
  }

  /** Who it is, of one who was let in. */
  get participant(): Participant | undefined {
    return this.#participant;
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

  binding(): Binding | undefined {
    return this.#secure === undefined ? undefined : channelBinding(this.#secure);
  }

  /** Of the greeting, as `onWaiting` and `refuse`. */
  onGranted(hello: Hello, applicant: Applicant, grant: Grant): void {
    try {
      this.#enter(hello, applicant, grant);
    } catch (thrown) {
      grant.release();
      const { code, message } = asMeetError(thrown);
      this.refuse(code, message);
    }
  }

  onWaiting(): void {
    this.channel.ping(this.#context.clock.now());
    this.#owner.onSettled();
  }

  refuse(code: ErrorCode, message: string, more: { versions?: number[] } = {}): void {
    if (this.#refused) return;
    this.#refused = true;
    const fault = new MeetError(code, message);
    void this.channel.end({ type: 'refused', code, message, ...more }, fault);
  }

  /** Of the channel, as those below. */
  onPreamble(preamble: Preamble): void {
    this.channel.sendPreamble();
    const fault = preambleFault(preamble, this.kind, this.#context.ports);
    if (fault === undefined) return;
    const { code, message, ...more } = fault;
    this.refuse(code, message, more);
  }

  onMedia(frame: Frame): void {
    if (!this.#ended) this.#role?.onMedia(frame);
  }

  onAck(sequence: number, source: number | undefined): void {
    this.#role?.onAck(sequence, source);
  }

  onRoundTrip(roundTrip: RoundTrip): void {
    this.#role?.onRoundTrip(roundTrip);
  }

  onControl(record: ControlRecord): void {
    if (this.#ended) return;
    const participant = this.#participant;
    if (
      record.type === 'bye' &&
      (participant !== undefined || this.#greeting?.saidHello === true)
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
    else this.refuse(code, message);
  }

  /** Before anything of a frame is kept. */
  mayBeginMedia(): boolean {
    if (this.#ended) return false;
    if (this.#role === undefined) {
      this.#greeting?.onMedia();
      return false;
    }
    const grant = this.#grant;
    if (grant === undefined || grant.may('publish')) return true;
    const { code, message } = roleFault(grant, 'publish', 'send media');
    this.refuse(code, message);
    return false;
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
      this.refuse(code, message);
    });
    this.channel.reader.controlBytesMost = Infinity;
    this.channel.acks = hello.acks === true;
    this.channel.sendControl(
      welcomeRecord(
        this.#context,
        this.kind,
        participant,
        grant.role,
        this.channel.acks,
        publishes,
      ),
    );
    // Before a viewer's first picture: behind one a round trip of a slow link is that of the picture.
    this.channel.followClock(clock.now());
    // Field by field: a copy of the whole context is 5 kB for each of a thousand connections.
    const context: RoleContext = {
      hub,
      limits,
      clock,
      roster,
      channel: this.channel,
      socket: this.#socket,
      kind: this.kind,
      participant,
      refuse: (code, message) => {
        this.refuse(code, message);
      },
      leave: () => {
        this.gone(undefined);
      },
    };
    this.#role = publishes ? new PublisherRole(context, hello) : new ViewerRole(context, hello);
    this.#greeting = undefined;
    this.#owner.onSettled();
    if (!publishes && hello.plays === true) this.#acts.sit();
  }
}
