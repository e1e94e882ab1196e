/**
 * `meet` and `meetd` as their users run them: real child processes of bin/. Owns the process, its
 * lines and its events, each held against the schema; decides nothing about what is run.
 *
 *   await using serve = startMeet(['serve', '--ports', '0,0,0', '--json'], { cwd });
 *   const { ports } = await serve.event('ready');
 *   expect(await serve.end('SIGTERM')).toMatchObject({ exitCode: 143 });
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { EventName } from '../../src/cli/event-schema.js';
import type { EventLine } from './event-line.js';
import { givesEvents, parseEvent } from './event-line.js';

/** Generous: the machine may be busy with other tests. */
const EVENT_TIMEOUT_MS = 30_000;
/** The whole of what a program may write in a test. */
const OUTPUT_LIMIT = 16 * 1024 * 1024;
const BIN = fileURLToPath(new URL('../../bin/', import.meta.url));

export interface MeetOptions {
  readonly program?: 'meet' | 'meetd';
  /** The whole environment; `quietEnv()` when left out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Its standard input is a pipe that `write` writes to; else it has none. */
  readonly hasInput?: boolean;
  /** Where it runs; give a folder of the test's own. */
  readonly cwd: string;
  /** A command that runs it, as `ip netns exec NAME`. */
  readonly within?: readonly string[];
  /** What it reads on standard input; left out: nothing. */
  readonly input?: string;
}

/** How a program ended, and all that it said. */
export interface MeetEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Milliseconds from its start to its end. */
  readonly tookMs: number;
}

export interface MeetProgram extends AsyncDisposable {
  readonly pid: number;
  /** All events so far; grows. */
  readonly events: readonly EventLine[];
  /** Resolves when the process is gone and its output is read. Rejects for an invalid event. */
  readonly ended: Promise<MeetEnd>;
  /** The first event, past or to come, that `wanted` takes; rejects when none comes. */
  event<Name extends EventName>(
    name: Name,
    wanted?: (event: EventLine<Name>) => boolean,
    timeoutMs?: number,
  ): Promise<EventLine<Name>>;
  /** The first line, past or to come, that matches. */
  line(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<string>;
  /** Writes to its standard input, and ends it where `ends` says so. */
  write(text: string, ends?: boolean): void;
  /** Closes our end of its standard output, as `head -1` does. */
  stopReading(): void;
  kill(signal: NodeJS.Signals): void;
  /** Sends the signal and waits for the end. */
  end(signal?: NodeJS.Signals): Promise<MeetEnd>;
}

/** Keys and lists of all programs that tests run; this user's own are not touched. */
const STATE_FOLDER = join(tmpdir(), `meet-test-state-${userInfo().uid}`);

/** Our environment without what a user may have set for devices and for `meet`. */
export function quietEnv(
  more: Readonly<Record<string, string | undefined>> = {},
): Record<string, string | undefined> {
  const ours = Object.entries(process.env).filter(
    ([name]) => !/^(MEET_|PULSE_|WAYLAND_|DISPLAY$|XAUTHORITY$|FORCE_COLOR$|NO_COLOR$)/.test(name),
  );
  return { ...Object.fromEntries(ours), XDG_STATE_HOME: STATE_FOLDER, ...more };
}

/** As on a machine with no display, no sound server and no program but Node. `folder` is its home. */
export async function bareEnv(folder: string): Promise<Record<string, string | undefined>> {
  const bin = join(folder, 'bin');
  await mkdir(bin, { recursive: true });
  await rm(join(bin, 'node'), { force: true });
  await symlink(process.execPath, join(bin, 'node'));
  return quietEnv({ PATH: bin, HOME: folder, XDG_RUNTIME_DIR: folder });
}

/** Starts a program on the Node that runs the tests. With `--json` its events are read. */
export function startMeet(args: readonly string[], options: MeetOptions): MeetProgram {
  return new RunningMeet(args, options);
}

/** Runs a program to its end. */
export async function runMeet(args: readonly string[], options: MeetOptions): Promise<MeetEnd> {
  await using program = startMeet(args, options);
  return await program.ended;
}

/**
 * Three ports that are free now and below the range from which the system gives ports of its own
 * (32768 and up), so that nobody gets one of them while a daemon is away.
 */
export async function freePorts(): Promise<{ screen: number; video: number; audio: number }> {
  const found: number[] = [];
  while (found.length < 3) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (!found.includes(port) && (await isFree(port))) found.push(port);
  }
  const [screen = 0, video = 0, audio = 0] = found;
  return { screen, video, audio };
}

