/**
 * A meeting that follows a script: the `Meeting` of src/tui/meeting.ts with nobody behind it. What is
 * asked of it is kept; what the dashboard is to be told is said by the test. Its pictures are real
 * JPEGs.
 */
import sharp from 'sharp';

import type { Chat } from '../../src/transport/chat-records.js';
import type { RosterEntry, RosterStream } from '../../src/transport/roster-records.js';
import type { ErrorCode } from '../../src/transport/errors.js';
import type { Frame } from '../../src/transport/frame.js';
import { makeFrame } from '../../src/transport/frame.js';
import { GameFollower } from '../../src/game/game-follower.js';
import type { GameView, PlayRequest } from '../../src/game/game-view.js';
import { moveText } from '../../src/game/move-text.js';
import type { GameRecord } from '../../src/transport/play-control.js';
import type { StreamKind } from '../../src/transport/stream-kind.js';
import type {
  Meeting,
  MeetingListener,
  Outcome,
  StreamFigures,
  WaitingPerson,
} from '../../src/tui/meeting.js';

/** What was asked of the meeting, in order: `toggle stop 2 screen`, `chat hello`, `hand up`. */
export class ScriptedMeeting implements Meeting {
  self: number | undefined = 1;
  room = 'main';
  rights = { host: false, share: false };
  roster: readonly RosterEntry[] = [];
  readonly asked: string[] = [];
  /** Newest selection: "2/screen 3/video". */
  selected = '';
  /** Called with each request, selections among them. */
  onAsked: (what: string) => void = () => undefined;
  waiting: readonly WaitingPerson[] = [];
  figureList: StreamFigures[] = [];
  readonly levels = new Map<number, { rms: number; speaking: boolean }>();
  answer: Outcome = { ok: true, message: 'done as asked' };
  readonly #listeners = new Set<MeetingListener>();
  readonly #muted = new Set<number>();
  readonly #follower = new GameFollower((text) => text);
  #sequence = 0;

  get listeners(): number {
    return this.#listeners.size;
  }

  listen(listener: MeetingListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  figures(): readonly StreamFigures[] {
    return this.figureList;
  }

  level(participant: number): { readonly rms: number; readonly speaking: boolean } {
    return this.levels.get(participant) ?? { rms: 0, speaking: false };
  }

  isMutedHere(participant: number): boolean {
    return this.#muted.has(participant);
  }

  setMutedHere(participant: number, muted: boolean): void {
    if (muted) this.#muted.add(participant);
    else this.#muted.delete(participant);
    this.#note(`${muted ? 'mute' : 'unmute'} here ${participant}`);
  }

  select(wanted: readonly { participant: number; kind: 'screen' | 'video' }[]): void {
    this.selected = wanted.map(({ participant, kind }) => `${participant}/${kind}`).join(' ');
    this.onAsked(`select ${this.selected}`);
  }

  chat(text: string): void {
    this.#note(`chat ${text}`);
  }

  raiseHand(up: boolean): void {
    this.#note(`hand ${up ? 'up' : 'down'}`);
  }

  decide(action: 'admit' | 'refuse', waiting: number): Promise<Outcome> {
    this.#note(`${action} ${waiting}`);
    return Promise.resolve(this.answer);
  }

  toggle(
    action: 'stop' | 'start' | 'mute' | 'unmute' | 'kick',
    participant: number,
    kind?: StreamKind,
  ): Promise<Outcome> {
    this.#note(
      ['toggle', action, participant, kind].filter((part) => part !== undefined).join(' '),
    );
    return Promise.resolve(this.answer);
  }

  toggleOwn(kind: StreamKind): Promise<Outcome> {
    this.#note(`own ${kind}`);
    return Promise.resolve(this.answer);
  }

  get game(): GameView | undefined {
    return this.#follower.view;
  }

  offerGame(participant: number): Promise<Outcome> {
    this.#note(`offer game ${participant}`);
    return Promise.resolve(this.answer);
  }

  play(request: PlayRequest): Promise<Outcome> {
    const words = request.action === 'move' ? ` ${moveText(request.move)}` : '';
    this.#note(`play ${request.action}${words}`);
    return Promise.resolve(this.answer);
  }

  /** The table changes, as a daemon tells it. */
  setGame(record: GameRecord): void {
    const view = this.#follower.take(record);
    for (const listener of this.#listeners) listener.onGame?.(view);
  }

  /** Tells everybody a new roster. */
  setRoster(roster: readonly RosterEntry[]): void {
    this.roster = roster;
    for (const listener of this.#listeners) listener.onRoster(roster);
  }

  say(chat: Omit<Chat, 'type'>): void {
    for (const listener of this.#listeners) listener.onChat({ type: 'chat', ...chat });
  }

  connection(words: string | undefined, code?: ErrorCode): void {
    for (const listener of this.#listeners) listener.onConnection(words, code);
  }

  /** A picture arrives; without a JPEG an `unchanged` record. */
  picture(participant: number, kind: 'screen' | 'video', jpeg?: Buffer): void {
    this.#sequence += 1;
    const frame: Frame = makeFrame({
      kind,
      sequence: this.#sequence,
      capturedAtUs: 1,
      ...(jpeg === undefined ? {} : { payload: jpeg }),
    });
    for (const listener of this.#listeners) listener.onPicture(participant, frame, 30);
  }

  #note(what: string): void {
    this.asked.push(what);
    this.onAsked(what);
  }
}

/** Somebody in the meeting, sharing these kinds; `changes` are laid over it. */
export function guest(
  participant: number,
  name: string,
  kinds: readonly StreamKind[] = ['screen'],
  changes: Partial<RosterEntry> = {},
): RosterEntry {
  return {
    participant,
    name,
    origin: 'native',
    away: false,
    watching: true,
    hand: false,
    streams: kinds.map((kind) => guestStream(kind)),
    ...changes,
  };
}

export function guestStream(kind: StreamKind, changes: Partial<RosterStream> = {}): RosterStream {
  return {
    kind,
    self: 'on',
    selfSinceUs: 0,
    host: 'on',
    hostSinceUs: 0,
    clockOffsetUs: 0,
    ...(kind === 'audio' ? {} : { format: { codec: 'jpeg', width: 1280, height: 720, fps: 15 } }),
    ...changes,
  };
}

/** A picture of one colour, 0xRRGGBB. */
export async function colourJpeg(colour: number, width = 320, height = 180): Promise<Buffer> {
  const background = { r: colour >> 16, g: (colour >> 8) & 255, b: colour & 255 };
  return sharp({ create: { width, height, channels: 3, background } })
    .jpeg({ quality: 90 })
    .toBuffer();
}
