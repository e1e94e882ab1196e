/**
 * One accepted connection: first nobody knows what it speaks, then it is a native peer or one of an
 * older client's three. Owns the socket and who reads it; holds no meeting.
 *
 *   UNKNOWN ──16 03──> TLS ──MEET──> native peer
 *      ├──MEET──> native peer
 *      ├──a length──> older client (grouped with its other two at its first frame)
 *      │                └── not let in yet: its frames are read past until the host admits it
 *      └──anything else──> closed, one log line
 */
import type { Socket } from 'node:net';
import type { SecureContext, TLSSocket } from 'node:tls';

import { MeetError } from '../transport/errors.js';
import type { HalfReceivedBudget } from '../transport/half-received.js';
import { isLoopback } from '../transport/network-address.js';
import { OlderReader } from '../transport/older/older-reader.js';
import type { DecidedOpening } from '../transport/opening-reader.js';
import { OpeningReader } from '../transport/opening-reader.js';
import type { SocketOwner } from '../transport/peer-socket.js';
import { PeerSocket } from '../transport/peer-socket.js';
import type { SharedPace } from '../transport/record-pace.js';
import { acceptSecurely, alpnFault } from '../transport/secure-socket.js';
import type { TurnsOwner } from '../transport/stranger-turns.js';
import { StrangerTurns } from '../transport/stranger-turns.js';
import type { StreamKind } from '../transport/stream-kind.js';
import { isBreach, isDistrusting } from './breach.js';
import { NativePeer } from './native-peer.js';
import type { PeerContext, PeerOwner } from './peer-role.js';
import { OlderAdmission } from './older-admission.js';
import type { OlderClient } from './older-client.js';
import type { OlderCandidate } from './older-groups.js';
import type { Participant } from './participant.js';
import type { JudgedGuest, WordlessGuests } from './wordless.js';

export interface GuestContext extends PeerContext {
  readonly budget: HalfReceivedBudget;
  readonly sharedPace: SharedPace;
  /** Undefined: TLS is not spoken here. */
  readonly secureContext: SecureContext | undefined;
  /** Who ends those whose TLS says nothing. */
  readonly wordless: WordlessGuests;
  /** The guest is not one of an older client's connections. */
  readonly onNative: (guest: Guest) => void;
  /** The guest's first older frame: finds its client, and ties its other connections to it. */
  readonly clientOf: (guest: Guest) => OlderClient;
  /** The guest sends too much and is read more slowly; it stays. */
  readonly onPaced: (guest: Guest, fault: MeetError) => void;
  readonly onClose: (guest: Guest, fault: MeetError | undefined) => void;
}

const NOTHING = Buffer.alloc(0);
/** An alert record: fatal, protocol_version (RFC 8446, 5.1, 6 and B.2): its own words for a client. */
const NO_TLS = Buffer.from('15030100020246', 'hex');

export class Guest implements OlderCandidate, SocketOwner, PeerOwner, TurnsOwner, JudgedGuest {
  readonly kind: StreamKind;
  readonly openedAtMs: number;
  readonly #context: GuestContext;
  readonly #socket: PeerSocket;
  /** Made when it is looked at as an older client's: a native peer needs none. */
  #admission: OlderAdmission | undefined;
  #native: NativePeer | undefined;
  #older: OlderClient | undefined;
  #isSettled: boolean;
  #isCut = false;
  /** Over TLS: how it is read until it is let in. */
  #turns: StrangerTurns | undefined;

