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

/** Of node:tls: what a daemon meets, and a client of meet never does. */
const TLS_FAULTS: Readonly<Record<string, string>> = {
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'it offers TLS 1.2 or older, expected TLS 1.3',
  ERR_SSL_NO_APPLICATION_PROTOCOL: 'it names another protocol, expected ALPN "meet/1"',
  ERR_SSL_NO_SHARED_CIPHER: 'it offers no cipher of TLS 1.3 that is spoken here',
  ERR_SSL_NO_SUITABLE_KEY_SHARE: 'it offers no key exchange that is spoken here',
};

/** MEET_TLS_FAILED or MEET_PEER_GONE, with the socket's own error as its cause. */
export function socketFault(error: Error, address: string): MeetError {
  const code = systemErrorCode(error) ?? 'unknown';
  if (/^ERR_(SSL|TLS)_/.test(code)) {
    const words = `TLS with ${address} failed: ${TLS_FAULTS[code] ?? code}`;
    return new MeetError('MEET_TLS_FAILED', words, { cause: error });
  }
  return new MeetError('MEET_PEER_GONE', `connection with ${address} broke (${code})`, {
    cause: error,
  });
}
