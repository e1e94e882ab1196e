/**
 * `meet watch [NAME[/screen|video]]`: the dashboard of a daemon anywhere. Owns which daemon, and the
 * rights that its control socket gives.
 */
import { MeetError } from '../transport/errors.js';
import { didYouMean } from '../transport/near-word.js';
import { WATCH_OPTIONS } from './client-options.js';
import type { WatchOptions } from './client-options.js';
import { clientSecurity } from './client-trust.js';
import type { ControlClient } from './control-client.js';
import { openIfThere } from './control-client.js';
import type { ShowOptions } from './dashboard-run.js';
import { drawsDashboard, showMeeting } from './dashboard-run.js';
import type { ExitCode } from './exit-codes.js';
import { resolveInvited } from './invite-source.js';
import type { Io } from './io.js';
import { MeetingRun } from './meeting-run.js';
import { exitFor } from './until-end.js';
import { waitingTimes } from './waiting-times.js';

const LOOPBACK: readonly string[] = ['127.0.0.1', '::1', 'localhost'];
const KINDS = ['screen', 'video'] as const;

export async function watchCommand(
  io: Io,
  words: readonly string[],
  flags: Record<string, unknown>,
): Promise<ExitCode> {
  const { options, invite } = await resolveInvited(io, WATCH_OPTIONS, flags);
  const focus = readFocus(words[0]);
  const control = await hostControl(io, options);
  const say = (line: string): void => {
    if (io.stderr.isTTY !== true || io.stdout.isTTY !== true) io.stderr.write(`${line}\n`);
  };
  const meeting = new MeetingRun(io, {
    ...options,
    ...waitingTimes(options.wait),
    security: await clientSecurity(io, options, invite, (line) => io.stderr.write(`${line}\n`)),
    output: options.play ? options.output : undefined,
    plays: drawsDashboard(io, options.plain),
    ...(control === undefined ? {} : { control }),
    onNotice: say,
  });
  try {
    await meeting.start();
    const { picture, plain, duration } = options;
    const ended = await showMeeting(io, meeting, { picture, plain, duration, ...focus });
    return exitFor(ended);
  } finally {
    await Promise.all([meeting.close(), control?.close()]);
  }
}

/** Who may reach this user's daemon by its control socket has the host's rights over it. */
async function hostControl(io: Io, options: WatchOptions): Promise<ControlClient | undefined> {
  if (!LOOPBACK.includes(options.host)) return undefined;
  // No other daemon will do: the rights would be over people whom one does not see.
  return openIfThere(io, `daemon-${options.ports.screen}`);
}

function readFocus(word: string | undefined): Pick<ShowOptions, 'focus'> {
  if (word === undefined) return {};
  const at = word.lastIndexOf('/');
  if (at === -1) return { focus: { name: word } };
  const kind = KINDS.find((each) => each === word.slice(at + 1));
  if (kind !== undefined) return { focus: { name: word.slice(0, at), kind } };
  const hint = didYouMean(word.slice(at + 1), KINDS);
  throw new MeetError('MEET_USAGE', `"${word}" names no picture${hint}: NAME/screen or NAME/video`);
}
