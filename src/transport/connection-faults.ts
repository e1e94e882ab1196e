/**
 * What is said of a daemon that does not go on with a connection. Owns the words; ends nothing.
 */
import { CONNECT_TIMEOUT_MS } from './connect-attempt.js';
import { MeetError } from './errors.js';

interface Place {
  readonly host: string;
  readonly port: number;
}

/** After it had said welcome. */
export function closed(): MeetError {
  return new MeetError('MEET_PEER_GONE', 'the daemon closed the connection');
}

/** Before it said welcome. */
export function closedEarly({ host, port }: Place): MeetError {
  return new MeetError(
    'MEET_PEER_GONE',
    `${host} port ${port} closed the connection before it said welcome`,
  );
}

/** It is there and does not say welcome. */
export function silentPeer({ host, port }: Place, cause: unknown): MeetError {
  return new MeetError(
    'MEET_PROTOCOL',
    `${host} port ${port} took the connection but did not say welcome in ${CONNECT_TIMEOUT_MS / 1000} s; is it a meet daemon?`,
    { cause },
  );
}

/** We waited for so long, in ms; 0: a command that looks once, and does not wait. */
export function notLetIn({ host, admissionMs }: { host: string; admissionMs: number }): MeetError {
  const waited =
    admissionMs === 0
      ? `we are not let in at ${host} yet, and this command does not wait`
      : `nobody at ${host} let us in within ${(admissionMs / 1000).toFixed(0)} s`;
  return new MeetError(
    'MEET_NOT_ADMITTED',
    `${waited}; its host lets us in with: meet ctl admit NAME, or the key a, or gives an invite: --invite FILE`,
  );
}
