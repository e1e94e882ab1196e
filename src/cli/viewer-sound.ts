/**
 * The sound of a meeting at one who watches it: who of the others is heard. Owns the room that mixes it
 * and what plays it; who is muted here is the caller's.
 */
import { openOutput } from '../playback/open-output.js';
import type { OutputName } from '../playback/output.js';
import { SoundRoom } from '../playback/sound-room.js';
import type { Frame } from '../transport/frame.js';
import type { RosterEntry } from '../transport/roster-records.js';
import type { Io } from './io.js';

export class ViewerSound {
  readonly #room: SoundRoom;

  /** `onNotice`: one line on what plays the sound. */
  constructor(io: Io, choice: OutputName | 'auto', onNotice: (words: string) => void) {
    const { clock, env, platform } = io;
    this.#room = new SoundRoom({
      clock,
      output: (pull) => openOutput({ clock, pull, choice, env, platform, onNotice }),
    });
  }

  /** Root mean square, 0 to 1, and whether that is speech. */
  level(participant: number): { readonly rms: number; readonly speaking: boolean } {
    return this.#room.level(participant);
  }

  setMuted(participant: number, muted: boolean): void {
    this.#room.setMuted(participant, muted);
  }

  /** A chunk of somebody whose format the roster tells; of anybody else it is passed over. */
  hear(participant: number, frame: Frame, roster: readonly RosterEntry[]): void {
    const entry = roster.find((each) => each.participant === participant);
    const format = entry?.streams.find(({ kind }) => kind === 'audio')?.format;
    if (format?.codec === 'pcm-s16le') this.#room.push(participant, frame, format);
  }

  remove(participant: number): void {
    this.#room.remove(participant);
  }

  /** Idempotent. */
  async close(): Promise<void> {
    await this.#room.close();
  }
}
