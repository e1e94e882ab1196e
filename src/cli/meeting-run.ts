/**
 * A meeting as one viewer takes part in it: pictures to whoever shows them, sound to the speaker,
 * words and toggles back. Owns the viewer's session and who hears of it; draws nothing.
 */
import type { OutputName } from '../playback/output.js';
import type { GameView, PlayRequest } from '../game/game-view.js';
import type { RosterEntry } from '../transport/roster-records.js';
import type { ErrorCode, MeetError } from '../transport/errors.js';
import type { Frame } from '../transport/frame.js';
import type { StreamKind } from '../transport/stream-kind.js';
import type { ViewerSession } from '../transport/viewer-session.js';
import type {
  Meeting,
  MeetingListener,
  Outcome,
  StreamFigures,
  WaitingPerson,
} from '../tui/meeting.js';
import type { ControlClient } from './control-client.js';
import { HostDesk } from './host-desk.js';
import { MeetingGame } from './meeting-game.js';
import type { Io } from './io.js';
import { toggleOwn } from './own-share.js';
import { PeopleHere } from './people-here.js';
import type { ShareRun } from './share-run.js';
import { StreamMeters } from './stream-meters.js';
import type { ViewerWish } from './viewer.js';
import { ViewerSound } from './viewer-sound.js';
import { createViewer } from './viewer.js';

export interface MeetingWish extends ViewerWish {
  /** undefined: no sound here. */
  readonly output: OutputName | 'auto' | undefined;
  /** `meet join`: this process's own share, which is not shown and not heard here. */
  readonly share?: ShareRun;
  /** The daemon's control socket, where this user is the host. */
  readonly control?: ControlClient;
  /** One line on what plays the sound. */
  readonly onNotice: (words: string) => void;
}

type Toggle = Parameters<Meeting['toggle']>[0];

export class MeetingRun implements Meeting {
  readonly #io: Io;
  readonly #wish: MeetingWish;
  readonly #viewer: ViewerSession;
  readonly #desk: HostDesk;
  readonly #sound: ViewerSound | undefined;
  readonly #game: MeetingGame;
  readonly #listeners = new Set<MeetingListener>();
  readonly #meters: StreamMeters;
  readonly #people = new PeopleHere();
  #roster: readonly RosterEntry[] = [];

