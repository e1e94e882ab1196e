/**
 * A native connection until it is let in: hello, what it proves, and the waiting. Owns these three
 * steps; what follows is the peer's affair.
 *
 *   HELLO ──key in plain──> PROOF ──signature──┐
 *     └── no key, or signed over TLS ──────────┼──> let in
 *                                              └──> WAITING ──the host decides──> let in or refused
 */
import { randomBytes } from 'node:crypto';

import { cleanName } from '../transport/clean-text.js';
import type { Credentials } from '../transport/admission-records.js';
import type { ControlRecord } from '../transport/control.js';
import type { Hello } from '../transport/handshake-records.js';
import { MeetError, asMeetError } from '../transport/errors.js';
import type { ErrorCode } from '../transport/errors.js';
import type { Binding } from '../transport/identity.js';
import { BINDING_BYTES, isSignedBy } from '../transport/identity.js';
import type { NativeChannel } from '../transport/native-channel.js';
import { PROTOCOL_VERSION, PROTOCOL_VERSIONS } from '../transport/record-header.js';
import type { StreamKind } from '../transport/stream-kind.js';
import type { Grant } from './admission/grant.js';
import type { Applicant, WaitingGuest } from './admission/waiting-room.js';
import { DEFAULT_ROOM } from './attendance.js';
import type { PeerContext } from './peer-role.js';

/** Who is greeted. */
export interface GreetedPeer {
  readonly channel: NativeChannel;
  readonly kind: StreamKind;
  readonly address: string;
  readonly isEncrypted: boolean;
  /** Of the TLS channel; undefined: the connection is plain. */
  binding(): Binding | undefined;
  /** It is let in. */
  onGranted(hello: Hello, applicant: Applicant, grant: Grant): void;
  /** It is known who it is, and it waits. */
  onWaiting(): void;
  refuse(code: ErrorCode, message: string, more?: { versions: number[] }): void;
}

type State = 'hello' | 'proof' | 'waiting' | 'over';

export class NativeGreeting implements WaitingGuest {
  readonly #context: PeerContext;
  readonly #peer: GreetedPeer;
  /** Monotonic ms. */
  readonly #openedAtMs: number;
  #state: State = 'hello';
  #hello: Hello | undefined;
  #nonce: Buffer | undefined;
  /** Of one who waits: as whom. */
  #waitingAs: Applicant | undefined;

  constructor(context: PeerContext, peer: GreetedPeer) {
    this.#context = context;
    this.#peer = peer;
    this.#openedAtMs = context.clock.now();
  }

  /** Whether it has said hello and is not let in yet: it may say bye. */
  get saidHello(): boolean {
    return this.#state === 'waiting' || this.#state === 'proof';
  }

