/**
 * `file:PATH` for a recording of ours: its pictures as they were recorded and its sound at its times,
 * in a loop. Owns what of a recording is shown at a moment; other files go to the backend below.
 *
 *   items of the file ──> (the loop has come so far) ──> newest picture ──> source, when it asks
 *                                                   └──> mix of 20 ms  ──> source, each 20 ms
 */
import { resolve } from 'node:path';
import { FILE_PREFIX } from '../../capture/backend-choice.js';
import { jpegEncoder } from '../../capture/pictures/choose-encoder.js';
import type { EncodedPicture } from '../../capture/pictures/jpeg-encoder.js';
import type { TakenPicture } from '../../capture/pictures/on-demand-pictures.js';
import { openOnDemand } from '../../capture/pictures/on-demand-pictures.js';
import { quotedName } from '../../capture/quoted-name.js';
import { PacedSource } from '../../capture/sound/paced-source.js';
import type { Backend, OpenRequest, PictureWish, Source } from '../../capture/source.js';
import { SoundMix, pcmOf } from '../../daemon/recording/export/sound-mix.js';
import type { MeetingItem } from '../../daemon/recording/reading/meeting-items.js';
import { meetingItems } from '../../daemon/recording/reading/meeting-items.js';
import { systemRecordingFs } from '../../daemon/recording/recording-fs.js';
import { MIX_RATE_HZ } from '../../playback/output.js';
import type { Clock } from '../../transport/clock.js';
import { MeetError } from '../../transport/errors.js';
import { readJpegSize } from '../../transport/jpeg-header.js';
import type { StreamKind } from '../../transport/stream-kind.js';
import type { HeldLoop, RecordedLoop } from './recorded-loop.js';
import { holdLoop } from './recorded-loop.js';

const BACKEND = 'file';
const FRAME_US = 20_000;
/** Sound is read so far ahead: a chunk may be placed a little before its time. */
const AHEAD_US = 200_000;
/** Nobody wanted pictures for so long: what was missed is passed over, not read. */
const APART_US = 2_000_000;
const NAMES: Readonly<Record<StreamKind, string>> = {
  screen: 'screen',
  video: 'camera',
  audio: 'sound',
};

/** The backend of files, which opens our own recordings by itself. */
export function recordedFiles(below: Backend): Backend {
  return { ...below, open: (request) => openRecorded(below, request) };
}

async function openRecorded(below: Backend, request: OpenRequest): Promise<Source> {
  const { device = '', context, wish } = request;
  const path = device.startsWith(FILE_PREFIX) ? device.slice(FILE_PREFIX.length) : '';
  if (path === '' || path.includes('\0')) return await below.open(request);
  const held = await holdLoop(resolve(path), context.clock);
  if (held === undefined) return await below.open(request);
  try {
    if (wish.kind === 'audio') return await openSound(request, held);
    return await openPictures(request, wish, held);
  } catch (thrown) {
    held.release();
    throw thrown;
  }
}

async function openPictures(
  request: OpenRequest,
  wish: PictureWish,
  held: HeldLoop,
): Promise<Source> {
  const { loop } = held;
  const { clock } = request.context;
  const { kinds } = loop.part;
  // A file with pictures of one kind alone is shared as either.
  const kind = kinds.includes(wish.kind) ? wish.kind : wish.kind === 'screen' ? 'video' : 'screen';
  if (!kinds.includes(kind)) throw hasNone(loop, wish.kind);
  const pictures = new LoopedPictures(loop, kind);
  const encoder = await jpegEncoder();
  let scaled: { readonly from: Buffer; readonly picture: EncodedPicture } | undefined;
  const take = async (signal: AbortSignal): Promise<TakenPicture> => {
    const jpeg = await pictures.next(1000 / wish.fps, clock, signal);
    if (jpeg === undefined) throw hasNone(loop, wish.kind);
    const takenAtUs = clock.wallUs();
    const { width, height } = readJpegSize(jpeg);
    if (width <= wish.maxWidth && height <= wish.maxHeight) {
      return { jpeg, width, height, takenAtUs };
    }
    // One that stands is asked for again and again.
    if (scaled?.from !== jpeg) {
      scaled = { from: jpeg, picture: await encoder.encodeFile(jpeg, wish) };
    }
    return { ...scaled.picture, takenAtUs };
  };
  const device = request.device ?? '';
  const release = async (): Promise<void> => {
    held.release();
    await pictures.close();
  };
  return await openOnDemand({ request, wish, backend: BACKEND, device, take, release });
}

async function openSound(request: OpenRequest, held: HeldLoop): Promise<Source> {
  const { loop } = held;
  if (!loop.part.kinds.includes('audio')) throw hasNone(loop, 'audio');
  const sound = new LoopedSound(loop);
  const { channels } = loop;
  return await PacedSource.open(request, {
    ...{ backend: BACKEND, device: request.device ?? '' },
    format: { codec: 'pcm-s16le', sampleRateHz: MIX_RATE_HZ, channels },
    frame: (index) => sound.frame(index),
    close: async () => {
      held.release();
      await sound.close();
    },
  });
}

function hasNone({ part }: RecordedLoop, kind: StreamKind): MeetError {
  const there = part.kinds.map((each) => NAMES[each]).join(', ');
  return new MeetError(
    'MEET_FILE_SOURCE',
    `${quotedName(part.path)} has no ${NAMES[kind]} that can be read; it has: ${there}`,
  );
}

