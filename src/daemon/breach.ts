/** Which ends of a peer are no accident of a network. Owns the list. */
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

/** Whether a connection ended since its peer broke the protocol, or is not to be here: nothing is kept for its return. */
export function isBreach(fault: MeetError | undefined): boolean {
  return fault !== undefined && BREACHES.has(fault.code);
}
