/**
 * One recording that is shared again, in a loop: its length, and where in it the loop is now. All
 * streams of one file share it, so that sound and pictures stay together, and one that is opened again
 * goes on where the others are. Owns that sum, and who shares a loop; reads no frame.
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

interface Shared {
  readonly loop: RecordedLoop;
  /** Streams that are open. */
  streams: number;
}

/** A stream's hold on the loop of its file. */
export interface HeldLoop {
  readonly loop: RecordedLoop;
  /** The stream is closed. When the last one is, the loop is forgotten. Idempotent. */
  readonly release: () => void;
}

/** Loops of open streams, by clock and real path. */
const loops = new WeakMap<Clock, Map<string, Shared>>();

/**
 * Holds the loop of a recording of ours until it is released; undefined for any other file, which is
 * ffmpeg's affair (docs/recordings.md, "One segment"), and for one that cannot be read.
 */
export async function holdLoop(path: string, clock: Clock): Promise<HeldLoop | undefined> {
  const real = await realpath(path).catch(() => undefined);
  if (real === undefined) return undefined;
  const ofClock = loops.get(clock) ?? new Map<string, Shared>();
  loops.set(clock, ofClock);
  const known = ofClock.get(real);
  if (known !== undefined) return held(ofClock, real, known);
  const head = await headOf(real);
  if (head === undefined) return undefined;
  const part = await readForeignPart(systemRecordingFs, real, clock.wallUs());
  if (part.kinds.length === 0) return undefined;
  // Another stream of the same file may have come first.
  const loop = new RecordedLoop(part, channelsOf(head), clock);
  const shared = ofClock.get(real) ?? { loop, streams: 0 };
  ofClock.set(real, shared);
  return held(ofClock, real, shared);
}

function held(ofClock: Map<string, Shared>, real: string, shared: Shared): HeldLoop {
  shared.streams += 1;
  let isHeld = true;
  const release = (): void => {
    if (!isHeld) return;
    isHeld = false;
    shared.streams -= 1;
    if (shared.streams === 0) ofClock.delete(real);
  };
  return { loop: shared.loop, release };
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
