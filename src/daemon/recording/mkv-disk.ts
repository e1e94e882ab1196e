/**
 * A Matroska recording's side towards the disk: what waits goes into the segment, and the segment into
 * its file. Owns when a new segment begins and when it is synced; files and their names are those of
 * segment-series.ts, their content that of mkv-segment.ts.
 *
 *   intake.queue ── 0.5 s, in order ──> segment ── one append ──> who-0001.open.mkv
 *        └── gaps, remarks ──────────────^    └── each second, beside it: sync
 */
import type { Clock } from '../../transport/clock.js';
import { MeetError } from '../../transport/errors.js';
import type { Limits } from '../../transport/limits.js';
import { CaptureTimes } from './capture-times.js';
import { hasRoomAgain, requireRoom } from './disk-room.js';
import { EventBacklog } from './event-backlog.js';
import type { Waiting } from './frame-queue.js';
import type { FrameFormat, MkvSegment, TimedFrame } from './mkv-segment.js';
import { frameFormat } from './mkv-segment.js';
import type { RecordingDisk } from './recording-disk.js';
import type { Retention } from './retention.js';
import type { RootGuard } from './root-guard.js';
import type { SegmentFile } from './segment-file.js';
import { SegmentSeries } from './segment-series.js';
import type { SegmentSeriesOptions } from './segment-series.js';
import { SegmentSync } from './segment-sync.js';
import type { DiskHooks } from './stay-recording.js';
import { SteadyTime } from './steady-time.js';
import { StillPictures } from './still-pictures.js';
import { tryToWrite } from './trial-write.js';

export interface SegmentBounds {
  /** A new segment after so long, in ms. */
  readonly ms: number;
  /** And before the file is larger, in bytes. */
  readonly bytes: number;
}

export interface MkvDiskOptions extends SegmentSeriesOptions, DiskHooks {
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'disk-free-bytes'>;
  readonly segment: SegmentBounds;
  readonly guard: RootGuard;
  readonly retention: Retention;
}

/** Taken in one turn at most. What was taken cannot be dropped any more for a slow disk. */
const TURN_BYTES = 8 * 1024 ** 2;
/** A turn takes what came within so long: with the wait before it, less than a second is lost. */
const TURN_SPAN_US = 500_000;
/** Something is appended at least so often, so that whoever looks sees that it is being written. */
const SILENT_MS = 4000;
/** A segment is at least so old before another format of a frame begins a new one. */
const LEAST_SEGMENT_US = 1_000_000;

export class MkvDisk implements RecordingDisk {
  readonly pendingFrames = 0;
  readonly pendingBytes = 0;
  readonly unsyncedPictures = 0;
  readonly #options: MkvDiskOptions;
  readonly #series: SegmentSeries;
  readonly #sync: SegmentSync;
  readonly #times: CaptureTimes;
  readonly #still = new StillPictures();
  readonly #steady: SteadyTime;
  /** Of the frames in the segment. */
  #era = 0;
  readonly #events = new EventBacklog();
  /** Added to the segment, not yet known to be in its file. */
  #added: Waiting[] = [];
  #wroteAtMs = 0;
  #toldFile: SegmentFile | undefined;

  constructor(options: MkvDiskOptions) {
    this.#options = options;
    this.#series = new SegmentSeries(options);
    this.#sync = new SegmentSync(options.clock);
    this.#times = new CaptureTimes(options.stay.clockOffsetUs);
    this.#steady = new SteadyTime(options.clock);
  }

  get path(): string {
    return this.#series.path;
  }

  get paths(): readonly string[] {
    return this.#series.paths;
  }

  get suspectFiles(): readonly string[] {
    return this.#series.suspectFiles;
  }

  get isOpen(): boolean {
    return this.#series.file !== undefined;
  }

  async open(): Promise<void> {
    const { fs, root, limits, guard } = this.#options;
    if (this.isOpen) return;
    const rootFault = await guard.ensure();
    await requireRoom(fs, root, limits['disk-free-bytes']);
    await this.#series.open(rootFault);
    this.#sync.renew();
  }

