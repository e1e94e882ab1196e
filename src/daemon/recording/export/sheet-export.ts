/**
 * A contact sheet: one picture with what was seen of each stream at moments of the recording. Owns which
 * moments, and their places.
 */
import { writeFile } from 'node:fs/promises';
import type { RecordingFs } from '../recording-fs.js';
import { meetingItems } from '../reading/meeting-items.js';
import { Canvas } from './canvas.js';
import type { ExportWish } from './export-wish.js';
import { readingOf } from './export-wish.js';
import { streamName } from './film.js';
import { filmGrid } from './film-grid.js';
import { Stage } from './stage.js';

/** Cells that are aimed at, and the fewest moments of each stream. */
const CELLS = 24;
const LEAST_MOMENTS = 3;

export interface SheetWish extends ExportWish {
  readonly width: number;
  readonly height: number;
}

/** Writes the sheet into the file at `path`; its kind is that of `name`: JPEG, or PNG. */
export async function exportSheet(
  fs: RecordingFs,
  wish: SheetWish,
  path: string,
  name: string,
): Promise<void> {
  const stage = new Stage(wish.parts);
  const streams = stage.streams.filter(({ kind }) => kind !== 'none');
  const perStream = Math.max(LEAST_MOMENTS, Math.floor(CELLS / Math.max(1, streams.length)));
  const moments = momentsOf(wish.fromUs, wish.toUs, perStream);
  const cells = filmGrid(streams.length * moments.length, wish.width, wish.height);
  const canvas = await Canvas.make(wish.width, wish.height);
  let next = 0;
  const drawUntil = async (atUs: number): Promise<void> => {
    for (; next < moments.length && (moments[next] ?? Infinity) < atUs; next += 1) {
      const moment = moments[next] ?? 0;
      for (const [row, stream] of streams.entries()) {
        const cell = cells[row * moments.length + next];
        if (cell === undefined) continue;
        const { jpeg } = stage.pictureOf(stream, moment);
        if (jpeg !== undefined) await canvas.drawJpeg(jpeg, cell.picture);
        const words = `${streamName(stream, stage.streams)}  ${clock(moment - wish.fromUs)}`;
        await canvas.drawName(words, cell.label);
      }
    }
  };
  for await (const item of meetingItems(fs, wish.parts, { ...readingOf(wish), sound: false })) {
    await drawUntil(item.atUs);
    stage.apply(item);
    wish.onProgress?.(item.atUs);
  }
  await drawUntil(Infinity);
  await writeFile(path, await canvas.encode(name));
}

/** In the middle of equal parts. */
function momentsOf(fromUs: number, toUs: number, count: number): number[] {
  const step = (toUs - fromUs) / count;
  return Array.from({ length: count }, (_, at) => fromUs + (at + 0.5) * step);
}

/** `1:02:03`. */
function clock(us: number): string {
  const whole = Math.floor(us / 1e6);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}
