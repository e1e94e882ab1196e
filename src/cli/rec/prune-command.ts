/**
 * `meet rec prune`: deletes what the daemon's retention would, once. Owns the question before it and the
 * form of the answer; which segments go is decided where the daemon decides it.
 */
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { Library } from '../../daemon/recording/reading/find-meeting.js';
import type { Condemned, RetentionPolicy } from '../../daemon/recording/retention-plan.js';
import { Retention } from '../../daemon/recording/retention.js';
import { MARKER_FILE } from '../../daemon/recording/segment-name.js';
import { MeetError, systemErrorCode } from '../../transport/errors.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Io } from '../io.js';
import { resolveOptions } from '../option-table.js';
import { printable } from '../printable.js';
import { sizeWords } from './progress-bar.js';
import { REC_PRUNE_OPTIONS } from './rec-options.js';
import type { RecPruneOptions } from './rec-options.js';
import { openLibrary, readable } from './rec-world.js';

export async function recPruneCommand(io: Io, flags: Record<string, unknown>): Promise<ExitCode> {
  const options = resolveOptions(REC_PRUNE_OPTIONS, { flags, env: io.env });
  const library = openLibrary(io, options.dir);
  const policy = policyOf(options);
  const { removed, faults, retention } = retentionOf(io, library, policy);
  const condemned = await plan(library, retention);
  const { json, dryRun } = options;
  if (!json) {
    for (const line of planLines(condemned)) io.stdout.write(`${line}\n`);
  }
  const goes = condemned.length > 0 && !dryRun && (await isConfirmed(io, options, condemned));
  if (goes) {
    // What has come to be too much since it was shown stays until somebody has seen it.
    await retention.run(new Set(condemned.map(({ segment }) => segment.path)));
    // Where some stay and nobody said why: says so when the disk with all of them has gone.
    if (removed.length < condemned.length && faults.length === 0) await plan(library, retention);
  }
  if (json) {
    const segments = (goes ? removed : condemned).map(rowJson);
    const answer = { segments, deleted: removed.length, dryRun, faults };
    io.stdout.write(`${JSON.stringify(answer)}\n`);
  } else if (goes) io.stdout.write(`${deletedWords(removed.length, condemned.length, faults)}\n`);
  return faults.length > 0 ? EXIT.failed : EXIT.ok;
}

/** Those of which no fault was told were deleted by somebody else, or are not to go any more. */
function deletedWords(removed: number, condemned: number, faults: readonly string[]): string {
  const others = Math.max(0, condemned - removed - faults.length);
  const gone = others === 0 ? '' : `; ${others} were gone by then, or may stay`;
  return `deleted ${removed} of ${condemned}${gone}`;
}

function policyOf({ keep, maxSize, minFree }: RecPruneOptions): RetentionPolicy {
  if (keep === undefined && maxSize === undefined && minFree === undefined) {
    throw new MeetError(
      'MEET_USAGE',
      'say what may go: --keep 7d, --max-size 20G or --min-free 2G; see what it would be with --dry-run',
    );
  }
  return {
    keepMs: keep === undefined ? undefined : keep * 1000,
    mostBytes: maxSize,
    leastFreeBytes: minFree,
  };
}

/** What deletes, what it deleted, and why it could not delete the others. */
function retentionOf(
  io: Io,
  { fs, root }: Library,
  policy: RetentionPolicy,
): { removed: readonly Condemned[]; faults: readonly string[]; retention: Retention } {
  const removed: Condemned[] = [];
  const faults: string[] = [];
  const retention = new Retention({
    ...{ fs, root, clock: io.clock, policy },
    // A daemon that records makes its folder anew when it is gone.
    isInUse: () => false,
    onRemoved: (one) => {
      removed.push(one);
    },
    onFault: ({ message }) => {
      faults.push(message);
      io.stderr.write(`${printable(message)}\n`);
    },
  });
  return { removed, faults, retention };
}

/** Rejects where the root, its marker or a folder of it cannot be read. */
async function plan(library: Library, retention: Retention): Promise<Condemned[]> {
  return await readable(library.root, () => rehearsed(library, retention));
}

async function rehearsed({ fs, root }: Library, retention: Retention): Promise<Condemned[]> {
  await fs.lstat(root);
  try {
    await fs.lstat(join(root, MARKER_FILE));
  } catch (thrown) {
    if (systemErrorCode(thrown) !== 'ENOENT') throw thrown;
    throw new MeetError(
      'MEET_RECORDING_UNKNOWN',
      `${root} has no ${MARKER_FILE}, so that it is no folder of recordings, or its disk is not there; nothing is deleted`,
    );
  }
  return await retention.rehearse();
}

/** `--yes`, or a yes on the terminal. In a pipe nobody can be asked. */
async function isConfirmed(
  io: Io,
  { yes }: RecPruneOptions,
  condemned: readonly Condemned[],
): Promise<boolean> {
  if (yes) return true;
  if (!io.stdin.isTTY || io.stderr.isTTY !== true) {
    throw new MeetError(
      'MEET_USAGE',
      `${condemned.length} recordings would be deleted, and there is no terminal to ask on; say --yes, or --dry-run`,
    );
  }
  const lines = createInterface({ input: io.stdin, output: process.stderr });
  try {
    const question = `Delete ${condemned.length} files, ${sizeWords(bytesOf(condemned))}? [y/N] `;
    const answer = await lines.question(question, { signal: io.ending });
    return /^y(es)?$/i.test(answer.trim());
  } catch (thrown) {
    if (io.ending.aborted) return false;
    throw thrown;
  } finally {
    lines.close();
  }
}

function bytesOf(condemned: readonly Condemned[]): number {
  return condemned.reduce((sum, { segment }) => sum + segment.sizeBytes, 0);
}

function planLines(condemned: readonly Condemned[]): string[] {
  if (condemned.length === 0) return ['nothing is to go'];
  const rows = condemned.map(
    ({ segment, reason }) =>
      `${printable(segment.path)}  ${sizeWords(segment.sizeBytes)}  ${reason === 'unfinished' ? reason : `--${reason}`}`,
  );
  return [...rows, `${condemned.length} files, ${sizeWords(bytesOf(condemned))}`];
}

function rowJson({ segment, reason }: Condemned): Record<string, unknown> {
  return { path: segment.path, sizeBytes: segment.sizeBytes, reason };
}
