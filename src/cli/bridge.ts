/**
 * Carries older clients of this machine to a daemon elsewhere: what they send is published in the
 * native framing, and one camera from there is shown to them. Owns these connections; the older
 * framing is the local daemon's affair.
 *
 *   older client ──plain, loopback──> local Daemon ──hub──> Bridge ──PublisherStream, TLS──> daemon
 *                <──pickles────────── OlderFeed <──hub──── Bridge <──ViewerSession, TLS────
 */
import { randomUUID } from 'node:crypto';

import type { HubSubscriber } from '../daemon/hub-subscriber.js';
import type { Hub } from '../daemon/hub.js';
import { DEFAULT_ROOM } from '../daemon/attendance.js';
import type { Participant, Stream } from '../daemon/participant.js';
import type { RosterEntry } from '../transport/roster-records.js';
import type { ErrorCode, MeetError } from '../transport/errors.js';
import { asMeetError } from '../transport/errors.js';
import type { Frame } from '../transport/frame.js';
import { PublisherStream } from '../transport/publisher-stream.js';
import type {
  PublisherStreamEvents,
  PublisherStreamOptions,
} from '../transport/publisher-stream.js';
import type { StreamKind } from '../transport/stream-kind.js';
import { ViewerSession } from '../transport/viewer-session.js';
import { CarriedStreams } from './carried-streams.js';
import type { CarriedRow } from './carried-streams.js';

/** The session of whose camera older clients see: one that no client can choose. */
export const REMOTE_SESSION = 'bridge:remote';

export interface BridgeOptions extends Omit<
  PublisherStreamOptions,
  'kind' | 'port' | 'identity' | 'events'
> {
  readonly hub: Hub;
  readonly ports: Readonly<Record<StreamKind, number>>;
  readonly name: string;
  readonly room: string;
  readonly software: string;
  readonly onWaiting: (fingerprint: string | undefined, message: string) => void;
  readonly onLost: (kind: StreamKind, fault: MeetError, retryInMs: number) => void;
  /** An older client is not taken, or no more, and is shown out. `name`: what it is called here. */
  readonly onDropped: (name: string, fault: MeetError) => void;
  /** The bridge has ended for good. */
  readonly onEnded: (fault: MeetError) => void;
}

/** The daemon has no room for one more: its user is to know it, and not to wait for a place. */
const NO_ROOM: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'MEET_TOO_MANY_CONNECTIONS',
  'MEET_WAITING_FULL',
  'MEET_ADDRESS_REFUSED',
]);

/** Numbers of those that were carried; beyond that the oldest is forgotten. */
const MOST_OWN = 1000;

interface Carried {
  readonly name: string;
  readonly session: string;
  readonly publishers: Map<StreamKind, PublisherStream>;
}

/** Whose camera older clients are shown, in the local meeting. */
interface Remote {
  readonly participant: Participant;
  readonly stream: Stream;
}

export class Bridge implements HubSubscriber {
  readonly #options: BridgeOptions;
  readonly #carried = new Map<Participant, Carried>();
  readonly #streams = new CarriedStreams();
  readonly #viewer: ViewerSession;
  readonly #unsubscribe: () => void;
  /** Numbers at the daemon of those that are carried. */
  readonly #own = new Set<number>();
  #remote: Remote | undefined;
  #closing = false;

