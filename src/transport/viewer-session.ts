/**
 * A viewer's three connections to a daemon, tied by one session: what comes in, who is there, and
 * the viewer's own few words. Owns the links and the newest roster; keeps no frame.
 */
import { ClientLink } from './client-link.js';
import type { ClientSecurity } from './client-security.js';
import type { Clock } from './clock.js';
import type { AdmissionRecord, Waiting } from './admission-records.js';
import type { Chat } from './chat-records.js';
import type { Done, Query, Toggle } from './command-records.js';
import type { ControlRecord } from './control.js';
import type { Hello, Welcome } from './handshake-records.js';
import { ROSTER_PARTICIPANTS_MAX, RosterHearing } from './roster-hearing.js';
import type { Roster, RosterEntry } from './roster-records.js';
import { MeetError, knownErrorCode } from './errors.js';
import type { Frame } from './frame.js';
import type { Limits } from './limits.js';
import type { GameRecord, Play } from './play-control.js';
import { PROTOCOL_VERSIONS, relayedAfterUsOf, sourceOf } from './record-header.js';
import type { StreamKind } from './stream-kind.js';
import { STREAM_KINDS } from './stream-kind.js';

/** What the session calls, synchronously; none may throw. */
export interface ViewerEvents {
  /**
   * `ageMs`: from capture to now. Until the daemon's clock is known, a few milliseconds after the
   * welcome, it is the age at which the daemon had the frame.
   */
  onFrame(participant: number, frame: Frame, ageMs: number): void;
  onRoster(roster: readonly RosterEntry[]): void;
  onChat?(chat: Chat): void;
  /** Once events were asked for. */
  onEvent?(event: Readonly<Record<string, unknown>>): void;
  /** The table that this viewer sits at; undefined: the connection is new, what was known is not. */
  onGame?(game: GameRecord | undefined): void;
  onOpen?(kind: StreamKind, welcome: Welcome): void;
  onLost?(kind: StreamKind, fault: MeetError, retryInMs: number): void;
  /** The daemon keeps it waiting until somebody lets it in. */
  onWaiting?(kind: StreamKind, waiting: Waiting): void;
}

export interface ViewerSessionOptions {
  readonly host: string;
  readonly ports: Readonly<Record<StreamKind, number>>;
  /** Which kinds to watch; all three by default. */
  readonly kinds?: readonly StreamKind[];
  readonly identity: { name: string; room: string; session: string; software: string };
  readonly waitMs: number;
  /** How long to wait to be let in, in ms; for ever where it is left out. */
  readonly admissionMs?: number;
  /** Left out: in plain, without an identity. */
  readonly security?: ClientSecurity;
  /** The same session publishes, too. */
  readonly publishes?: boolean;
  readonly reconnect: boolean;
  /** Somebody here can answer an offered game. Default: false. */
  readonly plays?: boolean;
  readonly limits: Limits;
  readonly clock: Clock;
  /** [0, 1), as Math.random. */
  readonly random: () => number;
  readonly events: ViewerEvents;
}

/** A request without its id. */
export type HostRequest = Omit<Toggle, 'id'> | Omit<AdmissionRecord, 'id'> | Omit<Query, 'id'>;
type Request = HostRequest | Omit<Play, 'id'>;

export class ViewerSession {
  readonly #options: ViewerSessionOptions;
  readonly #links: Map<StreamKind, ClientLink>;
  #roster: readonly RosterEntry[] = [];
  readonly #rosters = new RosterHearing();
  #welcome: Welcome | undefined;
  #nextId = 1;
  readonly #asked = new Map<number, (done: Done) => void>();
  #selected = new Map<StreamKind, readonly number[] | 'all'>();
  /** What the newest hello of each kind said of it. */
  readonly #greeted = new Map<StreamKind, readonly number[] | 'all' | undefined>();

  constructor(options: ViewerSessionOptions) {
    this.#options = options;
    const kinds = options.kinds ?? STREAM_KINDS;
    this.#links = new Map(kinds.map((kind) => [kind, this.#link(kind)]));
  }

  get roster(): readonly RosterEntry[] {
    return this.#roster;
  }

  /** What the daemon said to the newest connection: one that was started anew numbers anew. */
  get welcome(): Welcome | undefined {
    return this.#welcome;
  }

