/**
 * Faults of the disk as the kernel gives them: strace makes system calls of a real daemon fail while it
 * records and relays. Owns one such run and what must hold after it; which faults is for the tests.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { jpeg } from '../daemon/recording/frames.js';
import { decodeAll } from '../daemon/recording/matroska-probe.js';
import { walkClusters } from '../daemon/recording/matroska-walk.js';
import { systemErrorCode } from '../../src/transport/errors.js';
import type { EventLine } from '../setup/event-line.js';
import type { MeetProgram } from '../setup/meet-program.js';
import { portsText, quietEnv, startMeet } from '../setup/meet-program.js';
import { programPath } from '../setup/programs.js';
import { scratch } from './recorded.js';
import { WatchedShare } from './watched-share.js';

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

/** One state of a recording may take as many seconds as a disk that fails and a busy machine need. */
const TOLD_WITHIN_MS = 120_000;

/** A daemon under strace, which records into `root` and tells its events. */
function startStraced(root: string, { inject, onRoot = false }: DiskFault): MeetProgram {
  const only = onRoot ? ['-P', root] : [];
  const [calls = ''] = inject.split(':');
  const injected = ['-e', `trace=${calls}`, '-e', `inject=${inject}`, ...only];
  const strace = ['-f', '-qq', '--seccomp-bpf', '-o', '/dev/null', ...injected];
  // Without TLS nothing but recordings is written.
  const record = ['--record', root, '--segment', '2s', '--tls', 'off'];
  return startMeet(['--json', '--stats', '--ports', '0,0,0', ...record], {
    program: 'meetd',
    cwd: join(root, '..'),
    // libuv must use the system calls that are named here.
    env: quietEnv({ UV_USE_IO_URING: '0', XDG_STATE_HOME: join(root, '..') }),
    within: [programPath('strace'), ...strace, '--'],
  });
}

/** Resolves when the fault was told as it should be, and recording has gone on after all of it. */
async function seesThrough(daemon: MeetProgram, { told, code }: DiskFault): Promise<void> {
  for (const state of told) {
    const isTold = (event: EventLine<'recording'>): boolean => event.state === state;
    const event = await daemon.event('recording', isTold, TOLD_WITHIN_MS);
    if (event.code !== undefined) expect(event.code).toBe(code);
  }
  // One more segment begins and ends.
  const before = daemon.events.length;
  const isLater = (event: EventLine<'recording'>): boolean =>
    event.state === 'segment' && daemon.events.indexOf(event) >= before;
  await daemon.event('recording', isLater, TOLD_WITHIN_MS);
}

/** A daemon records, relays and is watched while the fault comes; it goes on with all of it after. */
export async function recordThrough(fault: DiskFault): Promise<void> {
  await using folder = await scratch();
  const root = join(folder.path, 'kept');
  await using daemon = startStraced(root, fault);
  const { ports, pid } = await daemon.event('ready');
  const shared = ['share', '--json', '--screen', 'test', '--audio', 'test', '--size', '320x240'];
  await using share = startMeet([...shared, '--ports', portsText(ports)], {
    cwd: folder.path,
    env: quietEnv({}),
  });
  const watched = await WatchedShare.join(ports.screen, await jpeg());
  let isOver = false;
  const seen = seesThrough(daemon, fault).finally(() => {
    isOver = true;
  });
  try {
    await Promise.all([seen, watched.sendUntil(() => isOver)]);
    await share.end('SIGTERM');
  } finally {
    isOver = true;
    endIfRunning(pid);
    await daemon.ended;
  }
  await expectKept(root, fault, daemon.events);
}

/** strace ends with the daemon that it runs. One that has ended before is told by what waits for it. */
function endIfRunning(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch (thrown) {
    if (systemErrorCode(thrown) !== 'ESRCH') throw thrown;
  }
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
