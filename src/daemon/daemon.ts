/**
 * The daemon: three listeners, the meeting, what is recorded, and their common end. Owns all of
 * them; prints nothing and sets no exit code.
 *
 *   listeners ──> guests ──> hub ──> recording
 *        └── door      └── older groups     └── stats, once a second
 */
import type { Socket } from 'node:net';

import type { MeetError } from '../transport/errors.js';
import { HalfReceivedBudget } from '../transport/half-received.js';
import { RecordMemory } from '../transport/record-memory.js';
import { SharedPace } from '../transport/record-pace.js';
import type { StreamKind } from '../transport/stream-kind.js';
import { STREAM_KINDS } from '../transport/stream-kind.js';
import { Admission } from './admission/admission.js';
import { defaultRules } from './admission/admission-rules.js';
import { olderSession } from './admission/memory-of.js';
import { arrivalRefusal } from './arrival-refusal.js';
import { ChatFloor } from './chat-floor.js';
import { ConnectionLog } from './connection-log.js';
import type { DaemonOptions } from './daemon-options.js';
import { DaemonStatistics } from './daemon-statistics.js';
import { checkOpenFiles } from './door.js';
import { tellEvents } from './event-feed.js';
import type { DaemonEvent } from './events.js';
import { GameHall } from './game-hall.js';
import { Guest } from './guest.js';
import type { GuestContext } from './guest.js';
import type { HeldConnections } from './held-connections.js';
import { heldConnections } from './held-connections.js';
import { answerHost } from './host-acts.js';
import { Hub } from './hub.js';
import { hubEvents } from './hub-events.js';
import { Listener } from './listener.js';
import type { Participant, Stream } from './participant.js';
import { OlderClients } from './older-clients.js';
import { OlderFeed } from './older-feed.js';
import { Roster } from './roster.js';
import { SentAway } from './sent-away.js';
import { Sweep } from './sweep.js';
import { WordlessGuests } from './wordless.js';

/** How often deadlines and pings are looked at. */
const SWEEP_MS = 100;
const SECOND_MS = 1000;
/** How long peers are asked to stay away from a daemon that ends. */
const RETRY_AFTER_MS = 500;

