/**
 * The sound of all participants as one, placed by its times. Owns bringing each to the mix's rate,
 * holding the drift of a sound card by stretching a little, and the mix's window; reads no file.
 *
 *   add ──> voice (rate, place) ──> window of the mix ──> limiter ──> take
 */
import { Limiter } from '../../../playback/limiter.js';
import { MIX_CHANNELS, MIX_RATE_HZ } from '../../../playback/output.js';
import { Resampler } from '../../../playback/resampler.js';
import type { SoundFormat } from '../../../transport/stream-kind.js';

/** Beyond this a chunk is put where it belongs, and the gap is heard. */
const JUMP_FRAMES = Math.round(0.1 * MIX_RATE_HZ);
/** Within this nothing is stretched: times of chunks are not better. */
const STILL_FRAMES = Math.round(0.002 * MIX_RATE_HZ);
/** Weight of a chunk in the mean distance, and the most that a chunk is stretched: 1 in 500. */
const SMOOTHING = 0.05;
const STRETCH_MOST = 0.002;
/** Frames that the resampler looks ahead. */
const RESAMPLER_FRAMES = 200;
/** What is ahead of `take` by more than this is dropped: no file of ours has it. */
const WINDOW_FRAMES = 30 * MIX_RATE_HZ;
const FULL_SCALE = 32_768;

/** Interleaved stereo of `MIX_RATE_HZ`. */
export class SoundMix {
  readonly #startUs: number;
  readonly #voices = new Map<string, MixedVoice>();
  readonly #limiter = new Limiter();
  #window = new Float32Array(2 * MIX_RATE_HZ * MIX_CHANNELS);
  /** Frame of the mix that the window begins with. */
  #base = 0;

  /** `startUs`: the time of the mix's first frame. */
  constructor(startUs: number) {
    this.#startUs = startUs;
  }

