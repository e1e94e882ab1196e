/**
 * Where and how a daemon records, as its options say. Owns choosing and building the recorder, and what
 * its events mean for the exit code.
 */
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdtemp, rmdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

import type { DaemonEvent } from '../daemon/events.js';
import {
  RecordingSubscriber,
  recordingEvent,
  removedEvent,
} from '../daemon/recording-subscriber.js';
import { diskFault } from '../daemon/recording/disk-fault.js';
import type { FramesRecorderOptions } from '../daemon/recording/frames-recorder.js';
import { framesRecorder } from '../daemon/recording/frames-recorder.js';
import { mkvRecorder } from '../daemon/recording/mkv-recorder.js';
import { systemRecordingFs } from '../daemon/recording/recording-fs.js';
import type { Recorder, RecordingEvent } from '../daemon/recording/recording.js';
import { RootGuard } from '../daemon/recording/root-guard.js';
import { SyncTurns } from '../daemon/recording/sync-turns.js';
import { MeetError, systemErrorCode } from '../transport/errors.js';
import type { ErrorCode } from '../transport/errors.js';
import { diskMemory } from './disk-memory.js';
import type { Io } from './io.js';
import type { ServeOptions } from './serve-options.js';

/** Recordings go here unless `--record DIR` says otherwise. */
export const DEFAULT_RECORDINGS = 'recordings';

/** What recorders of both formats need. */
type Common = FramesRecorderOptions;

/** Where to record, absolute; undefined where nothing is to be recorded. */
export function recordingRoot(io: Io, { record }: ServeOptions): string | undefined {
  if (record === false) return undefined;
  if (record === undefined && io.stdout.isTTY === true) return undefined;
  return resolve(typeof record === 'string' ? record : DEFAULT_RECORDINGS);
}

/**
 * Rejects with MEET_DISK_WRITE when nothing could be recorded there; leaves nothing, since perhaps
 * nobody comes. Looked at before anyone is let in: a service should not find out with its first guest.
 */
async function checkWritable(root: string): Promise<void> {
  let path = root;
  for (; ; path = dirname(path)) {
    try {
      if (!(await stat(path)).isDirectory()) throw notAFolder(root, path);
      await access(path, constants.W_OK | constants.X_OK);
      break;
    } catch (thrown) {
      if (systemErrorCode(thrown) !== 'ENOENT' || path === dirname(path)) {
        throw diskFault(thrown, root);
      }
    }
  }
  await tryToMake(root, path);
}

/** What may be well again when somebody comes: recording waits for it (docs/limits.md). */
const MENDED_LATER = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EMFILE', 'ENFILE']);

/** Makes a folder and removes it: file systems such as /proc have none, whatever access(2) says. */
async function tryToMake(root: string, folder: string): Promise<void> {
  try {
    await rmdir(await mkdtemp(join(folder, '.meet-recordings.trial-')));
  } catch (thrown) {
    const code = systemErrorCode(thrown);
    if (code !== undefined && MENDED_LATER.has(code)) return;
    if (code !== 'ENOENT') throw diskFault(thrown, root);
    throw new MeetError(
      'MEET_DISK_WRITE',
      `cannot record to ${root}: no folder can be made in ${folder}; choose another --record`,
      { cause: thrown },
    );
  }
}

function notAFolder(root: string, path: string): MeetError {
  return new MeetError(
    'MEET_DISK_WRITE',
    `cannot record to ${root}: ${path} is no folder; move it away, or choose another --record`,
  );
}

/**
 * Gives what comes to a recorder of the format that is asked for. Rejects with MEET_DISK_WRITE when
 * nothing could be recorded to `root`, MEET_USAGE for options that this format does not have.
 */
export async function checkedRecorder(
  io: Io,
  root: string,
  options: ServeOptions,
  onEvent: (event: DaemonEvent) => void,
): Promise<RecordingSubscriber> {
  await checkWritable(root);
  const common = {
    root,
    fs: systemRecordingFs,
    clock: io.clock,
    limits: options.limit,
    onEvent: (event: RecordingEvent) => {
      onEvent(recordingEvent(event));
    },
  };
  const recorder =
    options.format === 'frames'
      ? framesRecorder(withoutRetention(common, options))
      : await matroska(io, common, options, onEvent);
  return new RecordingSubscriber(recorder, io.clock);
}

async function matroska(
  io: Io,
  common: Common,
  options: ServeOptions,
  onEvent: (event: DaemonEvent) => void,
): Promise<Recorder> {
  const { root, fs, clock } = common;
  const { keep, maxSize, minFree, segment } = options;
  const turns = new SyncTurns(clock);
  const memory = diskMemory(io);
  const guard = new RootGuard({ fs, root, turns, newId: randomUUID, memory });
  await guard.requireDisk();
  return mkvRecorder({
    ...common,
    turns,
    guard,
    segment,
    software: `meet ${io.version}`,
    retention: {
      keepMs: keep === undefined ? undefined : keep * 1000,
      mostBytes: maxSize,
      leastFreeBytes: minFree,
    },
    onRemoved: (removed) => {
      onEvent(removedEvent(removed));
    },
    onRetentionFault: ({ code, message }) => {
      onEvent({ event: 'error', code, message });
    },
  });
}

/** Frames are files of anybody's from then on; nothing of theirs is deleted. */
function withoutRetention(common: Common, { keep, maxSize, minFree }: ServeOptions): Common {
  if (keep === undefined && maxSize === undefined && minFree === undefined) return common;
  throw new MeetError(
    'MEET_USAGE',
    '--keep, --max-size and --min-free delete Matroska recordings only; ' +
      'record with --format mkv, or leave them out',
  );
}

/**
 * One fault for all recordings: what one of them can write, the others can. At the end each that is
 * stopped still says so once more.
 */
export function faultAfter(
  before: ErrorCode | undefined,
  { state, code }: DaemonEvent & { event: 'recording' },
): ErrorCode | undefined {
  switch (state) {
    case 'started':
    case 'segment':
    case 'resumed':
      return undefined;
    case 'stopped':
    case 'ended':
      return code ?? before;
    case 'removed':
    case 'slow':
    case 'suspect':
      return before;
  }
}
