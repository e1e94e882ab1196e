/**
 * What stands of a participant by the lines that told it: which streams are not on, and a hand that is up.
 * Owns that memory, so that each segment can say it at its beginning: whoever reads from there on need not
 * look into the ones before.
 */
import type { EventLine } from './event-words.js';
import type { HandLine, StateLine } from './index-line.js';

export type StandingLine = StateLine | HandLine;

export class StandingStates {
  /** A stream's own state and the host's are two. */
  readonly #lines = new Map<string, StandingLine>();

  /** The lines as they came, those of streams that are on and of a hand that is down left out. */
  get lines(): readonly StandingLine[] {
    return [...this.#lines.values()].filter(stands);
  }

  note(line: EventLine): void {
    if (line.type === 'state') this.#lines.set(`${line.kind}/${line.by}`, line);
    else if (line.type === 'hand') this.#lines.set('hand', line);
  }
}

/** Whether there is anything to say of it: a stream that is on shows that itself. */
export function stands(line: StandingLine): boolean {
  return line.type === 'hand' ? line.up : line.state !== 'on';
}
