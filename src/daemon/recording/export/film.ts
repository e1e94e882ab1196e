/**
 * A meeting as one film: every picture of it in its cell, looked at at a steady rate, and the mix of
 * its sound. Owns the time of the film; encodes nothing.
 *
 *   items ──> stage ──> canvas ──> onPicture, each 1 / fps s in which something changed
 *         └─> mix   ─────────────> onSound
 */
import type { RecordingFs } from '../recording-fs.js';
import { meetingItems } from '../reading/meeting-items.js';
import type { MeetingItem, MeetingWish } from '../reading/meeting-items.js';
import type { Part } from '../reading/part.js';
import { Canvas } from './canvas.js';
import type { Cell } from './film-grid.js';
import { filmGrid } from './film-grid.js';
import { SoundMix, pcmOf } from './sound-mix.js';
import type { StagedStream } from './stage.js';
import { Stage } from './stage.js';

/** Sound is handed on so late, since a chunk may be placed a little before its time. */
const SOUND_BEHIND_US = 200_000;
/** A picture is handed on at least so often, so that the encoder need not wait for one. */
const PICTURE_LEAST_US = 500_000;

export interface FilmWish {
  readonly parts: readonly Part[];
  readonly fromUs: number;
  readonly toUs: number;
  readonly width: number;
  readonly height: number;
  /** Pictures a second. */
  readonly fps: number;
  /**
   * A picture that differs from the one before, three bytes a pixel, and the last one of the film. The
   * buffer is drawn into again once this has resolved. `atMs`: since the film's start.
   */
  readonly onPicture: (pixels: Buffer, atMs: number) => Promise<void>;
  /** Stereo of 48 kHz, signed 16 bits; undefined: no sound is wanted. */
  readonly onSound: ((pcm: Buffer, atMs: number) => Promise<void>) | undefined;
  /** Time of the film that is made, in microseconds. */
  readonly onProgress?: (us: number) => void;
  readonly onFault?: MeetingWish['onFault'];
  readonly signal?: AbortSignal | undefined;
}

/** Resolves when the whole film was handed on. */
export async function makeFilm(fs: RecordingFs, wish: FilmWish): Promise<void> {
  const canvas = await Canvas.make(wish.width, wish.height);
  const film = new Film(canvas, wish);
  await film.drawNames();
  const { fromUs, toUs, onFault, signal } = wish;
  const sound = wish.onSound !== undefined;
  const items = meetingItems(fs, wish.parts, { fromUs, toUs, sound, onFault, signal });
  for await (const item of items) {
    await film.until(item.atUs);
    film.apply(item);
  }
  await film.until(toUs);
  await film.end();
}

/** What a stream is called in a film: `Anna`, `Anna's camera` where there are both. */
export function streamName(stream: StagedStream, all: readonly StagedStream[]): string {
  const { participant, kind } = stream;
  const isAlone = all.filter((each) => each.participant === participant).length === 1;
  if (isAlone) return participant;
  return `${participant}: ${kind === 'video' ? 'camera' : 'screen'}`;
}

class Film {
  readonly #canvas: Canvas;
  readonly #wish: FilmWish;
  readonly #stage: Stage;
  readonly #mix: SoundMix;
  readonly #cells: readonly Cell[];
  readonly #drawn = new Map<StagedStream, string>();
  #pictures = 0;
  #shownUs = -Infinity;
  #soundMs = 0;

  constructor(canvas: Canvas, wish: FilmWish) {
    this.#canvas = canvas;
    this.#wish = wish;
    this.#stage = new Stage(wish.parts);
    this.#mix = new SoundMix(wish.fromUs);
    this.#cells = filmGrid(this.#stage.streams.length, wish.width, wish.height);
  }

  async drawNames(): Promise<void> {
    const { streams } = this.#stage;
    for (const [at, stream] of streams.entries()) {
      const cell = this.#cells[at];
      if (cell !== undefined) {
        await this.#canvas.drawName(streamName(stream, streams), cell.label);
      }
    }
  }

  apply(item: MeetingItem): void {
    this.#stage.apply(item);
    if (item.type !== 'sound' || this.#wish.onSound === undefined) return;
    this.#mix.add(item.participant, item.atUs, item.pcm, item.format);
  }

  /** Hands on all pictures whose time is before `atUs`. */
  async until(atUs: number): Promise<void> {
    const { fromUs, toUs, fps, onPicture, onProgress, signal } = this.#wish;
    const end = Math.min(atUs, toUs);
    for (;;) {
      const timeUs = fromUs + (this.#pictures * 1e6) / fps;
      if (timeUs >= end) return;
      signal?.throwIfAborted();
      const isNew = await this.#draw(timeUs);
      await this.#sound(timeUs - SOUND_BEHIND_US);
      if (isNew || timeUs - this.#shownUs >= PICTURE_LEAST_US) {
        await onPicture(this.#canvas.pixels, (timeUs - fromUs) / 1000);
        this.#shownUs = timeUs;
      }
      this.#pictures += 1;
      onProgress?.(timeUs - fromUs);
    }
  }

  /** The last picture, and the rest of the sound: both are equally long. */
  async end(): Promise<void> {
    const { fromUs, fps, onPicture } = this.#wish;
    const lastUs = fromUs + (Math.max(0, this.#pictures - 1) * 1e6) / fps;
    if (this.#shownUs < lastUs) await onPicture(this.#canvas.pixels, (lastUs - fromUs) / 1000);
    await this.#sound(fromUs + (this.#pictures * 1e6) / fps);
  }

  async #sound(untilUs: number): Promise<void> {
    const { onSound } = this.#wish;
    if (onSound === undefined || untilUs <= this.#wish.fromUs) return;
    // Whole milliseconds: the stream that carries it counts in them.
    const untilMs = Math.floor((untilUs - this.#wish.fromUs) / 1000);
    const samples = this.#mix.take(this.#wish.fromUs + untilMs * 1000);
    if (samples.length > 0) await onSound(pcmOf(samples), this.#soundMs);
    this.#soundMs = Math.max(this.#soundMs, untilMs);
  }

  /** True when something is shown that was not. */
  async #draw(timeUs: number): Promise<boolean> {
    let isNew = this.#pictures === 0;
    const draws = this.#stage.streams.map(async (stream, at) => {
      const cell = this.#cells[at];
      const { jpeg, version } = this.#stage.pictureOf(stream, timeUs);
      if (cell === undefined || this.#drawn.get(stream) === version) return;
      this.#drawn.set(stream, version);
      isNew = true;
      if (jpeg === undefined) this.#canvas.clear(cell.picture);
      else await this.#canvas.drawJpeg(jpeg, cell.picture);
    });
    await Promise.all(draws);
    return isNew;
  }
}