  constructor(options: BridgeOptions) {
    this.#options = options;
    this.#viewer = new ViewerSession({
      ...options,
      kinds: ['video'],
      identity: this.#identity(`${options.name} bridge`, randomUUID()),
      events: {
        onRoster: (roster) => {
          this.#choose(roster);
        },
        onFrame: (_, frame) => {
          this.#show(frame);
        },
        onLost: options.onLost,
        onWaiting: (_, { fingerprint, message }) => {
          options.onWaiting(fingerprint, message);
        },
      },
    });
    this.#viewer.select('video', []);
    this.#unsubscribe = options.hub.subscribe(this);
  }

  /** Rejects with why the daemon could not be reached, or does not let the bridge in. */
  async start(): Promise<void> {
    await this.#viewer.start();
    this.#watchOver(this.#viewer.finished());
  }

  /** What was carried so far, by kind. */
  rows(): CarriedRow[] {
    return this.#streams.rows();
  }

  /** What was sent by then is carried. Idempotent. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#unsubscribe();
    const reason = 'the bridge ends';
    await Promise.all([this.#viewer.close(reason), this.#streams.close(reason)]);
  }

  wants(participant: Participant): boolean {
    return participant.origin === 'older';
  }

  onFrame(participant: Participant, stream: Stream, frame: Frame): void {
    if (participant.origin !== 'older') return;
    const publisher = this.#publisherOf(participant, stream.kind);
    if (stream.format !== undefined) publisher.setFormat(stream.format);
    const { capturedAtUs, encodedAfterUs, payload } = frame;
    publisher.send({ capturedAtUs, encodedAfterUs, payload });
  }

  /** Off: its connection has ended, for good, and what came on it before is still to be seen. */
  onStream(participant: Participant, { kind, self, reason }: Stream): void {
    const publisher = this.#carried.get(participant)?.publishers.get(kind);
    if (publisher === undefined) return;
    if (self === 'off') void this.#streams.end(publisher, reason ?? 'it has ended');
    else publisher.setState(self, reason);
  }

  onLeft(participant: Participant): void {
    const carried = this.#carried.get(participant);
    this.#carried.delete(participant);
    for (const publisher of carried?.publishers.values() ?? []) {
      void this.#streams.end(publisher, 'it has left');
    }
  }

  #publisherOf(participant: Participant, kind: StreamKind): PublisherStream {
    const carried = this.#carried.get(participant) ?? this.#carry(participant);
    const known = carried.publishers.get(kind);
    if (known !== undefined) return known;
    const publisher = new PublisherStream({
      ...this.#options,
      // The daemon was there when the bridge began: it is tried for as long as the client is here.
      waitMs: Infinity,
      kind,
      port: this.#options.ports[kind],
      identity: this.#identity(carried.name, carried.session),
      events: this.#eventsFor(participant),
    });
    carried.publishers.set(kind, publisher);
    this.#streams.add(publisher);
    this.#watchOver(this.#carryOn(participant, publisher));
    return publisher;
  }

  /**
   * A stream that the host has sent away is dropped here from now on, and an older client that the
   * daemon does not take, or no more, is shown out; all others go on. Whether the bridge as a whole is
   * taken the viewer hears.
   */
  async #carryOn(participant: Participant, publisher: PublisherStream): Promise<void> {
    try {
      await publisher.start();
      await publisher.finished();
    } catch (thrown) {
      if (!this.#streams.has(publisher)) return;
      const fault = asMeetError(thrown);
      const { hub } = this.#options;
      if (fault.code === 'MEET_STREAM_SENT_AWAY') hub.hold(participant, publisher.kind, true);
      else this.#showOut(participant, fault);
    }
  }

  #showOut(participant: Participant, fault: MeetError): void {
    if (this.#closing || !this.#carried.has(participant)) return;
    const { hub, onDropped } = this.#options;
    onDropped(participant.name, fault);
    hub.kick(participant);
  }

  #eventsFor(participant: Participant): PublisherStreamEvents {
    const { hub, onLost, onWaiting } = this.#options;
    let wasOpen = false;
    return {
      onOpen: (_, welcome) => {
        wasOpen = true;
        this.#own.add(welcome.participant);
        for (const oldest of this.#own) if (this.#own.size > MOST_OWN) this.#own.delete(oldest);
      },
      onLost: (kind, fault, retryInMs) => {
        onLost(kind, fault, retryInMs);
        if (!wasOpen && NO_ROOM.has(fault.code)) this.#showOut(participant, fault);
      },
      onWaiting: (_, { fingerprint, message }) => {
        onWaiting(fingerprint, message);
      },
      // An older client understands no words; what the host has stopped is dropped here.
      onHeld: (kind, held) => {
        hub.hold(participant, kind, held);
      },
    };
  }

  /** Each has a name of its own: with one name and one key a second would take the first one's place. */
  #carry(participant: Participant): Carried {
    const taken = new Set([...this.#carried.values()].map(({ name }) => name));
    let { name } = this.#options;
    for (let number = 2; taken.has(name); number += 1) name = `${this.#options.name}-${number}`;
    const carried = {
      name,
      session: randomUUID(),
      publishers: new Map<StreamKind, PublisherStream>(),
    };
    this.#carried.set(participant, carried);
    return carried;
  }

  /** The camera of whoever came first, of those that are not carried from here. */
  #choose(roster: readonly RosterEntry[]): void {
    const shown = roster.find(
      ({ participant, streams }) =>
        !this.#own.has(participant) &&
        streams.some(({ kind, self, host }) => kind === 'video' && self !== 'off' && host === 'on'),
    );
    this.#viewer.select('video', shown === undefined ? [] : [shown.participant]);
  }

  #show(frame: Frame): void {
    this.#remote ??= this.#enterRemote();
    const { participant, stream } = this.#remote;
    this.#options.hub.publish(participant, stream, frame, undefined);
  }

  #enterRemote(): Remote {
    const { hub, host } = this.#options;
    const participant = hub.enter({
      name: host,
      room: DEFAULT_ROOM,
      session: REMOTE_SESSION,
      origin: 'native',
      address: host,
    });
    return { participant, stream: hub.openStream(participant, 'video') };
  }

  #identity(name: string, session: string): PublisherStreamOptions['identity'] {
    const { room, software } = this.#options;
    return { name, room, session, software };
  }

  #watchOver(work: Promise<unknown>): void {
    work.catch((thrown: unknown) => {
      if (!this.#closing) this.#options.onEnded(asMeetError(thrown));
    });
  }
}
