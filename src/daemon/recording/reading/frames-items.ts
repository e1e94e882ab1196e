/**
 * The items of one folder of the frames format, in order of its index. Owns turning index lines into
 * items; what is missing or cannot be read is passed over (verifying names it).
 */
import { join } from 'node:path';
import type { SoundFormat } from '../../../transport/stream-kind.js';
import { systemErrorCode } from '../../../transport/errors.js';
import { limitsWith } from '../../../transport/limits.js';
import { parseIndexLine } from '../frames-reader.js';
import type { FrameLine, IndexLine } from '../index-line.js';
import type { RecordingFs } from '../recording-fs.js';
import type { StandingLine } from '../standing-states.js';
import { stands } from '../standing-states.js';
import { FileWindow } from './file-window.js';
import type { Part } from './part.js';
import type { ReadWish, TimedItem } from './timed-item.js';
import { eventTimeUs } from './timed-item.js';

const STEP_BYTES = 256 * 1024;
const NEWLINE = 0x0a;
const LINE_MOST_BYTES = 64 * 1024;

/** Rejects with system errors when its index can't be read. */
export async function* framesItems(
  fs: RecordingFs,
  part: Part,
  wish: ReadWish = {},
): AsyncGenerator<TimedItem, void> {
  const folder = new FramesItems(fs, part.path, wish);
  try {
    yield* folder.items();
  } finally {
    await folder.close();
  }
}

type Picture = Extract<TimedItem, { type: 'picture' }>;

class FramesItems {
  readonly #fs: RecordingFs;
  readonly #folder: string;
  readonly #wish: ReadWish;
  #wav: { readonly name: string; readonly file: FileWindow } | undefined;
  #format: SoundFormat | undefined;

  constructor(fs: RecordingFs, folder: string, wish: ReadWish) {
    this.#fs = fs;
    this.#folder = folder;
    this.#wish = wish;
  }

  async *items(): AsyncGenerator<TimedItem, void> {
    const { fromUs = -Infinity } = this.#wish;
    const standing = new Map<string, FrameLine | StandingLine>();
    let hasBegun = fromUs === -Infinity;
    for await (const line of this.#lines()) {
      const atUs = timeOf(line);
      this.#note(line);
      if (atUs === undefined) continue;
      if (!hasBegun && atUs < fromUs) {
        if (line.type === 'frame') standing.set(line.kind, line);
        if (line.type === 'state' && stands(line)) standing.set(line.kind, line);
        if (line.type === 'hand' && stands(line)) standing.set('hand', line);
        else if (line.type === 'hand') standing.delete('hand');
        continue;
      }
      if (!hasBegun) {
        hasBegun = true;
        for (const before of standing.values()) {
          const item = before.type === 'frame' ? await this.#picture(before) : eventItem(before);
          if (item !== undefined) yield { ...item, atUs: fromUs };
        }
      }
      const item = await this.#item(line, atUs);
      if (item !== undefined) yield item;
    }
  }

  async close(): Promise<void> {
    await this.#wav?.file.close();
    this.#wav = undefined;
  }

  #note(line: IndexLine): void {
    if (line.type !== 'format' || line.codec !== 'pcm-s16le') return;
    const { codec, sampleRateHz, channels } = line;
    this.#format = { codec, sampleRateHz, channels };
  }

  async #item(line: IndexLine, atUs: number): Promise<TimedItem | undefined> {
    if (line.type === 'unchanged') return { type: 'tick', atUs };
    if (line.type !== 'frame') return { type: 'event', atUs, event: line };
    if (line.kind !== 'audio') return await this.#picture(line);
    const format = this.#format;
    if (this.#wish.sound === false || format === undefined) return undefined;
    const pcm = await this.#sound(line);
    return pcm === undefined ? undefined : { type: 'sound', atUs, pcm, format };
  }

  async #picture(line: FrameLine): Promise<Picture | undefined> {
    const { kind, file: name, receivedAtUs: atUs } = line;
    if (kind === 'audio' || this.#wish.pictures === false) return undefined;
    const bytes = await this.#whole(name, limitsWith()['jpeg-bytes']);
    return bytes === undefined ? undefined : { type: 'picture', kind, atUs, jpeg: bytes };
  }

  async #sound({ file: name, offsetBytes = 0, sizeBytes }: FrameLine): Promise<Buffer | undefined> {
    if (sizeBytes > limitsWith()['pcm-bytes']) return undefined;
    try {
      if (this.#wav?.name !== name) {
        await this.close();
        const file = await FileWindow.open(this.#fs, join(this.#folder, name), STEP_BYTES);
        this.#wav = { name, file };
      }
      return await this.#wav.file.view(offsetBytes, sizeBytes);
    } catch (thrown) {
      if (isGone(thrown)) return undefined;
      throw thrown;
    }
  }

  async #whole(name: string, mostBytes: number): Promise<Buffer | undefined> {
    try {
      const file = await FileWindow.open(this.#fs, join(this.#folder, name), STEP_BYTES);
      try {
        if (file.sizeBytes > mostBytes) return undefined;
        return await file.view(0, file.sizeBytes);
      } finally {
        await file.close();
      }
    } catch (thrown) {
      if (isGone(thrown)) return undefined;
      throw thrown;
    }
  }

  async *#lines(): AsyncGenerator<IndexLine, void> {
    const names = (await this.#fs.readdir(this.#folder))
      .map(({ name }) => name)
      .filter((name) => /^index.*\.jsonl$/.test(name))
      .sort((one, other) => one.length - other.length || (one < other ? -1 : 1));
    for (const name of names) {
      const file = await FileWindow.open(this.#fs, join(this.#folder, name), STEP_BYTES);
      try {
        yield* this.#linesOf(file);
      } finally {
        await file.close();
      }
    }
  }

  async *#linesOf(file: FileWindow): AsyncGenerator<IndexLine, void> {
    const { signal } = this.#wish;
    for (let at = 0; at < file.sizeBytes;) {
      signal?.throwIfAborted();
      const bytes = await file.view(at, LINE_MOST_BYTES);
      const end = bytes.indexOf(NEWLINE);
      // A line that never ends is none; the next may be one.
      if (end < 0) at += LINE_MOST_BYTES;
      else {
        const line = parseIndexLine(bytes.toString('utf8', 0, end));
        if (line !== undefined) yield line;
        at += end + 1;
      }
    }
  }
}

function eventItem(event: StandingLine): TimedItem {
  return { type: 'event', atUs: event.atUs, event };
}

/** Recorded pictures and sound that are gone leave a gap; other faults end the reading. */
function isGone(thrown: unknown): boolean {
  const code = systemErrorCode(thrown);
  return code === 'ENOENT' || code === 'ELOOP' || code === 'MEET_RECORDING_DAMAGED';
}

function timeOf(line: IndexLine): number | undefined {
  if (line.type === 'frame' || line.type === 'unchanged') return line.receivedAtUs;
  return eventTimeUs(line);
}
