/**
 * Requests that await their `done`, over connections that may be lost meanwhile. Owns the ids and who
 * waits; sends nothing.
 */
import type { Done } from './control.js';
import { MeetError, knownErrorCode } from './errors.js';

interface Waiting<Line> {
  readonly line: Line;
  readonly resolve: () => void;
  readonly reject: (fault: MeetError) => void;
}

/** `Line` tells connections apart. */
export class PendingAnswers<Line> {
  readonly #waiting = new Map<number, Waiting<Line>>();
  #nextId = 1;

  /**
   * Sends a request under a new id. Resolves when it is done; rejects with the peer's own error where
   * it is not, and with what `giveUp` says.
   */
  ask(line: Line, send: (id: number) => void): Promise<void> {
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { line, resolve, reject });
      send(id);
    });
  }

  /** An answer; one that nobody waits for is ignored. */
  answered({ id, ok, code, message }: Done): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (ok) waiting?.resolve();
    else {
      const words = message ?? 'the daemon could not do it';
      waiting?.reject(new MeetError(knownErrorCode(code, 'MEET_USAGE'), words));
    }
  }

  /** A connection is lost: what was asked over it may or may not have been done. */
  giveUp(line: Line, fault: MeetError): void {
    for (const [id, waiting] of this.#waiting) {
      if (waiting.line !== line) continue;
      this.#waiting.delete(id);
      waiting.reject(fault);
    }
  }
}
