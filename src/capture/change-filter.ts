/**
 * Notices that nothing changed: a picture equal to the last one is not sent again, an `unchanged`
 * record goes once a second instead. Owns the last picture; sends nothing itself.
 */

/** How often a still picture is confirmed, in ms. */
export const UNCHANGED_EVERY_MS = 1000;

export type Change = 'picture' | 'unchanged' | 'nothing';

export class ChangeFilter {
  #last: Buffer | undefined;
  #lastSentMs = -Infinity;

  /** What is to be sent for this picture. `payload` is kept until the next one that differs. */
  judge(payload: Buffer, nowMs: number): Change {
    if (this.#last?.equals(payload) !== true) {
      this.#last = payload;
      this.#lastSentMs = nowMs;
      return 'picture';
    }
    if (nowMs - this.#lastSentMs < UNCHANGED_EVERY_MS) return 'nothing';
    this.#lastSentMs = nowMs;
    return 'unchanged';
  }

  /** The other side no longer has the last picture: the next one is sent whole. */
  forget(): void {
    this.#last = undefined;
  }
}
