/**
 * Which part of a meeting is meant: participants by name, and from when to when. Owns these words and
 * what is said of wrong ones.
 */
import type { MeetingRecord } from '../../daemon/recording/reading/catalog.js';
import { withoutMended } from '../../daemon/recording/reading/catalog.js';
import type { Part } from '../../daemon/recording/reading/part.js';
import { MeetError } from '../../transport/errors.js';
import { didYouMean } from '../../transport/near-word.js';
import { participantsOf } from './ls-command.js';
import { lengthWords } from './progress-bar.js';
import type { RecordingTime } from './rec-values.js';

/** The parts of these participants; of all for no name. Rejects with MEET_USAGE and the near name. */
export function chooseParts(meeting: MeetingRecord, names: readonly string[]): Part[] {
  const all = withoutMended(meeting.parts).filter(({ startedAtUs }) => startedAtUs > 0);
  const known = participantsOf(all);
  for (const name of names) {
    if (all.some((part) => isOf(part, name))) continue;
    throw new MeetError(
      'MEET_USAGE',
      `nobody in ${meeting.id} is named ${JSON.stringify(name)}${didYouMean(name, [...known, ...all.map(({ who }) => who)])}; there are: ${known.join(', ')}`,
    );
  }
  const chosen =
    names.length === 0 ? all : all.filter((part) => names.some((name) => isOf(part, name)));
  if (chosen.length > 0) return chosen;
  throw new MeetError(
    'MEET_RECORDING_DAMAGED',
    `nothing of ${meeting.id} can be read; see: meet rec verify ${meeting.id}`,
  );
}

function isOf(part: Part, name: string): boolean {
  return part.participant === name || part.who === name;
}

/** From when to when, in microseconds since the Unix epoch. Throws MEET_USAGE when that is nothing. */
export function chooseTimes(
  parts: readonly Part[],
  {
    from,
    to,
  }: { readonly from: RecordingTime | undefined; readonly to: RecordingTime | undefined },
): { readonly fromUs: number; readonly toUs: number } {
  const startUs = Math.min(...parts.map(({ startedAtUs }) => startedAtUs));
  const endUs = Math.max(...parts.map((part) => part.startedAtUs + part.durationUs));
  const fromUs = Math.max(startUs, momentOf(from, startUs) ?? startUs);
  const toUs = Math.min(endUs, momentOf(to, startUs) ?? endUs);
  if (fromUs < toUs) return { fromUs, toUs };
  throw new MeetError(
    'MEET_USAGE',
    `nothing was recorded from ${lengthWords(fromUs - startUs)} to ${lengthWords(toUs - startUs)}; the recording is ${lengthWords(endUs - startUs)} long`,
  );
}

function momentOf(time: RecordingTime | undefined, startUs: number): number | undefined {
  if (time === undefined) return undefined;
  return 'atUs' in time ? time.atUs : startUs + time.afterUs;
}
