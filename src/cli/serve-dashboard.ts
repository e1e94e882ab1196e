/**
 * `meet serve` on a terminal: the daemon as a program of its own beside the dashboard, so that drawing
 * can't delay relaying, and a dashboard that dies leaves the daemon alone. Owns both and their end.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
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
import { giveWay } from './give-way.js';
import { reachable } from './host-share.js';
import type { Io } from './io.js';
import { MeetingRun } from './meeting-run.js';
import type { ServeOptions } from './serve-options.js';

import { exitFor } from './until-end.js';

const port = z.int().min(1).max(65_535);
const readyMessage = z.object({
  ready: z.object({ screen: port, video: port, audio: port }),
});

const exitParts = z
  .tuple([z.int().nullable(), z.string().nullable()])
  .transform(([code, signal]): Fate => ({ code, signal }));

type Ports = Readonly<Record<StreamKind, number>>;

/** How the daemon ended: by itself with a code, or by a signal that it did not catch. */
interface Fate {
  readonly code: number | null;
  readonly signal: string | null;
}

/** Rejects with MEET_UNREACHABLE when the daemon is killed: nobody but this program could start it again. */
export async function serveDashboard(io: Io, options: ServeOptions): Promise<ExitCode> {
  const daemon = startBeside(io, options);
  giveWay();
  const words = new DaemonWords(io, daemon);
  const fate = fateOf(daemon);
  const ports = await Promise.race([ready(daemon), fate]);
  // It has said on our stderr why it could not start.
  if ('code' in ports) return asExitCode(ports);
  const gone = new AbortController();
  void fate.then(() => {
    gone.abort();
  });
  try {
    const ending = AbortSignal.any([io.ending, gone.signal]);
    const exitCode = await show({ ...io, ending }, options, ports, words);
    const isAlone = gone.signal.aborted && !io.ending.aborted;
    return isAlone ? asExitCode(await fate) : exitCode;
  } finally {
    daemon.kill('SIGTERM');
    await fate;
    words.tellKept();
  }
}

async function fateOf(daemon: ChildProcess): Promise<Fate> {
  const parts: unknown[] = await once(daemon, 'exit');
  return exitParts.parse(parts);
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

function asExitCode({ code, signal }: Fate): ExitCode {
  if (code === null) {
    const by = signal ?? 'a signal';
    throw new MeetError(
      'MEET_UNREACHABLE',
      `the daemon beside this dashboard was ended by ${by}; start both again with: meet serve`,
    );
  }
  const known = Object.values(EXIT).find((each) => each === code);
  if (known !== undefined) return known;
  throw new MeetError('MEET_INTERNAL', `the daemon beside this dashboard ended with ${code}`);
}