  /** Places one chunk. What is before what was taken is dropped. */
  add(participant: string, atUs: number, pcm: Buffer, format: SoundFormat): void {
    const voice = this.#voiceOf(participant, format);
    const frame = ((atUs - this.#startUs) * MIX_RATE_HZ) / 1e6;
    const placed = voice.place(pcm, frame);
    this.#addAt(placed.frame, placed.samples);
  }

  /** The mix up to `atUs`, from where the last one ended; samples within -1 to 1. */
  take(atUs: number): Float32Array {
    const until = Math.floor(((atUs - this.#startUs) * MIX_RATE_HZ) / 1e6);
    const frames = Math.max(0, until - this.#base);
    this.#ensure(frames);
    const block = this.#window.slice(0, frames * MIX_CHANNELS);
    this.#window.copyWithin(0, frames * MIX_CHANNELS);
    this.#window.fill(0, this.#window.length - frames * MIX_CHANNELS);
    this.#base += frames;
    this.#limiter.process(block);
    return block;
  }

  #voiceOf(participant: string, format: SoundFormat): MixedVoice {
    const known = this.#voices.get(participant);
    if (known?.isOf(format) === true) return known;
    const voice = new MixedVoice(format);
    this.#voices.set(participant, voice);
    return voice;
  }

  #addAt(frame: number, samples: Float32Array): void {
    const skip = Math.max(0, this.#base - frame);
    const from = frame + skip - this.#base;
    const count = samples.length / MIX_CHANNELS - skip;
    if (count <= 0 || from + count > WINDOW_FRAMES) return;
    this.#ensure(from + count);
    const target = from * MIX_CHANNELS;
    for (let index = 0; index < count * MIX_CHANNELS; index += 1) {
      const at = target + index;
      const sample = samples[skip * MIX_CHANNELS + index] ?? 0;
      this.#window[at] = (this.#window[at] ?? 0) + sample;
    }
  }

  #ensure(frames: number): void {
    if (frames * MIX_CHANNELS <= this.#window.length) return;
    const larger = new Float32Array(frames * MIX_CHANNELS * 2);
    larger.set(this.#window);
    this.#window = larger;
  }
}

/** One participant's sound on its way into the mix. */
class MixedVoice {
  readonly #format: SoundFormat;
  #rate: RateChange | undefined;
  /** Where the next chunk goes if it follows the last without a gap. */
  #next: number | undefined;
  #meanFrames = 0;

  constructor(format: SoundFormat) {
    this.#format = format;
  }

  isOf({ sampleRateHz, channels }: SoundFormat): boolean {
    return this.#format.sampleRateHz === sampleRateHz && this.#format.channels === channels;
  }

  place(pcm: Buffer, frame: number): { readonly frame: number; readonly samples: Float32Array } {
    const distance = this.#next === undefined ? Infinity : frame - this.#next;
    const isJump = Math.abs(distance) > JUMP_FRAMES;
    if (isJump) this.#rate = undefined;
    const at = isJump || this.#next === undefined ? Math.max(0, Math.round(frame)) : this.#next;
    this.#meanFrames = isJump ? 0 : this.#meanFrames + SMOOTHING * (distance - this.#meanFrames);
    const samples = stretched(this.#atRate(stereo(pcm, this.#format.channels)), this.#meanFrames);
    this.#next = at + samples.length / MIX_CHANNELS;
    return { frame: at, samples };
  }

  #atRate(samples: Float32Array): Float32Array {
    const { sampleRateHz } = this.#format;
    if (sampleRateHz === MIX_RATE_HZ) return samples;
    this.#rate ??= new RateChange(sampleRateHz);
    return this.#rate.push(samples);
  }
}

/** Source frames in, as many frames of the mix's rate out as they give. */
class RateChange {
  readonly #resampler: Resampler;
  readonly #ratio: number;
  readonly #queue: Float32Array[] = [];
  #first = 0;
  #framesIn = 0;
  #framesOut = 0;

  constructor(sampleRateHz: number) {
    this.#resampler = new Resampler(sampleRateHz);
    this.#ratio = sampleRateHz / MIX_RATE_HZ;
  }

  push(samples: Float32Array): Float32Array {
    this.#queue.push(samples);
    this.#framesIn += samples.length / MIX_CHANNELS;
    const ahead = RESAMPLER_FRAMES * Math.max(1, this.#ratio);
    const until = Math.max(0, Math.floor((this.#framesIn - ahead) / this.#ratio));
    const block = new Float32Array(Math.max(0, until - this.#framesOut) * MIX_CHANNELS);
    if (block.length > 0) {
      this.#resampler.process(
        (target) => {
          this.#read(target);
        },
        block,
        0,
      );
    }
    this.#framesOut = Math.max(this.#framesOut, until);
    return block;
  }

  #read(target: Float32Array): void {
    let filled = 0;
    for (let first = this.#queue[0]; first !== undefined && filled < target.length;) {
      const part = first.subarray(this.#first, this.#first + target.length - filled);
      target.set(part, filled);
      filled += part.length;
      this.#first += part.length;
      if (this.#first < first.length) break;
      this.#queue.shift();
      this.#first = 0;
      first = this.#queue[0];
    }
    target.fill(0, filled);
  }
}

function stereo(pcm: Buffer, channels: number): Float32Array {
  const frames = Math.floor(pcm.length / (2 * channels));
  const samples = new Float32Array(frames * MIX_CHANNELS);
  for (let frame = 0; frame < frames; frame += 1) {
    const left = pcm.readInt16LE(frame * channels * 2) / FULL_SCALE;
    const right = channels === 1 ? left : pcm.readInt16LE(frame * channels * 2 + 2) / FULL_SCALE;
    samples[frame * MIX_CHANNELS] = left;
    samples[frame * MIX_CHANNELS + 1] = right;
  }
  return samples;
}

/** A little longer or shorter, when the voice is behind its times or ahead of them. */
function stretched(samples: Float32Array, meanFrames: number): Float32Array {
  const frames = samples.length / MIX_CHANNELS;
  if (Math.abs(meanFrames) < STILL_FRAMES || frames < 2) return samples;
  const by = Math.max(1, Math.floor(frames * STRETCH_MOST)) * Math.sign(meanFrames);
  const count = frames + by;
  const out = new Float32Array(count * MIX_CHANNELS);
  const step = (frames - 1) / (count - 1);
  for (let frame = 0; frame < count; frame += 1) {
    const place = frame * step;
    const before = Math.floor(place);
    const share = place - before;
    for (let channel = 0; channel < MIX_CHANNELS; channel += 1) {
      const one = samples[before * MIX_CHANNELS + channel] ?? 0;
      const other = samples[(before + 1) * MIX_CHANNELS + channel] ?? one;
      out[frame * MIX_CHANNELS + channel] = one + share * (other - one);
    }
  }
  return out;
}

/** As signed 16 bits, little-endian. */
export function pcmOf(samples: Float32Array): Buffer {
  const pcm = Buffer.allocUnsafe(samples.length * 2);
  for (const [index, sample] of samples.entries()) {
    const value = Math.max(-FULL_SCALE, Math.min(FULL_SCALE - 1, Math.round(sample * FULL_SCALE)));
    pcm.writeInt16LE(value, index * 2);
  }
  return pcm;
}
