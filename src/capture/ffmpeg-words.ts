/**
 * What ffmpeg said before it ended, as words for people. Owns the choice of lines and their clean-up;
 * knows no fault.
 */

/** ffmpeg's own advice speaks of its command line, which nobody here has typed. */
const ADVICE = /^To ignore this, add a trailing/;
/** `[x11grab @ 0x55ecf2f7bbc0] `: which part of it speaks, with an address. */
const SPEAKER = /^(?:\[[^\]]* @ 0x[0-9a-f]+\] ?)+/;
const MOST_LINES = 3;
const MOST_CHARACTERS = 400;

/**
 * The last lines in one, since the very last alone is often only an echo; each is said once. Empty
 * where it said nothing. At most 400 characters.
 */
export function ffmpegWords(stderrTail: string): string {
  const lines = stderrTail
    .split('\n')
    .map((line) => line.replace(SPEAKER, '').trim().replace(/\.$/, ''))
    .filter((line) => line !== '' && !ADVICE.test(line));
  return [...new Set(lines)].slice(-MOST_LINES).join('; ').slice(-MOST_CHARACTERS);
}
