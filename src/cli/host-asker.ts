/**
 * Whom a host's command asks: the daemon of this machine by its control socket, or another one as a
 * participant with a host's rights. Owns the connection; what is asked is the command's affair.
 */
import type { Invite } from '../transport/invite-url.js';
import type { HostRequest } from '../transport/viewer-session.js';
import type { Data } from './answer.js';
import type { CtlOptions } from './client-options.js';
import { openDaemonControl } from './control-client.js';
import type { Io } from './io.js';
import { openVisitor } from './visitor.js';

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
  const { host, ports } = options;
  if (host === undefined) return openDaemonControl(io, ports.screen);
  return openVisitor(io, { ...options, host }, invite, 'ctl');
}