/** As `--ports` takes them. */
export function portsText(ports: { screen: number; video: number; audio: number }): string {
  return `${ports.screen},${ports.video},${ports.audio}`;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen({ host: '127.0.0.1', port }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

class RunningMeet implements MeetProgram {
  readonly pid: number;
  readonly events: EventLine[] = [];
  readonly ended: Promise<MeetEnd>;
  readonly #words: string;
  readonly #child;
  readonly #lines: Record<'stdout' | 'stderr', string[]> = { stdout: [], stderr: [] };
  readonly #waiting = new Set<() => void>();
  #fault: Error | undefined;
  #isOver = false;

  constructor(
    args: readonly string[],
    { program = 'meet', env, cwd, within = [], input, hasInput = false }: MeetOptions,
  ) {
    this.#words = [program, ...args].join(' ').slice(0, 200);
    const [command = '', ...words] = [...within, process.execPath, `${BIN}${program}.js`, ...args];
    this.#child = spawn(command, words, {
      cwd,
      env: env ?? quietEnv(),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.pid = this.#child.pid ?? 0;
    // It may have ended before it has read all.
    this.#child.stdin.on('error', () => undefined);
    if (!hasInput) this.#child.stdin.end(input);
    this.#read('stdout', this.#child.stdout, givesEvents(args));
    this.#read('stderr', this.#child.stderr, false);
    this.ended = this.#untilEnd(performance.now());
    this.ended.catch(() => undefined); // whoever is interested awaits it
  }

  event<Name extends EventName>(
    name: Name,
    wanted: (event: EventLine<Name>) => boolean = () => true,
    timeoutMs = EVENT_TIMEOUT_MS,
  ): Promise<EventLine<Name>> {
    const isWanted = (event: EventLine): event is EventLine<Name> =>
      event.event === name && wanted(event as EventLine<Name>);
    return this.#until(() => this.events.find(isWanted), `event "${name}"`, timeoutMs);
  }

  line(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<string> {
    const find = (): string | undefined => this.#lines[stream].find((line) => pattern.test(line));
    return this.#until(find, `line ${String(pattern)}`, EVENT_TIMEOUT_MS);
  }

  write(text: string, ends = false): void {
    if (ends) this.#child.stdin.end(text);
    else this.#child.stdin.write(text);
  }

  stopReading(): void {
    this.#child.stdout.destroy();
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<MeetEnd> {
    this.kill(signal);
    return await this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOver) this.kill('SIGKILL');
    await this.ended.catch(() => undefined);
  }

  #read(stream: 'stdout' | 'stderr', source: Readable, isEvents: boolean): void {
    let taken = 0;
    createInterface({ input: source, crlfDelay: Infinity }).on('line', (line) => {
      taken += line.length + 1;
      if (taken > OUTPUT_LIMIT) return;
      this.#lines[stream].push(line);
      if (isEvents) this.#takeEvent(line);
      this.#wake();
    });
  }

  #takeEvent(line: string): void {
    try {
      this.events.push(parseEvent(line));
    } catch (cause) {
      this.#fault ??= new Error(`${this.#words}: not a valid event: ${line}`, { cause });
    }
  }

  async #untilEnd(startedMs: number): Promise<MeetEnd> {
    await once(this.#child, 'close');
    this.#isOver = true;
    this.#wake();
    if (this.#fault !== undefined) throw this.#fault;
    return {
      exitCode: this.#child.exitCode,
      signal: this.#child.signalCode,
      stdout: this.#said('stdout'),
      stderr: this.#said('stderr'),
      tookMs: performance.now() - startedMs,
    };
  }

  #said(stream: 'stdout' | 'stderr'): string {
    return this.#lines[stream].map((line) => `${line}\n`).join('');
  }

  #wake(): void {
    for (const look of [...this.#waiting]) look();
  }

  #until<T>(find: () => T | undefined, what: string, timeoutMs: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
      };
      const fail = (why: string): void => {
        settle();
        const said = `${this.#said('stdout').slice(-2000)}\n${this.#said('stderr').slice(-2000)}`;
        reject(this.#fault ?? new Error(`${this.#words}: ${why} ${what}; it said:\n${said}`));
      };
      const look = (): void => {
        const found = find();
        if (this.#fault !== undefined) fail('an invalid event came before');
        else if (found !== undefined) {
          settle();
          resolve(found);
        } else if (this.#isOver) fail('it ended without');
      };
      const timer = setTimeout(() => {
        fail(`${timeoutMs} ms passed without`);
      }, timeoutMs);
      this.#waiting.add(look);
      look();
    });
  }
}
