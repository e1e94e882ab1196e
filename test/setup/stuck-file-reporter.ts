/**
 * Ends a test file that hangs, names what it was doing, and lets the run go on. A test's own time limit
 * is kept by a timer of the process that it runs in, and no timer fires while that one is in a loop.
 * Owns the watch over whole files; measures no test.
 */
import { readFileSync, readdirSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';
import { titleOf } from './worker-title.js';

/** The longest file takes a minute and a half on two busy cores. */
const STUCK_MS = 6 * 60_000;
const LOOK_MS = 5000;

interface Watched {
  readonly sinceMs: number;
  readonly module: TestModule;
}

export default class StuckFileReporter implements Reporter {
  readonly #watched = new Map<string, Watched>();
  readonly #stuckMs: number;
  #timer: NodeJS.Timeout | undefined;

  /** @param options.stuckMs After how long a file hangs; six minutes by default. */
  constructor(options: { readonly stuckMs?: number } = {}) {
    this.#stuckMs = options.stuckMs ?? STUCK_MS;
  }

  onTestRunStart(): void {
    const everyMs = Math.min(LOOK_MS, this.#stuckMs / 2);
    this.#timer = setInterval(() => {
      this.#look();
    }, everyMs);
    this.#timer.unref();
  }

  onTestModuleStart(module: TestModule): void {
    this.#watched.set(module.moduleId, { sinceMs: performance.now(), module });
  }

  onTestModuleEnd(module: TestModule): void {
    this.#watched.delete(module.moduleId);
  }

  onTestRunEnd(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    for (const [file, { sinceMs, module }] of this.#watched) {
      if (performance.now() - sinceMs < this.#stuckMs) continue;
      this.#watched.delete(file);
      end(module, this.#stuckMs);
    }
  }
}

/** Tells of the file's process and those that it started, and kills them: the run counts it as failed. */
function end(module: TestModule, afterMs: number): void {
  const processes = runningProcesses();
  const title = titleOf(module.moduleId);
  const worker = processes.find(({ command }) => command.startsWith(title));
  const own =
    worker === undefined
      ? []
      : [worker, ...processes.filter(({ parent }) => parent === worker.pid)];
  const lines = [`${module.moduleId} is not done after ${afterMs / 1000} s; ${progress(module)}`];
  if (worker === undefined) lines.push('its process is not there');
  lines.push(...own.map(({ pid, state, command }) => `${pid} (${state}) ${command}`));
  process.stdout.write(`${lines.map((line) => `hangs: ${line}`).join('\n')}\n`);
  for (const { pid } of own) kill(pid);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

/** A process in a loop does not send what it has to say of its last tests. */
function progress(module: TestModule): string {
  const tests = [...module.children.allTests()];
  const at = tests.findIndex((test) => test.result().state === 'pending');
  if (at === -1) return `all its ${tests.length} tests have ended`;
  return `${at} of ${tests.length} tests told of their end, the next: ${tests[at]?.fullName ?? ''}`;
}

interface Running {
  readonly pid: number;
  readonly parent: number;
  /** As in `ps`: R runs, S sleeps, D waits for a disk, T is stopped, Z is dead. */
  readonly state: string;
  readonly command: string;
}

/** All processes of this machine that may be looked at; none where there is no /proc. */
function runningProcesses(): Running[] {
  try {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return pids.flatMap((pid) => runningProcess(Number(pid)) ?? []);
  } catch {
    return [];
  }
}

function runningProcess(pid: number): Running | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name between the brackets may hold spaces and brackets.
    const [state = '?', parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return { pid, parent: Number(parent), state, command };
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}
