/**
 * A terminal to draw on: a real pseudo-terminal whose other end is the xterm.js emulator. Owns both
 * ends and the child that keeps the line open; the program under test is this process.
 */
import { closeSync, constants, openSync, readlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { ReadStream } from 'node:tty';
import type { IPty } from '@lydell/node-pty';
import { spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import type { LookedAtCell } from '../pictures/cell-pixels.js';

/** Nothing here takes so long on a machine that is merely busy. */
const PATIENCE_MS = 20_000;
/** What xterm.js leaves open; a picture has no default colours. */
const WHITE = [255, 255, 255] as const;
const BLACK = [0, 0, 0] as const;

export interface PtyOptions {
  readonly columns: number;
  readonly rows: number;
  /** What a shell runs in it; by default nothing, the line is kept open for this process. */
  readonly command?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Answers of ours in place of the emulator's: called with what came, gives what goes back. */
  readonly answer?: (output: string) => string | undefined;
}

export class PtyTerminal implements AsyncDisposable {
  readonly emulator: xterm.Terminal;
  /** `/dev/pts/3` */
  readonly path: string;
  /** A file descriptor of the terminal's line, as process.stdout.fd would be. */
  readonly fd: number;
  /** All bytes that came, as Latin-1. */
  received = '';
  readonly #pty: IPty;
  readonly #ended: Promise<void>;
  #changed: () => void = () => undefined;
  #stdin: ReadStream | undefined;
  #stopped = false;

  /** `early`: what came before anybody listened. */
  private constructor(pty: IPty, options: PtyOptions, early: string) {
    this.#pty = pty;
    this.#ended = new Promise((resolve) => {
      pty.onExit(() => {
        resolve();
      });
    });
    this.path = readlinkSync(`/proc/${pty.pid}/fd/0`);
    this.fd = openSync(this.path, constants.O_RDWR | constants.O_NOCTTY);
    this.emulator = new xterm.Terminal({
      cols: options.columns,
      rows: options.rows,
      allowProposedApi: true,
    });
    this.emulator.onData((answer) => {
      if (options.answer === undefined) pty.write(answer);
    });
    const take = (text: string): void => {
      this.received += text;
      const answer = options.answer?.(text);
      if (answer !== undefined) pty.write(answer);
      this.emulator.write(text, () => {
        this.#changed();
      });
    };
    if (early !== '') take(early);
    pty.onData(take);
  }

  /** The child ends with the fixture. */
  static async open(options: PtyOptions): Promise<PtyTerminal> {
    const { columns, rows } = options;
    const pty = spawn(
      '/bin/sh',
      ['-c', `stty sane; echo ready; ${options.command ?? 'exec sleep 600'}`],
      {
        cols: columns,
        rows,
        env: { PATH: process.env.PATH ?? '', ...options.env },
      },
    );
    const terminal = await new Promise<PtyTerminal>((resolve) => {
      const ready = pty.onData((text) => {
        if (!text.includes('ready')) return;
        ready.dispose();
        // A shell that is quick has said more in the same piece.
        resolve(new PtyTerminal(pty, options, text.replace(/^[^]*?ready(?:\r\n)?/u, '')));
      });
    });
    return terminal;
  }

  /** Its input, as process.stdin would be; whoever asks for it reads it. */
  get stdin(): ReadStream {
    this.#stdin ??= new ReadStream(openSync(this.path, constants.O_RDWR | constants.O_NOCTTY));
    return this.#stdin;
  }

  get columns(): number {
    return this.emulator.cols;
  }

  get rows(): number {
    return this.emulator.rows;
  }

  /** The shell's; its program's, where that took the shell's place. */
  get pid(): number {
    return this.#pty.pid;
  }

  /** The program that the shell runs now. */
  async childPid(): Promise<number> {
    const children = await readFile(
      `/proc/${this.#pty.pid}/task/${this.#pty.pid}/children`,
      'utf8',
    );
    return Number(children.trim());
  }

  /** Keys of a person, or answers of a terminal. */
  type(text: string): void {
    this.#pty.write(text);
  }

  resize(columns: number, rows: number): void {
    this.emulator.resize(columns, rows);
    this.#pty.resize(columns, rows);
  }

  /** The terminal reads nothing: what is sent piles up in the line. */
  stop(): void {
    this.#stopped = true;
    this.#pty.pause();
  }

  goOn(): void {
    this.#stopped = false;
    this.#pty.resume();
  }

  /** The window is closed: the line is gone. */
  async hangUp(): Promise<void> {
    this.#pty.kill('SIGKILL');
    await this.#ended;
  }

  /** Resolves when `holds` is true; asked after each change of the screen. */
  async until(holds: () => boolean, what: string): Promise<void> {
    const endMs = performance.now() + PATIENCE_MS;
    while (!holds()) {
      const leftMs = endMs - performance.now();
      if (leftMs <= 0) throw new Error(`the screen never showed ${what}:\n${this.text()}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#changed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  line(row: number): string {
    const { active } = this.emulator.buffer;
    const line = active.getLine(active.viewportY + row);
    return line?.translateToString(true).trimEnd() ?? '';
  }

  text(): string {
    return Array.from({ length: this.rows }, (_, row) => this.line(row)).join('\n');
  }

  /** The cells of a rectangle, row by row. */
  cells(left: number, top: number, columns: number, rows: number): LookedAtCell[] {
    const { active } = this.emulator.buffer;
    return Array.from({ length: columns * rows }, (_, n) => {
      const row = active.getLine(active.viewportY + top + Math.floor(n / columns));
      const cell = row?.getCell(left + (n % columns));
      if (cell === undefined) throw new RangeError('the rectangle is not on the screen');
      return {
        character: cell.getChars() === '' ? ' ' : cell.getChars(),
        foreground: cell.isFgRGB() ? channels(cell.getFgColor()) : WHITE,
        background: cell.isBgRGB() ? channels(cell.getBgColor()) : BLACK,
      };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#stopped) this.goOn();
    this.#stdin?.destroy();
    closeSync(this.fd);
    this.#pty.kill('SIGKILL');
    await this.#ended;
    this.emulator.dispose();
  }
}

function channels(rgb: number): [number, number, number] {
  return [rgb >> 16, (rgb >> 8) & 255, rgb & 255];
}
