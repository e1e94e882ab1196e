/**
 * The stdout that Ink believes in: takes whole frames and hands them on. Owns the size that Ink lays
 * out for; writes to no terminal.
 */
import { EventEmitter } from 'node:events';

export class FrameOutput extends EventEmitter {
  /** Ink asks the real terminal when this is 0, so that it never is. */
  columns: number;
  rows: number;
  /** Ink's frames, whole each time (`debug: true`); nothing else that it writes. */
  readonly isTTY = true;
  #onFrame: ((frame: string) => void) | undefined;
  #commits = 0;

  constructor(columns: number, rows: number, onFrame: (frame: string) => void) {
    super();
    this.columns = Math.max(1, columns);
    this.rows = Math.max(1, rows);
    this.#onFrame = onFrame;
  }

  /** Frames handed on since the start. */
  get commits(): number {
    return this.#commits;
  }

  setSize(columns: number, rows: number): void {
    this.columns = Math.max(1, columns);
    this.rows = Math.max(1, rows);
  }

  write(text: string): boolean {
    // Ink shows the cursor again when it ends; the terminal is not its to restore.
    if (this.#onFrame === undefined || text.startsWith(CURSOR_MODE)) return true;
    this.#commits += 1;
    this.#onFrame(text);
    return true;
  }

  /** Nothing is handed on any more. */
  end(): void {
    this.#onFrame = undefined;
  }
}

/** `CSI ?25h` and `CSI ?25l`, the only other thing that Ink writes with `debug`. */
const CURSOR_MODE = '\u001b[?25';
