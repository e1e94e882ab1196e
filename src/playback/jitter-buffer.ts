/**
 * One participant's sound between its arrival and its turn. Owns what is held, what is missing and
 * the figures of both; mixes and plays nothing.
 *
 *   push ──> [ PacketQueue: target + 200 ms at most ] ──> read, exactly what is asked for
 *                │ late: counted                     │ missing: Concealer
 *                └ too much: oldest dropped, counted └ empty for long: fill to the target again
 */
import type { SoundFormat } from '../transport/stream-kind.js';
import { ArrivalJitter } from './arrival-jitter.js';
import { Concealer } from './concealer.js';
import { DriftControl } from './drift-control.js';
import { BLOCK_MS } from './output.js';
import { PacketQueue } from './packet-queue.js';
import { stereoOfPcm } from './pcm.js';

/** What may be held beyond the target. */
export const MOST_EXCESS_MS = 200;
/** A longer gap isn't filled: the stream went on elsewhere. */
const LONGEST_GAP_MS = 500;
/** A jump in sequence beyond this is a stream that began anew. */
const LONGEST_LOSS_PACKETS = 500;
/** Capture times that leave the samples' count by more than this: the stream paused. */
const PAUSE_MS = 400;
/** More than the target by so much is cut out where nobody speaks; by so much, anywhere. */
const CUT_QUIET_MS = 15;
const CUT_MS = 60;
/** Below -50 dB. */
const QUIET_PEAK = 0.003;
/** An output that asks later than this has halted. */
const MOST_STEP_MS = 40;
/** However small they are. */
const MOST_PACKETS = 1024;
const SEQUENCE_SPAN = 0x1_0000_0000;

/** What a jitter buffer reads of a frame. */
export interface SoundPacket {
  readonly sequence: number;
  /** Microseconds since the Unix epoch, publisher's clock. */
  readonly capturedAtUs: number;
  /** PCM s16le interleaved. */
  readonly payload: Buffer;
}

export interface JitterStats {
  /** Held now. */
  readonly bufferedMs: number;
  /** What is to be held just after a packet that came on time. */
  readonly targetMs: number;
  /** Packets that came after their turn, or twice. */
  readonly late: number;
  /** Gaps that were filled: lost packets, and times when nothing was there. */
  readonly concealed: number;
  /** How long these gaps were, without the silence that follows when a stream just ends. */
  readonly concealedMs: number;
  /** Sound that was dropped because too much was held, what was cut out of pauses included. */
  readonly droppedMs: number;
  /** How much faster the sender's clock runs than the output's, parts per million. */
  readonly driftPpm: number;
}

/** The newest packet's place. */
interface Newest {
  readonly sequence: number;
  readonly capturedAtUs: number;
  /** Milliseconds of sound before it. */
  readonly mediaMs: number;
  readonly packetMs: number;
}

export class JitterBuffer {
  readonly format: SoundFormat;
  readonly #queue = new PacketQueue();
  readonly #jitter = new ArrivalJitter();
  readonly #drift = new DriftControl();
  readonly #concealer: Concealer;
  #newest: Newest | undefined;
  /** Sequence whose turn is next; undefined before the first. */
  #expected: number | undefined;
  #filling = true;
  /** Frames of a gap that are still to be filled. */
  #gapFrames = 0;
  /** Frames made up since the queue ran empty: time that a loss has used up already. */
  #dryFrames = 0;
  #readAtMs: number | undefined;
  #late = 0;
  #concealed = 0;
  #concealedFrames = 0;
  #droppedFrames = 0;

  /** `format`: 8000 to 192000 Hz, one or two channels. */
  constructor(format: SoundFormat) {
    this.format = format;
    this.#concealer = new Concealer(format.sampleRateHz);
  }

