/**
 * The daemon: three listeners, the meeting, what is recorded, and their common end. Owns all of
 * them; prints nothing and sets no exit code.
 *
 *   listeners ──> guests ──> hub ──> recording
 *        └── door      └── older groups     └── stats, once a second
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';

import type { Clock } from '../transport/clock.js';
import { MeetError } from '../transport/errors.js';
import { HalfReceivedBudget } from '../transport/half-received.js';
import type { Limits } from '../transport/limits.js';
import { isLoopback } from '../transport/network-address.js';
import { RecordMemory } from '../transport/record-memory.js';
import { SharedPace } from '../transport/record-pace.js';
import type { StreamKind } from '../transport/stream-kind.js';
import { STREAM_KINDS } from '../transport/stream-kind.js';
import type { AdmissionRules } from './admission/admission.js';
import { Admission, defaultRules } from './admission/admission.js';
import { isDropped } from './admission/early-drop.js';
import { ChatFloor } from './chat-floor.js';
import type { Logger } from './connection-log.js';
import { ConnectionLog } from './connection-log.js';
import { checkOpenFiles } from './door.js';
import { tellEvents } from './event-feed.js';
import type { DaemonEvent } from './events.js';
import { GameHall } from './game-hall.js';
import { Guest } from './guest.js';
import type { GuestContext } from './guest.js';
import { answerHost } from './host-acts.js';
import { Hub } from './hub.js';
import { hubEvents, streamRows } from './hub-events.js';
import type { Refusal } from './listener.js';
import { Listener } from './listener.js';
import type { Participant, Stream } from './participant.js';
import { OlderClient } from './older-client.js';
import { OlderFeed } from './older-feed.js';
import { OlderGroups } from './older-groups.js';
import type { PicturePool } from './picture-encoding/picture-pool.js';
import type { RecordingSubscriber } from './recording-subscriber.js';
import { Roster } from './roster.js';
import { SentAway } from './sent-away.js';
import { whoMakesRoom } from './unsettled.js';

export interface DaemonOptions {
  readonly ports: Readonly<Record<StreamKind, number>>;
  /** Address to listen on. */
  readonly host: string;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Program and version, told to peers. */
  readonly software: string;
  /** The process's soft limit of open files; undefined where it is not known. */
  readonly openFiles: number | undefined;
  /** Turns pictures of older clients into JPEGs. The daemon closes it. */
  readonly pool: PicturePool;
  readonly recording: RecordingSubscriber | undefined;
  /** The session of the host's own share, whose camera older clients see first. */
  readonly hostSession?: string;
  /** Left out: no TLS, everything in memory, and nobody from elsewhere unasked. */
  readonly security?: DaemonSecurity;
  /** [0, 1), as Math.random. */
  readonly random?: () => number;
  /** Synchronous; must not throw. */
  readonly onEvent: (event: DaemonEvent) => void;
}

export interface DaemonSecurity {
  /** Undefined: TLS is not spoken. */
  readonly secureContext: SecureContext | undefined;
  /** Of the daemon's key; undefined without TLS. */
  readonly fingerprint: string | undefined;
  readonly rules: AdmissionRules;
}

/** How often deadlines and pings are looked at. */
const SWEEP_MS = 100;
const SECOND_MS = 1000;
/** Older clients say nothing at first; after so long they are taken as such. */
const SILENT_MS = 1000;
/** How finely the event loop's delay is sampled. */
const LOOP_RESOLUTION_MS = 10;
/** How long peers are asked to stay away from a daemon that ends. */
const RETRY_AFTER_MS = 500;

export class Daemon {
  readonly hub: Hub;
  readonly chat: ChatFloor;
  readonly admission: Admission;
  readonly #options: DaemonOptions;
  readonly #log: ConnectionLog;
  readonly #budget: HalfReceivedBudget;
  readonly #groups = new OlderGroups<Guest>();
  readonly #guests = new Map<Guest, () => void>();
  readonly #listeners = new Map<StreamKind, Listener>();
  readonly #loopDelay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  readonly #stops: (() => void)[] = [];
  readonly #context: GuestContext;
  readonly #feed: OlderFeed;
  readonly #sentAway = new SentAway();
  readonly #eventListeners = new Set<(event: DaemonEvent) => void>();
  #olderClients = 0;
  #closing: Promise<void> | undefined;

