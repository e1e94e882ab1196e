/**
 * Faults of the disk as the kernel gives them: strace makes system calls of a real daemon fail while it
 * records and relays. Owns one such run and what must hold after it; which faults is for the tests.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'vitest';
import { jpeg } from '../daemon/recording/frames.js';
import { decodeAll } from '../daemon/recording/matroska-probe.js';
import { walkClusters } from '../daemon/recording/matroska-walk.js';
import type { EventLine } from '../setup/event-line.js';
import { parseEvent } from '../setup/event-line.js';
import { portsText, quietEnv, startMeet } from '../setup/meet-program.js';
import { programPath } from '../setup/programs.js';
import { scratch } from './recorded.js';
import { WatchedShare } from './watched-share.js';

const MEETD = new URL('../../bin/meetd.js', import.meta.url).pathname;

export interface DiskFault {
  readonly what: string;
  /** For strace(1), after `inject=`. */
  readonly inject: string;
  /** Only calls on the root itself. */
  readonly onRoot?: boolean;
  /** States of recordings that are told, in this order. */
  readonly told: readonly string[];
  /** The code of those that have one. */
  readonly code: string;
}

/** A daemon under strace, and all of its events. */
class StracedDaemon {
  readonly events: EventLine[] = [];
  readonly #child;
  readonly #exited: Promise<unknown>;
  #listeners: (() => void)[] = [];

  constructor(root: string, inject: readonly string[]) {
    const strace = ['-f', '-qq', '--seccomp-bpf', '-o', '/dev/null', ...inject];
    const meetd = [process.execPath, MEETD, '--json', '--stats', '--ports', '0,0,0'];
    // Without TLS nothing but recordings is written.
    const record = ['--record', root, '--segment', '2s', '--tls', 'off'];
    const args = [...strace, '--', ...meetd, ...record];
    // libuv must use the system calls that are named here.
    const env = { ...quietEnv({}), UV_USE_IO_URING: '0', XDG_STATE_HOME: join(root, '..') };
    this.#child = spawn(programPath('strace'), args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    this.#exited = once(this.#child, 'exit');
    createInterface(this.#child.stdout).on('line', (line) => {
      this.events.push(parseEvent(line));
      for (const listener of this.#listeners.splice(0)) listener();
    });
  }

  async event<T>(pick: (event: EventLine) => T | undefined): Promise<T> {
    for (let at = 0; ; at += 1) {
      while (at >= this.events.length) {
        await new Promise<void>((resolve) => {
          this.#listeners.push(resolve);
        });
      }
      const event = this.events[at];
      const picked = event === undefined ? undefined : pick(event);
      if (picked !== undefined) return picked;
    }
  }

  recording(state: string): Promise<EventLine & { event: 'recording' }> {
    return this.event((event) =>
      event.event === 'recording' && event.state === state ? event : undefined,
    );
  }

  /** strace hands the signal on; resolves when both have ended. */
  async end(): Promise<void> {
    const { pid } = await this.event((event) => (event.event === 'ready' ? event : undefined));
    process.kill(pid, 'SIGTERM');
    await this.#exited;
  }
}

/** A daemon records, relays and is watched while the fault comes; it goes on with all of it after. */
export async function recordThrough(fault: DiskFault): Promise<void> {
  await using folder = await scratch();
  const root = join(folder.path, 'kept');
  const only = fault.onRoot === true ? ['-P', root] : [];
  const [calls = ''] = fault.inject.split(':');
  const inject = ['-e', `trace=${calls}`, '-e', `inject=${fault.inject}`, ...only];
  const daemon = new StracedDaemon(root, inject);
  const { ports } = await daemon.event((event) => (event.event === 'ready' ? event : undefined));
  const shared = ['share', '--json', '--screen', 'test', '--audio', 'test', '--size', '320x240'];
  const share = startMeet([...shared, '--ports', portsText(ports)], {
    cwd: folder.path,
    env: quietEnv({}),
  });
  const watched = await WatchedShare.join(ports.screen, await jpeg());
  let isOver = false;
  const relayed = watched.sendUntil(() => isOver);
  try {
    for (const state of fault.told) {
      const { code } = await daemon.recording(state);
      if (code !== undefined) expect(code).toBe(fault.code);
    }
    // After all of it, recording goes on: one more segment begins and ends.
    const told = daemon.events.length;
    await daemon.event((event) => {
      const isLater = daemon.events.indexOf(event) >= told;
      return isLater && event.event === 'recording' && event.state === 'segment'
        ? event
        : undefined;
    });
    isOver = true;
    await relayed;
    await share.end('SIGTERM');
  } finally {
    isOver = true;
    await daemon.end();
    await share[Symbol.asyncDispose]();
  }
  await expectKept(root, fault, daemon.events);
}

/** Nothing was lost on the way, and what is called closed is whole. */
async function expectKept(
  root: string,
  fault: DiskFault,
  events: readonly EventLine[],
): Promise<void> {
  const streams = events.flatMap((event) => (event.event === 'stats' ? event.streams : []));
  expect(streams.length).toBeGreaterThan(0);
  for (const stream of streams) expect(stream.lost ?? 0).toBe(0);
  const names = (await readdir(root, { recursive: true })).filter((name) => /\.mkv$/.test(name));
  for (const name of names) {
    const bytes = await readFile(join(root, name));
    expect(walkClusters(bytes).length).toBeGreaterThan(0);
    if (/-\d+\.mkv$/.test(name)) await decodeAll(join(root, name));
  }
  expect(names.some((name) => name.includes('.suspect.'))).toBe(fault.told.includes('suspect'));
  // Where the end of a file could not be written either, it stays open, as it may after such a fault.
  const isLeftOpen = names.some((name) => name.includes('.open.'));
  if (!fault.inject.startsWith('pwritev')) {
    expect(isLeftOpen).toBe(fault.inject.startsWith('rename'));
  }
}
