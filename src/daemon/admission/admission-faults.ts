/**
 * Why somebody is not let in, or what a host asked for was not done, in words. Owns these; decides
 * nothing.
 */
import { MeetError, asMeetError } from '../../transport/errors.js';
import { didYouMean, someOf } from '../../transport/near-word.js';

/** Of most who meet it, it is an option that was given. */
export function tlsOnly(): MeetError {
  const words = 'this daemon takes TLS only (--tls required); leave out --tls off';
  return new MeetError('MEET_TLS_REQUIRED', words);
}

/** `names`: of those who are. */
export function nobodyAdmitted(target: string, names: readonly string[]): MeetError {
  const shown = target.slice(0, 64);
  return new MeetError(
    'MEET_USAGE',
    `nobody is admitted as "${shown}"${didYouMean(target, names)}; there are: ${someOf(names)}`,
  );
}

/** What could not be written down counts in memory. */
export function untilTheEnd(thrown: unknown): MeetError {
  const { code, message } = asMeetError(thrown);
  const words = `${message}; it is taken back until the daemon ends: try again when that is mended`;
  return new MeetError(code, words, { cause: thrown });
}

/** Whoever listened to the network has it. */
export function shownInvite(): MeetError {
  return new MeetError(
    'MEET_BAD_CREDENTIALS',
    'an invite came in plain over a network and is not taken; revoke it: meet invite revoke ID',
  );
}