  /** Listens on all three ports. Rejects with MEET_PORT_TAKEN, MEET_BIND or MEET_OPEN_FILES. */
  static async start(options: DaemonOptions): Promise<Daemon> {
    checkOpenFiles(options.limits, options.openFiles, options.recording !== undefined);
    const daemon = new Daemon(options);
    try {
      for (const kind of STREAM_KINDS) await daemon.#listen(kind);
    } catch (thrown) {
      await daemon.close('could not start');
      throw thrown;
    }
    daemon.#beginTicking();
    return daemon;
  }

  private constructor(options: DaemonOptions) {
    const { clock, limits, logger, recording } = options;
    const onEvent = (event: DaemonEvent): void => {
      options.onEvent(event);
      for (const listener of this.#eventListeners) listener(event);
    };
    this.#options = options;
    this.admission = new Admission({
      rules: options.security?.rules ?? defaultRules(),
      clock,
      limits,
      random: options.random ?? Math.random,
      onEvent,
    });
    this.hub = new Hub(clock, limits, (name) => this.admission.keys.owner(name));
    const roster = new Roster(this.hub);
    this.chat = new ChatFloor(this.hub, clock, limits, (fault) => {
      this.#log.count(fault);
    });
    this.#budget = new HalfReceivedBudget(limits);
    this.#log = new ConnectionLog(clock, logger, ({ code, message }, address) => {
      onEvent({ event: 'error', code, message, address });
    });
    this.#stops.push(this.hub.subscribe(hubEvents(onEvent)));
    if (recording !== undefined) this.#stops.push(this.hub.subscribe(recording));
    this.#feed = new OlderFeed(options.pool, options.hostSession, () => this.hub.participants);
    this.#stops.push(this.hub.subscribe(this.#feed));
    this.#context = {
      hub: this.hub,
      limits,
      clock,
      roster,
      chat: this.chat,
      games: new GameHall(this.hub, clock),
      software: options.software,
      memory: new RecordMemory(),
      ports: () => this.ports,
      sentAway: this.#sentAway,
      admission: this.admission,
      hostActs: (request) => answerHost(this, request),
      followEvents: (tell) => tellEvents(this, tell),
      secureContext: options.security?.secureContext,
      budget: this.#budget,
      sharedPace: new SharedPace(limits['small-records-per-second'], clock),
      onNative: (guest) => {
        this.#groups.remove(guest);
      },
      clientOf: (guest) => this.#groupOlder(guest),
      onPaced: ({ address }, fault) => {
        this.#log.fault(fault, address);
      },
      onClose: (guest, fault) => {
        this.#gone(guest, fault);
      },
    };
  }

  /** The address that is listened on. */
  get host(): string {
    return this.#options.host;
  }

  /** The ports that are listened on, also where 0 was asked for. */
  get ports(): Record<StreamKind, number> {
    const port = (kind: StreamKind): number =>
      this.#listeners.get(kind)?.port ?? this.#options.ports[kind];
    return { screen: port('screen'), video: port('video'), audio: port('audio') };
  }

  /** Of the daemon's key; undefined without TLS. */
  get fingerprint(): string | undefined {
    return this.#options.security?.fingerprint;
  }

  /** Tells a further listener of what happens; returns what ends it. */
  follow(listener: (event: DaemonEvent) => void): () => void {
    this.#eventListeners.add(listener);
    return () => {
      this.#eventListeners.delete(listener);
    };
  }

  /** Sends a participant away; its session is refused from now on. */
  kick(participant: Participant): void {
    this.#sentAway.add(participant.session);
    this.admission.sentAway(participant.session);
    if (participant.origin === 'older') this.admission.sentAway(`older:${participant.address}`);
    this.hub.kick(participant);
  }

  /** Sends one stream away; the others of the participant go on. */
  kickStream(participant: Participant, stream: Stream): void {
    this.#sentAway.add(participant.session, stream.kind);
    this.hub.kickStream(participant, stream);
  }

  /** The figures of this moment; rates are of the last whole second. */
  stats(): DaemonEvent & { event: 'stats' } {
    return {
      event: 'stats',
      streams: streamRows(this.hub),
      process: {
        connections: this.#guests.size,
        waiting: this.admission.room.entries.length,
        participants: [...this.hub.participants].length,
        rssBytes: process.memoryUsage.rss(),
        away: [...this.hub.participants].filter(({ away }) => away).length,
        halfReceivedBytes: this.#budget.heldBytes,
        unsentFrames: this.hub.unsentFrames,
        faults: this.#log.counts,
        loopDelayP99Ms: this.#loopDelayP99Ms(),
      },
    };
  }

  /**
   * Ends: no new connections, bye to all, recordings finished. Idempotent; resolves when all is
   * done.
   */
  close(reason: string): Promise<void> {
    this.#closing ??= this.#close(reason);
    return this.#closing;
  }

  async #close(reason: string): Promise<void> {
    for (const listener of this.#listeners.values()) listener.close();
    const guests = [...this.#guests.keys()];
    await Promise.all(guests.map((guest) => guest.close(reason, RETRY_AFTER_MS)));
    this.hub.close(reason);
    await this.#options.pool.close();
    await this.#options.recording?.close();
    for (const stop of this.#stops.splice(0)) stop();
    this.#loopDelay.disable();
  }

  async #listen(kind: StreamKind): Promise<void> {
    const { host, ports, limits, clock } = this.#options;
    const listener = await Listener.open({
      kind,
      host,
      port: ports[kind],
      limits,
      clock,
      onConnection: (_, socket, left) => {
        this.#welcome(kind, socket, left);
      },
      onFault: (fault, address) => {
        this.#log.fault(fault, address);
      },
      refusal: (address) => this.#refusal(address),
      secureContext: this.#context.secureContext,
    });
    this.#listeners.set(kind, listener);
  }

  /** Of those from elsewhere whom nobody knows yet, some are turned away before there are too many. */
  #refusal(address: string): Refusal | undefined {
    const refusal = this.admission.bad.refusal(address);
    if (refusal !== undefined || isLoopback(address)) return refusal;
    const unsettled = [...this.#guests.keys()].filter((guest) => guest.unsettled);
    const { limits, random } = this.#options;
    if (!isDropped(unsettled.length, limits, random ?? Math.random)) return undefined;
    const words = `${unsettled.length} connections have not said yet who they are (--limit early-drop-full=N)`;
    const fault = new MeetError('MEET_WAITING_FULL', words);
    const other = whoMakesRoom(unsettled, address);
    if (other === undefined) return { fault, retryAfterMs: RETRY_AFTER_MS };
    other.fail(fault);
    return undefined;
  }

  #welcome(kind: StreamKind, socket: Socket, left: () => void): void {
    const guest = new Guest(this.#context, kind, socket);
    this.#guests.set(guest, left);
    this.#groups.add(guest);
    if (this.#closing !== undefined) void guest.close('the daemon is ending', RETRY_AFTER_MS);
  }

  #gone(guest: Guest, fault: MeetError | undefined): void {
    this.#guests.get(guest)?.();
    this.#guests.delete(guest);
    this.#groups.remove(guest);
    if (fault !== undefined) this.#log.fault(fault, guest.address);
  }

  #groupOlder(guest: Guest): OlderClient {
    const { clock, pool } = this.#options;
    const members = this.#groups.take(guest);
    this.#olderClients += 1;
    const client = new OlderClient({
      hub: this.hub,
      clock,
      pool,
      feed: this.#feed,
      address: guest.address,
      // A colon, which no native session may have: nobody can claim to be an older client.
      session: `older:${this.#olderClients}`,
      refuse: (kind, fault) => {
        members.find((member) => member.kind === kind)?.fail(fault);
      },
    });
    for (const member of members) member.tieTo(client);
    return client;
  }

  /**
   * Three connections that stay silent are an older client whose user has not started anything yet:
   * it is there, and sees others, all the same. A native client says its preamble at once.
   */
  #greetSilent(): void {
    for (const screen of this.#groups.whole(this.#options.clock.now() - SILENT_MS)) {
      const whole = this.#groups.peek(screen);
      if (!whole.every((guest) => guest.silent)) continue;
      // Each of them, so that each waits.
      if (whole.map((guest) => guest.isLetIn()).every((isIn) => isIn)) this.#groupOlder(screen);
    }
  }

  #beginTicking(): void {
    const { clock } = this.#options;
    this.#loopDelay.enable();
    this.#stops.push(
      clock.every(SWEEP_MS, () => {
        const nowMs = clock.now();
        for (const guest of this.#guests.keys()) guest.tick(nowMs);
      }),
      clock.every(SECOND_MS, () => {
        this.#greetSilent();
        this.hub.tick();
      }),
    );
  }

  /** What Node measures is the time between two timers, so the timer's own interval is taken off. */
  #loopDelayP99Ms(): number {
    const delayMs = this.#loopDelay.percentile(99) / 1e6 - LOOP_RESOLUTION_MS;
    return Math.round(Math.max(0, delayMs) * 100) / 100;
  }

  /** Forgets the event loop's delays so far, so that the next figures are of the time since. */
  resetLoopDelay(): void {
    this.#loopDelay.reset();
  }
}
