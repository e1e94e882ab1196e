/**
 * `meet rec recover [MEETING…]`: makes a whole file of each damaged one. Owns the form of the answer and
 * which recordings are mended.
 */
import { basename } from 'node:path';
import type { MeetingRecord } from '../../daemon/recording/reading/catalog.js';
import type { Library } from '../../daemon/recording/reading/find-meeting.js';
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
import { ProgressBar } from './progress-bar.js';
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
  const bar = new ProgressBar(io, 'recover');
  const outcomes: Outcome[] = [];
  try {
    const isNamed = words.length > 0;
    const parts = isNamed ? await damagedOf(library, meetings, bar, io.ending) : cutOf(meetings);
    const total = sizeOf(parts);
    for (const [at, part] of parts.entries()) {
      const before = sizeOf(parts.slice(0, at));
      bar.name(`recover ${basename(part.path)}`);
      const onProgress = (bytes: number): void => {
        bar.set(before + bytes, total);
      };
      const outcome = await recoverOne(library, part, { onProgress, signal: io.ending });
      outcomes.push(outcome);
      bar.end();
      if (!json) for (const line of outcomeLines(outcome)) io.stdout.write(`${line}\n`);
    }
  } finally {
    bar.end();
  }
  if (json) io.stdout.write(`${JSON.stringify({ recovered: outcomes.map(outcomeJson) })}\n`);
  else if (outcomes.length === 0) io.stdout.write('nothing needs to be recovered\n');
  const fault = outcomes.findLast((outcome) => 'code' in outcome);
  return fault === undefined ? EXIT.ok : exitCodeOf(fault.code);
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
  library: Library,
  meetings: readonly MeetingRecord[],
  bar: ProgressBar,
  signal: AbortSignal,
): Promise<Part[]> {
  const candidates = meetings.flatMap(({ parts }) =>
    parts.length === 1
      ? parts
      : parts.filter((part) => part.state !== 'open' && isUnmended(part, parts)),
  );
  const total = sizeOf(candidates);
  const damaged: Part[] = [];
  for (const [at, part] of candidates.entries()) {
    const before = sizeOf(candidates.slice(0, at));
    bar.name(`verify ${basename(part.path)}`);
    const onProgress = (bytes: number): void => {
      bar.set(before + bytes, total);
    };
    if (part.state !== 'closed') damaged.push(part);
    else if (await isDamagedInside(library, part, { onProgress, signal })) damaged.push(part);
  }
  bar.end();
  return damaged;
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

function sizeOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

function outcomeLines(outcome: Outcome): string[] {
  const path = printable(outcome.part.path);
  if ('code' in outcome) return [`${path}: ${printable(outcome.message)} (${outcome.code})`];
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
