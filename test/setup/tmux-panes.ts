/**
 * Programs in the panes of a tmux server of the test's own: keys by send-keys, screens by capture-pane.
 * Owns the server, which ends with `Symbol.asyncDispose`; asserts nothing. Ask `needs('tmux')` first.
 */
import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const PATIENCE_MS = 30_000;
/** tmux tells nobody when a pane changes: it is asked. */
const ASK_EVERY_MS = 50;

export class TmuxPanes implements AsyncDisposable {
  readonly #server = `meet-${process.pid}-${Math.random().toString(36).slice(2)}`;
  readonly #env: Readonly<Record<string, string | undefined>>;
  #panes = 0;

  constructor(env: Readonly<Record<string, string | undefined>> = process.env) {
    this.#env = env;
  }

  /** Runs a program in a pane of its own of 80x24; when it ends its exit code stands there. */
  async run(program: readonly string[]): Promise<Pane> {
    const words = program.map((part) => `'${part}'`).join(' ');
    const shell = `${words}; echo "exit code $?"; exec cat`;
    const name = `pane-${this.#panes}`;
    this.#panes += 1;
    await this.tmux(
      '-f',
      '/dev/null',
      'new-session',
      '-d',
      '-s',
      name,
      '-x',
      '80',
      '-y',
      '24',
      shell,
    );
    return new Pane(this, name);
  }

  async tmux(...args: readonly string[]): Promise<string> {
    const { stdout } = await execute('tmux', ['-L', this.#server, ...args], {
      env: { ...this.#env, LANG: 'C.UTF-8', TMUX: '' },
    });
    return stdout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // It may have ended by itself, or never begun.
    await this.tmux('kill-server').catch(() => undefined);
  }
}

export class Pane {
  readonly #panes: TmuxPanes;
  readonly #name: string;

  constructor(panes: TmuxPanes, name: string) {
    this.#panes = panes;
    this.#name = name;
  }

  async keys(...keys: readonly string[]): Promise<void> {
    await this.#panes.tmux('send-keys', '-t', this.#name, ...keys);
  }

  async resize(columns: number, rows: number): Promise<void> {
    const size = ['-x', String(columns), '-y', String(rows)];
    await this.#panes.tmux('resize-window', '-t', this.#name, ...size);
  }

  /** Of the program that runs in it now. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    const tty = await this.#panes.tmux('display', '-p', '-t', this.#name, '#{pane_tty}');
    // Its arguments, since newer Node.js names its first thread, and so the process, otherwise.
    const { stdout } = await execute('ps', ['-o', 'pid=,args=', '-t', tty.trim()]);
    const line = stdout.split('\n').find((each) => /^\s*\d+ \S*\bnode /.test(each));
    process.kill(Number(line?.trim().split(' ')[0]), signal);
  }

  /** What it shows, with colours as SGR where asked for. */
  async screen(colours = false): Promise<string> {
    const how = colours ? ['-e'] : [];
    return this.#panes.tmux('capture-pane', '-p', ...how, '-t', this.#name);
  }

  /** Resolves with the screen when it shows something. */
  async shows(what: RegExp): Promise<string> {
    const untilMs = performance.now() + PATIENCE_MS;
    for (;;) {
      const screen = await this.screen();
      if (what.test(screen)) return screen;
      if (performance.now() > untilMs) throw new Error(`no ${String(what)} on\n${screen}`);
      await delay(ASK_EVERY_MS);
    }
  }
}
