/**
 * Those who wait, without whom the host has just decided about: the daemon's list may be older than
 * that. Owns who was decided about; asks nobody.
 */
import type { WaitingPerson } from '../meeting.js';

export class WaitingList {
  readonly #decided = new Set<number>();

  /** From here on it is not shown, unless the decision fails. */
  async decide<Answer extends { readonly ok: boolean }>(
    number: number,
    decision: () => Promise<Answer>,
  ): Promise<Answer> {
    this.#decided.add(number);
    let isDone = false;
    try {
      const answer = await decision();
      isDone = answer.ok;
      return answer;
    } finally {
      if (!isDone) this.#decided.delete(number);
    }
  }

  /** `waiting`: as the daemon last told. */
  shown(waiting: readonly WaitingPerson[]): readonly WaitingPerson[] {
    const numbers = new Set(waiting.map(({ number }) => number));
    for (const number of this.#decided) if (!numbers.has(number)) this.#decided.delete(number);
    return waiting.filter(({ number }) => !this.#decided.has(number));
  }
}
