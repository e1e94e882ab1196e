/**
 * One opening of a device: what it gave before its format was known, and how it ended. Owns these early
 * frames, a bounded number of them; opens and closes nothing.
 */
import type { MeetError } from '../transport/errors.js';
import type { Captured, Source } from './source.js';

/** Early frames kept: 200 ms of sound. */
const EARLY_FRAMES = 10;

export class SourceRun {
  /** Set when it is live. */
  source: Source | undefined;
  fault: MeetError | undefined;
  readonly early: Captured[] = [];

  /** Frames come before `open` resolves, but can't be sent before their format is told. */
  keep(captured: Captured): void {
    this.early.push(captured);
    if (this.early.length > EARLY_FRAMES) this.early.shift();
  }
}
