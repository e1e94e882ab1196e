/**
 * Which streams of a participant are not on, by the lines that told it. Owns that memory, so that each
 * segment can say it at its beginning: whoever reads from there on need not look into the ones before.
 */
import type { EventLine } from './event-words.js';
import type { StateLine } from './index-line.js';

export class StandingStates {
  /** A stream's own state and the host's are two. */
  readonly #lines = new Map<string, StateLine>();

  /** The lines as they came, those of streams that are on left out. */
  get lines(): readonly StateLine[] {
    return [...this.#lines.values()].filter(({ state }) => state !== 'on');
  }

  note(line: EventLine): void {
    if (line.type === 'state') this.#lines.set(`${line.kind}/${line.by}`, line);
  }
}
