/**
 * `meet join`: shares and watches in one, as one participant. Owns the tie between the two: one
 * session, so that nobody sees or hears oneself.
 */
import { randomUUID } from 'node:crypto';

import { JOIN_OPTIONS } from './client-options.js';
import type { JoinOptions } from './client-options.js';
import { drawsDashboard, showMeeting } from './dashboard-run.js';
import type { ExitCode } from './exit-codes.js';
import type { Io } from './io.js';
import { MeetingRun } from './meeting-run.js';
import { resolveOptions } from './option-table.js';
import { listenForCommands, openers } from './share-command.js';
import { ShareRun } from './share-run.js';
import { exitFor } from './until-end.js';

export async function joinCommand(io: Io, flags: Record<string, unknown>): Promise<ExitCode> {
  const options = resolveOptions(JOIN_OPTIONS, { flags, env: io.env });
  const devices = await openers(io, withDefaults(options));
  const session = randomUUID();
  const waitMs = options.wait * 1000;
  const share = new ShareRun(io, { ...options, waitMs, session, devices }, (event) => {
    if (event.event === 'error') io.stderr.write(`${event.message} (${event.code})\n`);
  });
  const meeting = new MeetingRun(io, {
    ...options,
    waitMs,
    session,
    share,
    output: options.play ? options.output : undefined,
    plays: drawsDashboard(io, options.plain),
    onNotice: (line) => {
      if (io.stdout.isTTY !== true) io.stderr.write(`${line}\n`);
    },
  });
  const commands = await listenForCommands(io, share);
  try {
    await Promise.all([share.start(), meeting.start()]);
    const { picture, plain, duration } = options;
    const failed = share.finished().then(() => undefined);
    const ended = await Promise.race([
      showMeeting(io, meeting, { picture, plain, duration }),
      failed,
    ]);
    return exitFor(ended);
  } finally {
    await Promise.all([share.close('left'), meeting.close(), commands?.close()]);
  }
}

/** Who says nothing shares everything. */
function withDefaults(options: JoinOptions): JoinOptions {
  const { screen, video, audio } = options;
  if (screen !== false || video !== false || audio !== false) return options;
  return { ...options, screen: true, video: true, audio: true };
}