  constructor(context: GuestContext, kind: StreamKind, socket: Socket) {
    this.#context = context;
    this.kind = kind;
    this.openedAtMs = context.clock.now();
    this.#socket = new PeerSocket({
      socket,
      unread: true,
      reader: new OpeningReader(kind, context.limits, (opening, first) => {
        this.#open(opening, first);
      }),
      limits: context.limits,
      clock: context.clock,
      budget: context.budget,
      sharedPace: context.sharedPace,
      owner: this,
    });
    this.#isSettled = isLoopback(this.address);
  }

  get address(): string {
    return this.#socket.remoteAddress;
  }

  /** Whose connection it is, of one who was let in. */
  get participant(): Participant | undefined {
    return this.#native?.participant;
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

  /** From another machine, and nobody knows yet who it is: too many of these are turned away. */
  get unsettled(): boolean {
    return !this.#isSettled;
  }

  /**
   * Of an older client that has said nothing yet: whether it may be here. It waits from now on where
   * somebody has to let it in; one that may never come in is closed.
   */
  isLetIn(): boolean {
    try {
      return this.#olderAdmission().isLetIn();
    } catch (thrown) {
      if (!(thrown instanceof MeetError)) throw thrown;
      this.fail(thrown);
      return false;
    }
  }

  /** It is one of this client's connections. */
  tieTo(client: OlderClient): void {
    this.#older = client;
    this.#isSettled = true;
    client.enter(this.kind, { write: (bytes) => this.#socket.write(bytes) });
  }

  /** Ends the connection for a fault of the peer's. */
  fail(fault: MeetError): void {
    this.#socket.fail(fault);
  }

  tick(nowMs: number): void {
    this.#socket.checkDeadline(nowMs);
    this.#context.wordless.judge(this);
    this.#turns?.tick(nowMs);
    this.#native?.tick(nowMs);
    this.#admission?.tick();
    if (this.unsettled && this.#native === undefined) this.#checkSilence(nowMs);
  }

  /** Of the socket, as the two below. */
  onPaced(fault: MeetError): void {
    this.#context.onPaced(this, fault);
  }

  onDrain(): void {
    this.#native?.onDrain();
    if (this.kind === 'video') this.#older?.drained();
  }

  onClose(fault: MeetError | undefined): void {
    const isLetIn = this.#older !== undefined || this.#native?.greeted === true;
    const hereMs = isLetIn ? this.#context.clock.now() - this.openedAtMs : 0;
    this.#turns?.close();
    this.#native?.gone(fault);
    this.#admission?.close();
    this.#leaveOlder(fault?.message ?? 'the client closed the connection');
    // After its grant was given back, which makes its address known.
    if (isBreach(fault)) this.#context.admission.known.distrust(this.address);
    if (isDistrusting(fault, hereMs)) this.#context.distrusted.note(this.address);
    this.#context.onClose(this, fault);
  }

  /** Of the native peer: it is known who it is, or that it waits. */
  onSettled(): void {
    this.#isSettled = true;
    if (this.#native?.greeted !== true) return;
    this.#turns?.end();
    this.#context.distrusted.noteLetIn(this.address);
  }

  /** What a stranger's TLS said is judged once it has been read. */
  onTurn(): void {
    this.#context.wordless.judge(this);
  }

  /** Of the judge, as the one below. */
  wordlessFault(): MeetError | undefined {
    if (this.#isCut) return undefined;
    return this.#turns?.fault(this.#socket.arrivedBytes, this.#socket.smallRecords);
  }

  cut(fault: MeetError): void {
    this.#isCut = true;
    this.fail(fault);
    // Where it was ending already it is read until it has gone.
    void this.#socket.close();
  }

  /** Resolves when the socket is gone. */
  async close(reason: string, retryAfterMs: number): Promise<void> {
    if (this.#native === undefined) await this.#socket.close();
    else await this.#native.close(reason, retryAfterMs);
  }

  /** From another machine nobody holds a place without a word, or without its other two connections. */
  #checkSilence(nowMs: number): void {
    const limitMs = this.#context.limits['header-ms'];
    if (nowMs - this.openedAtMs <= limitMs) return;
    this.fail(
      new MeetError(
        'MEET_HEADER_TIMEOUT',
        `${this.address} said nothing in ${limitMs} ms (--limit header-ms=MS)`,
      ),
    );
  }

  #open(opening: DecidedOpening, first: Buffer): void {
    switch (opening) {
      case 'native':
        this.#context.onNative(this);
        this.#leaveOlder('it turned out to speak the native framing');
        this.#native = this.#nativePeer();
        this.#socket.handOver(this.#native.channel.reader, first);
        break;
      case 'older':
        this.#olderAdmission().begin(first);
        break;
      case 'tls':
        this.#openSecurely(first);
        break;
      case 'foreign':
        throw new MeetError(
          'MEET_PROTOCOL',
          `the ${this.kind} port got ${first.toString('hex')}, expected "MEET", TLS or a frame length`,
        );
    }
  }

  /** Only the native framing is spoken inside TLS. */
  #openSecurely(first: Buffer): void {
    const { secureContext } = this.#context;
    if (secureContext === undefined) {
      const words = 'the peer wants TLS, which is turned off here (--tls off)';
      void this.#socket.end(NO_TLS, undefined, new MeetError('MEET_TLS_UNAVAILABLE', words));
      return;
    }
    this.#context.onNative(this);
    this.#leaveOlder('it turned out to speak TLS');
    const secure = this.#socket.secure((raw) => {
      this.#turns = new StrangerTurns(this, raw, this.#context.clock);
      return acceptSecurely(raw, secureContext);
    }, first);
    secure.once('secure', () => {
      const fault = alpnFault(secure);
      if (fault !== undefined) this.fail(fault);
      else if (this.unsettled) {
        this.#turns?.begin();
      }
      // What came behind the handshake is said after this event: the next turn or tick looks at it.
    });
    this.#native = this.#nativePeer(secure);
    this.#socket.handOver(this.#native.channel.reader, NOTHING);
  }

  #nativePeer(secure?: TLSSocket): NativePeer {
    return new NativePeer(this.#context, this.#socket, this.kind, secure, this);
  }

  #olderAdmission(): OlderAdmission {
    const { admission, limits } = this.#context;
    this.#admission ??= new OlderAdmission({
      admission,
      limits,
      kind: this.kind,
      socket: this.#socket,
      onReading: () => this.#olderReader(),
      onWaiting: () => {
        this.#isSettled = true;
      },
    });
    return this.#admission;
  }

  #olderReader(): OlderReader {
    return new OlderReader({
      kind: this.kind,
      limits: this.#context.limits,
      onBody: (record) => {
        this.#olderAdmission().requireMayPublish();
        const client = this.#older ?? this.#context.clientOf(this);
        client.publish(this.kind, record);
      },
    });
  }

  #leaveOlder(reason: string): void {
    this.#older?.exit(this.kind, reason);
    this.#older = undefined;
  }
}
