/**
 * Turns pictures of the older video framing into JPEGs and back, in a few worker threads. Owns the
 * threads and which stream's picture is next; parses and encodes nothing itself, knows no socket.
 *
 *   stream A [ waiting ]──┐                    ┌──> thread 1 ──┐
 *   stream B [ waiting ]──┼─ streams in turn ──┤               ├──> sink of A, B, C
 *   stream C [ waiting ]──┘                    └──> thread 2 ──┘
 *
 * One picture of a stream is in work at a time, so that they come out in order. A stream keeps the
 * newest few that wait; all streams together at most WAITING_MAX_BYTES.
 */
import type { Clock } from '../../transport/clock.js';
import { MeetError } from '../../transport/errors.js';
import type { Limits } from '../../transport/limits.js';
import type { PictureReply, PictureTask } from './picture-job.js';
import type { PictureCounts, PictureSink, WaitingPicture } from './picture-stream.js';
import { PictureQueue } from './picture-stream.js';
import { PoolWorker } from './pool-worker.js';

export interface PicturePoolOptions {
  readonly clock: Clock;
  readonly limits: Limits;
  /** Threads, 1 to 8. */
  readonly threads?: number;
  /** JPEG quality, 1 to 100, as libjpeg counts it. */
  readonly quality?: number;
}

/** A stream in the pool; belongs to one connection. */
export interface PictureStream {
  /**
   * Gives a picture to be worked on, newest wins. `bytes` belongs to the pool from now on: its
   * ArrayBuffer is moved to a thread when nothing else lies in it, else its bytes are copied once.
   */
  offer(bytes: Buffer, capturedAtUs: number): void;
  readonly counts: PictureCounts;
  /**
   * Takes no more. Resolves when all that it took is done, or never will be: the stream was closed, or
   * the pool was.
   */
  finish(): Promise<void>;
  /** Forgets what waits; the sink is not called any more. Idempotent. */
  close(): void;
}

/**
 * Measured with 4 streams of 640x480 at 30 fps on two cores, on a slow day: with one thread 4 to 76 of
 * 1,200 pictures were dropped, with two none in three runs, and the event loop's delay was the same.
 */
const THREADS = 2;
const QUALITY = 80;
/** 200 ms at 30 fps: evens out the jitter of several streams that share a thread. */
const DEPTH = 6;
/** While the threads start (some 200 ms) nothing can be worked on: half a second at 30 fps. */
const DEPTH_STARTING = 15;
const WAITING_MAX_BYTES = 128 * 1024 * 1024;

interface Stream {
  readonly task: PictureTask;
  readonly sink: PictureSink;
  readonly queue: PictureQueue;
  /** Stands in the turn, or has a picture in work. */
  busy: boolean;
  closed: boolean;
  /** Takes no more; to be called once it is done with what it took. */
  onFinished: (() => void) | undefined;
}

interface Job {
  readonly stream: Stream;
  readonly picture: WaitingPicture;
}

interface Thread {
  readonly worker: PoolWorker;
  ready: boolean;
  job: Job | undefined;
}

