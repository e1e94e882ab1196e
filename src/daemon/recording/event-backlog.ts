/**
 * What was said and done, until it is in a file. Owns that nothing of it is lost while the disk fails,
 * and how much of it is kept; knows no disk.
 */
import type { EventLine } from './event-words.js';
import type { MkvSegment } from './mkv-segment.js';
import type { RecordingIntake } from './recording-intake.js';
import { StandingStates } from './standing-states.js';

/** Lines that wait while the disk fails; the oldest go. */
const MOST_LINES = 512;

export class EventBacklog {
  #lines: EventLine[] = [];
  /** How many of them were added to a segment. */
  #added = 0;
  readonly #states = new StandingStates();

  get empty(): boolean {
    return this.#lines.length === 0;
  }

  push(line: EventLine): void {
    this.#lines.push(line);
  }

  /** Takes the gaps and remarks that came. */
  gather(intake: RecordingIntake): void {
    this.#lines.push(...intake.takeGaps(), ...intake.takeRemarks());
    this.#lines.splice(0, Math.max(0, this.#lines.length - MOST_LINES));
  }

  /** Says in a new segment which streams are off and that a hand is up, as its first lines. */
  openIn(segment: MkvSegment): void {
    for (const line of this.#states.lines) segment.addEvent(line, segment.startedAtUs);
  }

  /** Adds all to a segment, none at a time after `latestUs`; they stay until `settle`. */
  addTo(segment: MkvSegment, latestUs: number): void {
    for (const line of this.#lines) {
      segment.addEvent(line, latestUs);
      this.#states.note(line);
    }
    this.#added = this.#lines.length;
  }

  /** What was added is in its file. */
  settle(): void {
    this.#lines.splice(0, this.#added);
    this.#added = 0;
  }

  /** What was added is not in its file, and never will be. */
  takeBack(): void {
    this.#added = 0;
  }
}