  get connected(): boolean {
    return [...this.#links.values()].some((link) => link.connection !== undefined);
  }

  /** Connects on all ports. Rejects with why the first that failed could not be. */
  async start(): Promise<void> {
    await Promise.all([...this.#links.values()].map((link) => link.start()));
  }

  /** Settles when a link has ended for good; rejects with why. */
  async finished(): Promise<void> {
    await Promise.race([...this.#links.values()].map((link) => link.finished()));
  }

  /** Whose streams of a kind are to come from now on; before `start`: from the first on. */
  select(kind: StreamKind, participants: readonly number[] | 'all'): void {
    if (JSON.stringify(this.#selected.get(kind)) === JSON.stringify(participants)) return;
    this.#selected.set(kind, participants);
    this.#sendSelection(kind);
  }

  chat(text: string): void {
    this.#say({ type: 'chat', text });
  }

  raiseHand(up: boolean): void {
    this.#say({ type: 'hand', up });
  }

  /** Asks something of one's table. Rejects with why it was not done. */
  async play(request: Omit<Play, 'type' | 'id'>): Promise<void> {
    const { ok, code, message } = await this.ask({ type: 'play', ...request });
    if (ok) return;
    const words = message ?? 'the daemon could not do it';
    throw new MeetError(knownErrorCode(code, 'MEET_USAGE'), words);
  }

  /** Asks for what a host, or a player, may do. Rejects with MEET_UNREACHABLE while there is no connection. */
  ask(request: Request): Promise<Done> {
    const speaker = this.#speaker();
    const connection = speaker === undefined ? undefined : this.#links.get(speaker)?.connection;
    if (connection === undefined) {
      return Promise.reject(new MeetError('MEET_UNREACHABLE', 'there is no connection just now'));
    }
    const id = this.#nextId;
    this.#nextId += 1;
    connection.sendControl({ ...request, id });
    return new Promise((resolve) => {
      this.#asked.set(id, resolve);
      void connection.ended.then(() => {
        const message = 'the connection was lost before the answer came';
        this.#settle({ type: 'done', id, ok: false, code: 'MEET_PEER_GONE', message });
      });
    });
  }

  /** A record that the daemon could not read has no id to it; it answers in order. */
  #misread({ code, message }: ControlRecord & { type: 'error' }): void {
    const [oldest] = this.#asked.keys();
    if (oldest !== undefined) this.#settle({ type: 'done', id: oldest, ok: false, code, message });
  }

  #settle(done: Done): void {
    this.#asked.get(done.id)?.(done);
    this.#asked.delete(done.id);
  }

  /** Idempotent; resolves when all sockets are gone. */
  async close(reason = 'ended'): Promise<void> {
    await Promise.all([...this.#links.values()].map((link) => link.close(reason)));
  }

  #link(kind: StreamKind): ClientLink {
    const { events, ports } = this.#options;
    const link: ClientLink = new ClientLink({
      ...this.#options,
      kind,
      port: ports[kind],
      hello: () => this.#hello(kind),
      handlers: {
        onOpen: (_, welcome) => {
          this.#welcome = welcome;
          this.#rosters.begin(kind, welcome);
          this.#followSpeaker();
          // It may have been changed between hello and welcome.
          if (this.#selected.get(kind) !== this.#greeted.get(kind)) this.#sendSelection(kind);
          if (kind === this.#speaker()) events.onGame?.(undefined);
          events.onOpen?.(kind, welcome);
        },
        onLost: (fault, retryInMs) => {
          this.#rosters.forget(kind);
          this.#followSpeaker();
          events.onLost?.(kind, fault, retryInMs);
        },
        onWaiting: (waiting) => events.onWaiting?.(kind, waiting),
        onControl: (record) => {
          this.#onControl(kind, record);
        },
        onMedia: (frame) => {
          const participant = sourceOf(frame.record);
          const offsetUs = link.connection?.clockOffsetUs;
          events.onFrame(participant, frame, this.#ageMs(participant, frame, offsetUs));
        },
      },
    });
    return link;
  }

  #hello(kind: StreamKind): Hello {
    const selected = this.#selected.get(kind);
    this.#greeted.set(kind, selected);
    return {
      type: 'hello',
      versions: [...PROTOCOL_VERSIONS],
      role: 'subscribe',
      ...this.#options.identity,
      acks: true,
      ...(this.#options.plays === true ? { plays: true } : {}),
      ...(this.#options.publishes === true ? { publishes: true } : {}),
      ...(selected === undefined ? {} : { participants: listed(selected) }),
    };
  }

  #onControl(kind: StreamKind, record: ControlRecord): void {
    if (record.type === 'done') this.#settle(record);
    else if (record.type === 'error') this.#misread(record);
    else if (record.type === 'event') this.#options.events.onEvent?.(record.event);
    else if (record.type === 'roster') this.#takeRoster(kind, record);
    // Each port tells the same; one is heard.
    if (kind !== this.#speaker()) return;
    if (record.type === 'chat') this.#options.events.onChat?.(record);
    else if (record.type === 'game') this.#options.events.onGame?.(record);
  }

  #takeRoster(kind: StreamKind, record: Roster): void {
    if (this.#rosters.take(kind, record)) {
      this.#followSpeaker();
      return;
    }
    const words = `the daemon's roster goes on after ${ROSTER_PARTICIPANTS_MAX} participants`;
    this.#links.get(kind)?.connection?.fail(new MeetError('MEET_PROTOCOL', words));
  }

  /** Milliseconds from capture to now: both clocks are brought to the daemon's. */
  #ageMs(participant: number, frame: Frame, daemonOffsetUs: number | undefined): number {
    if (daemonOffsetUs === undefined) return relayedAfterUsOf(frame.record) / 1000;
    const entry = this.#roster.find((other) => other.participant === participant);
    const stream = entry?.streams.find(({ kind }) => kind === frame.kind);
    const capturedAtUs = frame.capturedAtUs - (stream?.clockOffsetUs ?? 0);
    return Math.max(0, (this.#options.clock.wallUs() + daemonOffsetUs - capturedAtUs) / 1000);
  }

  /** The roster is what the connection tells that is heard. */
  #followSpeaker(): void {
    const speaker = this.#speaker();
    const roster = speaker === undefined ? undefined : this.#rosters.of(speaker);
    if (roster === undefined || roster === this.#roster) return;
    this.#roster = roster;
    this.#options.events.onRoster(roster);
  }

  /** The first kind that is connected. */
  #speaker(): StreamKind | undefined {
    for (const [kind, link] of this.#links) if (link.connection !== undefined) return kind;
    return undefined;
  }

  #say(record: ControlRecord): void {
    const speaker = this.#speaker();
    if (speaker !== undefined) this.#links.get(speaker)?.connection?.sendControl(record);
  }

  #sendSelection(kind: StreamKind): void {
    const selected = this.#selected.get(kind);
    if (selected === undefined) return;
    const participants = listed(selected);
    this.#links.get(kind)?.connection?.sendControl({ type: 'select', participants });
  }
}

function listed(selected: readonly number[] | 'all'): number[] | 'all' {
  return selected === 'all' ? 'all' : [...selected];
}