type Items = AsyncGenerator<MeetingItem, void>;

function itemsOf({ part }: RecordedLoop, fromUs: number, kind: 'pictures' | 'sound'): Items {
  const wish = { fromUs, pictures: kind === 'pictures', sound: kind === 'sound' };
  return meetingItems(systemRecordingFs, [part], wish);
}

/** Each call goes on from where the last one was; the loop never stands still meanwhile. */
class LoopedPictures {
  readonly #loop: RecordedLoop;
  readonly #kind: 'screen' | 'video';
  #items: Items | undefined;
  #next: MeetingItem | undefined;
  #round = -1;
  /** Where the last look was. */
  #atUs = -Infinity;
  #newest: Buffer | undefined;
  #given: Buffer | undefined;

  constructor(loop: RecordedLoop, kind: 'screen' | 'video') {
    this.#loop = loop;
    this.#kind = kind;
  }

  /**
   * What is shown now, or as soon as it is another than last time, at most so much later: a rate that
   * were a little off the recorded one would miss pictures.
   */
  async next(mostMs: number, clock: Clock, signal: AbortSignal): Promise<Buffer | undefined> {
    const untilMs = clock.now() + mostMs;
    let jpeg = await this.#shown();
    for (let leftMs = mostMs; jpeg === this.#given && leftMs > 0; leftMs = untilMs - clock.now()) {
      await clock.sleep(Math.max(1, Math.min(leftMs, this.#untilNextMs())), signal);
      jpeg = await this.#shown();
    }
    this.#given = jpeg;
    return jpeg;
  }

  async close(): Promise<void> {
    await this.#items?.return();
  }

  #untilNextMs(): number {
    if (this.#next === undefined) return Infinity;
    const { atUs } = this.#loop.momentOf(this.#loop.elapsedUs);
    return (this.#next.atUs - atUs) / 1000;
  }

  /**
   * What is shown now; before the first picture of the stream that one, where it is off the last one.
   * Undefined when the file has none.
   */
  async #shown(): Promise<Buffer | undefined> {
    const { round, atUs } = this.#loop.momentOf(this.#loop.elapsedUs);
    const isApart = atUs - this.#atUs > APART_US;
    this.#atUs = atUs;
    if (round !== this.#round || isApart) await this.#begin(round, atUs);
    await this.#until(atUs);
    if (this.#newest === undefined) {
      // It was off by then, and for the rest.
      await this.#begin(round, this.#loop.part.startedAtUs);
      await this.#until(atUs);
    }
    return this.#newest;
  }

  async #begin(round: number, atUs: number): Promise<void> {
    await this.close();
    this.#round = round;
    this.#items = itemsOf(this.#loop, atUs, 'pictures');
    await this.#step();
  }

  async #until(atUs: number): Promise<void> {
    for (let item = this.#next; item !== undefined; item = this.#next) {
      if (item.atUs > atUs && this.#newest !== undefined) return;
      if (item.type === 'picture' && item.kind === this.#kind) this.#newest = item.jpeg;
      await this.#step();
    }
  }

  async #step(): Promise<void> {
    const result = await this.#items?.next();
    this.#next = result?.done === false ? result.value : undefined;
  }
}

/** 20 ms after 20 ms, silence where nothing was recorded. */
class LoopedSound {
  readonly #loop: RecordedLoop;
  #items: Items | undefined;
  #next: MeetingItem | undefined;
  #mix = new SoundMix(0);
  #round = -1;
  /** Of the loop, when slot 0 was due. */
  #baseUs: number | undefined;
  #takenUs = 0;

  constructor(loop: RecordedLoop) {
    this.#loop = loop;
  }

  async frame(index: number): Promise<Buffer> {
    this.#baseUs ??= Math.round(this.#loop.elapsedUs) - index * FRAME_US;
    const { round, atUs } = this.#loop.momentOf(this.#baseUs + index * FRAME_US);
    const isApart = Math.abs(atUs - this.#takenUs) > FRAME_US;
    if (round !== this.#round || isApart) await this.#begin(round, Math.round(atUs));
    this.#takenUs += FRAME_US;
    while (this.#next !== undefined && this.#next.atUs <= this.#takenUs + AHEAD_US) {
      const item = this.#next;
      if (item.type === 'sound') {
        this.#mix.add(item.participant, item.atUs, item.pcm, item.format);
      }
      await this.#step();
    }
    const pcm = pcmOf(this.#mix.take(this.#takenUs));
    return this.#loop.channels === 1 ? leftOf(pcm) : pcm;
  }

  async close(): Promise<void> {
    await this.#items?.return();
  }

  async #begin(round: number, atUs: number): Promise<void> {
    await this.close();
    this.#round = round;
    this.#takenUs = atUs;
    this.#mix = new SoundMix(atUs);
    this.#items = itemsOf(this.#loop, atUs, 'sound');
    await this.#step();
  }

  async #step(): Promise<void> {
    const result = await this.#items?.next();
    this.#next = result?.done === false ? result.value : undefined;
  }
}

/** Of stereo, 16 bits a sample. */
function leftOf(pcm: Buffer): Buffer {
  const left = Buffer.allocUnsafeSlow(pcm.length / 2);
  for (let at = 0; at < left.length; at += 2) left.writeInt16LE(pcm.readInt16LE(at * 2), at);
  return left;
}
