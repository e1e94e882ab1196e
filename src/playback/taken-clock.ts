/**
 * How much sound a program has taken at any time, from what it says now and then. Owns these reports;
 * reads no clock.
 *
 * A report that reaches us late says too little, never too much: so the best of the last ones counts,
 * and between reports the device goes on as the clock does. A program that says nothing is believed
 * to take sound as the clock goes.
 */

/** Reports that count: 0.4 s of pacat's, in which two clocks differ by less than 0.1 ms. */
const WINDOW_REPORTS = 8;
/** So long after a report the device is believed to go on. */
const BELIEVED_MS = 150;
/** Below this share of the clock's pace the device stands still. */
const STANDING = 0.5;
/** It has taken all, give or take what a report is rounded by. */
const STARVED_MS = 2;
/** Reports closer to each other count as one. */
const LEAST_APART_MS = 20;

interface Report {
  readonly takenMs: number;
  readonly atMs: number;
}

export class TakenClock {
  readonly #reports: Report[] = [];
  #running = false;
  /** Of a program that says nothing: when it began to take sound, on our clock. */
  #beganAtMs: number | undefined;

  /** The program says nothing: it takes sound from now on. */
  begin(nowMs: number): void {
    this.#beganAtMs = nowMs;
  }

  /** The program has taken `takenMs` of sound since it began, of `writtenMs` that it was given. */
  report(takenMs: number, atMs: number, writtenMs: number): void {
    // The last of a quick row stands for all of them.
    while (this.#reports.length > 1 && atMs - (this.#reports.at(-1)?.atMs ?? 0) < LEAST_APART_MS) {
      this.#reports.pop();
    }
    const last = this.#reports.at(-1);
    const elapsedMs = atMs - (last?.atMs ?? atMs);
    const progressMs = takenMs - (last?.takenMs ?? takenMs);
    // One that took all there was doesn't stand still, it starves.
    const starved = progressMs > 0 && takenMs >= writtenMs - STARVED_MS;
    this.#running = starved || progressMs > elapsedMs * STANDING;
    if (!this.#running) this.#reports.length = 0;
    this.#reports.push({ takenMs, atMs });
    if (this.#reports.length > WINDOW_REPORTS) this.#reports.shift();
  }

  /** It had nothing to play: what it had taken until then says nothing about now. */
  ranDry(writtenMs: number, nowMs: number): void {
    if (this.#beganAtMs !== undefined) this.#beganAtMs = nowMs - writtenMs;
    this.#reports.splice(0, this.#reports.length - 1);
  }

  /** Whether more is taken as time passes. */
  get running(): boolean {
    return this.#running || this.#beganAtMs !== undefined;
  }

  /** Milliseconds of sound taken until now, of `writtenMs` that were written. */
  takenMs(writtenMs: number, nowMs: number): number {
    if (this.#beganAtMs !== undefined) return Math.min(writtenMs, nowMs - this.#beganAtMs);
    const last = this.#reports.at(-1);
    if (last === undefined) return 0;
    if (!this.#running) return Math.min(writtenMs, last.takenMs);
    const offsetMs = Math.max(...this.#reports.map(({ takenMs, atMs }) => takenMs - atMs));
    const believedUntilMs = Math.min(nowMs, last.atMs + BELIEVED_MS);
    return Math.min(writtenMs, offsetMs + believedUntilMs);
  }
}
