/**
 * Runs in a worker thread of the picture pool: takes a job, replies, takes the next. Owns the order
 * of the steps of a job; keeps nothing between jobs, ends when the pool says so.
 */
import type { MessagePort } from 'node:worker_threads';
import { parentPort, workerData } from 'node:worker_threads';
import { MeetError, asMeetError } from '../../transport/errors.js';
import { limitsWith } from '../../transport/limits.js';
import { allocateOlderVideoFrame } from '../../transport/older/canonical-pickle.js';
import { parsePicturePickle } from '../../transport/older/pickle-picture.js';
import { RECORD_HEADER_BYTES } from '../../transport/record-header.js';
import type { JpegCodec } from './jpeg-codec.js';
import { loadJpegCodec } from './jpeg-codec.js';
import type { PictureJob, PictureReply, WorkerSettings } from './picture-job.js';
import { parseJob } from './picture-job.js';

type Done = Extract<PictureReply, { ok: true }>;

async function work(job: PictureJob, codec: JpegCodec, settings: WorkerSettings): Promise<Done> {
  const bytes = Buffer.from(job.bytes.buffer, job.bytes.byteOffset, job.bytes.byteLength);
  return job.task === 'to-jpeg' ? toJpeg(bytes, codec, settings) : toOlder(bytes, codec, settings);
}

async function toJpeg(record: Buffer, codec: JpegCodec, settings: WorkerSettings): Promise<Done> {
  const picture = parsePicturePickle(record.subarray(RECORD_HEADER_BYTES), settings.limits);
  const jpeg = await codec.encode(picture, settings.quality);
  const bytes = new Uint8Array(RECORD_HEADER_BYTES + jpeg.length);
  bytes.set(jpeg, RECORD_HEADER_BYTES);
  return { ok: true, bytes, width: picture.width, height: picture.height };
}

async function toOlder(jpeg: Buffer, codec: JpegCodec, settings: WorkerSettings): Promise<Done> {
  let done: Done | undefined;
  await codec.decode(jpeg, settings.limits, (width, height) => {
    const { frame, bgr } = allocateOlderVideoFrame(width, height);
    done = { ok: true, bytes: frame, width, height };
    return bgr;
  });
  if (done === undefined) throw new MeetError('MEET_INTERNAL', 'a JPEG was decoded to nothing');
  return done;
}

function reply(port: MessagePort, message: PictureReply): void {
  if (message.ok && message.bytes.buffer instanceof ArrayBuffer) {
    port.postMessage(message, [message.bytes.buffer]);
  } else {
    port.postMessage(message);
  }
}

async function main(port: MessagePort, settings: WorkerSettings): Promise<void> {
  const codec = await loadJpegCodec();
  const take = async (job: PictureJob): Promise<void> => {
    try {
      reply(port, await work(job, codec, settings));
    } catch (thrown) {
      const { code, message } = asMeetError(thrown);
      reply(port, { ok: false, code, message });
    }
  };
  port.on('message', (message: unknown) => {
    const job = parseJob(message);
    // Closing the port is what lets the thread end, with no job of sharp's left behind.
    if (job === undefined) port.close();
    else void take(job);
  });
  port.postMessage('ready');
}

function readSettings(data: unknown): WorkerSettings {
  const settings = typeof data === 'object' && data !== null ? data : {};
  const quality = 'quality' in settings ? Number(settings.quality) : NaN;
  const limits = 'limits' in settings ? settings.limits : undefined;
  if (!(quality >= 1 && quality <= 100) || typeof limits !== 'object' || limits === null) {
    throw new MeetError('MEET_INTERNAL', 'a picture worker was started without its settings');
  }
  return { quality, limits: limitsWith(limits) };
}

if (parentPort !== null) await main(parentPort, readSettings(workerData));
