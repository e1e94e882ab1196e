/**
 * All sound of a meeting that is heard here: frames in, one mix out, whenever the output asks. Owns
 * the participants' voices, who is muted here, the levels and the output; captures and relays nothing.
 *
 *   push ──> voice (jitter buffer, rate, mute) ──┐
 *   push ──> voice                             ──┴─> sum ──> limiter ──> output
 */
import type { Clock } from '../transport/clock.js';
import type { Frame } from '../transport/frame.js';
import type { SoundFormat } from '../transport/stream-kind.js';
import type { JitterStats } from './jitter-buffer.js';
import type { Level } from './level-meter.js';
import { SILENT_LEVEL } from './level-meter.js';
import { Limiter } from './limiter.js';
import type { Output, Pull } from './output.js';
import { Voice } from './voice.js';

/** As control records have it. */
const LEAST_RATE_HZ = 8000;
const MOST_RATE_HZ = 192_000;
/** As many as a daemon lets in. */
const MOST_VOICES = 256;

export interface SoundRoomOptions {
  readonly clock: Clock;
  /** Starts what asks for the mix: `(pull) => openOutput({ pull, … })`. Called once, at once. */
  readonly output: (pull: Pull) => Output;
}

/** The figures of one participant's sound. */
export interface VoiceStats extends JitterStats {
  readonly participant: number;
}

export class SoundRoom {
  readonly #clock: Clock;
  readonly #output: Output;
  readonly #limiter = new Limiter();
  /** The one that was heard from longest ago comes first. */
  readonly #voices = new Map<number, Voice>();
  readonly #muted = new Set<number>();
  readonly #ignored = new Set<number>();
  #closed = false;

  constructor(options: SoundRoomOptions) {
    this.#clock = options.clock;
    this.#output = options.output((block) => {
      this.#mix(block);
    });
  }

  /** The output that plays now. */
  get output(): Output {
    return this.#output;
  }

  /**
   * Takes a frame of sound as it arrived. Synchronous, never throws: what is no sound, has no samples
   * or comes after `close` is left out.
   */
  push(participant: number, frame: Frame, format: SoundFormat): void {
    if (this.#closed || this.#ignored.has(participant)) return;
    if (frame.kind !== 'audio' || frame.payload.length === 0 || !isPlayable(format)) return;
    const voice = this.#voiceOf(participant, format);
    // Heard from last, so it stands last.
    this.#voices.delete(participant);
    this.#voices.set(participant, voice);
    this.#forgetBeyond(MOST_VOICES);
    voice.push(frame, this.#clock.now());
  }

  /** Whether a participant is heard here; nobody else notices. */
  setMuted(participant: number, muted: boolean): void {
    if (muted) this.#muted.add(participant);
    else this.#muted.delete(participant);
  }

  isMuted(participant: number): boolean {
    return this.#muted.has(participant);
  }

  /** Takes nothing of a participant from now on: of oneself, which nobody wants to hear. */
  ignore(participant: number): void {
    this.#ignored.add(participant);
    this.#voices.delete(participant);
  }

  /** Loudness of what came in, muted here or not. Silent for one that isn't known. */
  level(participant: number): Level {
    return this.#voices.get(participant)?.level ?? SILENT_LEVEL;
  }

  /** Forgets a participant that left, its mute included. */
  remove(participant: number): void {
    this.#voices.delete(participant);
    this.#muted.delete(participant);
    this.#ignored.delete(participant);
  }

  /** By participant number. */
  stats(): readonly VoiceStats[] {
    return [...this.#voices]
      .map(([participant, voice]) => ({ participant, ...voice.stats }))
      .sort((one, other) => one.participant - other.participant);
  }

  /** Idempotent; resolves when the output is gone. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#output.close();
    this.#voices.clear();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #voiceOf(participant: number, format: SoundFormat): Voice {
    const known = this.#voices.get(participant);
    if (
      known?.format.sampleRateHz === format.sampleRateHz &&
      known.format.channels === format.channels
    ) {
      return known;
    }
    return new Voice(format, this.#muted.has(participant));
  }

  #forgetBeyond(most: number): void {
    for (const participant of this.#voices.keys()) {
      if (this.#voices.size <= most) return;
      this.#voices.delete(participant);
    }
  }

  #mix(block: Float32Array): void {
    block.fill(0);
    const nowMs = this.#clock.now();
    for (const [participant, voice] of this.#voices) {
      voice.mixInto(block, this.#muted.has(participant), nowMs);
    }
    this.#limiter.process(block);
  }
}

function isPlayable({ sampleRateHz, channels }: SoundFormat): boolean {
  const rate = sampleRateHz >= LEAST_RATE_HZ && sampleRateHz <= MOST_RATE_HZ;
  return rate && (channels === 1 || channels === 2);
}
