/**
 * How far long work is, on a terminal; nothing in a pipe. Owns the line, its pace and taking it away.
 */
import { printable } from '../printable.js';
import type { Io } from '../io.js';

const EVERY_MS = 100;
const CELLS = 24;
/** Before this share of the work is done, what is left of it cannot be told. */
const GUESS_FROM = 0.02;
const CLEAR_LINE = '\r\u001b[K';

export class ProgressBar {
  readonly #io: Io;
  readonly #isShown: boolean;
  readonly #startedAtMs: number;
  #what: string;
  #drawnAtMs = -Infinity;
  #isDrawn = false;

  constructor(io: Io, what: string) {
    this.#io = io;
    this.#what = what;
    this.#isShown = io.stderr.isTTY === true && io.env['TERM'] !== 'dumb';
    this.#startedAtMs = io.clock.now();
  }

  /** What is worked on from now on. */
  name(what: string): void {
    this.#what = what;
  }

  /** `done` of `total`, in any unit. Drawn at most ten times a second. */
  set(done: number, total: number): void {
    const nowMs = this.#io.clock.now();
    if (!this.#isShown || nowMs - this.#drawnAtMs < EVERY_MS) return;
    this.#drawnAtMs = nowMs;
    this.#isDrawn = true;
    const share = total > 0 ? Math.min(1, Math.max(0, done / total)) : 0;
    const full = Math.round(share * CELLS);
    const bar = `${'#'.repeat(full)}${'-'.repeat(CELLS - full)}`;
    const leftMs = ((nowMs - this.#startedAtMs) * (1 - share)) / share;
    const left = share < GUESS_FROM ? '' : `  ${lengthWords(leftMs * 1000)} left`;
    const percent = String(Math.floor(share * 100)).padStart(3);
    const line = `${printable(this.#what).slice(0, 36)} [${bar}] ${percent} %${left}`;
    this.#io.stderr.write(`${CLEAR_LINE}${line}`);
  }

  /** Takes the line away. Idempotent. */
  end(): void {
    if (this.#isDrawn) this.#io.stderr.write(CLEAR_LINE);
    this.#isDrawn = false;
    this.#drawnAtMs = -Infinity;
  }
}

/** `0:01:05`: hours, minutes and seconds. */
export function lengthWords(us: number): string {
  const whole = Math.max(0, Math.round(us / 1e6));
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

/** `1.2 GB`: decimal units, as `df -H` has them. */
export function sizeWords(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  for (; value >= 999.5 && unit < units.length - 1; unit += 1) value /= 1000;
  return `${unit === 0 || value >= 99.5 ? Math.round(value) : value.toFixed(1)} ${units[unit] ?? ''}`;
}
