/**
 * When the next frame is presented: as soon as something has changed and the terminal can take it. Owns
 * what is asked for and one timer; makes no frame.
 */
import type { Clock } from '../../transport/clock.js';
import type { FramePace } from './frame-pace.js';

export interface FrameScheduleOptions {
  readonly clock: Clock;
  readonly pace: FramePace;
  /** Nothing can be presented now: a frame is being written, or the terminal is somebody else's. */
  readonly isBlocked: () => boolean;
  /** Makes the frame and sends it. */
  readonly present: (nowMs: number) => void;
  /** A wait is over; ask again. */
  readonly onDue: () => void;
}

export class FrameSchedule {
  readonly #options: FrameScheduleOptions;
  #dirty = true;
  #urgent = true;
  #cancelTimer: (() => void) | undefined;

  constructor(options: FrameScheduleOptions) {
    this.#options = options;
  }

  /** Something has changed; `urgent`: sooner than pictures, since it follows a key. */
  request(urgent: boolean): void {
    this.#dirty = true;
    this.#urgent ||= urgent;
    this.presentWhenDue();
  }

  /** Presents at once where that may be, else when it may. */
  presentWhenDue(): void {
    this.stop();
    const { clock, pace, isBlocked, onDue } = this.#options;
    if (isBlocked()) return;
    const nowMs = clock.now();
    const isOpen = pace.isOpen(nowMs);
    // Closed with nothing to present: pictures may wait to be drawn until the patience ends.
    if (isOpen && !this.#dirty) return;
    const waitMs = isOpen ? pace.dueInMs(nowMs, this.#urgent) : pace.patienceInMs(nowMs);
    if (waitMs === 0) this.#present(nowMs);
    else this.#cancelTimer = clock.after(waitMs, onDue);
  }

  /** Waits no more; what was asked for stays so. */
  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #present(nowMs: number): void {
    this.#dirty = false;
    this.#urgent = false;
    this.#options.present(nowMs);
  }
}
