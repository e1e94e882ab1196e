/**
 * A dashboard in a tmux pane: keys by send-keys, the screen by capture-pane. Owns its tmux server,
 * which has a socket of its own; asserts nothing.
 */
import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

import type { SessionOptions } from './terminal-session.js';
import { ScriptSocket } from './terminal-session.js';

const execute = promisify(execFile);
const PATIENCE_MS = 20_000;
/** tmux tells nobody when a pane changes: it is asked. */
const ASK_EVERY_MS = 50;

export class TmuxSession implements AsyncDisposable {
  readonly script: ScriptSocket;
  readonly #server = `meet-${process.pid}-${Math.random().toString(36).slice(2)}`;

  private constructor(script: ScriptSocket) {
    this.script = script;
  }

  static async open(options: SessionOptions): Promise<TmuxSession> {
    const session = new TmuxSession(await ScriptSocket.listen());
    const { columns = 100, rows = 30, pictureMode = 'half', focus = '' } = options;
    const size = ['-x', String(columns), '-y', String(rows)];
    const program = [process.execPath, options.program, session.script.path, pictureMode, focus];
    const shell = `stty -g; ${program.map((part) => `'${part}'`).join(' ')}; stty -g; cat`;
    try {
      await session.tmux('-f', '/dev/null', 'new-session', '-d', ...size, shell);
      await session.script.connected();
      session.script.say({ do: 'run' });
      return session;
    } catch (thrown) {
      await session[Symbol.asyncDispose]();
      throw thrown;
    }
  }

  async tmux(...args: readonly string[]): Promise<string> {
    const { stdout } = await execute('tmux', ['-L', this.#server, ...args], {
      env: { ...process.env, LANG: 'C.UTF-8', TMUX: '' },
    });
    return stdout;
  }

  async keys(...keys: readonly string[]): Promise<void> {
    await this.tmux('send-keys', ...keys);
  }

  async screen(): Promise<string> {
    return this.tmux('capture-pane', '-p');
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

  async [Symbol.asyncDispose](): Promise<void> {
    // It may have ended by itself, or never begun.
    await this.tmux('kill-server').catch(() => undefined);
    await this.script[Symbol.asyncDispose]();
  }
}
