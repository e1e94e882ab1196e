/**
 * The meeting as the dashboard sees it. Owns the interface; a viewer's session satisfies it through a
 * small adapter in the command line, tests satisfy it with a scripted meeting.
 */
import type { Chat } from '../transport/chat-records.js';
import type { RosterEntry } from '../transport/roster-records.js';
import type { GameView, PlayRequest } from '../game/game-view.js';
import type { Frame } from '../transport/frame.js';
import type { ErrorCode } from '../transport/errors.js';
import type { StreamKind } from '../transport/stream-kind.js';

/** What the dashboard is told. Calls are synchronous; none may throw. */
export interface MeetingListener {
  /** A whole JPEG in `frame.payload`, or an `unchanged` record; never sound. */
  onPicture(participant: number, frame: Frame, ageMs: number): void;
  onRoster(roster: readonly RosterEntry[]): void;
  onChat(chat: Chat): void;
  /** The table that this viewer sits at, or is asked to, has changed; undefined: there is none now. */
  onGame?(game: GameView | undefined): void;
  /**
   * Short words on the connection: "connection lost, trying again in 2.1 s"; undefined: all is well.
   * Called again with each attempt, of each of its connections; `code`: of the fault, the same where
   * it is no other.
   */
  onConnection(words: string | undefined, code?: ErrorCode): void;
  /** One line on something of this side: a device that failed, a warning of the daemon beside it. */
  onNotice(words: string): void;
}

/** The figures of one stream, asked for once or twice a second. */
export interface StreamFigures {
  readonly participant: number;
  readonly kind: StreamKind;
  readonly framesPerSecond: number;
  readonly bytesPerSecond: number;
  readonly ageP50Ms: number;
  readonly ageP95Ms: number;
  /** Lost on the way or dropped for this viewer. */
  readonly dropped: number;
}

/** Somebody who waits to be let in, as the daemon tells it. */
export interface WaitingPerson {
  readonly number: number;
  readonly name: string;
  readonly address: string;
  /** Of its key, to compare; undefined: it has none. */
  readonly fingerprint: string | undefined;
  readonly plaintext: boolean;
}

/** The answer to a toggle or another request, in words for people. */
export interface Outcome {
  readonly ok: boolean;
  readonly message: string;
}

/** A recording that is played as a meeting: its time can be changed. */
export interface Player {
  state(): {
    /** Since its start. */
    readonly atMs: number;
    readonly lengthMs: number;
    readonly speed: number;
    readonly isPaused: boolean;
  };
  /** Stands still, or goes on. */
  pause(): void;
  /** Goes on from `byMs` later, or earlier. */
  seek(byMs: number): void;
  /** The next speed up or down. */
  faster(by: 1 | -1): void;
}

export interface Meeting {
  /** Only of a recording. */
  readonly player?: Player;
  /** Number of this viewer's own participant; undefined until it is welcomed. */
  readonly self: number | undefined;
  readonly room: string;
  readonly roster: readonly RosterEntry[];
  /** What this viewer may do beside watching. */
  readonly rights: {
    /** Stop, start, mute, kick others: through the daemon's control socket. */
    readonly host: boolean;
    /** This process shares itself (`meet join`), so s, v and a toggle its own streams. */
    readonly share: boolean;
    /** This is a recording: its time can be changed (`player`). */
    readonly player?: boolean;
  };
  /** Who waits to be let in, for a host; whoever came first stands first. */
  readonly waiting: readonly WaitingPerson[];
  listen(listener: MeetingListener): () => void;
  figures(): readonly StreamFigures[];
  /** Sound level of a participant, 0 to 1 (RMS of the last 50 ms), and whether it speaks. */
  level(participant: number): { readonly rms: number; readonly speaking: boolean };
  /** Whether this viewer hears a participant: its own mute, which no one else notices. */
  isMutedHere(participant: number): boolean;
  setMutedHere(participant: number, muted: boolean): void;
  /** Which pictures are wanted now, so that nothing else is sent: those on the page shown. */
  select(wanted: readonly { participant: number; kind: 'screen' | 'video' }[]): void;
  chat(text: string): void;
  raiseHand(up: boolean): void;
  /** Host: stops or starts a stream, or sends away. */
  toggle(
    action: 'stop' | 'start' | 'mute' | 'unmute' | 'kick',
    participant: number,
    kind?: StreamKind,
  ): Promise<Outcome>;
  /** Host: lets in one who waits, or turns it away. */
  decide(action: 'admit' | 'refuse', waiting: number): Promise<Outcome>;
  /** Share: this process's own streams that the host has sent away; they are in the roster no more. */
  readonly sentAway?: readonly StreamKind[];
  /** Share: this process's own stream of that kind off or on. */
  toggleOwn(kind: StreamKind): Promise<Outcome>;
  /** The table that this viewer sits at, or is asked to; undefined: none. */
  readonly game: GameView | undefined;
  /** Offers a game of tic-tac-toe. */
  offerGame(participant: number): Promise<Outcome>;
  /** What is wanted of that table. A message of "" is not worth a line. */
  play(request: PlayRequest): Promise<Outcome>;
}
