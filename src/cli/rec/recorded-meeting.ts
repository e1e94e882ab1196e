/**
 * A recording as a meeting that the dashboard shows: pictures and sound come at their time, at a speed
 * that may change, from any moment on. Owns the time of the recording; draws and plays nothing.
 *
 *   items ──> (their time has come) ──> listeners, sound
 *                     ^
 *          clock x speed, pause, seek
 */
import type { RecordingFs } from '../../daemon/recording/recording-fs.js';
import type { MeetingItem } from '../../daemon/recording/reading/meeting-items.js';
import { meetingItems } from '../../daemon/recording/reading/meeting-items.js';
import type { Part } from '../../daemon/recording/reading/part.js';
import type { SoundRoom } from '../../playback/sound-room.js';
import { asMeetError } from '../../transport/errors.js';
import type { Clock } from '../../transport/clock.js';
import type { RosterEntry } from '../../transport/roster-records.js';
import type { Chat } from '../../transport/chat-records.js';
import type { Frame } from '../../transport/frame.js';
import { makeFrame } from '../../transport/frame.js';
import type { StreamKind } from '../../transport/stream-kind.js';
import type {
  Meeting,
  MeetingListener,
  Outcome,
  Player,
  StreamFigures,
} from '../../tui/meeting.js';
import { StreamMeters } from '../stream-meters.js';
import { diskReadFault } from './rec-world.js';
import { RecordedRoster } from './recorded-roster.js';
import { RecordingTime, speedAfter } from './recording-clock.js';

export interface RecordedWish {
  readonly fs: RecordingFs;
  readonly clock: Clock;
  readonly room: string;
  readonly parts: readonly Part[];
  readonly fromUs: number;
  readonly toUs: number;
  readonly speed: number;
  /** What plays the sound; undefined: none is heard. */
  readonly sound: SoundRoom | undefined;
}

/** Without any item it looks again so often. */
const TICK_MS = 100;
/** A picture that stands is confirmed so often, as publishers do. */
const CONFIRM_MS = 1000;
/** Messages that are remembered, so that none is told twice. */
const CHATS_MOST = 4096;

/** What nobody can do to what is over. */
const refusal = (): Promise<Outcome> =>
  Promise.resolve({ ok: false, message: 'this is a recording' });

export class RecordedMeeting implements Meeting {
  readonly self = undefined;
  readonly rights = { host: false, share: false, player: true };
  readonly room: string;
  readonly player: Player;
  readonly game = undefined;
  readonly waiting = [];
  readonly toggle = refusal;
  readonly toggleOwn = refusal;
  readonly decide = refusal;
  readonly offerGame = refusal;
  readonly play = refusal;
  readonly #wish: RecordedWish;
  readonly #followed: RecordedRoster;
  readonly #time: RecordingTime;
  readonly #listeners = new Set<MeetingListener>();
  readonly #meters: StreamMeters;
  readonly #sequences = new Map<string, number>();
  readonly #chats = new Set<string>();
  #confirmedAtMs = 0;
  #toldAtMs = 0;
  readonly #mutedHere = new Set<number>();
  #rosterText = '';
  #roster: RosterEntry[] = [];
  #round = new AbortController();

