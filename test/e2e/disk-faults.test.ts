/**
 * Faults of the disk as the kernel gives them: strace makes system calls of a real daemon fail while it
 * records and relays.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jpeg } from '../daemon/recording/frames.js';
import { decodeAll } from '../daemon/recording/matroska-probe.js';
import { walkClusters } from '../daemon/recording/matroska-walk.js';
import type { EventLine } from '../setup/event-line.js';
import { parseEvent } from '../setup/event-line.js';
import { portsText, quietEnv, startMeet } from '../setup/meet-program.js';
import { needs, programPath } from '../setup/programs.js';
import type { Scratch } from './recorded.js';
import { scratch } from './recorded.js';
import { WatchedShare } from './watched-share.js';

const MEETD = new URL('../../bin/meetd.js', import.meta.url).pathname;
const TIMEOUT_MS = 120_000;

let folder: Scratch;
beforeEach(async () => {
  folder = await scratch();
});
afterEach(() => folder[Symbol.asyncDispose]());

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

interface Fault {
  readonly what: string;
  /** For strace(1), after `inject=`. */
  readonly inject: string;
  /** Only calls on the root itself. */
  readonly onRoot?: boolean;
  readonly told: readonly string[];
  readonly code: string;
}

const FAULTS: readonly Fault[] = [
  {
    what: 'no room for a write',
    inject: 'pwritev,pwrite64:error=ENOSPC:when=5..6',
    told: ['stopped', 'resumed'],
    code: 'MEET_DISK_FULL',
  },
  {
    what: 'a write that fails',
    inject: 'pwritev,pwrite64:error=EIO:when=5..6',
    told: ['stopped', 'resumed'],
    code: 'MEET_DISK_WRITE',
  },
  {
    // strace counts for each thread: so it is not one alone.
    what: 'a sync that fails',
    inject: 'fdatasync:error=EIO:when=5+3',
    told: ['suspect', 'segment'],
    code: 'MEET_DISK_WRITE',
  },
  {
    what: 'syncs of files and folders that all fail',
    inject: 'fdatasync,fsync:error=EIO',
    told: ['suspect', 'segment'],
    code: 'MEET_DISK_WRITE',
  },
  {
    what: 'syncs of folders that all fail',
    inject: 'fsync:error=EIO',
    told: ['suspect', 'segment'],
    code: 'MEET_DISK_WRITE',
  },
  {
    what: 'no room for a folder',
    inject: 'mkdir,mkdirat:error=ENOSPC:when=1..2',
    told: ['stopped', 'resumed'],
    code: 'MEET_DISK_FULL',
  },
  {
    what: 'too many open files',
    inject: 'openat,open:error=EMFILE:when=1..2',
    onRoot: true,
    told: ['stopped', 'resumed'],
    code: 'MEET_DISK_WRITE',
  },
  {
    what: 'a name that cannot be changed',
    inject: 'rename,renameat,renameat2:error=EIO:when=1',
    told: ['segment'],
    code: '',
  },
];

describe.skipIf(needs('strace', 'ffmpeg'))('A daemon that records', { timeout: TIMEOUT_MS }, () => {
  it.each(FAULTS)('goes on relaying and recording after $what', async (fault) => {
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
    const streams = daemon.events.flatMap((event) =>
      event.event === 'stats' ? event.streams : [],
    );
    expect(streams.length).toBeGreaterThan(0);
    for (const stream of streams) expect(stream.lost ?? 0).toBe(0);
    const names = (await readdir(root, { recursive: true })).filter((name) => /\.mkv$/.test(name));
    for (const name of names) {
      const bytes = await readFile(join(root, name));
      expect(walkClusters(bytes).length).toBeGreaterThan(0);
      // What is called closed is whole.
      if (/-\d+\.mkv$/.test(name)) await decodeAll(join(root, name));
    }
    expect(names.some((name) => name.includes('.suspect.'))).toBe(fault.told.includes('suspect'));
    // Where the end of a file could not be written either, it stays open, as it may after such a fault.
    const isLeftOpen = names.some((name) => name.includes('.open.'));
    if (!fault.inject.startsWith('pwritev')) {
      expect(isLeftOpen).toBe(fault.inject.startsWith('rename'));
    }
  });
});