  /** One append: events, and the frames of half a second. More only where a segment ends between. */
  async writeTurn(): Promise<void> {
    const { intake } = this.#options;
    if (this.#sync.fault !== undefined) await this.#next();
    await this.open();
    this.#events.gather(intake);
    const items = intake.queue.takeOldest(TURN_BYTES, TURN_SPAN_US);
    // Events alone begin no segment: without pictures and sound there is nothing to show them on.
    const isDue = !this.#events.empty && this.#series.segment !== undefined;
    if (items.length > 0 || isDue) await this.#write(items);
    intake.queue.release();
  }

  async lookAfter(): Promise<void> {
    const { fs, limits, clock, guard, retention } = this.#options;
    const { file, segment } = this.#series;
    if (file === undefined) return;
    await guard.check();
    if (!(await file.inPlace())) throw gone(file.path);
    retention.noteFree(await requireRoom(fs, file.path, limits['disk-free-bytes']));
    if (segment !== undefined && clock.now() - this.#wroteAtMs >= SILENT_MS) {
      segment.reach(this.#steady.nowUs());
      await this.#commit(segment);
    }
    this.#sync.start(file);
  }

  async pause(): Promise<void> {
    this.#added = [];
    this.#events.takeBack();
    await this.#endSegment();
    this.#options.retention.noteEnded();
  }

  async goOn(wasFull: boolean, failedBytes: number, atUs: number): Promise<boolean> {
    const { fs, root, limits, guard, retention } = this.#options;
    await guard.ensure();
    if (wasFull) await retention.makeRoom();
    const leastBytes = limits['disk-free-bytes'];
    if (wasFull && !(await hasRoomAgain(fs, root, leastBytes, failedBytes))) return false;
    await tryToWrite(fs, root, failedBytes);
    await this.open();
    this.#events.push({ type: 'resumed', atUs });
    return true;
  }

  async end(): Promise<void> {
    const { intake } = this.#options;
    if (!this.isOpen) return;
    this.#events.gather(intake);
    let fault: MeetError | undefined;
    try {
      if (this.#series.segment !== undefined) await this.#write([]);
    } finally {
      intake.queue.release();
      fault = await this.#endSegment();
    }
    if (fault !== undefined) throw fault;
  }

  async #write(items: readonly Waiting[]): Promise<void> {
    const { clock } = this.#options;
    const [first] = items;
    if (first !== undefined) {
      if (this.#isOver(first)) await this.#next();
      if (first.era !== this.#era) this.#times.forget();
      this.#era = first.era;
    }
    if (this.#series.segment === undefined) this.#times.renew();
    const frames = items.map((item) => this.#timed(item));
    let segment = await this.#begin(startOf(frames) ?? clock.wallUs());
    this.#events.addTo(segment, this.#steady.nowUs());
    for (const frame of frames) segment = await this.#add(segment, frame);
    await this.#commit(segment);
  }

  #timed(item: Waiting): TimedFrame {
    const { kind, capturedAtUs } = item.frame;
    return { item, atUs: this.#times.atUs(kind, capturedAtUs, item.receivedAtUs) };
  }

  async #begin(startedAtUs: number): Promise<MkvSegment> {
    if (this.#series.segment !== undefined) return this.#series.segment;
    this.#steady.renew();
    const segment = await this.#series.begin(startedAtUs);
    this.#events.openIn(segment);
    return segment;
  }

  /** Adds a frame to the segment, or to the next one where it fits better; returns that. */
  async #add(segment: MkvSegment, frame: TimedFrame): Promise<MkvSegment> {
    const { intake } = this.#options;
    const { item, atUs } = frame;
    const { kind, unchanged } = item.frame;
    if (unchanged) {
      if (kind !== 'audio') this.#still.confirm(segment, kind, atUs);
      this.#added.push(item);
      return segment;
    }
    const format = frameFormat(item);
    if (format === undefined) {
      intake.giveUp(item, kind === 'audio' ? 'no-format' : 'malformed');
      return segment;
    }
    const fitting = await this.#fitting(segment, format, frame);
    if (kind === 'audio' && !fitting.fits(format)) intake.giveUp(item, 'no-format');
    else {
      fitting.add(frame, format);
      this.#added.push(item);
      if (kind !== 'audio') this.#still.show(kind, item.frame);
    }
    return fitting;
  }

  async #fitting(
    segment: MkvSegment,
    format: FrameFormat,
    { item, atUs }: TimedFrame,
  ): Promise<MkvSegment> {
    const sizeBytes = segment.sizeBytes + item.frame.payload.length;
    const isTooLarge = sizeBytes > this.#options.segment.bytes && !segment.isEmpty;
    const isOld = atUs - segment.startedAtUs >= LEAST_SEGMENT_US;
    if (!isTooLarge && (segment.fits(format) || !isOld)) return segment;
    await this.#commit(segment);
    await this.#next();
    return this.#begin(atUs);
  }

  /** What was added is in the file, and counted. */
  async #commit(segment: MkvSegment): Promise<void> {
    const { intake, clock } = this.#options;
    await segment.write();
    this.#tellNameFault(segment.file);
    this.#wroteAtMs = clock.now();
    const added = this.#added;
    this.#added = [];
    this.#events.settle();
    this.#still.settle();
    for (const item of added) intake.queue.settle(item);
    intake.kept(
      added.map(({ frame: { kind, unchanged, payload } }) => ({
        kind,
        unchanged,
        sizeBytes: payload.length,
      })),
    );
  }

  /** Whether a frame belongs to the next segment, by time, or since the wall clock was set. */
  #isOver({ receivedAtUs, era }: Waiting): boolean {
    const open = this.#series.segment;
    const { ms } = this.#options.segment;
    if (open === undefined) return false;
    return era !== this.#era || receivedAtUs - open.startedAtUs >= ms * 1000;
  }

  /** Ends the segment and opens the next one. Rejects when that cannot be made. */
  async #next(): Promise<void> {
    await this.#endSegment();
    await this.open();
    this.#options.emit('segment');
    this.#options.retention.hint();
  }

  /** Returns why the file could not be ended as a whole one; a failed sync is told and is no reason. */
  async #endSegment(): Promise<MeetError | undefined> {
    await this.#sync.settled();
    const { fault, suspectFor } = await this.#series.finish();
    if (suspectFor !== undefined) this.#tellSuspect(suspectFor);
    return fault;
  }

  /** Tells once for each file, when it holds something, that its name may be lost with the power. */
  #tellNameFault(file: SegmentFile): void {
    if (file.nameFault === undefined || file === this.#toldFile) return;
    this.#toldFile = file;
    this.#tellSuspect(file.nameFault);
  }

  #tellSuspect({ code, message: words }: MeetError): void {
    this.#options.emit('suspect', { code, words });
  }
}

function startOf(frames: readonly TimedFrame[]): number | undefined {
  return frames.length === 0 ? undefined : Math.min(...frames.map(({ atUs }) => atUs));
}

/** Descriptors of removed files take writes in silence: only a look at the path tells. */
function gone(path: string): MeetError {
  return new MeetError(
    'MEET_DISK_WRITE',
    `${path} was removed or moved while it was recorded to, expected it to stay; ` +
      'what comes next goes to a new file: end a recording before moving it',
  );
}