  constructor(wish: RecordedWish) {
    this.#wish = wish;
    this.room = wish.room;
    this.#followed = new RecordedRoster(wish.parts);
    this.#meters = new StreamMeters(wish.clock);
    this.#time = new RecordingTime(wish.clock, wish.fromUs, wish.speed);
    this.player = {
      state: () => this.#playerState(),
      pause: () => {
        this.#time.isPaused = !this.#time.isPaused;
        if (this.#time.atUs >= wish.toUs) this.#seek(wish.fromUs);
      },
      seek: (byMs) => {
        this.#seek(this.#time.atUs + byMs * 1000);
      },
      faster: (by) => {
        this.#time.speed = speedAfter(this.#time.speed, by);
      },
    };
  }

  get roster(): readonly RosterEntry[] {
    return this.#roster;
  }

  /**
   * Plays until `signal` aborts. At the end it stands still, or with `staysAtEnd` false resolves. Rejects
   * when a file cannot be read.
   */
  async run(signal: AbortSignal, staysAtEnd: boolean): Promise<void> {
    while (!signal.aborted) {
      this.#round = new AbortController();
      const either = AbortSignal.any([signal, this.#round.signal]);
      try {
        await this.#playFrom(this.#time.atUs, either);
        if (!staysAtEnd) return;
        // Until somebody seeks, or plays it again.
        for (;;) {
          await this.#wish.clock.sleep(CONFIRM_MS, either);
          this.#confirm();
        }
      } catch (thrown) {
        if (!either.aborted) throw thrown;
      }
    }
  }

  listen(listener: MeetingListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  figures(): readonly StreamFigures[] {
    return this.#meters.figures(this.#roster);
  }

  level(participant: number): { readonly rms: number; readonly speaking: boolean } {
    return this.#wish.sound?.level(participant) ?? { rms: 0, speaking: false };
  }

  isMutedHere(participant: number): boolean {
    return this.#mutedHere.has(participant);
  }

  setMutedHere(participant: number, muted: boolean): void {
    if (muted) this.#mutedHere.add(participant);
    else this.#mutedHere.delete(participant);
    this.#wish.sound?.setMuted(participant, muted);
  }

  /** All pictures are read anyway; the dashboard keeps those that it shows. */
  select(): void {
    return;
  }

  chat(): void {
    this.#notice('this is a recording: nobody hears you');
  }

  raiseHand(): void {
    this.#notice('this is a recording: nobody sees you');
  }

  /** Whoever is there at the end stays, however late it is noticed. */
  get #shownAtUs(): number {
    return Math.min(this.#time.atUs, this.#wish.toUs);
  }

  #playerState(): ReturnType<Player['state']> {
    const { fromUs, toUs } = this.#wish;
    return {
      atMs: (this.#shownAtUs - fromUs) / 1000,
      lengthMs: (toUs - fromUs) / 1000,
      speed: this.#time.speed,
      isPaused: this.#time.isPaused,
    };
  }

  #seek(atUs: number): void {
    const { fromUs, toUs } = this.#wish;
    // Just before the end, what stood then is still seen.
    this.#time.atUs = Math.min(Math.max(fromUs, atUs), toUs - 1);
    this.#round.abort();
  }

  async #playFrom(fromUs: number, signal: AbortSignal): Promise<void> {
    const { fs, parts, toUs } = this.#wish;
    this.#followed.beginAt(fromUs);
    // Later what stands tells it, which comes at once: nothing is taken away for a moment.
    if (this.#roster.length === 0) this.#tellRoster(fromUs);
    const onFault = (part: Part, thrown: unknown): void => {
      const { message } = asMeetError(diskReadFault(part.path, thrown));
      this.#notice(`not all can be played: ${message}`);
    };
    for await (const item of meetingItems(fs, parts, { fromUs, toUs, signal, onFault })) {
      await this.#until(item.atUs, signal);
      this.#show(item);
    }
    await this.#until(toUs, signal);
    this.#time.isPaused = true;
    this.#time.atUs = toUs;
    this.#tellRoster(toUs);
  }

  /** Resolves when the time of the recording has come so far. */
  async #until(atUs: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const leftMs = this.#time.untilMs(atUs);
      if (leftMs <= 0) {
        // Where it is behind, nobody waits here: who came and went is told all the same.
        if (this.#wish.clock.now() - this.#toldAtMs >= TICK_MS) this.#tellRoster(this.#shownAtUs);
        return;
      }
      await this.#wish.clock.sleep(Math.min(TICK_MS, leftMs), signal);
      this.#tellRoster(this.#shownAtUs);
      if (this.#wish.clock.now() - this.#confirmedAtMs >= CONFIRM_MS) this.#confirm();
    }
  }

  #show(item: MeetingItem): void {
    const { version } = this.#followed;
    const participant = this.#followed.apply(item);
    // Before its first picture: what is of no stream that was told, nobody shows.
    if (this.#followed.version !== version) this.#tellRoster(this.#shownAtUs);
    if (participant === undefined) return;
    if (item.type === 'picture') {
      const frame = this.#frame(participant, item.kind, item.atUs, item.jpeg);
      this.#tell((listener) => {
        listener.onPicture(participant, frame, 0);
      });
    } else if (item.type === 'sound') {
      const { sound } = this.#wish;
      const frame = this.#frame(participant, 'audio', item.atUs, item.pcm);
      // Faster or slower it would be of another pitch.
      if (this.#time.speed === 1) sound?.push(participant, frame, item.format);
    } else if (item.type === 'event' && item.event.type === 'chat') {
      this.#tellChat({ ...item.event, participant });
    }
  }

  /** Once, however often its moment is played: what was said stands. */
  #tellChat(chat: Chat): void {
    const key = JSON.stringify([chat.atUs, chat.name, chat.text]);
    if (this.#chats.has(key)) return;
    this.#chats.add(key);
    const [oldest] = this.#chats;
    if (this.#chats.size > CHATS_MOST && oldest !== undefined) this.#chats.delete(oldest);
    this.#tell((listener) => {
      listener.onChat(chat);
    });
  }

  /** A picture that stands is as good as new, also while the recording stands still. */
  #confirm(): void {
    const atUs = this.#shownAtUs;
    this.#confirmedAtMs = this.#wish.clock.now();
    for (const { participant, kind } of this.#followed.standing(atUs)) {
      const sequence = this.#sequences.get(`${kind}/${participant}`) ?? 0;
      const frame = makeFrame({ kind, sequence, capturedAtUs: Math.round(atUs) });
      this.#tell((listener) => {
        listener.onPicture(participant, frame, 0);
      });
    }
  }

  #frame(participant: number, kind: StreamKind, atUs: number, payload: Buffer): Frame {
    const key = `${kind}/${participant}`;
    const sequence = (this.#sequences.get(key) ?? -1) + 1;
    this.#sequences.set(key, sequence);
    const frame = makeFrame({ kind, sequence, capturedAtUs: Math.round(atUs), payload });
    this.#meters.count(participant, frame, 0);
    return frame;
  }

  #tellRoster(atUs: number): void {
    this.#toldAtMs = this.#wish.clock.now();
    const roster = this.#followed.entries(atUs);
    const text = JSON.stringify(roster);
    if (text === this.#rosterText) return;
    this.#rosterText = text;
    this.#roster = roster;
    this.#tell((listener) => {
      listener.onRoster(roster);
    });
  }

  #notice(words: string): void {
    this.#tell((listener) => {
      listener.onNotice(words);
    });
  }

  #tell(call: (listener: MeetingListener) => void): void {
    for (const listener of this.#listeners) call(listener);
  }
}
