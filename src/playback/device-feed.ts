/**
 * Gives a program its sound just in time: block by block, as it takes them, never more than a little
 * ahead. Owns how far ahead and when to look again; starts and ends no program.
 *
 *   pull ──> [ waiting in the program's pipe: 20 ms, up to 40 on a busy machine ] ──> device's buffer
 *
 * The pipe alone would hold a second of sound before it pushed back, so that what the device says
 * (TakenClock) sets the pace; the pipe's push back is heeded as well.
 */
import type { Clock } from '../transport/clock.js';
import type { Pull } from './output.js';
import { BLOCK_FRAMES, BLOCK_MS, MIX_CHANNELS } from './output.js';
import { pcmOfStereo } from './pcm.js';
import { TakenClock } from './taken-clock.js';

/** How much may wait in the pipe. Grows when the device runs dry, falls back while it doesn't. */
const LEAST_AHEAD_MS = 2 * BLOCK_MS;
const MOST_AHEAD_MS = 4 * BLOCK_MS;
const GROW_MS = BLOCK_MS / 2;
const SHRINK_MS_PER_S = 0.5;
/**
 * What waits with a program that says nothing is only believed, and two clocks drift apart by 10 ms in
 * two minutes: so each half minute, when it has been silent for a second, nothing is written for
 * 100 ms. That empties pipe and device, and what is written then is all that waits.
 */
const EMPTIED_EACH_MS = 30_000;
const EMPTIED_AFTER_SILENT_MS = 1000;
const EMPTYING_MS = 100;
/** Below -60 dB. */
const SILENT_PEAK = 0.001;
/**
 * A device that fills a buffer of its own takes sound much faster than it plays. It gets it a little
 * faster than the clock goes, so that the voices aren't emptied at once; and so much at a time.
 */
const MOST_PACE = 1.05;
const MOST_BURST_MS = 100;
/** A device that takes nothing for so long has hung. A sleeping null sink wakes within 2 s. */
export const HUNG_MS = 5000;

export interface DeviceFeedOptions {
  readonly clock: Clock;
  readonly pull: Pull;
  /** PCM s16le stereo at 48 kHz; false when nothing more should be written until `drained`. */
  readonly write: (pcm: Buffer) => boolean;
  /** The program never says what it took. */
  readonly silent: boolean;
  /** What the device itself holds and the program doesn't tell of. */
  readonly deviceMs: number;
}

export class DeviceFeed {
  readonly #options: DeviceFeedOptions;
  readonly #taken = new TakenClock();
  readonly #block = new Float32Array(BLOCK_FRAMES * MIX_CHANNELS);
  #aheadMs = LEAST_AHEAD_MS;
  #writtenMs = 0;
  #blocked = false;
  #stopped = false;
  #cancel: (() => void) | undefined;
  #wroteAtMs: number;
  #underruns = 0;
  /** What may be asked for at once, and when that was reckoned. */
  #burstMs = MOST_BURST_MS;
  #reckonedAtMs: number;
  #silentMs = 0;
  /** How much more is asked for and not written. */
  #emptyingMs = 0;
  #emptiedAtMs: number;

  constructor(options: DeviceFeedOptions) {
    this.#options = options;
    this.#wroteAtMs = options.clock.now();
    this.#emptiedAtMs = this.#wroteAtMs;
    this.#reckonedAtMs = this.#wroteAtMs;
    if (options.silent) this.#taken.begin(this.#wroteAtMs);
    this.#pump();
  }

  /** Times that the device had nothing to play. */
  get underruns(): number {
    return this.#underruns;
  }

  /** Whether the device has taken nothing for so long that it won't. */
  get hung(): boolean {
    return this.#options.clock.now() - this.#wroteAtMs > HUNG_MS;
  }

  /** The program has taken so much since it began. */
  reported(takenMs: number): void {
    this.#taken.report(takenMs, this.#options.clock.now(), this.#writtenMs);
    this.#pump();
  }

  /** The device had nothing to play for a moment. */
  ranDry(): void {
    // Emptied by us: it says so when the next samples come.
    if (this.#options.clock.now() - this.#emptiedAtMs < 2 * EMPTYING_MS) return;
    this.#underruns += 1;
    this.#aheadMs = Math.min(MOST_AHEAD_MS, this.#aheadMs + GROW_MS);
    this.#taken.ranDry(this.#writtenMs, this.#options.clock.now());
    this.#pump();
  }

  /** The pipe takes more again. */
  drained(): void {
    this.#blocked = false;
    this.#pump();
  }

  /** Asks for nothing more. Idempotent. */
  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  #pump(): void {
    this.#cancel?.();
    const nowMs = this.#options.clock.now();
    let roomMs = this.#roomMs(nowMs);
    while (!this.#stopped && !this.#blocked && roomMs >= BLOCK_MS) {
      this.#options.pull(this.#block);
      if (this.#emptyingMs === 0) this.#blocked = !this.#options.write(pcmOfStereo(this.#block));
      this.#writtenMs += BLOCK_MS;
      this.#burstMs -= BLOCK_MS;
      roomMs = this.#isEmptied(nowMs) ? this.#roomMs(nowMs) : roomMs - BLOCK_MS;
      this.#wrote(nowMs);
    }
    if (this.#stopped || this.#blocked || !this.#taken.running) return;
    this.#cancel = this.#options.clock.after(Math.max(1, Math.ceil(BLOCK_MS - roomMs)), () => {
      this.#pump();
    });
  }

  /** After each block: whether the device is empty now because nothing was written on purpose. */
  #isEmptied(nowMs: number): boolean {
    if (!this.#options.silent) return false;
    if (this.#emptyingMs > 0) {
      this.#emptyingMs -= BLOCK_MS;
      if (this.#emptyingMs > 0) return false;
      this.#emptiedAtMs = nowMs;
      this.#taken.ranDry(this.#writtenMs, nowMs);
      return true;
    }
    const silent = this.#block.every((value) => Math.abs(value) < SILENT_PEAK);
    this.#silentMs = silent ? this.#silentMs + BLOCK_MS : 0;
    const due = nowMs - this.#emptiedAtMs > EMPTIED_EACH_MS;
    if (due && this.#silentMs >= EMPTIED_AFTER_SILENT_MS) this.#emptyingMs = EMPTYING_MS;
    return false;
  }

  #roomMs(nowMs: number): number {
    const earnedMs = (nowMs - this.#reckonedAtMs) * MOST_PACE;
    this.#burstMs = Math.min(MOST_BURST_MS, this.#burstMs + earnedMs);
    this.#reckonedAtMs = nowMs;
    const waitingMs = this.#writtenMs - this.#taken.takenMs(this.#writtenMs, nowMs);
    return Math.min(this.#burstMs, this.#aheadMs + this.#options.deviceMs - waitingMs);
  }

  #wrote(nowMs: number): void {
    const shrunkMs = (SHRINK_MS_PER_S * (nowMs - this.#wroteAtMs)) / 1000;
    this.#aheadMs = Math.max(LEAST_AHEAD_MS, this.#aheadMs - shrunkMs);
    this.#wroteAtMs = nowMs;
  }
}