  constructor(io: Io, wish: MeetingWish) {
    this.#io = io;
    this.#wish = wish;
    this.#meters = new StreamMeters(io.clock);
    const { output } = wish;
    if (output !== undefined) this.#sound = new ViewerSound(io, output, wish.onNotice);
    this.#viewer = createViewer(io, wish, {
      onFrame: (participant, frame, ageMs) => {
        this.#onFrame(participant, frame, ageMs);
      },
      onRoster: (roster) => {
        this.#onRoster(roster);
      },
      onChat: (chat) => {
        this.#tell((listener) => {
          listener.onChat(chat);
        });
      },
      onGame: (record) => {
        this.#game.take(record);
        this.#tell((listener) => listener.onGame?.(this.#game.view));
      },
      onOpen: () => {
        this.#onConnection(undefined);
      },
      onLost: (_, fault, retryInMs) => {
        this.#onConnection(lostWords(fault, retryInMs), fault.code);
      },
    });
    this.#game = new MeetingGame(this.#viewer);
    this.#desk = new HostDesk({ clock: io.clock, viewer: this.#viewer, control: wish.control });
  }

  get self(): number | undefined {
    return this.#viewer.welcome?.participant;
  }

  get room(): string {
    return this.#viewer.welcome?.room ?? this.#wish.room;
  }

  get roster(): readonly RosterEntry[] {
    return this.#roster;
  }

  get rights(): Meeting['rights'] {
    return { host: this.#desk.isHost, share: this.#wish.share !== undefined };
  }

  get sentAway(): readonly StreamKind[] {
    const states = this.#wish.share?.states() ?? [];
    return states
      .filter(({ hindrances }) => hindrances.includes('sent-away'))
      .map(({ kind }) => kind);
  }

  get waiting(): readonly WaitingPerson[] {
    return this.#desk.waiting;
  }

  /** Rejects with why the daemon can't be reached. */
  async start(): Promise<void> {
    if (this.#sound === undefined) this.#viewer.select('audio', []);
    // Pictures come when somebody can show them; until then they would only be missed.
    this.select([]);
    await this.#viewer.start();
    this.#desk.open();
  }

  /** Settles when the connection has ended for good; rejects with why. */
  async finished(): Promise<void> {
    await this.#viewer.finished();
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#desk.close();
    await Promise.all([this.#viewer.close('left'), this.#sound?.close()]);
  }

  /** Words on this side's own devices and programs: shown where the meeting is shown. */
  notice(words: string): void {
    if (this.#listeners.size === 0) this.#io.stderr.write(`${words}\n`);
    this.#tell((listener) => {
      listener.onNotice(words);
    });
  }

  listen(listener: MeetingListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  figures(): StreamFigures[] {
    return this.#meters.figures(this.roster);
  }

  level(participant: number): { readonly rms: number; readonly speaking: boolean } {
    return this.#sound?.level(participant) ?? { rms: 0, speaking: false };
  }

  isMutedHere(participant: number): boolean {
    return this.#people.isMuted(participant);
  }

  setMutedHere(participant: number, muted: boolean): void {
    this.#people.setMuted(participant, muted);
    this.#sound?.setMuted(participant, this.#people.isMuted(participant));
  }

  select(wanted: readonly { participant: number; kind: 'screen' | 'video' }[]): void {
    this.#meters.select(wanted);
    for (const kind of ['screen', 'video'] as const) {
      const participants = wanted.filter((each) => each.kind === kind);
      this.#viewer.select(kind, participants.map(({ participant }) => participant).sort());
    }
  }

  chat(text: string): void {
    this.#viewer.chat(text);
  }

  raiseHand(up: boolean): void {
    this.#viewer.raiseHand(up);
  }

  toggle(action: Toggle, participant: number, kind?: StreamKind): Promise<Outcome> {
    return this.#desk.toggle(action, participant, kind);
  }

  decide(action: 'admit' | 'refuse', waiting: number): Promise<Outcome> {
    return this.#desk.decide(action, waiting);
  }

  toggleOwn(kind: StreamKind): Promise<Outcome> {
    const { share } = this.#wish;
    const nothing = { ok: false, message: 'nothing is shared from here' };
    return Promise.resolve(share === undefined ? nothing : toggleOwn(share, kind));
  }

  get game(): GameView | undefined {
    return this.#game.view;
  }

  offerGame(participant: number): Promise<Outcome> {
    return this.#game.offer(participant);
  }

  play(request: PlayRequest): Promise<Outcome> {
    return this.#game.play(request);
  }

  #onFrame(participant: number, frame: Frame, ageMs: number): void {
    this.#meters.count(participant, frame, ageMs);
    if (frame.kind === 'audio') this.#sound?.hear(participant, frame, this.#roster);
    else {
      this.#tell((listener) => {
        listener.onPicture(participant, frame, ageMs);
      });
    }
  }

  #onRoster(roster: readonly RosterEntry[]): void {
    const gone = new Set(this.#people.take(roster));
    for (const participant of gone) {
      this.#meters.forget(participant);
      this.#sound?.remove(participant);
    }
    const others = roster.filter(({ participant }) => !gone.has(participant));
    // Whoever has the number of another is new: what is shown of that one is forgotten before.
    if (others.length < roster.length) this.#tellRoster(others);
    this.#tellRoster(roster);
  }

  #tellRoster(roster: readonly RosterEntry[]): void {
    this.#roster = roster;
    this.#tell((listener) => {
      listener.onRoster(roster);
    });
  }

  #onConnection(words: string | undefined, code?: ErrorCode): void {
    this.#tell((listener) => {
      listener.onConnection(words, code);
    });
  }

  #tell(call: (listener: MeetingListener) => void): void {
    for (const listener of this.#listeners) call(listener);
  }
}

function lostWords(fault: MeetError, retryInMs: number): string {
  return `${fault.message}; trying again in ${(retryInMs / 1000).toFixed(1)} s`;
}
