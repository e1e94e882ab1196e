/**
 * A meeting as one film: every picture of it in its cell at a steady rate, and the mix of its sound.
 * Owns the time of the film; encodes nothing.
 *
 *   items ──> stage ──> canvas ──> onPicture, each 1 / fps s
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

export interface FilmWish {
  readonly parts: readonly Part[];
  readonly fromUs: number;
  readonly toUs: number;
  readonly width: number;
  readonly height: number;
  /** Pictures a second. */
  readonly fps: number;
  /** One picture, three bytes a pixel; the buffer is drawn into again once this has resolved. */
  readonly onPicture: (pixels: Buffer) => Promise<void>;
  /** Stereo of 48 kHz, signed 16 bits; undefined: no sound is wanted. */
  readonly onSound: ((pcm: Buffer) => Promise<void>) | undefined;
  /** Time of the film that is made, in microseconds. */
  readonly onProgress?: (us: number) => void;
  readonly onFault?: MeetingWish['onFault'];
  readonly signal?: AbortSignal;
}

/** Resolves when the whole film was handed on. */
export async function makeFilm(fs: RecordingFs, wish: FilmWish): Promise<void> {
  const canvas = await Canvas.make(wish.width, wish.height);
  const film = new Film(canvas, wish);
  await film.drawNames();
  const { fromUs, toUs, onFault, signal } = wish;
  const items = meetingItems(fs, wish.parts, {
    ...{ fromUs, toUs, sound: wish.onSound !== undefined },
    ...(onFault === undefined ? {} : { onFault }),
    ...(signal === undefined ? {} : { signal }),
  });
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
      await this.#draw(timeUs);
      await this.#sound(timeUs - SOUND_BEHIND_US);
      await onPicture(this.#canvas.pixels);
      this.#pictures += 1;
      onProgress?.(timeUs - fromUs);
    }
  }

  /** The rest of the sound: as long as the pictures. */
  async end(): Promise<void> {
    await this.#sound(this.#wish.fromUs + (this.#pictures * 1e6) / this.#wish.fps);
  }

  async #sound(untilUs: number): Promise<void> {
    const { onSound } = this.#wish;
    if (onSound === undefined || untilUs <= this.#wish.fromUs) return;
    const samples = this.#mix.take(untilUs);
    if (samples.length > 0) await onSound(pcmOf(samples));
  }

  async #draw(timeUs: number): Promise<void> {
    const draws = this.#stage.streams.map(async (stream, at) => {
      const cell = this.#cells[at];
      const { jpeg, version } = this.#stage.pictureOf(stream, timeUs);
      if (cell === undefined || this.#drawn.get(stream) === version) return;
      this.#drawn.set(stream, version);
      if (jpeg === undefined) this.#canvas.clear(cell.picture);
      else await this.#canvas.drawJpeg(jpeg, cell.picture);
    });
    await Promise.all(draws);
  }
}
