/**
 * One recording that is shared again, in a loop: its length, and where in it the loop is now. All
 * streams of one file share it, so that sound and pictures stay together, and one that is opened again
 * goes on where the others are. Owns that sum; reads no frame.
 */
import { realpath } from 'node:fs/promises';
import { headOfOurs } from '../../daemon/recording/our-segment.js';
import type { MatroskaHead } from '../../daemon/recording/reading/matroska-head.js';
import { readForeignPart } from '../../daemon/recording/reading/mkv-part.js';
import type { Part } from '../../daemon/recording/reading/part.js';
import { trackKinds } from '../../daemon/recording/reading/track-kinds.js';
import { systemRecordingFs } from '../../daemon/recording/recording-fs.js';
import type { Clock } from '../../transport/clock.js';

/** A loop of one picture alone. */
const LEAST_US = 1_000_000;

export class RecordedLoop {
  readonly part: Part;
  readonly lengthUs: number;
  /** Of its sound: 1 or 2. */
  readonly channels: number;
  readonly #clock: Clock;
  readonly #beganAtMs: number;

  constructor(part: Part, channels: number, clock: Clock) {
    this.part = part;
    this.channels = channels;
    this.lengthUs = Math.max(LEAST_US, part.durationUs);
    this.#clock = clock;
    this.#beganAtMs = clock.now();
  }

  /** How far the loop has come since it began, in microseconds; grows for ever. */
  get elapsedUs(): number {
    return (this.#clock.now() - this.#beganAtMs) * 1000;
  }

  /** A moment of the loop as one of the recording: microseconds since the Unix epoch, and which round. */
  momentOf(elapsedUs: number): { readonly round: number; readonly atUs: number } {
    const round = Math.floor(elapsedUs / this.lengthUs);
    return { round, atUs: this.part.startedAtUs + elapsedUs - round * this.lengthUs };
  }
}

/** Loops by clock and real path: a process has as many as it was given files to share. */
const loops = new WeakMap<Clock, Map<string, RecordedLoop>>();

/**
 * The loop of a recording of ours; undefined for any other file, which is ffmpeg's affair
 * (docs/recordings.md, "One segment"), and for one that cannot be read.
 */
export async function recordedLoop(path: string, clock: Clock): Promise<RecordedLoop | undefined> {
  const real = await realpath(path).catch(() => undefined);
  if (real === undefined) return undefined;
  const known = loops.get(clock)?.get(real);
  if (known !== undefined) return known;
  const head = await headOf(real);
  if (head === undefined) return undefined;
  const part = await readForeignPart(systemRecordingFs, real, clock.wallUs());
  if (part.kinds.length === 0) return undefined;
  const ofClock = loops.get(clock) ?? new Map<string, RecordedLoop>();
  loops.set(clock, ofClock);
  // Another stream of the same file may have come first.
  const loop = ofClock.get(real) ?? new RecordedLoop(part, channelsOf(head), clock);
  ofClock.set(real, loop);
  return loop;
}

function channelsOf(head: MatroskaHead): number {
  const kinds = trackKinds(head);
  const track = head.tracks.find(({ number }) => kinds.get(number) === 'audio');
  return track?.channels === 1 ? 1 : 2;
}

/** Undefined for what cannot be read, too. */
async function headOf(path: string): Promise<MatroskaHead | undefined> {
  try {
    // Before it is opened: opening a named pipe would wait for a writer.
    if (!(await systemRecordingFs.lstat(path)).isFile()) return undefined;
    return await headOfOurs(systemRecordingFs, path);
  } catch {
    return undefined;
  }
}