export class Daemon {
  readonly hub: Hub;
  readonly chat: ChatFloor;
  readonly admission: Admission;
  readonly #options: DaemonOptions;
  readonly #log: ConnectionLog;
  readonly #budget: HalfReceivedBudget;
  readonly #held: HeldConnections;
  readonly #guests = new Map<Guest, () => void>();
  readonly #listeners = new Map<StreamKind, Listener>();
  readonly #stops: (() => void)[] = [];
  readonly #context: GuestContext;
  readonly #older: OlderClients;
  readonly #statistics: DaemonStatistics;
  readonly #sentAway = new SentAway();
  readonly #eventListeners = new Set<(event: DaemonEvent) => void>();
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
      this.tell(event);
    };
    this.#options = options;
    this.admission = new Admission({
      rules: options.security?.rules ?? defaultRules(),
      clock,
      limits,
      random: options.random ?? Math.random,
      onEvent,
      present: () => [...this.hub.participants].map(({ name }) => name),
    });
    this.hub = new Hub(
      clock,
      limits,
      (name) => this.admission.keys.owner(name),
      options.hostSession,
    );
    this.#held = heldConnections(options, this.hub);
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
    const feed = new OlderFeed(options.pool, options.hostSession, () => this.hub.participants);
    this.#stops.push(this.hub.subscribe(feed));
    this.#older = new OlderClients({ hub: this.hub, clock, pool: options.pool, feed });
    this.#statistics = new DaemonStatistics({
      hub: this.hub,
      admission: this.admission,
      budget: this.#budget,
      log: this.#log,
      held: this.#held,
    });
    this.#context = this.#guestContext(roster);
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

  /** An event of what is beside the meeting, such as its recording, for all who listen. */
  tell(event: DaemonEvent): void {
    this.#options.onEvent(event);
    for (const listener of this.#eventListeners) listener(event);
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
    if (participant.origin === 'older') this.admission.sentAway(olderSession(participant.address));
    this.hub.kick(participant);
  }

  /** Sends one stream away; the others of the participant go on. */
  kickStream(participant: Participant, stream: Stream): void {
    this.#sentAway.add(participant.session, stream.kind);
    this.hub.kickStream(participant, stream);
  }

  /** The figures of this moment; rates are of the last whole second. */
  stats(): DaemonEvent & { event: 'stats' } {
    return this.#statistics.stats(this.#guests.size);
  }

  /** Forgets the event loop's delays so far, so that the next figures are of the time since. */
  resetLoopDelay(): void {
    this.#statistics.resetLoopDelay();
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
    this.#held.close();
    const guests = [...this.#guests.keys()];
    await Promise.all(guests.map((guest) => guest.close(reason, RETRY_AFTER_MS)));
    await this.#older.left();
    this.hub.close(reason);
    await this.#options.pool.close();
    await this.#options.recording?.close();
    for (const stop of this.#stops.splice(0)) stop();
    this.#statistics.close();
  }

  /** What all connections share. */
  #guestContext(roster: Roster): GuestContext {
    const { limits, clock, software, security } = this.#options;
    return {
      hub: this.hub,
      limits,
      clock,
      roster,
      chat: this.chat,
      games: new GameHall(this.hub, clock),
      software,
      memory: new RecordMemory(),
      ports: () => this.ports,
      sentAway: this.#sentAway,
      admission: this.admission,
      distrusted: this.#held.distrusted,
      wordless: new WordlessGuests(this.admission, () => this.#guests.keys()),
      hostActs: (request) => answerHost(this, request),
      followEvents: (tell) => tellEvents(this, tell),
      secureContext: security?.secureContext,
      budget: this.#budget,
      sharedPace: new SharedPace(limits['small-records-per-second'], clock),
      onNative: (guest) => {
        this.#older.remove(guest);
      },
      clientOf: (guest) => this.#older.clientOf(guest),
      onPaced: ({ address }, fault) => {
        this.#log.fault(fault, address);
      },
      onClose: (guest, fault) => {
        this.#gone(guest, fault);
      },
    };
  }

  async #listen(kind: StreamKind): Promise<void> {
    const { host, ports, limits, clock, random = Math.random } = this.#options;
    const rules = { admission: this.admission, limits, random };
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
      known: this.admission.known,
      held: this.#held,
      refusal: (address, isExpected) =>
        arrivalRefusal(rules, this.#guests.keys(), address, isExpected),
      secureContext: this.#context.secureContext,
    });
    this.#listeners.set(kind, listener);
  }

  #welcome(kind: StreamKind, socket: Socket, left: () => void): void {
    const guest = new Guest(this.#context, kind, socket);
    this.#guests.set(guest, left);
    this.#older.add(guest);
    if (this.#closing !== undefined) void guest.close('the daemon is ending', RETRY_AFTER_MS);
  }

  #gone(guest: Guest, fault: MeetError | undefined): void {
    this.#guests.get(guest)?.();
    this.#guests.delete(guest);
    this.#older.remove(guest);
    if (fault !== undefined) this.#log.fault(fault, guest.address);
  }

  #beginTicking(): void {
    const { clock } = this.#options;
    const sweep = new Sweep<Guest>(clock, (guest) => {
      guest.tick(clock.now());
    });
    this.#statistics.begin();
    this.#stops.push(
      clock.every(SWEEP_MS, () => {
        sweep.begin(this.#guests.keys());
      }),
      () => {
        sweep.stop();
      },
      clock.every(SECOND_MS, () => {
        this.#older.greetSilent();
        this.admission.tick();
        this.hub.tick();
      }),
    );
  }
}
