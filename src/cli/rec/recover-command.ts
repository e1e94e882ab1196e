/**
 * `meet rec recover [MEETING…]`: makes a whole file of each damaged one. Owns the form of the answer and
 * which recordings are mended.
 */
import type { Part } from '../../daemon/recording/reading/part.js';
import type { RecoveredPart } from '../../daemon/recording/reading/recover-part.js';
import { needsRecovery, recoverPart } from '../../daemon/recording/reading/recover-part.js';
import { asMeetError } from '../../transport/errors.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT, exitCodeOf } from '../exit-codes.js';
import type { Io } from '../io.js';
import { resolveOptions } from '../option-table.js';
import { printable } from '../printable.js';
import { ProgressBar } from './progress-bar.js';
import { REC_RECOVER_OPTIONS } from './rec-options.js';
import { diskReadFault, meetingsNamed, openLibrary } from './rec-world.js';

type Outcome =
  RecoveredPart | { readonly part: Part; readonly code: string; readonly message: string };

export async function recRecoverCommand(
  io: Io,
  words: readonly string[],
  flags: Record<string, unknown>,
): Promise<ExitCode> {
  const { dir, json } = resolveOptions(REC_RECOVER_OPTIONS, { flags, env: io.env });
  const library = openLibrary(io, dir);
  const meetings = await meetingsNamed(library, words);
  const parts = meetings.flatMap((meeting) =>
    // One that is named is mended whatever its state; of all, those that need it.
    words.length > 0 && meeting.parts.length === 1
      ? meeting.parts
      : meeting.parts.filter((part) => needsRecovery(part, meeting.parts)),
  );
  const total = parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const bar = new ProgressBar(io, 'recover');
  const outcomes: Outcome[] = [];
  let exitCode: ExitCode = EXIT.ok;
  let before = 0;
  for (const part of parts) {
    const base = before;
    const onProgress = (bytes: number): void => {
      bar.set(base + bytes, total);
    };
    try {
      const options = { onProgress, signal: io.ending };
      outcomes.push(await recoverPart(library.fs, part, options, library.nowUs));
    } catch (thrown) {
      if (io.ending.aborted) throw thrown;
      const { code, message } = asMeetError(diskReadFault(part.path, thrown));
      exitCode = exitCodeOf(code);
      outcomes.push({ part, code, message });
    }
    before += part.sizeBytes;
    bar.end();
    const last = outcomes.at(-1);
    if (!json && last !== undefined) {
      for (const line of outcomeLines(last)) io.stdout.write(`${line}\n`);
    }
  }
  if (json) io.stdout.write(`${JSON.stringify({ recovered: outcomes.map(outcomeJson) })}\n`);
  else if (parts.length === 0) io.stdout.write('nothing needs to be recovered\n');
  return exitCode;
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