  get stats(): JitterStats {
    return {
      bufferedMs: this.#ms(this.#queue.frames),
      targetMs: this.#jitter.targetMs,
      late: this.#late,
      concealed: this.#concealed,
      concealedMs: this.#ms(this.#concealedFrames),
      droppedMs: this.#ms(this.#droppedFrames),
      driftPpm: this.#drift.driftPpm,
    };
  }

  /** By how much faster than its rate this is to be read, -0.005 to 0.005. */
  get correction(): number {
    return this.#filling ? 0 : this.#drift.correction;
  }

  /** Takes a packet that arrived at `nowMs` (monotonic). */
  push(packet: SoundPacket, nowMs: number): void {
    const samples = stereoOfPcm(packet.payload, this.format.channels);
    if (samples.length === 0) return;
    if (this.#beganAnew(packet)) this.#restart();
    const packetMs = this.#ms(samples.length / 2);
    const latenessMs = this.#observe(packet, packetMs, nowMs);
    const { sequence } = packet;
    if (this.#isOver(sequence) || !this.#queue.insert({ sequence, samples })) {
      this.#late += 1;
      return;
    }
    this.#bound();
    this.#control(latenessMs, nowMs);
  }

  /**
   * Fills the whole of `target` with the next sound, asked for at `nowMs` (monotonic): interleaved
   * stereo at the source's rate.
   */
  read(target: Float32Array, nowMs: number): void {
    this.#readAtMs = nowMs;
    this.#catchUp();
    let at = 0;
    while (at < target.length) {
      const before = at;
      at = this.#turn(target, at);
      if (at === before) return;
    }
  }

  /** One step of reading: returns up to where `target` is filled now. */
  #turn(target: Float32Array, at: number): number {
    if (this.#filling && this.#ms(this.#queue.frames) < this.#jitter.targetMs) {
      return this.#makeUp(target, at, target.length);
    }
    const { next } = this.#queue;
    if (next === undefined) return this.#runDry(target, at);
    this.#begin(next);
    if (this.#gapFrames > 0) return this.#fillGap(target, at);
    const end = at + this.#queue.take(target, at) * 2;
    this.#concealer.resume(target, at, end);
    // Read to its end: the turn is the following one's.
    this.#expected = this.#queue.next === next ? next : (next + 1) % SEQUENCE_SPAN;
    return end;
  }

  /** The packet `next` has its turn, or the gap before it. */
  #begin(next: number): void {
    const lost = ahead(next, this.#expected ?? next);
    if (lost !== 0) {
      const gap = this.#of(Math.min(lost * (this.#newest?.packetMs ?? 0), LONGEST_GAP_MS));
      this.#gapFrames = this.#filling ? 0 : Math.max(0, gap - this.#dryFrames);
      // A gap that began with an empty queue was counted then.
      if (this.#gapFrames > 0 && this.#dryFrames === 0) this.#concealed += 1;
    }
    this.#expected = next;
    this.#filling = false;
    this.#dryFrames = 0;
  }

  #fillGap(target: Float32Array, at: number): number {
    const frames = Math.min(this.#gapFrames, (target.length - at) / 2);
    this.#gapFrames -= frames;
    this.#concealedFrames += frames;
    return this.#makeUp(target, at, at + frames * 2);
  }

  #runDry(target: Float32Array, at: number): number {
    if (this.#dryFrames === 0) this.#concealed += 1;
    const frames = (target.length - at) / 2;
    this.#dryFrames += frames;
    if (this.#concealer.faded) {
      this.#filling = true;
      this.#drift.restart();
    } else this.#concealedFrames += frames;
    return this.#makeUp(target, at, target.length);
  }

  #makeUp(target: Float32Array, start: number, end: number): number {
    this.#concealer.fill(target, start, end);
    return end;
  }

  /** Follows the stream's place; returns the packet's lateness. */
  #observe(packet: SoundPacket, packetMs: number, nowMs: number): number {
    const { sequence, capturedAtUs } = packet;
    const newest = this.#newest ?? { sequence, capturedAtUs, mediaMs: 0, packetMs };
    const behind = ahead(sequence, newest.sequence);
    const sinceMs = behind > 0 ? newest.packetMs + (behind - 1) * packetMs : behind * packetMs;
    const capturedMs = (capturedAtUs - newest.capturedAtUs) / 1000;
    if (Math.abs(capturedMs - sinceMs) > PAUSE_MS) this.#jitter.restart();
    const mediaMs = newest.mediaMs + sinceMs;
    if (behind >= 0) this.#newest = { sequence, capturedAtUs, mediaMs, packetMs };
    return this.#jitter.observe(mediaMs, packetMs, nowMs);
  }

