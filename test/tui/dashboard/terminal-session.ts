/**
 * A dashboard in a pseudo-terminal of its own, with the scripted meeting behind it and a terminal
 * emulator in front. Owns the child, the socket to it and the emulator; asserts nothing.
 */
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import type { IPty } from '@lydell/node-pty';
import { spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';

import { readLines } from '../../setup/lines.js';
import type { ChildReport, ScriptStep } from './script-step.js';
import { parseReport } from './script-step.js';

/** Nothing here takes so long on a machine that is merely busy. */
const PATIENCE_MS = 20_000;

export interface SessionOptions {
  readonly program: string;
  readonly columns?: number;
  readonly rows?: number;
  readonly pictureMode?: string;
  readonly focus?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What it shows once it is open, where it is no dashboard that says so. */
  readonly waitFor?: string;
}

/** Where the parent of a child listens for it. */
export class ScriptSocket implements AsyncDisposable {
  readonly path: string;
  readonly reports: ChildReport[] = [];
  readonly #folder: string;
  readonly #server: Server;
  #child: Socket | undefined;
  #wakers: (() => void)[] = [];

  private constructor(folder: string) {
    this.#folder = folder;
    this.path = join(folder, 'script.sock');
    this.#server = createServer((socket) => {
      this.#child = socket;
      socket.on('error', () => undefined);
      readLines(socket, (line) => {
        this.reports.push(parseReport(line));
        this.wake();
      });
      this.wake();
    });
  }

  static async listen(): Promise<ScriptSocket> {
    const script = new ScriptSocket(await mkdtemp(join(tmpdir(), 'meet-script-')));
    script.#server.listen(script.path);
    await once(script.#server, 'listening');
    return script;
  }

  /** Something happened that somebody may wait for. */
  wake(): void {
    for (const wake of this.#wakers.splice(0)) wake();
  }

  /** Resolves when `holds` is true; asked again after each report and each change of the screen. */
  async until(holds: () => boolean, what: () => string): Promise<void> {
    const untilMs = performance.now() + PATIENCE_MS;
    const limit = setTimeout(() => {
      this.wake();
    }, PATIENCE_MS + 1);
    try {
      while (!holds()) {
        if (performance.now() >= untilMs) throw new Error(`waited in vain for ${what()}`);
        await new Promise<void>((resolve) => {
          this.#wakers.push(resolve);
        });
      }
    } finally {
      clearTimeout(limit);
    }
  }

  get isConnected(): boolean {
    return this.#child !== undefined;
  }

  async connected(): Promise<void> {
    await this.until(
      () => this.isConnected,
      () => 'the child',
    );
  }

  say(...steps: readonly ScriptStep[]): void {
    for (const step of steps) this.#child?.write(`${JSON.stringify(step)}\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child?.destroy();
    this.#server.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

export class TerminalSession implements AsyncDisposable {
  readonly script: ScriptSocket;
  readonly terminal: InstanceType<typeof xterm.Terminal>;
  /** Everything that the child wrote to its terminal. */
  written = '';
  exitCode: number | undefined;
  readonly #pty: IPty;
  readonly #waitFor: string | undefined;

  private constructor(script: ScriptSocket, options: SessionOptions) {
    const { columns: cols = 100, rows = 30, pictureMode = 'half', focus = '' } = options;
    this.script = script;
    this.#waitFor = options.waitFor;
    this.terminal = new xterm.Terminal({ cols, rows, allowProposedApi: true });
    this.#pty = spawn(process.execPath, [options.program, script.path, pictureMode, focus], {
      // The pty's own idea of TERM goes before the environment's.
      name: options.env?.['TERM'] ?? 'xterm-256color',
      cols,
      rows,
      env: {
        PATH: process.env['PATH'] ?? '',
        TERM: 'xterm-256color',
        COLORTERM: 'truecolor',
        LANG: 'C.UTF-8',
        ...options.env,
      },
    });
    this.#pty.onData((data) => {
      this.written += data;
      this.terminal.write(data, () => {
        script.wake();
      });
    });
    this.#pty.onExit(({ exitCode }) => {
      this.exitCode = exitCode;
      script.wake();
    });
    // The emulator answers questions, as a terminal does.
    this.terminal.onData((answer) => {
      this.#pty.write(answer);
    });
  }

  static async open(options: SessionOptions): Promise<TerminalSession> {
    const script = await ScriptSocket.listen();
    const session = new TerminalSession(script, options);
    try {
      await script.until(
        () => script.isConnected || session.exitCode !== undefined,
        () => 'the child',
      );
      if (!script.isConnected) throw new Error(`the child ended: ${session.written}`);
      return session;
    } catch (thrown) {
      await session[Symbol.asyncDispose]();
      throw thrown;
    }
  }

  /** Begins the dashboard; resolves when it is open. */
  async run(...before: readonly ScriptStep[]): Promise<void> {
    this.script.say(...before, { do: 'run' });
    if (this.#waitFor !== undefined) {
      await this.shows(this.#waitFor);
      return;
    }
    await this.script.until(
      () => this.script.reports.some(({ open }) => open === true),
      () => `the dashboard; it wrote ${JSON.stringify(this.written.slice(-500))}`,
    );
  }

  type(keys: string): void {
    this.#pty.write(keys);
  }

  resize(columns: number, rows: number): void {
    this.terminal.resize(columns, rows);
    this.#pty.resize(columns, rows);
  }

  /** What the screen shows, a line each, without spaces at their ends. */
  lines(): string[] {
    const { active } = this.terminal.buffer;
    return Array.from({ length: this.terminal.rows }, (_, row) =>
      (active.getLine(active.viewportY + row)?.translateToString(true) ?? '').trimEnd(),
    );
  }

  screen(): string {
    return this.lines().join('\n');
  }

  /** Resolves when the screen shows something. */
  async shows(what: string | RegExp): Promise<void> {
    const has = (): boolean =>
      typeof what === 'string' ? this.screen().includes(what) : what.test(this.screen());
    await this.script.until(has, () => `${String(what)} on\n${this.screen()}`);
  }

  /** Resolves when the screen no longer shows something. */
  async hides(what: string | RegExp): Promise<void> {
    const has = (): boolean =>
      typeof what === 'string' ? this.screen().includes(what) : what.test(this.screen());
    await this.script.until(
      () => !has(),
      () => `the end of ${String(what)} on\n${this.screen()}`,
    );
  }

  /** Resolves when this was asked of the meeting, by its newest request or an earlier one. */
  async asked(what: string): Promise<void> {
    await this.script.until(
      () => this.script.reports.some(({ asked }) => asked === what),
      () => `"${what}" to be asked; asked were ${JSON.stringify(this.askedAll())}`,
    );
  }

  askedAll(): string[] {
    return this.script.reports.flatMap(({ asked }) => (asked === undefined ? [] : [asked]));
  }

  /** Frames that the panels gave since the start. */
  async commits(): Promise<number> {
    const before = this.script.reports.length;
    this.script.say({ do: 'commits' });
    const found = (): number | undefined =>
      this.script.reports.slice(before).find(({ commits }) => commits !== undefined)?.commits;
    await this.script.until(
      () => found() !== undefined,
      () => 'the number of commits',
    );
    return found() ?? -1;
  }

  /** Resolves with how the dashboard ended, once its process is gone. */
  async ended(): Promise<ChildReport> {
    await this.script.until(
      () => this.exitCode !== undefined && this.script.reports.some(({ end }) => end !== undefined),
      () => `the end of\n${this.screen()}`,
    );
    return this.script.reports.find(({ end }) => end !== undefined) ?? {};
  }

  /** Colour of a cell: 0xRRGGBB of what stands out in it (foreground for a block). */
  colourAt(column: number, row: number): number | undefined {
    const cell = this.terminal.buffer.active.getLine(row)?.getCell(column);
    if (cell === undefined) return undefined;
    return cell.getChars().trim() === '' ? cell.getBgColor() : cell.getFgColor();
  }

  /** Resolves when the cell of the first tile column, `below` rows under a caption, has a colour. */
  async paints(caption: string, below: number, colour: number): Promise<void> {
    await this.script.until(
      () => this.isPainted(caption, below, colour),
      () => `${colour.toString(16)} under ${caption} on\n${this.screen()}`,
    );
  }

  /** Whether it has that colour now, as far as JPEG leaves it. */
  isPainted(caption: string, below: number, colour: number): boolean {
    const row = this.lines().findIndex((line) => line.includes(caption));
    const seen = row === -1 ? undefined : this.colourAt(8, row + below);
    if (seen === undefined) return false;
    return [16, 8, 0].every(
      (shift) => Math.abs(((seen >> shift) & 255) - ((colour >> shift) & 255)) < 24,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.exitCode === undefined) {
      this.#pty.kill('SIGKILL');
      await this.script.until(
        () => this.exitCode !== undefined,
        () => 'the end of the child',
      );
    }
    await this.script[Symbol.asyncDispose]();
    this.terminal.dispose();
  }
}
