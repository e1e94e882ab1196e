/**
 * What the frames of a segment of ours tell of its tracks. Owns guessing a track's format by them; reads
 * no file.
 */
import { readJpegSize } from '../../../transport/jpeg-header.js';
import type { PictureSize } from '../../../transport/jpeg-header.js';
import type { SoundFormat } from '../../../transport/stream-kind.js';
import type { TrackFormats } from '../matroska/tracks.js';
import { TRACK_NUMBER } from '../matroska/tracks.js';
import type { Block, Cluster } from './cluster.js';

/** Formats that microphones have, the likeliest first, by their bytes a second. */
const SOUND_FORMATS: readonly SoundFormat[] = [48_000, 44_100, 32_000, 16_000, 8000].flatMap(
  (sampleRateHz) =>
    [1, 2].map((channels): SoundFormat => ({ codec: 'pcm-s16le', sampleRateHz, channels })),
);
/** What the frames of each track tell of it. */
export class FrameTally {
  /** Milliseconds: the time of the last block. */
  lastMs = 0;
  #screen: PictureSize | undefined;
  #video: PictureSize | undefined;
  #hasEvents = false;
  #soundBytes = 0;
  #soundFromMs = Infinity;
  #soundToMs = 0;
  #lastChunkBytes = 0;

  add({ bytes, blocks, ticks }: Cluster): void {
    this.lastMs = Math.max(this.lastMs, ticks);
    for (const block of blocks) {
      this.lastMs = Math.max(this.lastMs, block.ticks);
      const { track } = block;
      if (track === TRACK_NUMBER.screen) this.#screen ??= sizeOf(bytes, block);
      else if (track === TRACK_NUMBER.video) this.#video ??= sizeOf(bytes, block);
      else if (track === TRACK_NUMBER.events) this.#hasEvents = true;
      else if (track === TRACK_NUMBER.audio) this.#addSound(block);
    }
  }

  formats(): TrackFormats {
    const sound = this.#sound();
    return {
      ...(this.#screen === undefined ? {} : { screen: this.#screen }),
      ...(this.#video === undefined ? {} : { video: this.#video }),
      ...(sound === undefined ? {} : { audio: sound }),
      ...(this.#hasEvents ? { events: true as const } : {}),
    };
  }

  #addSound({ ticks, start, end }: Block): void {
    this.#soundBytes += end - start;
    this.#soundFromMs = Math.min(this.#soundFromMs, ticks);
    this.#soundToMs = Math.max(this.#soundToMs, ticks);
    this.#lastChunkBytes = end - start;
  }

  /** The format whose bytes a second are nearest; gaps make them fewer, so it is a guess. */
  #sound(): SoundFormat | undefined {
    if (this.#soundBytes === 0) return undefined;
    const seconds = (this.#soundToMs - this.#soundFromMs) / 1000;
    const perSecond = seconds > 0 ? (this.#soundBytes - this.#lastChunkBytes) / seconds : 0;
    const off = ({ sampleRateHz, channels }: SoundFormat): number =>
      Math.abs(Math.log((sampleRateHz * channels * 2) / Math.max(1, perSecond)));
    return SOUND_FORMATS.reduce((best, each) => (off(each) < off(best) ? each : best));
  }
}

function sizeOf(bytes: Buffer, { start, end }: Block): PictureSize | undefined {
  try {
    return readJpegSize(bytes.subarray(start, end));
  } catch {
    return undefined; // the next picture may tell
  }
}
