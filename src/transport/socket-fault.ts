/**
 * What ends a connection from below, in words: a broken socket, a TLS that failed, a peer that takes
 * nothing. Owns these words; ends nothing.
 */
import { MeetError, systemErrorCode } from './errors.js';

/** MEET_SLOW_PEER: more than `limitBytes` wait in the process for this peer. */
export function slowPeer(limitBytes: number): MeetError {
  return new MeetError(
    'MEET_SLOW_PEER',
    `more than ${limitBytes} bytes wait for a peer that does not take them`,
  );
}

/** MEET_TLS_FAILED or MEET_PEER_GONE, with the socket's own error as its cause. */
export function socketFault(error: Error, address: string): MeetError {
  const code = systemErrorCode(error) ?? 'unknown';
  if (/^ERR_(SSL|TLS)_/.test(code)) {
    return new MeetError('MEET_TLS_FAILED', `TLS with ${address} failed (${code})`, {
      cause: error,
    });
  }
  return new MeetError('MEET_PEER_GONE', `connection with ${address} broke (${code})`, {
    cause: error,
  });
}
