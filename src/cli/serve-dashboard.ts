/**
 * `meet serve` on a terminal: the daemon as a program of its own beside the dashboard, so that drawing
 * can't delay relaying, and a dashboard that dies leaves the daemon alone. Owns both and their end.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

import { MeetError } from '../transport/errors.js';
import { DaemonWords } from './daemon-words.js';
import type { StreamKind } from '../transport/stream-kind.js';
import { localSecurity } from './client-trust.js';
import { openDaemonControl } from './control-client.js';
import { showMeeting } from './dashboard-run.js';
import type { ExitCode } from './exit-codes.js';
import { EXIT } from './exit-codes.js';
import { reachable } from './host-share.js';
import type { Io } from './io.js';
import { MeetingRun } from './meeting-run.js';
import type { ServeOptions } from './serve-options.js';
import { exitFor } from './until-end.js';

const port = z.int().min(1).max(65_535);
const readyMessage = z.object({
  ready: z.object({ screen: port, video: port, audio: port }),
});

type Ports = Readonly<Record<StreamKind, number>>;

export async function serveDashboard(io: Io, options: ServeOptions): Promise<ExitCode> {
  const daemon = startBeside(io, options);
  giveWay();
  const words = new DaemonWords(io, daemon);
  const exited = once(daemon, 'exit').then(([code]: unknown[]) => Number(code ?? EXIT.failed));
  const ports = await Promise.race([ready(daemon), exited]);
  // It has said on our stderr why it could not start.
  if (typeof ports === 'number') return asExitCode(ports);
  try {
    return await show(io, options, ports, words);
  } finally {
    daemon.kill('SIGTERM');
    await exited;
    words.tellKept();
  }
}

async function show(
  io: Io,
  options: ServeOptions,
  ports: Ports,
  words: DaemonWords,
): Promise<ExitCode> {
  const control = await openDaemonControl(io, ports.screen);
  const meeting = new MeetingRun(io, {
    host: reachable(options.bind),
    ports,
    room: 'main',
    name: 'host view',
    reconnect: true,
    security: localSecurity(io),
    output: options.play ? 'auto' : undefined,
    plays: true,
    control,
    onNotice: () => undefined,
  });
  words.keep((line) => {
    meeting.notice(line);
  });
  try {
    await meeting.start();
    const { duration } = options;
    return exitFor(await showMeeting(io, meeting, { picture: 'auto', plain: false, duration }));
  } finally {
    await Promise.all([meeting.close(), control.close()]);
  }
}

/**
 * Where the cores do not suffice for both, pictures are drawn later and relayed at once. The daemon
 * has begun with the usual priority; threads that draw begin later and take this one.
 */
function giveWay(): void {
  try {
    setPriority(constants.priority.PRIORITY_LOW);
  } catch {
    // A sandbox may forbid it: then both have the same.
  }
}

/** The same arguments, without the dashboard; on a terminal nothing is recorded unless asked for. */
function startBeside(io: Io, { record }: ServeOptions): ChildProcess {
  const given = io.argv[0] === 'serve' ? io.argv.slice(1) : io.argv;
  const words = given.filter((word) => word !== '--tui');
  const quiet = record === undefined ? ['--no-record'] : [];
  const program = fileURLToPath(new URL('../../bin/meetd.js', import.meta.url));
  return spawn(process.execPath, [program, ...words, '--no-tui', ...quiet], {
    // A group of its own: Ctrl-C on the terminal is the dashboard's to ask about.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: io.env,
  });
}

async function ready(daemon: ChildProcess): Promise<Ports> {
  for (;;) {
    const parts: unknown = await once(daemon, 'message');
    const parsed = readyMessage.safeParse(Array.isArray(parts) ? parts[0] : undefined);
    if (parsed.success) return parsed.data.ready;
  }
}

function asExitCode(code: number): ExitCode {
  const known = Object.values(EXIT).find((each) => each === code);
  if (known !== undefined && known !== EXIT.ok) return known;
  throw new MeetError('MEET_INTERNAL', `the daemon ended with ${code} before it was ready`);
}
