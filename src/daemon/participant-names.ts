/**
 * Names of participants: how a second one gets a number, and the words to who may not have one. Owns
 * these rules; knows not who is there.
 */
import { shortenName } from '../transport/clean-text.js';
import { MeetError } from '../transport/errors.js';

/** The name, or the name with the first number behind it that is not taken: `kiosk-2`. */
export function uniqueName(name: string, isTaken: (word: string) => boolean): string {
  let [base, ending] = [name, ''];
  for (let suffix = 2; isTaken(base + ending); suffix += 1) {
    const next = `-${suffix}`;
    if (next.length !== ending.length) base = shortenName(name, next.length);
    ending = next;
  }
  return base + ending;
}

/** What the host is called in the chat, and where it shares. */
export const HOST_NAME = 'host';

/** Whether it would be read as the host's, in whatever case and width. */
export function isHostName(name: string): boolean {
  return name.normalize('NFKC').toLowerCase() === HOST_NAME;
}

export function anothersSession(): MeetError {
  return new MeetError('MEET_BAD_CREDENTIALS', 'this session belongs to another key');
}

export function nameTaken(name: string): MeetError {
  return new MeetError(
    'MEET_NAME_TAKEN',
    `the name "${name}" belongs to another key; choose another (--name), or let the host: meet ctl forget "${name}"`,
  );
}
