/**
 * What could not be read of a meeting, in words. Owns telling each once, and not more of them than anybody
 * reads; decides nothing about what is left out.
 */
import { withoutMended } from '../../daemon/recording/reading/catalog.js';
import type { MeetingRecord } from '../../daemon/recording/reading/catalog.js';
import { isChosen, isReadable } from './rec-selection.js';

/** `meet rec verify` names more. */
const TOLD_MOST = 20;

export class LeftOut {
  readonly #words = new Set<string>();
  #isAny = false;

  /** Tells it, unless it has been: a film reads each part twice. */
  add(words: string): void {
    this.#isAny = true;
    if (this.#words.size < TOLD_MOST) this.#words.add(words);
  }

  /** Those parts of which nothing can be read. An empty file is none: nothing was in it. */
  addParts({ parts }: MeetingRecord, names: readonly string[]): void {
    for (const part of withoutMended(parts)) {
      const { state, sizeBytes, path, words } = part;
      if (state !== 'damaged' || sizeBytes === 0 || isReadable(part)) continue;
      if (isChosen(part, names)) this.add(words.startsWith(path) ? words : `${path}: ${words}`);
    }
  }

  get isAny(): boolean {
    return this.#isAny;
  }

  get words(): readonly string[] {
    return [...this.#words];
  }
}
