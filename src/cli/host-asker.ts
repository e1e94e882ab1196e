/**
 * Whom a host's command asks: the daemon of this machine by its control socket, or another one as a
 * participant with a host's rights. Owns the connection; what is asked is the command's affair.
 */
import { MeetError, knownErrorCode } from '../transport/errors.js';
import type { Invite } from '../transport/invite-url.js';
import type { HostRequest, ViewerSession } from '../transport/viewer-session.js';
import type { CtlOptions } from './client-options.js';
import { onceSecurely } from './client-trust.js';
import type { Data } from './control-client.js';
import { ANSWER_BYTES, openDaemonControl } from './control-client.js';
import type { Io } from './io.js';
import { createViewer } from './viewer.js';

export interface HostAsker {
  /** The answer's data. Rejects with the daemon's own error. */
  ask(request: HostRequest): Promise<Data>;
  close(): Promise<void>;
}

/** Rejects with MEET_UNREACHABLE where there is no daemon, MEET_NOT_ADMITTED where it lets nobody in. */
export async function openHost(
  io: Io,
  options: CtlOptions,
  invite: Invite | undefined,
): Promise<HostAsker> {
  const { host, ports, room } = options;
  if (host === undefined) return openDaemonControl(io, ports.screen);
  const viewer = createViewer(
    io,
    {
      ...{ host, ports, room, name: 'ctl', kinds: ['screen'], answerBytes: ANSWER_BYTES },
      ...onceSecurely(io, { ...options, host }, invite),
    },
    { onFrame: () => undefined, onRoster: () => undefined },
  );
  // No publisher is to open its device for it.
  viewer.select('screen', []);
  try {
    await viewer.start();
  } catch (thrown) {
    await viewer.close();
    throw thrown;
  }
  return { ask: (request) => askOver(viewer, request), close: () => viewer.close() };
}

/** Asks as a participant, for most requests with a host's role. Rejects with the daemon's own error. */
export async function askOver(viewer: ViewerSession, request: HostRequest): Promise<Data> {
  const { ok, code, message, data } = await viewer.ask(request);
  if (ok) return data ?? {};
  const words = message ?? code ?? 'the daemon could not do it';
  throw new MeetError(knownErrorCode(code, 'MEET_USAGE'), words);
}
