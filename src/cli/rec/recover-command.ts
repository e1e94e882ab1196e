/**
 * `meet rec recover [MEETING…]`: makes a whole file of each damaged one. Owns the form of the answer and
 * which recordings are mended.
 */
import { removeAbandoned } from '../../daemon/recording/export/output-file.js';
import type { MeetingRecord } from '../../daemon/recording/reading/catalog.js';
import type { Library } from '../../daemon/recording/reading/find-meeting.js';
import { leftOversBeside } from '../../daemon/recording/reading/left-overs.js';
import type { Part } from '../../daemon/recording/reading/part.js';
import type { RecoveredPart } from '../../daemon/recording/reading/recover-part.js';
import {
  isUnmended,
  needsRecovery,
  recoverPart,
} from '../../daemon/recording/reading/recover-part.js';
import type { PassOptions } from '../../daemon/recording/reading/verify-file.js';
import { verifyPart } from '../../daemon/recording/reading/verify-part.js';
import type { ErrorCode } from '../../transport/errors.js';
import { asMeetError } from '../../transport/errors.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT, exitCodeOf } from '../exit-codes.js';
import type { Io } from '../io.js';
import { resolveOptions } from '../option-table.js';
import { printable } from '../printable.js';
import { untilAskedToEnd } from '../until-end.js';
import { eachPart } from './each-part.js';
import { REC_RECOVER_OPTIONS } from './rec-options.js';
import { diskReadFault, meetingsNamed, openLibrary } from './rec-world.js';

type Outcome =
  RecoveredPart | { readonly part: Part; readonly code: ErrorCode; readonly message: string };

export async function recRecoverCommand(
  io: Io,
  words: readonly string[],
  flags: Record<string, unknown>,
): Promise<ExitCode> {
  return await untilAskedToEnd(io, () => recoverAll(io, words, flags));
}

async function recoverAll(
  io: Io,
  words: readonly string[],
  flags: Record<string, unknown>,
): Promise<ExitCode> {
  const { dir, json } = resolveOptions(REC_RECOVER_OPTIONS, { flags, env: io.env });
  const library = openLibrary(io, dir);
  const meetings = await meetingsNamed(library, words);
  await clearLeftOvers(library, meetings);
  const isNamed = words.length > 0;
  const parts = isNamed ? await damagedOf(io, library, meetings) : cutOf(meetings);
  const outcomes: Outcome[] = [];
  await eachPart(io, 'recover', parts, async (part, pass, bar) => {
    const outcome = await recoverOne(library, part, pass);
    outcomes.push(outcome);
    if (json) return;
    bar.end();
    for (const line of outcomeLines(outcome)) io.stdout.write(`${line}\n`);
  });
  if (json) io.stdout.write(`${JSON.stringify({ recovered: outcomes.map(outcomeJson) })}\n`);
  else if (outcomes.length === 0) io.stdout.write('nothing needs to be recovered\n');
  const fault = outcomes.findLast((outcome) => 'code' in outcome);
  return fault === undefined ? EXIT.ok : exitCodeOf(fault.code);
}

/** Of what was recovered by another attempt since, nobody else would remove them. */
async function clearLeftOvers({ fs }: Library, meetings: readonly MeetingRecord[]): Promise<void> {
  for (const { parts } of meetings) {
    for (const { target } of await leftOversBeside(fs, parts)) await removeAbandoned(target);
  }
}

/** Of all recordings: those that were cut off, as their ends tell; none is read through. */
function cutOf(meetings: readonly MeetingRecord[]): Part[] {
  return meetings.flatMap(({ parts }) => parts.filter((part) => needsRecovery(part, parts)));
}

/**
 * Of those that were named, the damaged ones: files that end as they should are read through. One file
 * alone is tried whatever was made of it, and says itself why it cannot be done.
 */
async function damagedOf(
  io: Io,
  library: Library,
  meetings: readonly MeetingRecord[],
): Promise<Part[]> {
  const candidates = meetings.flatMap(({ parts }) =>
    parts.length === 1
      ? parts
      : parts.filter((part) => part.state !== 'open' && isUnmended(part, parts)),
  );
  const isWhole = ({ state }: Part): boolean => state === 'closed';
  const damaged = new Set(candidates.filter((part) => !isWhole(part)));
  await eachPart(io, 'verify', candidates.filter(isWhole), async (part, pass) => {
    if (await isDamagedInside(library, part, pass)) damaged.add(part);
  });
  return candidates.filter((part) => damaged.has(part));
}

/** One that cannot be read at all is told when it is recovered. */
async function isDamagedInside(
  { fs }: Library,
  part: Part,
  options: PassOptions,
): Promise<boolean> {
  try {
    return (await verifyPart(fs, part, options)).state === 'damaged';
  } catch (thrown) {
    if (options.signal?.aborted === true) throw thrown;
    return true;
  }
}

async function recoverOne(
  { fs, nowUs }: Library,
  part: Part,
  options: PassOptions,
): Promise<Outcome> {
  try {
    return await recoverPart(fs, part, options, nowUs);
  } catch (thrown) {
    if (options.signal?.aborted === true) throw thrown;
    const { code, message } = asMeetError(diskReadFault(part.path, thrown));
    return { part, code, message };
  }
}

function outcomeLines(outcome: Outcome): string[] {
  const path = printable(outcome.part.path);
  if ('code' in outcome) {
    const words = printable(outcome.message);
    return [`${words.startsWith(path) ? '' : `${path}: `}${words} (${outcome.code})`];
  }
  if (outcome.format === 'frames') {
    return [`${path}: put in order (${outcome.changes} files mended)`];
  }
  const { recovered } = outcome;
  return [
    `${path} -> ${printable(recovered.path)}`,
    `  kept ${recovered.framesKept} frames, ${recovered.secondsKept.toFixed(1)} s`,
    `  lost at least ${recovered.framesLost} frames, ${recovered.secondsLost.toFixed(1)} s, ${recovered.bytesLost} bytes`,
    ...recovered.faults.map((fault) => `  ${printable(fault)}`),
  ];
}

function outcomeJson(outcome: Outcome): Record<string, unknown> {
  const { path: from } = outcome.part;
  if ('code' in outcome) return { from, code: outcome.code, message: outcome.message };
  if (outcome.format === 'frames') return { from, filesMended: outcome.changes };
  return { from, ...outcome.recovered };
}
