/**
 * The one error class and the table of its codes. Owns what a code means and which exit code a
 * program ends with because of it; never prints and never exits.
 */

/** What each code means. The man pages list every row; a test compares. */
export const ERROR_CODES = {
  // Usage and configuration
  MEET_USAGE: 'an option or argument is not valid',
  MEET_CONFIG: 'the configuration file or an environment variable is not valid',
  // Reaching and understanding a peer
  MEET_UNREACHABLE: 'the daemon cannot be reached',
  MEET_PORT_TAKEN: 'a port is already in use',
  MEET_BIND: 'an address or port cannot be listened on',
  MEET_PROTOCOL: 'the peer does not speak this protocol, or broke it',
  MEET_VERSION: 'the peer speaks no version of the protocol that this side speaks',
  MEET_WRONG_PORT: 'the stream came to the port of another kind',
  MEET_TLS_UNAVAILABLE: 'the peer opened with TLS, which is turned off here',
  MEET_TLS_REQUIRED: 'the daemon takes no plain connections',
  MEET_TLS_FAILED: 'TLS could not be agreed on with the peer',
  MEET_PIN_CHANGED: 'the daemon has another key than the one that is pinned',
  MEET_CONTROL_INVALID: 'a control record is not valid',
  MEET_CONTROL_UNKNOWN: 'a control record has an unknown type',
  MEET_NOT_ADMITTED: 'the daemon did not let this participant in',
  MEET_STREAM_SENT_AWAY: 'the host sent one stream of this participant away',
  MEET_TAKEN_OVER: 'a newer connection of the same session or key took the place of this one',
  MEET_BAD_CREDENTIALS: 'a signature or an invite does not hold',
  MEET_INVITE_EXPIRED: 'the time of an invite is over',
  MEET_INVITE_REVOKED: 'an invite was revoked',
  MEET_INVITE_USED: 'an invite for one was used by somebody else',
  MEET_INVITE_MALFORMED: 'a text is no invite',
  MEET_NAME_TAKEN: 'the name belongs to another key',
  MEET_ROLE: 'the role of the peer does not allow what it asked for',
  MEET_WAITING_FULL: 'too many wait to be let in',
  MEET_ADDRESS_REFUSED: 'an address gave bad credentials too often and is refused for a while',
  MEET_PLAIN_REFUSED: 'plain connections are not taken from there',
  MEET_IDENTITY: 'a key, a certificate or a list of keys cannot be used',
  // Limits on what is read
  MEET_FRAME_TOO_LARGE: 'a frame is larger than its limit',
  MEET_FRAME_MALFORMED: 'a frame does not have the form that its kind needs',
  MEET_PICTURE_TOO_LARGE: 'a picture has more pixels than the limit',
  MEET_PICKLE_REFUSED: 'a pickle holds something other than a numpy picture',
  MEET_HEADER_TIMEOUT: 'a header did not arrive in time',
  MEET_BODY_TIMEOUT: 'a frame body arrived too slowly',
  MEET_HALF_RECEIVED: 'too many bytes of unfinished frames are held',
  MEET_PEER_GONE: 'the peer stopped answering',
  MEET_TOO_MANY_CONNECTIONS: 'a listener or an address has as many connections as it may have',
  MEET_OPEN_FILES: 'the limit of open files is too low for the connection limits',
  MEET_DRAINING: 'the daemon is ending',
  MEET_SLOW_PEER: 'the peer took nothing for too long',
  MEET_FLOOD: 'a peer sends more records than it may, and is read more slowly',
  MEET_CHAT_TOO_MUCH: 'a participant says more than it may',
  // Playing
  MEET_PLAY_MOVE: 'a move is none, or is against the rules of the game',
  MEET_PLAY_DECLINED: 'an offered game was declined, or not answered',
  MEET_PLAY_BUSY: 'a player sits at another table, offers too much, or cannot play',
  MEET_PLAYER_GONE: 'a player left before the end of the game',
  // Devices
  MEET_DEVICE_NONE: 'no device or backend of that kind was found',
  MEET_DEVICE_NAME: 'a device name is not valid or not known',
  MEET_DEVICE_PERMISSION: 'a device may not be opened by this user',
  MEET_DEVICE_BUSY: 'a device is used by another program',
  MEET_DEVICE_LOST: 'a device or its program ended while running',
  MEET_DEVICE_SILENT: 'a device opened but gives nothing',
  MEET_PROGRAM_MISSING: 'a program that a backend needs is not installed',
  MEET_WAYLAND: 'the screen belongs to Wayland, which cannot be captured this way',
  MEET_FILE_SOURCE: 'a file source cannot be read or decoded',
  MEET_NOTHING_TO_SHARE: 'no stream could start',
  // Disk
  MEET_DISK_FULL: 'there is no room left on a disk',
  MEET_DISK_WRITE: 'a recording or another file cannot be written',
  MEET_DISK_SLOW: 'the disk is too slow, frames were dropped',
  MEET_DISK_READ: 'a recording cannot be read',
  MEET_RECORDING_DAMAGED: 'a recording is damaged, or is none',
  MEET_RECORDING_UNKNOWN: 'no recording has that name',
  MEET_EXPORT_FAILED: 'a film cannot be made of a recording',
  MEET_FILE_EXISTS: 'a file of that name is there already',
  // Ourselves
  MEET_CLOSED: 'used after it was closed',
  MEET_INTERNAL: 'a fault of this program',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/**
 * Every failure that a caller may want to tell apart. Match on `code`, which is stable; `message`
 * says what happened, the value received, what was expected and how to mend it.
 */
export class MeetError extends Error {
  readonly code: ErrorCode;
  override readonly name = 'MeetError';

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** Wraps whatever was thrown as a MeetError; a MeetError is returned as it is. */
export function asMeetError(thrown: unknown, code: ErrorCode = 'MEET_INTERNAL'): MeetError {
  if (thrown instanceof MeetError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new MeetError(code, message, { cause: thrown });
}

/** A peer's code, where this version knows it; else `otherwise`. */
export function knownErrorCode(code: string | undefined, otherwise: ErrorCode): ErrorCode {
  const isKnown = (word: string): word is ErrorCode => Object.hasOwn(ERROR_CODES, word);
  return code !== undefined && isKnown(code) ? code : otherwise;
}

/** The `code` of a Node system error (`ENOENT`, `EADDRINUSE`), or undefined. */
export function systemErrorCode(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}
