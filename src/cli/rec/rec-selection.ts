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

const SHOWN_US = 1_000_000;

/** The parts of these participants; of all for no name. Rejects with MEET_USAGE and the near name. */
export function chooseParts(meeting: MeetingRecord, names: readonly string[]): Part[] {
  const all = withoutMended(meeting.parts).filter(isReadable).map(withLength);
  const known = participantsOf(all);
  for (const name of names) {
    if (all.some((part) => isChosen(part, [name]))) continue;
    throw new MeetError(
      'MEET_USAGE',
      `nobody in ${meeting.id} is named ${JSON.stringify(name)}${didYouMean(name, [...known, ...all.map(({ who }) => who)])}; there are: ${known.join(', ')}`,
    );
  }
  const chosen = all.filter((part) => isChosen(part, names));
  if (chosen.length > 0) return chosen;
  const [part, ...others] = meeting.parts;
  const what = part === undefined || others.length > 0 ? meeting.id : part.path;
  throw new MeetError(
    'MEET_RECORDING_DAMAGED',
    `nothing of ${what} can be read; see: meet rec verify ${what}`,
  );
}

/** Something of it can be read. */
export function isReadable({ startedAtUs, durationUs, kinds }: Part): boolean {
  return startedAtUs > 0 && (durationUs > 0 || kinds.length > 0);
}

/** One picture alone has no length; it is shown for a moment all the same. */
function withLength(part: Part): Part {
  return part.durationUs > 0 ? part : { ...part, durationUs: SHOWN_US };
}

/** Whether it is of one of these participants; of no name everybody is. */
export function isChosen({ participant, who }: Part, names: readonly string[]): boolean {
  return names.length === 0 || names.some((name) => participant === name || who === name);
}

/**
 * From when to when, in microseconds since the Unix epoch, of what these parts hold. Seconds count from
 * the meeting's start, whoever is chosen. Throws MEET_USAGE when that is nothing.
 */
export function chooseTimes(
  { startedAtUs }: Pick<MeetingRecord, 'startedAtUs'>,
  parts: readonly Part[],
  {
    from,
    to,
  }: { readonly from: RecordingTime | undefined; readonly to: RecordingTime | undefined },
): { readonly fromUs: number; readonly toUs: number } {
  const firstUs = Math.min(...parts.map((part) => part.startedAtUs));
  const endUs = Math.max(...parts.map((part) => part.startedAtUs + part.durationUs));
  const startUs = startedAtUs > 0 ? Math.min(startedAtUs, firstUs) : firstUs;
  const fromUs = Math.max(firstUs, momentOf(from, startUs) ?? firstUs);
  const toUs = Math.min(endUs, momentOf(to, startUs) ?? endUs);
  if (fromUs < toUs) return { fromUs, toUs };
  const words = (atUs: number): string => lengthWords(atUs - startUs);
  const [saidFromUs, saidToUs] = [momentOf(from, startUs), momentOf(to, startUs)];
  const isTurned = saidFromUs !== undefined && saidToUs !== undefined && saidFromUs >= saidToUs;
  const why = isTurned
    ? `--from ${words(saidFromUs)} is not before --to ${words(saidToUs)}`
    : saidFromUs !== undefined && saidFromUs >= endUs
      ? `--from ${words(saidFromUs)} is not before the end`
      : `--to ${words(toUs)} is not behind the beginning`;
  throw new MeetError(
    'MEET_USAGE',
    `${why}; the recording goes from ${words(firstUs)} to ${words(endUs)}`,
  );
}

function momentOf(time: RecordingTime | undefined, startUs: number): number | undefined {
  if (time === undefined) return undefined;
  return 'atUs' in time ? time.atUs : startUs + time.afterUs;
}
