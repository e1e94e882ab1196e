/**
 * One line for what goes wrong with peers, however often it does: at most one a second for each code,
 * the others counted. Owns the counting; writes through the logger that it is given.
 */
import type { Clock } from '../transport/clock.js';
import type { ErrorCode, MeetError } from '../transport/errors.js';

/** The few methods of a logger that the daemon uses; pino has them. */
export interface Logger {
  debug(fields: object, words: string): void;
  info(fields: object, words: string): void;
  warn(fields: object, words: string): void;
  error(fields: object, words: string): void;
}

const WINDOW_MS = 1000;

export class ConnectionLog {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #onFault: (fault: MeetError, address: string) => void;
  readonly #counts = new Map<ErrorCode, number>();
  readonly #seen = new Map<ErrorCode, { atMs: number; suppressed: number }>();

  constructor(clock: Clock, logger: Logger, onFault: (fault: MeetError, address: string) => void) {
    this.#clock = clock;
    this.#logger = logger;
    this.#onFault = onFault;
  }

  /** How often each code was met so far. */
  get counts(): Readonly<Partial<Record<ErrorCode, number>>> {
    return Object.fromEntries(this.#counts);
  }

  /** Counts a fault that is no line: the peer was told, and it stays. */
  count({ code }: MeetError): void {
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1);
  }

  fault(fault: MeetError, address: string): void {
    this.count(fault);
    const nowMs = this.#clock.now();
    const last = this.#seen.get(fault.code);
    if (last !== undefined && nowMs - last.atMs < WINDOW_MS) {
      last.suppressed += 1;
      return;
    }
    const suppressed = last?.suppressed ?? 0;
    this.#seen.set(fault.code, { atMs: nowMs, suppressed: 0 });
    this.#logger.warn({ code: fault.code, address, suppressed }, fault.message);
    this.#onFault(fault, address);
  }
}