/** Starts its threads with the first stream; `close()` ends them. */
export class PicturePool {
  readonly #options: PicturePoolOptions;
  readonly #threads = new Set<Thread>();
  /** Streams that have something waiting and nothing in work; the first is next. */
  readonly #turn: Stream[] = [];
  readonly #finishing = new Set<Stream>();
  #waitingBytes = 0;
  /** Why no thread can be started here. */
  #broken: MeetError | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: PicturePoolOptions) {
    this.#options = options;
  }

  /** Opens a stream. Throws MEET_CLOSED after close(), MEET_INTERNAL when no thread can start. */
  open(task: PictureTask, sink: PictureSink): PictureStream {
    if (this.#closed !== undefined)
      throw new MeetError('MEET_CLOSED', 'the picture pool is closed');
    this.#startThreads();
    const stream: Stream = {
      task,
      sink,
      queue: new PictureQueue(),
      busy: false,
      closed: false,
      onFinished: undefined,
    };
    let finished: Promise<void> | undefined;
    return {
      offer: (bytes, capturedAtUs) => {
        const isOver = stream.closed || finished !== undefined || this.#closed !== undefined;
        if (!isOver) this.#offer(stream, bytes, capturedAtUs);
      },
      counts: stream.queue.counts,
      finish: () => (finished ??= this.#finished(stream)),
      close: () => {
        this.#forget(stream);
      },
    };
  }

  #finished(stream: Stream): Promise<void> {
    if (stream.closed || this.#closed !== undefined) return Promise.resolve();
    return new Promise((resolve) => {
      stream.onFinished = () => {
        this.#finishing.delete(stream);
        stream.closed = true;
        resolve();
      };
      this.#finishing.add(stream);
      this.#sayFinished(stream);
    });
  }

  #sayFinished(stream: Stream): void {
    if (!stream.busy && stream.queue.length === 0) stream.onFinished?.();
  }

  #forget(stream: Stream): void {
    stream.closed = true;
    this.#waitingBytes -= stream.queue.waitingBytes;
    stream.queue.clear();
    stream.onFinished?.();
  }

  /** The pictures in work are finished and forgotten, then the threads end. Idempotent. */
  close(): Promise<void> {
    for (const stream of this.#finishing) this.#forget(stream);
    this.#closed ??= Promise.all([...this.#threads].map(({ worker }) => worker.close())).then(
      () => undefined,
    );
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #offer(stream: Stream, bytes: Buffer, capturedAtUs: number): void {
    const { queue } = stream;
    if (this.#broken !== undefined) {
      this.#refuse(stream, this.#broken);
      return;
    }
    const others = this.#waitingBytes - queue.waitingBytes;
    const ready = [...this.#threads].some((thread) => thread.ready);
    queue.offer(
      { bytes: ownBytes(bytes), capturedAtUs, offeredAtMs: this.#options.clock.now() },
      // What piled up while the threads started may drain, but not grow.
      ready ? Math.max(DEPTH, queue.length) : DEPTH_STARTING,
      WAITING_MAX_BYTES - others,
    );
    this.#waitingBytes = others + queue.waitingBytes;
    this.#takeTurn(stream);
    this.#startThreads();
    this.#dispatch();
  }

  #takeTurn(stream: Stream): void {
    if (stream.busy || stream.queue.length === 0) return;
    stream.busy = true;
    this.#turn.push(stream);
  }

  /** Gives each free thread the oldest picture of the stream whose turn it is. */
  #dispatch(): void {
    for (const thread of this.#threads) {
      if (thread.ready && thread.job === undefined) this.#runNext(thread);
    }
  }

  #runNext(thread: Thread): void {
    for (let stream = this.#turn.shift(); stream !== undefined; stream = this.#turn.shift()) {
      const picture = stream.queue.take();
      if (picture !== undefined) {
        this.#waitingBytes -= picture.bytes.length;
        thread.job = { stream, picture };
        // The bytes are moved: nobody reads `picture.bytes` from here on.
        thread.worker.run({ task: stream.task, bytes: picture.bytes });
        return;
      }
      stream.busy = false; // it was closed while it stood in the turn
    }
  }

  #finish(thread: Thread, reply: PictureReply): void {
    const { job } = thread;
    thread.job = undefined;
    if (job !== undefined && this.#closed === undefined) {
      this.#deliver(job, reply);
      job.stream.busy = false;
      this.#takeTurn(job.stream);
      this.#sayFinished(job.stream);
    }
    this.#dispatch();
  }

  #deliver({ stream, picture }: Job, reply: PictureReply): void {
    if (stream.closed) return;
    if (!reply.ok) {
      this.#refuse(stream, new MeetError(reply.code, reply.message));
      return;
    }
    stream.queue.counts.done += 1;
    const { buffer, byteOffset, byteLength } = reply.bytes;
    stream.sink.onPicture({
      bytes: Buffer.from(buffer, byteOffset, byteLength),
      width: reply.width,
      height: reply.height,
      capturedAtUs: picture.capturedAtUs,
      tookUs: Math.round((this.#options.clock.now() - picture.offeredAtMs) * 1000),
    });
  }

  #refuse(stream: Stream, reason: MeetError): void {
    stream.queue.counts.refused += 1;
    stream.sink.onRefused(reason);
  }

  /** Starts what is missing: at first all threads, later one that has died. */
  #startThreads(): void {
    if (this.#broken !== undefined) throw this.#broken;
    while (this.#threads.size < (this.#options.threads ?? THREADS)) this.#startThread();
  }

  #startThread(): void {
    const { limits, quality = QUALITY } = this.#options;
    const worker = new PoolWorker(
      { limits, quality },
      {
        onReady: () => {
          thread.ready = true;
          this.#dispatch();
        },
        onReply: (reply) => {
          this.#finish(thread, reply);
        },
        onFault: (fault) => {
          this.#lose(thread, fault);
        },
      },
    );
    const thread: Thread = { worker, ready: false, job: undefined };
    this.#threads.add(thread);
  }

  /** A thread died: its picture is refused. One that never got ready would die again. */
  #lose(thread: Thread, fault: MeetError): void {
    this.#threads.delete(thread);
    if (!thread.ready) {
      this.#broken = fault;
      for (const stream of this.#turn.splice(0)) this.#refuse(stream, fault);
      for (const stream of this.#finishing) this.#forget(stream);
    }
    this.#finish(thread, { ok: false, code: fault.code, message: fault.message });
  }
}

/** The bytes in an ArrayBuffer of their own, so that it can be moved. */
function ownBytes(bytes: Buffer): Uint8Array {
  return bytes.length === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
}
