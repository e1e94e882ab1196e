/**
 * Which exit code a program ends with. Owns the table that the man pages repeat; sets no exit code.
 */
import type { ErrorCode } from '../transport/errors.js';

/** Numbers from sysexits.h (64 to 78), a shell's 128 + signal, and commander's 2 for usage. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  damaged: 65,
  unavailable: 69,
  cantWrite: 73,
  protocol: 76,
  notAdmitted: 77,
  config: 78,
  sigint: 130,
  sigterm: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What each exit code means. The man pages list every row; a test compares. */
export const EXIT_MEANS: Readonly<Record<ExitCode, string>> = {
  0: 'done as asked',
  1: 'failed while running',
  2: 'wrong usage',
  65: 'a recording is damaged',
  69: 'the daemon cannot be reached, or a port is taken',
  73: 'cannot write',
  76: 'the peer does not speak the protocol',
  77: 'not admitted',
  78: 'bad configuration',
  130: 'ended by SIGINT (Ctrl-C), cleanly',
  143: 'ended by SIGTERM, cleanly',
};

const BY_ERROR: Partial<Record<ErrorCode, ExitCode>> = {
  MEET_USAGE: EXIT.usage,
  MEET_CONFIG: EXIT.config,
  MEET_OPEN_FILES: EXIT.config,
  MEET_UNREACHABLE: EXIT.unavailable,
  MEET_PORT_TAKEN: EXIT.unavailable,
  MEET_BIND: EXIT.unavailable,
  MEET_PEER_GONE: EXIT.unavailable,
  MEET_DRAINING: EXIT.unavailable,
  MEET_TOO_MANY_CONNECTIONS: EXIT.unavailable,
  MEET_PROTOCOL: EXIT.protocol,
  MEET_VERSION: EXIT.protocol,
  MEET_FRAME_MALFORMED: EXIT.protocol,
  MEET_FRAME_TOO_LARGE: EXIT.protocol,
  MEET_WRONG_PORT: EXIT.protocol,
  MEET_TLS_UNAVAILABLE: EXIT.protocol,
  MEET_TLS_REQUIRED: EXIT.protocol,
  MEET_TLS_FAILED: EXIT.protocol,
  MEET_PIN_CHANGED: EXIT.protocol,
  MEET_NOT_ADMITTED: EXIT.notAdmitted,
  MEET_STREAM_SENT_AWAY: EXIT.notAdmitted,
  MEET_BAD_CREDENTIALS: EXIT.notAdmitted,
  MEET_INVITE_EXPIRED: EXIT.notAdmitted,
  MEET_INVITE_REVOKED: EXIT.notAdmitted,
  MEET_INVITE_USED: EXIT.notAdmitted,
  MEET_NAME_TAKEN: EXIT.notAdmitted,
  MEET_ROLE: EXIT.notAdmitted,
  MEET_WAITING_FULL: EXIT.notAdmitted,
  MEET_ADDRESS_REFUSED: EXIT.notAdmitted,
  MEET_PLAIN_REFUSED: EXIT.notAdmitted,
  MEET_INVITE_MALFORMED: EXIT.usage,
  MEET_IDENTITY: EXIT.config,
  MEET_DISK_FULL: EXIT.cantWrite,
  MEET_DISK_WRITE: EXIT.cantWrite,
  MEET_FILE_EXISTS: EXIT.cantWrite,
  MEET_RECORDING_DAMAGED: EXIT.damaged,
  MEET_RECORDING_UNKNOWN: EXIT.usage,
};

/** The exit code of a program that ends because of this error. */
export function exitCodeOf(code: ErrorCode): ExitCode {
  return BY_ERROR[code] ?? EXIT.failed;
}
