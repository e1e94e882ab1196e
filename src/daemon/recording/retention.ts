/**
 * Deletes what a policy lets go, one run at a time. Owns the last look before a file is deleted: it must
 * be one of ours by its content, too; what is deleted is decided in retention-plan.ts.
 */
import { join } from 'node:path';
import type { Clock } from '../../transport/clock.js';
import { systemErrorCode } from '../../transport/errors.js';
import { encodeId } from './matroska/ebml.js';
import { HEAD_BYTES } from './matroska/head-page.js';
import type { RecordingFs } from './recording-fs.js';
import { READ_FLAGS } from './recording-fs.js';
import type { Condemned, RetentionPolicy } from './retention-plan.js';
import { planRetention } from './retention-plan.js';
import { MARKER_FILE } from './segment-name.js';
import { surveySegments } from './segment-survey.js';

export interface RetentionOptions {
  readonly fs: RecordingFs;
  readonly root: string;
  readonly clock: Clock;
  readonly policy: RetentionPolicy;
  /** Whether somebody is recorded into a meeting's folder now, so that it stays even when it is empty. */
  readonly isInUse: (folder: string) => boolean;
  /** A segment was deleted. Must not throw. */
  readonly onRemoved: (removed: Condemned) => void;
}

/** What WritingApp says first in a file of ours. */
const OURS = Buffer.from('meet');

export class Retention {
  readonly #options: RetentionOptions;
  #running: Promise<number> | undefined;

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  /** Whether there is anything that it could let go. */
  get isOn(): boolean {
    return Object.values(this.#options.policy).some((value) => value !== undefined);
  }

  /** Deletes what is to go; returns how many bytes that were. Never rejects: the next run tries again. */
  run(): Promise<number> {
    this.#running ??= this.#run()
      .catch(() => 0)
      .finally(() => {
        this.#running = undefined;
      });
    return this.#running;
  }

  async #run(): Promise<number> {
    const { fs, root, clock, policy } = this.#options;
    // Without its marker it is no folder of recordings, whatever lies there.
    await fs.lstat(join(root, MARKER_FILE));
    const segments = await surveySegments(fs, root);
    const { bavail, bsize } = await fs.statfs(root);
    const moment = { nowMs: clock.wallUs() / 1000, freeBytes: bavail * bsize };
    let removedBytes = 0;
    for (const condemned of planRetention(segments, policy, moment)) {
      if (await this.#remove(condemned)) removedBytes += condemned.segment.sizeBytes;
    }
    return removedBytes;
  }

  async #remove(condemned: Condemned): Promise<boolean> {
    const { fs, isInUse, onRemoved } = this.#options;
    const { path, folder } = condemned.segment;
    if (!(await isOurs(fs, path))) return false;
    await fs.unlink(path);
    onRemoved(condemned);
    if (!isInUse(folder)) await removeEmpty(fs, folder);
    return true;
  }
}

/** Whether a file says in its head that it was written by this program. */
export async function isOurs(fs: RecordingFs, path: string): Promise<boolean> {
  try {
    const fd = await fs.open(path, READ_FLAGS, 0);
    try {
      const head = Buffer.alloc(HEAD_BYTES);
      const bytes = head.subarray(0, await fs.read(fd, head, 0));
      if (!bytes.subarray(0, 4).equals(encodeId('EBML'))) return false;
      const at = bytes.indexOf(encodeId('WritingApp'));
      return at > 0 && bytes.subarray(at + 3, at + 3 + OURS.length).equals(OURS);
    } finally {
      await fs.close(fd);
    }
  } catch {
    // What cannot be read is not deleted.
    return false;
  }
}

/** Removes a meeting's folder, and its room's, when nothing is left in them. */
async function removeEmpty(fs: RecordingFs, folder: string): Promise<void> {
  for (const path of [folder, join(folder, '..')]) {
    try {
      await fs.rmdir(path);
    } catch (thrown) {
      const errno = systemErrorCode(thrown);
      if (errno === 'ENOTEMPTY' || errno === 'EEXIST' || errno === 'ENOENT') return;
      throw thrown;
    }
  }
}
