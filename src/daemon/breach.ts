/** Which ends of a peer are no accident of a network. Owns the lists. */
import type { ErrorCode, MeetError } from '../transport/errors.js';

const BREACHES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'MEET_PROTOCOL',
  'MEET_FRAME_TOO_LARGE',
  'MEET_FRAME_MALFORMED',
  'MEET_PICTURE_TOO_LARGE',
  // Its leave was taken back.
  'MEET_NOT_ADMITTED',
  'MEET_INVITE_REVOKED',
]);

const DISTRUSTING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...BREACHES,
  'MEET_PICKLE_REFUSED',
  'MEET_TLS_FAILED',
]);

/** Whoever comes in only to let the daemon wait is cut sooner. */
const PROVEN_MS = 15_000;

/** The peer let the daemon wait, which on a bad network whoever is honest does, too. */
const WAITED_FOR: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'MEET_HEADER_TIMEOUT',
  'MEET_BODY_TIMEOUT',
]);

/** Whether a connection ended since its peer broke the protocol, or is not to be here: nothing is kept for its return. */
export function isBreach(fault: MeetError | undefined): boolean {
  return fault !== undefined && BREACHES.has(fault.code);
}

/**
 * Whether what comes next from the address of a connection that ended so is to take turns. `hereMs`:
 * for how long one who was let in has been here; 0: it was not let in.
 */
export function isDistrusting(fault: MeetError | undefined, hereMs: number): boolean {
  if (fault === undefined) return false;
  return DISTRUSTING.has(fault.code) || (hereMs <= PROVEN_MS && WAITED_FOR.has(fault.code));
}
