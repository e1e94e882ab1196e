/**
 * Sound levels on their way to the screen's meters, past React. Owns the timer and the scale; draws
 * nothing and hears nothing itself.
 */
import type { Clock } from '../../transport/clock.js';
import type { Meeting } from '../meeting.js';
import type { Screen } from '../terminal/screen.js';
import { METERS } from '../terminal/screen.js';

import type { Person } from './tile.js';

/** Ten times a second is as fast as an eye follows a meter. */
export const LEVELS_EVERY_MS = 100;
/** The quiet end of the scale, in dB below full scale; speech lies between -40 and -10. */
const QUIETEST_DB = -50;
/** Steps of the scale: a change smaller than one is not drawn. */
const STEPS = 48;

/** RMS, 0 to 1, on the meter's linear bar: -50 dB is 0, full scale 1. */
export function levelOf(rms: number): number {
  if (rms <= 0) return 0;
  const level = 1 - (20 * Math.log10(rms)) / QUIETEST_DB;
  return Math.round(Math.min(1, Math.max(0, level)) * STEPS) / STEPS;
}

export class LevelFeed {
  readonly #meeting: Pick<Meeting, 'level'>;
  readonly #screen: Pick<Screen, 'showLevel'>;
  /** Participants by meter. */
  #people: readonly number[] = [];
  #drawn: string[] = [];
  #speaking = new Set<number>();

  constructor(meeting: Pick<Meeting, 'level'>, screen: Pick<Screen, 'showLevel'>) {
    this.#meeting = meeting;
    this.#screen = screen;
  }

  /** Whose meters are shown: the nth person has the nth meter. */
  show(people: readonly Person[]): void {
    const numbers = people.slice(0, METERS).map(({ participant }) => participant);
    if (numbers.join() === this.#people.join()) return;
    this.#people = numbers;
    this.#drawn = [];
    this.#draw();
  }

  /** Draws from now on; `onSpeakers` is called when somebody began or ended to speak. */
  start(clock: Clock, onSpeakers: () => void): () => void {
    return clock.every(LEVELS_EVERY_MS, () => {
      if (this.#draw()) onSpeakers();
    });
  }

  /** True when who speaks has changed. */
  #draw(): boolean {
    const speakers = new Set<number>();
    for (const [meter, participant] of this.#people.entries()) {
      const { rms, speaking } = this.#meeting.level(participant);
      if (speaking) speakers.add(participant);
      const level = levelOf(rms);
      const drawn = `${level} ${speaking}`;
      if (this.#drawn[meter] === drawn) continue;
      this.#drawn[meter] = drawn;
      this.#screen.showLevel(meter, level, speaking);
    }
    const changed =
      speakers.size !== this.#speaking.size ||
      [...speakers].some((participant) => !this.#speaking.has(participant));
    this.#speaking = speakers;
    return changed;
  }
}
