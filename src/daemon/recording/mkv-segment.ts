/**
 * One segment of a participant while it is recorded: what is muxed, the file that it goes to, and what
 * was counted. Owns the order of writes that leaves a file which opens after a crash at any moment;
 * knows no queue and no meeting.
 *
 *   begin ──> [ head, Clusters ] ──> [ head again, where a track is new ] [ Clusters ] ──> ...
 *   finish ──> [ Cues, Tags ] ── sync ── [ head with all sizes ] ── sync ── rename ── sync of the folder
 */
import type { PictureSize } from '../../transport/jpeg-header.js';
import { readJpegSize } from '../../transport/jpeg-header.js';
import type { PictureKind, SoundFormat, StreamKind } from '../../transport/stream-kind.js';
import type { EventLine } from './event-words.js';
import { eventAtUs, eventWords } from './event-words.js';
import type { Waiting } from './frame-queue.js';
import type { SegmentIdentity } from './matroska/head-page.js';
import type { TimedBlock } from './matroska/segment-muxer.js';
import { SegmentMuxer } from './matroska/segment-muxer.js';
import { SegmentCounts } from './segment-counts.js';
import type { SegmentFile } from './segment-file.js';
import { sameSoundFormat, soundChunk } from './sound-chunk.js';

/** A frame with the moment when it was captured, by the daemon's clock. */
export interface TimedFrame {
  readonly item: Waiting;
  readonly atUs: number;
}

/** How a frame is to be read, by itself. */
export type FrameFormat =
  | { readonly kind: PictureKind; readonly size: PictureSize }
  | { readonly kind: 'audio'; readonly sound: SoundFormat };

export class MkvSegment {
  /** Microseconds since the Unix epoch, of timestamp 0. */
  readonly startedAtUs: number;
  readonly #file: SegmentFile;
  readonly #muxer: SegmentMuxer;
  readonly #who: string;
  readonly #counts = new SegmentCounts();
  #blocks: TimedBlock[] = [];
  #blockBytes = 0;
  #isHeadDue = true;
  #hasTail = false;
  #reachedUs = 0;
  #writtenReachUs = 0;

  constructor(file: SegmentFile, identity: SegmentIdentity) {
    this.#file = file;
    this.#muxer = new SegmentMuxer(identity);
    this.#who = identity.participant;
    this.startedAtUs = identity.startedAtUs;
  }

  get file(): SegmentFile {
    return this.#file;
  }

  /** Bytes of the file once all that was added is in it, but for a few a block. */
  get sizeBytes(): number {
    return this.#file.sizeBytes + this.#blockBytes;
  }

  /** Whether it holds no picture and no sound yet. */
  get isEmpty(): boolean {
    const { screen, video, audio } = this.#muxer.formats;
    return screen === undefined && video === undefined && audio === undefined;
  }

  /** Whether a frame of this format can go into the tracks that there are. */
  fits(format: FrameFormat): boolean {
    const { formats } = this.#muxer;
    if (format.kind === 'audio') {
      return formats.audio === undefined || sameSoundFormat(formats.audio, format.sound);
    }
    const known = formats[format.kind];
    if (known === undefined) return true;
    return known.width === format.size.width && known.height === format.size.height;
  }

  hasTrack(kind: StreamKind): boolean {
    return this.#muxer.formats[kind] !== undefined;
  }

  /** Adds a frame that is to be in the next `write`. A track is made for it where there is none. */
  add({ item, atUs }: TimedFrame, format: FrameFormat): void {
    this.#addMedia(item.frame.payload, format, atUs);
  }

  /** Adds a picture that was shown before this segment began. */
  addCopy(kind: PictureKind, payload: Buffer, atUs: number): void {
    this.#addMedia(payload, { kind, size: readJpegSize(payload) }, atUs);
  }

  #addMedia(payload: Buffer, format: FrameFormat, atUs: number): void {
    const isNew =
      format.kind === 'audio'
        ? this.#muxer.addTrack('audio', format.sound)
        : this.#muxer.addTrack(format.kind, format.size);
    if (isNew) this.#isHeadDue = true;
    this.#push({ track: format.kind, atUs, payload }, payload.length);
  }

  /** Adds an event at its time, but not before the segment nor after `latestUs`: clocks are set. */
  addEvent(line: EventLine, latestUs: number): void {
    if (this.#muxer.addTrack('events', true)) this.#isHeadDue = true;
    const json = JSON.stringify(line);
    const words = eventWords(line, this.#who);
    if (line.type === 'gap') this.#counts.dropped(line.kind, line.frames ?? 0);
    const atUs = Math.max(Math.min(eventAtUs(line), latestUs), this.startedAtUs);
    this.#push({ track: 'events', atUs, words, json }, words.length + json.length);
  }

  /** The picture shown is still that of before. */
  addUnchanged(kind: PictureKind, atUs: number): void {
    this.#counts.unchanged(kind);
    this.reach(atUs);
  }

  /** The recording is known to go on until then. */
  reach(atUs: number): void {
    this.#reachedUs = Math.max(this.#reachedUs, atUs);
  }

  /** Writes what was added, or how far the segment reaches. Rejects as the disk does. */
  async write(): Promise<void> {
    const blocks = this.#blocks;
    if (blocks.length === 0 && this.#reachedUs <= this.#writtenReachUs) return;
    this.#blocks = [];
    this.#blockBytes = 0;
    this.#muxer.reach(this.#reachedUs);
    const append = this.#muxer.append(blocks);
    const head = this.#isHeadDue ? this.#muxer.head() : undefined;
    this.#isHeadDue = false;
    if (head !== undefined && this.#file.sizeBytes === 0) {
      await this.#file.append([head, ...append.buffers]);
    } else {
      if (head !== undefined) await this.#file.rewriteHead(head);
      await this.#file.append(append.buffers);
    }
    this.#muxer.written(append);
    this.#writtenReachUs = Math.max(this.#reachedUs, blocks.at(-1)?.atUs ?? 0);
    this.#counts.written(blocks);
  }

  /** Ends the file as a whole one. Rejects as the disk does; what is there stays readable. */
  async finish(): Promise<void> {
    const { tail, head } = this.#muxer.end(this.#counts.snapshot());
    await this.#file.append(tail);
    this.#hasTail = true;
    await this.#seal(head);
  }

  /** Whether `finish` got so far that nothing but it may end the file. */
  get hasTail(): boolean {
    return this.#hasTail;
  }

  /** As `finish` without what needs more room. */
  async finishAsIs(): Promise<void> {
    await this.#seal(this.#muxer.end().head);
  }

  async #seal(head: Buffer): Promise<void> {
    await this.#file.sync();
    await this.#file.rewriteHead(head);
    await this.#file.sync();
    await this.#file.nameEnded();
  }

  #push(block: TimedBlock, bytes: number): void {
    this.#blocks.push(block);
    this.#blockBytes += bytes;
  }
}

/** How a frame is to be read; undefined for one that nobody could. */
export function frameFormat(item: Waiting): FrameFormat | undefined {
  const { kind, payload } = item.frame;
  if (kind === 'audio') {
    const chunk = soundChunk(item);
    return typeof chunk === 'string' ? undefined : { kind, sound: chunk.format };
  }
  try {
    return { kind, size: readJpegSize(payload) };
  } catch {
    // What comes from the hub has been looked at; this is for whoever offers something else.
    return undefined;
  }
}
