/**
 * `meet join`: shares and watches in one, as one participant. Owns the tie between the two: one
 * session, so that nobody sees or hears oneself.
 */
import { randomUUID } from 'node:crypto';

import { JOIN_OPTIONS } from './client-options.js';
import type { JoinOptions } from './client-options.js';
import { clientSecurity } from './client-trust.js';
import { drawsDashboard, showMeeting } from './dashboard-run.js';
import type { ExitCode } from './exit-codes.js';
import { resolveInvited } from './invite-source.js';
import type { Io } from './io.js';
import { MeetingRun } from './meeting-run.js';
import { listenForCommands, openers } from './share-command.js';
import { ShareRun } from './share-run.js';
import { exitFor } from './until-end.js';
import { waitingTimes } from './waiting-times.js';

export async function joinCommand(
  io: Io,
  words: readonly string[],
  flags: Record<string, unknown>,
): Promise<ExitCode> {
  const [url] = words;
  const given = url === undefined ? flags : { ...flags, invite: url };
  const { options, invite } = await resolveInvited(io, JOIN_OPTIONS, given);
  const devices = await openers(io, withDefaults(options));
  const session = randomUUID();
  // The dashboard is the only writer to its terminal.
  let notice = (words: string): void => {
    io.stderr.write(`${words}\n`);
  };
  const security = await clientSecurity(io, options, invite, (line) => {
    notice(line);
  });
  const times = waitingTimes(options.wait);
  const share = new ShareRun(io, { ...options, ...times, session, security, devices }, (event) => {
    if (event.event === 'error') notice(`${event.message} (${event.code})`);
  });
  const meeting = new MeetingRun(io, {
    ...options,
    ...times,
    session,
    security,
    publishes: true,
    share,
    output: options.play ? options.output : undefined,
    plays: drawsDashboard(io, options.plain),
    onNotice: (line) => {
      if (io.stdout.isTTY !== true) io.stderr.write(`${line}\n`);
    },
  });
  notice = (words) => {
    meeting.notice(words);
  };
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
