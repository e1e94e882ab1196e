/**
 * The sound of a meeting as one WAV: 48 kHz, stereo, 16 bits. Owns the file's size and its end.
 */
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { MeetError } from '../../../transport/errors.js';
import { MIX_CHANNELS, MIX_RATE_HZ } from '../../../playback/output.js';
import type { RecordingFs } from '../recording-fs.js';
import { WAV_HEADER_BYTES, WAV_MOST_BYTES, encodeWavHeader } from '../wav-header.js';
import type { MeetingItem } from '../reading/meeting-items.js';
import { meetingItems } from '../reading/meeting-items.js';
import type { ExportWish } from './export-wish.js';
import { readingOf } from './export-wish.js';
import { SoundMix, pcmOf } from './sound-mix.js';

/** Handed on so late, since a chunk may be placed a little before its time. */
const BEHIND_US = 200_000;
/** Written at a time, and the longest silence made at a time. */
const STEP_US = 1_000_000;

const FORMAT = { codec: 'pcm-s16le', sampleRateHz: MIX_RATE_HZ, channels: MIX_CHANNELS } as const;

/** Writes the mix into the empty file at `path`. Rejects with system errors and MEET_USAGE. */
export async function exportWav(fs: RecordingFs, wish: ExportWish, path: string): Promise<void> {
  const { fromUs, toUs, onProgress } = wish;
  const bytes = Math.ceil(((toUs - fromUs) * MIX_RATE_HZ) / 1e6) * MIX_CHANNELS * 2;
  if (bytes > WAV_MOST_BYTES) {
    throw new MeetError(
      'MEET_USAGE',
      `a WAV holds 6 h 12 min, and this is ${((toUs - fromUs) / 3.6e9).toFixed(1)} h; export it in pieces with --from and --to`,
    );
  }
  const file = await open(path, 'r+');
  try {
    const writer = new WavWriter(file, new SoundMix(fromUs), fromUs);
    for await (const item of meetingItems(fs, wish.parts, {
      ...readingOf(wish),
      pictures: false,
    })) {
      await writer.until(item.atUs - BEHIND_US);
      writer.add(item);
      onProgress?.(item.atUs);
    }
    await writer.until(toUs);
    await writer.end();
  } finally {
    await file.close();
  }
}

class WavWriter {
  readonly #file: FileHandle;
  readonly #mix: SoundMix;
  #takenUs: number;
  #bytes = 0;

  constructor(file: FileHandle, mix: SoundMix, fromUs: number) {
    this.#file = file;
    this.#mix = mix;
    this.#takenUs = fromUs;
  }

  add(item: MeetingItem): void {
    if (item.type === 'sound') {
      this.#mix.add(item.participant, item.atUs, item.pcm, item.format);
    }
  }

  async until(atUs: number): Promise<void> {
    while (this.#takenUs < atUs) {
      const next = Math.min(atUs, this.#takenUs + STEP_US);
      const pcm = pcmOf(this.#mix.take(next));
      await this.#file.write(pcm, 0, pcm.length, WAV_HEADER_BYTES + this.#bytes);
      this.#bytes += pcm.length;
      this.#takenUs = next;
    }
  }

  async end(): Promise<void> {
    await this.#file.write(encodeWavHeader(FORMAT, this.#bytes), 0, WAV_HEADER_BYTES, 0);
  }
}
