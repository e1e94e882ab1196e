/**
 * What is switched on in a terminal for the dashboard, and how all of it is given back. Owns the
 * sequences (xterm's ctlseqs); sends none.
 */

/** Alternate screen, no cursor, no wrapping at the last column, pastes marked, plain colours, blank. */
export const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?2004h\x1b[0m\x1b[2J';

/**
 * Puts everything back, from any state: a string or a number that was cut off in the middle ends
 * first, a frame that was being held is shown. Mouse modes are off whether or not they were on.
 */
export const LEAVE =
  '\x1b\\\x1b[?2026l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l' +
  '\x1b[0m\x1b[?7h\x1b[?1049l\x1b[?25h';

/** The Linux console has no alternate screen: what the dashboard drew is wiped. */
export const LEAVE_CONSOLE = '\x1b\\\x1b[0m\x1b[?7h\x1b[2J\x1b[H\x1b[?25h';

/** Mode 2026: what lies between is shown at once (https://gist.github.com/christianparpart). */
export const FRAME_BEGIN = '\x1b[?2026h';
export const FRAME_END = '\x1b[?2026l';

/** Asks for `CSI 0 n`, which comes when all before it was worked through. */
export const ASK_STATUS = '\x1b[5n';

export const CLEAR_SCREEN = '\x1b[0m\x1b[2J';
