/**
 * How far long work is, on a terminal; nothing in a pipe. Owns the line, its pace and taking it away.
 */
import { graphemesOf } from '../../tui/terminal/graphemes.js';
import type { Io } from '../io.js';
import { printable } from '../printable.js';

const EVERY_MS = 100;
/** The bar itself; on a narrow terminal it is shorter, and below the least there is none. */
const CELLS_MOST = 24;
const CELLS_LEAST = 6;
/** What is worked on: longer words are cut. */
const WORDS_MOST = 36;
const WORDS_LEAST = 8;
/** Of a terminal that does not say how wide it is. */
const USUAL_COLUMNS = 80;
/** Before this share of the work is done, what is left of it cannot be told. */
const GUESS_FROM = 0.02;
const CLEAR_LINE = '\r\u001b[K';

/** What a bar needs of the world. */
export type BarIo = Pick<Io, 'stderr' | 'env' | 'clock'>;

export class ProgressBar {
  readonly #io: BarIo;
  readonly #isShown: boolean;
  readonly #startedAtMs: number;
  #what: string;
  #drawnAtMs = -Infinity;
  #isDrawn = false;

  constructor(io: BarIo, what: string) {
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
    const leftMs = ((nowMs - this.#startedAtMs) * (1 - share)) / share;
    const left = share < GUESS_FROM ? '' : `  ${lengthWords(leftMs * 1000)} left`;
    // A line that reached the last column would be broken in two, and only one taken away.
    const columns = (this.#io.stderr.columns ?? USUAL_COLUMNS) - 1;
    this.#io.stderr.write(`${CLEAR_LINE}${barLine(this.#what, share, left, columns)}`);
  }

  /** Takes the line away. Idempotent. */
  end(): void {
    if (this.#isDrawn) this.#io.stderr.write(CLEAR_LINE);
    this.#isDrawn = false;
    this.#drawnAtMs = -Infinity;
  }
}

/** `export film.mp4 [####----]  50 %  0:00:07 left`: of it what has room, the percent first. */
function barLine(what: string, share: number, left: string, columns: number): string {
  const percent = `${String(Math.floor(share * 100)).padStart(3)} %`;
  const words = cut(printable(what), WORDS_MOST);
  const room = columns - percent.length;
  const withLeft = room - left.length >= WORDS_LEAST ? left : '';
  // Brackets, and a space on either side.
  const spare = room - withLeft.length - 4;
  const cells = Math.min(CELLS_MOST, spare - Math.min(words.columns, WORDS_LEAST));
  if (cells < CELLS_LEAST) {
    return `${cut(words.text, Math.max(0, room - withLeft.length - 1)).text} ${percent}${withLeft}`;
  }
  const full = Math.round(share * cells);
  const bar = `[${'#'.repeat(full)}${'-'.repeat(cells - full)}]`;
  return `${cut(words.text, spare - cells).text} ${bar} ${percent}${withLeft}`;
}

function cut(text: string, most: number): { readonly text: string; readonly columns: number } {
  let kept = '';
  let columns = 0;
  for (const grapheme of graphemesOf(text)) {
    if (columns + grapheme.columns > most) break;
    kept += grapheme.text;
    columns += grapheme.columns;
  }
  return { text: kept, columns };
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