  onControl(record: ControlRecord): void {
    if (this.#state === 'hello' && record.type === 'hello') this.#onHello(record);
    else if (this.#state === 'proof' && record.type === 'proof') this.#onProof(record.signature);
    else if (record.type !== 'error') this.#tooEarly(record.type);
  }

  /** Media came: it is refused before anything of it is kept. */
  onMedia(): void {
    this.#tooEarly('media');
  }

  /** The handshake must end in time; one who waits is pinged instead. */
  tick(nowMs: number): void {
    if (this.#state === 'waiting') this.#peer.channel.tick(nowMs);
    if (this.#state !== 'hello' && this.#state !== 'proof') return;
    const limitMs = this.#context.limits['header-ms'];
    if (nowMs - this.#openedAtMs <= limitMs) return;
    this.#refuse(
      new MeetError(
        'MEET_HEADER_TIMEOUT',
        `no ${this.#state} came in ${limitMs} ms (--limit header-ms=MS)`,
      ),
    );
  }

  /** The connection is gone. Idempotent. */
  close(): void {
    this.#state = 'over';
    if (this.#waitingAs !== undefined) this.#context.admission.room.leave(this.#waitingAs, this);
    this.#waitingAs = undefined;
  }

  /** Of the waiting room, as the one below. */
  onAdmitted(): void {
    const key = this.#waitingAs?.key;
    this.#waitingAs = undefined;
    this.#decide(key);
  }

  onRefused(fault: MeetError): void {
    this.#refuse(fault);
  }

  #onHello(hello: Hello): void {
    const { kind } = this.#peer;
    if (!hello.versions.includes(PROTOCOL_VERSION)) {
      this.close();
      this.#peer.refuse('MEET_VERSION', `versions ${hello.versions.join(', ')}: ${versions()}`, {
        versions: [...PROTOCOL_VERSIONS],
      });
      return;
    }
    const stream = hello.role === 'publish' ? kind : undefined;
    const fault = this.#context.sentAway.fault(hello.session, stream);
    if (fault !== undefined) {
      this.#refuse(fault);
      return;
    }
    this.#hello = hello;
    const key = hello.credentials?.key;
    const binding = this.#peer.binding();
    if (key === undefined) this.#decide(undefined);
    else if (binding !== undefined) this.#check(key, hello.credentials?.signature ?? '', binding);
    else this.#challenge();
  }

  #challenge(): void {
    this.#nonce = randomBytes(BINDING_BYTES);
    this.#state = 'proof';
    const nonce = this.#nonce.toString('base64url');
    this.#peer.channel.sendControl({ type: 'challenge', nonce });
  }

  #onProof(signature: string): void {
    const key = this.#hello?.credentials?.key;
    if (key === undefined || this.#nonce === undefined) return;
    this.#check(key, signature, { how: 'nonce', value: this.#nonce });
  }

  #check(key: string, signature: string, binding: Binding): void {
    if (isSignedBy(key, signature, binding)) {
      this.#decide(key);
      return;
    }
    this.#context.admission.bad.note(this.#peer.address);
    this.#refuse(
      new MeetError(
        'MEET_BAD_CREDENTIALS',
        'the signature is not that of the key over this very connection; is somebody in between?',
      ),
    );
  }

  #decide(key: string | undefined): void {
    const hello = this.#hello;
    if (hello === undefined) return;
    try {
      const applicant = this.#applicant(hello, key);
      const grant = this.#context.admission.grantFor(applicant);
      if (grant === undefined) this.#wait(hello, applicant);
      else {
        this.#state = 'over';
        this.#peer.onGranted(hello, applicant, grant);
      }
    } catch (thrown) {
      this.#refuse(asMeetError(thrown));
    }
  }

  #applicant(hello: Hello, key: string | undefined): Applicant {
    const { kind, address, isEncrypted } = this.#peer;
    const credentials: Credentials = hello.credentials ?? {};
    return {
      name: cleanName(hello.name),
      room: cleanName(hello.room ?? DEFAULT_ROOM, DEFAULT_ROOM),
      session: hello.session,
      address,
      origin: 'native',
      encrypted: isEncrypted,
      key,
      invite: credentials.invite,
      kind,
    };
  }

  #wait(hello: Hello, applicant: Applicant): void {
    const { applicant: kept, fingerprint } = this.#context.admission.wait(applicant, this);
    this.#waitingAs = kept;
    // What was checked is not needed again.
    const invite = applicant.invite;
    this.#hello = { ...hello, credentials: invite === undefined ? {} : { invite } };
    this.#state = 'waiting';
    this.#peer.channel.sendControl({
      type: 'waiting',
      message: 'wait until the host lets you in',
      ...(fingerprint === undefined ? {} : { fingerprint }),
    });
    this.#peer.onWaiting();
  }

  #tooEarly(what: string): void {
    if (this.#state === 'over') return;
    const fault =
      this.#state === 'waiting'
        ? new MeetError('MEET_NOT_ADMITTED', `${what} came from one who waits to be let in`)
        : new MeetError(
            'MEET_PROTOCOL',
            `${what === 'media' ? what : `"${what}"`} came before hello`,
          );
    this.#refuse(fault);
  }

  #refuse({ code, message }: MeetError): void {
    this.close();
    this.#peer.refuse(code, message);
  }
}

function versions(): string {
  return `this daemon speaks version ${PROTOCOL_VERSIONS.join(', ')}`;
}
