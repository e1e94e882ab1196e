/**
 * Whom a word means: a participant by its number, else by its name. Owns the words for one that is
 * not there or not the only one; keeps nobody.
 */
import { MeetError } from '../transport/errors.js';
import { didYouMean } from '../transport/near-word.js';
import type { Participant } from './participant.js';

const QUOTED_CHARACTERS = 64;

/** Throws MEET_USAGE with the names that there are, the nearest one first. */
export function findParticipant(target: string, among: Iterable<Participant>): Participant {
  const all = [...among];
  // A number first: else who takes another's number as its name could not be told apart by either.
  const numbered = all.filter(({ number }) => String(number) === target);
  const found = numbered.length > 0 ? numbered : all.filter(({ name }) => name === target);
  const [first, ...others] = found;
  if (first !== undefined && others.length === 0) return first;
  const names = all.map(({ name, number }) => `${name} (${number})`).join(', ');
  const known = all.map(({ name }) => name);
  const hint = first === undefined ? didYouMean(target, known) : '';
  const what = first === undefined ? 'there is no participant' : 'there are several participants';
  throw new MeetError(
    'MEET_USAGE',
    `${what} "${target.slice(0, QUOTED_CHARACTERS)}"${hint}; there are: ${names === '' ? 'none' : names}`,
  );
}
