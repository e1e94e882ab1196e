/**
 * Whether one connection of an older client may be here: from loopback as it is, from elsewhere by
 * address. Owns its leave, its waiting, and who reads its frames until then; such a client can't be
 * told anything, so that it goes on sending.
 */
import type { MeetError } from '../transport/errors.js';
import type { FrameReader } from '../transport/frame-reader.js';
import type { Limits } from '../transport/limits.js';
import { OlderSkipper } from '../transport/older/older-skipper.js';
import type { PeerSocket } from '../transport/peer-socket.js';
import type { StreamKind } from '../transport/stream-kind.js';
import type { Admission } from './admission/admission.js';
import { olderSession } from './admission/memory-of.js';
import type { Grant } from './admission/grant.js';
import { roleFault } from './admission/grant.js';
import type { Applicant, WaitingGuest } from './admission/waiting-room.js';
import { DEFAULT_ROOM } from './attendance.js';

export interface OlderAdmissionOptions {
  readonly admission: Admission;
  readonly limits: Limits;
  readonly kind: StreamKind;
  readonly socket: PeerSocket;
  /** Who reads once it is let in. */
  readonly onReading: () => FrameReader;
  readonly onWaiting: () => void;
}

/** Of one that waits so much is read, and thrown away, between two ticks of 100 ms. */
const TICK_BYTES = 64 * 1024;

export class OlderAdmission implements WaitingGuest {
  readonly #options: OlderAdmissionOptions;
  #grant: Grant | undefined;
  #skipper: OlderSkipper | undefined;
  /** While it waits: as whom. */
  #waitingAs: Applicant | undefined;
  #readAtTick = 0;
  #isPaused = false;
  #isClosed = false;

  constructor(options: OlderAdmissionOptions) {
    this.#options = options;
  }

  /** The first bytes of a length have come. Throws why it may never come in. */
  begin(first: Buffer): void {
    const { socket, kind, limits, onReading } = this.#options;
    if (this.isLetIn()) {
      socket.handOver(onReading(), first);
      return;
    }
    this.#skipper = new OlderSkipper(kind, limits, (length) => {
      this.#skipper = undefined;
      socket.handOver(onReading(), length);
    });
    socket.handOver(this.#skipper, first);
  }

  /** It waits from now on where it is not. Throws why it may never come in. */
  isLetIn(): boolean {
    if (this.#grant !== undefined) return true;
    if (this.#waitingAs !== undefined) return false;
    const { admission, onWaiting } = this.#options;
    const applicant = this.#applicant();
    this.#grant = admission.grantFor(applicant);
    this.#grant?.whenRevoked((fault) => {
      this.#options.socket.fail(fault);
    });
    if (this.#grant !== undefined) return true;
    this.#waitingAs = admission.wait(applicant, this).applicant;
    onWaiting();
    return false;
  }

  /** Throws MEET_ROLE. */
  requireMayPublish(): void {
    const grant = this.#grant;
    if (grant === undefined || grant.may('publish')) return;
    throw roleFault(grant, 'publish', 'publish');
  }

  /** One that waits is read slowly: TCP holds it back, and its end is noticed all the same. */
  tick(): void {
    if (this.#skipper === undefined && !this.#isPaused) return;
    const { socket } = this.#options;
    const read = socket.receivedBytes - this.#readAtTick;
    this.#readAtTick = socket.receivedBytes;
    if (this.#isPaused) {
      this.#isPaused = false;
      socket.resume();
    } else if (this.#skipper !== undefined && read > TICK_BYTES) {
      this.#isPaused = true;
      socket.pause();
    }
  }

  /** The connection is gone. Idempotent. */
  close(): void {
    this.#isClosed = true;
    if (this.#waitingAs !== undefined) this.#options.admission.room.leave(this.#waitingAs, this);
    this.#grant?.release();
  }

  /** Of the waiting room, as the one below. */
  onAdmitted(): void {
    this.#waitingAs = undefined;
    if (this.#isClosed || !this.isLetIn()) return;
    this.#skipper?.release();
  }

  onRefused(fault: MeetError): void {
    this.#options.socket.fail(fault);
  }

  #applicant(): Applicant {
    const { socket, kind } = this.#options;
    const { remoteAddress: address } = socket;
    return {
      name: address,
      room: DEFAULT_ROOM,
      session: olderSession(address),
      address,
      origin: 'older',
      encrypted: false,
      key: undefined,
      invite: undefined,
      kind,
    };
  }
}
