/**
 * Deletes what a policy lets go, one run at a time. Owns when it looks, and the last look before a file
 * is deleted: it must be one of ours by its content, too; what is to go is decided in retention-plan.ts.
 */
import { join } from 'node:path';
import type { Clock } from '../../transport/clock.js';
import type { MeetError } from '../../transport/errors.js';
import { systemErrorCode } from '../../transport/errors.js';
import { BelievedTime } from './believed-time.js';
import { cannotDelete, cannotLook } from './disk-fault.js';
import { isOurSegment } from './our-segment.js';
import type { RecordingFs } from './recording-fs.js';
import type { Condemned, RetentionPolicy } from './retention-plan.js';
import { RetentionPlan } from './retention-plan.js';
import { MARKER_FILE } from './segment-name.js';
import { surveySegments } from './segment-survey.js';

export interface RetentionOptions {
  readonly fs: RecordingFs;
  readonly root: string;
  readonly clock: Clock;
  readonly policy: RetentionPolicy;
  /** Whether somebody is recorded into a meeting's folder now, so that it stays even when it is empty. */
  readonly isInUse: (folder: string) => boolean;
  /** Whether this process writes to a segment, however long ago it could: it may have been stopped. */
  readonly isWritten?: (path: string) => boolean;
  /** A segment was deleted. Must not throw. */
  readonly onRemoved: (removed: Condemned) => void;
  /** Something that is to go cannot be deleted; once for each such file. Must not throw. */
  readonly onFault?: (fault: MeetError) => void;
}

/** Between the end of a look and the next one that nobody waits for: a look at many files takes long. */
const LEAST_PAUSE_MS = 2000;

export class Retention {
  readonly #options: RetentionOptions;
  readonly #time: BelievedTime;
  #running: Promise<number> | undefined;
  /** When the last look ended. */
  #lookedAtMs = -Infinity;
  /** Room was wanted, nothing could go for it, and nothing has come since: to look again is no help. */
  #isFruitless = false;
  /** Segments that have ended. */
  #ended = 0;
  /** Faults that still hold, by their words. */
  #told = new Set<string>();

  constructor(options: RetentionOptions) {
    this.#options = options;
    this.#time = new BelievedTime(options.clock);
  }

  /** Whether there is anything that it could let go. */
  get isOn(): boolean {
    return Object.values(this.#options.policy).some((value) => value !== undefined);
  }

  /**
   * Deletes what is to go, or of it only these paths; returns how many bytes that were. Never rejects:
   * the next run tries again. One that is under way is waited for, and no other begun.
   */
  run(only?: ReadonlySet<string>): Promise<number> {
    this.#running ??= this.#run(only).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** A segment has ended, so that there is one more that could go. Looks at nothing. */
  noteEnded(): void {
    this.#ended += 1;
    this.#isFruitless = false;
  }

  /** As `noteEnded`, and looks soon, unless it just did. Nobody need wait for it. */
  hint(): void {
    this.noteEnded();
    if (this.#isTimeToLook) void this.run();
  }

  /** So much of the disk is free: looks soon where that is too little, unless that did not help before. */
  noteFree(freeBytes: number): void {
    if (freeBytes >= (this.#options.policy.leastFreeBytes ?? 0)) this.#isFruitless = false;
    else if (this.#isTimeToLook) void this.makeRoom();
  }

  /** Room is wanted at once: as `run`, unless that did not help before. */
  async makeRoom(): Promise<void> {
    if (!this.isOn || this.#isFruitless) return;
    const ended = this.#ended;
    const removedBytes = await this.run();
    this.#isFruitless = removedBytes === 0 && ended === this.#ended;
  }

  /** Resolves when no look is under way. */
  async settled(): Promise<void> {
    await this.#running;
  }

  get #isTimeToLook(): boolean {
    if (!this.isOn || this.#running !== undefined) return false;
    return this.#options.clock.now() - this.#lookedAtMs >= LEAST_PAUSE_MS;
  }

  /** What `run` would delete, oldest first; tells faults as it does. Rejects with system errors. */
  async rehearse(): Promise<Condemned[]> {
    const condemned: Condemned[] = [];
    const faults: MeetError[] = [];
    const take = (one: Condemned): Promise<boolean> => {
      condemned.push(one);
      return Promise.resolve(true);
    };
    await this.#each(take, (thrown, path) => faults.push(cannotDelete(thrown, path)));
    this.#tell(faults);
    return condemned;
  }

  async #run(only?: ReadonlySet<string>): Promise<number> {
    const { root, clock } = this.#options;
    const faults: MeetError[] = [];
    let removedBytes = 0;
    try {
      await this.#each(
        async (condemned) => {
          if (only?.has(condemned.segment.path) === false) return false;
          const fault = await this.#remove(condemned);
          if (fault !== undefined) faults.push(fault);
          else removedBytes += condemned.segment.sizeBytes;
          return fault === undefined;
        },
        (thrown, path) => faults.push(cannotDelete(thrown, path)),
      );
    } catch (thrown) {
      // A root that is not there yet, or not any more, is told by whoever records there.
      if (systemErrorCode(thrown) !== 'ENOENT') faults.push(cannotLook(thrown, root));
    }
    this.#tell(faults);
    if (removedBytes > 0) this.#isFruitless = false;
    this.#lookedAtMs = clock.now();
    return removedBytes;
  }

  /**
   * Calls `remove` with each segment that is to go; it says whether that went. One that cannot be read
   * may be anybody's: it stays and counts.
   */
  async #each(
    remove: (condemned: Condemned) => Promise<boolean>,
    onUnreadable: (thrown: unknown, path: string) => void,
  ): Promise<void> {
    const { fs, root, policy, isWritten = () => false } = this.#options;
    // Without its marker it is no folder of recordings, whatever lies there.
    await fs.lstat(join(root, MARKER_FILE));
    const segments = await surveySegments(fs, root);
    const { bavail, bsize } = await fs.statfs(root);
    const moment = { nowMs: this.#time.nowMs(), freeBytes: bavail * bsize };
    const plan = new RetentionPlan(segments, policy, moment);
    for (let one = plan.next(); one !== undefined; one = plan.next()) {
      const { path } = one.segment;
      if (isWritten(path)) continue;
      try {
        if (!one.segment.isLeftOver && !(await isOurSegment(fs, path))) plan.foreign(one.segment);
        else if (await remove(one)) plan.gone(one.segment);
      } catch (thrown) {
        onUnreadable(thrown, path);
      }
    }
  }

  /** Returns why it is still there. */
  async #remove(condemned: Condemned): Promise<MeetError | undefined> {
    const { fs, isInUse, onRemoved } = this.#options;
    const { path, folder } = condemned.segment;
    try {
      await fs.unlink(path);
    } catch (thrown) {
      // Somebody else was quicker.
      return systemErrorCode(thrown) === 'ENOENT' ? undefined : cannotDelete(thrown, path);
    }
    onRemoved(condemned);
    if (!isInUse(folder)) await removeEmpty(fs, folder);
    return undefined;
  }

  #tell(faults: readonly MeetError[]): void {
    for (const fault of faults) {
      if (!this.#told.has(fault.message)) this.#options.onFault?.(fault);
    }
    this.#told = new Set(faults.map(({ message }) => message));
  }
}

/** Removes a meeting's folder, and its room's, when nothing is left in them. Never rejects. */
async function removeEmpty(fs: RecordingFs, folder: string): Promise<void> {
  for (const path of [folder, join(folder, '..')]) {
    try {
      await fs.rmdir(path);
    } catch {
      // It is not empty, or may not be removed: an empty folder does no harm.
      return;
    }
  }
}