  /** Whether the turn of a sequence is over. */
  #isOver(sequence: number): boolean {
    return this.#expected !== undefined && ahead(sequence, this.#expected) < 0;
  }

  /** A publisher that came back counts from 0: an older number with a newer time. */
  #beganAnew({ sequence, capturedAtUs }: SoundPacket): boolean {
    if (this.#newest === undefined) return false;
    const distance = ahead(sequence, this.#newest.sequence);
    if (Math.abs(distance) > LONGEST_LOSS_PACKETS) return true;
    return distance < 0 && capturedAtUs > this.#newest.capturedAtUs;
  }

  #restart(): void {
    this.#drop(this.#queue.frames);
    this.#jitter.restart();
    this.#drift.restart();
    this.#newest = undefined;
    this.#expected = undefined;
    this.#gapFrames = 0;
    this.#filling = true;
  }

  /** Never more than the target and 200 ms: beyond, the oldest go, down to the target. */
  #bound(): void {
    const targetFrames = this.#of(this.#jitter.targetMs);
    const held = this.#queue.frames;
    if (held > targetFrames + this.#of(MOST_EXCESS_MS)) this.#drop(held - targetFrames);
    else if (this.#queue.packets > MOST_PACKETS) this.#drop(held / 2);
    else return;
    this.#drift.restart();
  }

  #drop(frames: number): void {
    if (frames === 0) return;
    this.#concealer.interrupt();
    this.#droppedFrames += this.#queue.drop(Math.ceil(frames));
    this.#gapFrames = 0;
    this.#expected = this.#queue.next ?? this.#expected;
  }

  /** A device that halted leaves us behind; half a percent would take a minute to make it good. */
  #catchUp(): void {
    const { errorMs } = this.#drift;
    if (errorMs < CUT_QUIET_MS || this.#filling || this.#gapFrames > 0) return;
    const frames = Math.min(this.#of(errorMs), this.#queue.frames);
    if (errorMs < CUT_MS && !this.#queue.isBelow(QUIET_PEAK, frames)) return;
    this.#drop(frames);
    this.#drift.restart();
  }

  /** Only while the stream flows: a gap is not drift. */
  #control(latenessMs: number, nowMs: number): void {
    if (this.#filling || this.#gapFrames > 0) return;
    // Reading goes in steps: in between, what the device has played meanwhile is not held any more.
    const playedMs = Math.min(MOST_STEP_MS, nowMs - (this.#readAtMs ?? nowMs));
    const heldMs = this.#ms(this.#queue.frames) - playedMs + BLOCK_MS;
    this.#drift.observe(heldMs + latenessMs - this.#jitter.targetMs, nowMs);
  }

  #ms(frames: number): number {
    return (frames * 1000) / this.format.sampleRateHz;
  }

  #of(ms: number): number {
    return Math.round((this.format.sampleRateHz * ms) / 1000);
  }
}

/** How far `sequence` is after `reference`, modulo 2^32: negative when it is before. */
function ahead(sequence: number, reference: number): number {
  const distance = (sequence - reference + SEQUENCE_SPAN) % SEQUENCE_SPAN;
  return distance < SEQUENCE_SPAN / 2 ? distance : distance - SEQUENCE_SPAN;
}
