/**
 * Programs in the panes of one tmux window, side by side: keys by send-keys, screens by capture-pane.
 * Owns its tmux server, which has a socket of its own and ends with it; asserts nothing.
 */
import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import xterm from '@xterm/headless';
import { programPath } from '../setup/programs.js';
import type { LookedAtCell } from '../tui/pictures/cell-pixels.js';

const execute = promisify(execFile);
const PATIENCE_MS = 30_000;
/** tmux tells nobody when a pane changes: it is asked. */
const ASK_EVERY_MS = 100;

export interface PanesOptions {
  readonly columns: number;
  readonly rows: number;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A picture as it stands on a screen. */
export interface ShownPicture {
  readonly cells: readonly LookedAtCell[];
  readonly columns: number;
  readonly rows: number;
}

export class TmuxPanes implements AsyncDisposable {
  readonly #options: PanesOptions;
  readonly #server = `meet-${process.pid}-${Math.random().toString(36).slice(2)}`;
  #panes = 0;

  constructor(options: PanesOptions) {
    this.#options = options;
  }

  /** Runs a shell command in the next pane, to the right of the others; gives the pane's number. */
  async open(command: string): Promise<number> {
    const { columns, rows, cwd } = this.#options;
    const shell = `cd '${cwd}'; ${command}; exec cat`;
    if (this.#panes === 0) {
      const size = ['-x', String(columns), '-y', String(rows)];
      await this.#tmux('-f', '/dev/null', 'new-session', '-d', ...size, shell);
    } else {
      await this.#tmux('split-window', '-h', '-t', `0.${this.#panes - 1}`, shell);
      await this.#tmux('select-layout', 'even-horizontal');
    }
    this.#panes += 1;
    return this.#panes - 1;
  }

  async keys(pane: number, ...keys: readonly string[]): Promise<void> {
    await this.#tmux('send-keys', '-t', `0.${pane}`, ...keys);
  }

  screen(pane: number): Promise<string> {
    return this.#tmux('capture-pane', '-p', '-t', `0.${pane}`);
  }

  /** Resolves with the screen when it shows something. */
  async shows(pane: number, what: RegExp): Promise<string> {
    const untilMs = performance.now() + PATIENCE_MS;
    for (;;) {
      const screen = await this.screen(pane);
      if (what.test(screen)) return screen;
      if (performance.now() > untilMs) {
        throw new Error(`no ${String(what)} in pane ${pane}:\n${screen}`);
      }
      await delay(ASK_EVERY_MS);
    }
  }

  /** The picture below the first line that holds these words, once it is painted. */
  async picture(pane: number, caption: string): Promise<ShownPicture> {
    const untilMs = performance.now() + PATIENCE_MS;
    for (;;) {
      const shown = await this.#look(pane, caption);
      if (shown.cells.length > 0) return shown;
      if (performance.now() > untilMs) {
        throw new Error(`no picture of ${caption}:\n${await this.screen(pane)}`);
      }
      await delay(ASK_EVERY_MS);
    }
  }

  async #look(pane: number, caption: string): Promise<ShownPicture> {
    const capture = await this.#tmux('capture-pane', '-p', '-e', '-t', `0.${pane}`);
    const lines = capture.split('\n');
    const terminal = new xterm.Terminal({
      cols: this.#options.columns,
      rows: lines.length,
      allowProposedApi: true,
    });
    await new Promise<void>((resolve) => {
      terminal.write(lines.join('\r\n'), resolve);
    });
    try {
      return pictureBelow(terminal, caption);
    } finally {
      terminal.dispose();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // It may have ended by itself, or never begun.
    await this.#tmux('kill-server').catch(() => undefined);
  }

  async #tmux(...args: readonly string[]): Promise<string> {
    const { stdout } = await execute(programPath('tmux'), ['-u', '-L', this.#server, ...args], {
      env: { ...this.#options.env, LANG: 'C.UTF-8', TMUX: '' },
    });
    return stdout;
  }
}

function pictureBelow(terminal: xterm.Terminal, caption: string): ShownPicture {
  const { active } = terminal.buffer;
  const text = (row: number): string => active.getLine(row)?.translateToString(true) ?? '';
  let top = 0;
  while (top < terminal.rows && !text(top).includes(caption)) top += 1;
  const left = text(top).indexOf(caption);
  const coloured = (row: number, column: number): boolean =>
    active.getLine(row)?.getCell(column)?.isBgDefault() === false;
  // From the first coloured row below the caption to the last one before the next caption.
  let first = top + 1;
  while (first < terminal.rows && !coloured(first, left + 4)) first += 1;
  let end = first;
  while (coloured(end, left + 4)) end += 1;
  let [from, to] = [left + 4, left + 4];
  while (coloured(first, from - 1)) from -= 1;
  while (coloured(first, to)) to += 1;
  const [columns, rows] = [to - from, end - first];
  const cells = Array.from({ length: columns * rows }, (_, n) => {
    const cell = active.getLine(first + Math.floor(n / columns))?.getCell(from + (n % columns));
    if (cell === undefined) throw new RangeError('the picture is not on the screen');
    return {
      character: cell.getChars(),
      foreground: colour(cell.getFgColor(), cell.isFgRGB()),
      background: colour(cell.getBgColor(), cell.isBgRGB()),
    };
  });
  return { cells, columns, rows };
}

/** The values of xterm's 6x6x6 cube (256colres.pl). */
const CUBE = [0, 95, 135, 175, 215, 255];

function colour(value: number, isRgb: boolean): [number, number, number] {
  if (isRgb) return [value >> 16, (value >> 8) & 255, value & 255];
  if (value >= 232) {
    const grey = 8 + (value - 232) * 10;
    return [grey, grey, grey];
  }
  const at = value - 16;
  return [CUBE[Math.floor(at / 36)] ?? 0, CUBE[Math.floor(at / 6) % 6] ?? 0, CUBE[at % 6] ?? 0];
}
