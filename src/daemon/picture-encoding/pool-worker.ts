/**
 * One worker thread of the picture pool: started, given one job at a time, ended. Owns the thread;
 * knows no stream and no queue.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { MeetError, asMeetError } from '../../transport/errors.js';
import type { PictureJob, PictureReply, WorkerSettings } from './picture-job.js';
import { parseReply } from './picture-job.js';

export interface PoolWorkerSink {
  /** The thread has loaded its library and takes jobs. Called once. */
  onReady(): void;
  onReply(reply: PictureReply): void;
  /** The thread ended by itself; the job that it had is lost. Called at most once, then nothing. */
  onFault(fault: MeetError): void;
}

export class PoolWorker {
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  #closing = false;
  #fault: MeetError | undefined;

  constructor(settings: WorkerSettings, sink: PoolWorkerSink) {
    this.#worker = new Worker(workerUrl(), { name: 'meet-pictures', workerData: settings });
    this.#worker.on('message', (message: unknown) => {
      if (message === 'ready') sink.onReady();
      else sink.onReply(parseReply(message));
    });
    this.#worker.on('error', (error: unknown) => {
      this.#fault = asMeetError(error);
    });
    this.#ended = new Promise((resolve) => {
      this.#worker.once('exit', (code) => {
        resolve();
        if (!this.#closing) sink.onFault(this.#fault ?? ended(code));
      });
    });
  }

  /** Moves the job's bytes to the thread, which replies once. One at a time. */
  run(job: PictureJob): void {
    const { buffer } = job.bytes;
    this.#worker.postMessage(job, buffer instanceof ArrayBuffer ? [buffer] : []);
  }

  /** Lets the thread finish its job and end, then resolves. Idempotent. */
  close(): Promise<void> {
    // Not terminate(): a thread that is torn from a library's native call can take the process down.
    if (!this.#closing) this.#worker.postMessage('end');
    this.#closing = true;
    return this.#ended;
  }
}

function ended(code: number): MeetError {
  return new MeetError('MEET_INTERNAL', `a picture worker ended with code ${code}`);
}

/** The built file: beside this one in dist, and dist's also when this one is run from src. */
function workerUrl(): URL {
  const here = new URL('./worker-main.js', import.meta.url);
  if (existsSync(fileURLToPath(here))) return here;
  const built = new URL(here.href.replace(/\/src\/(?=daemon\/)/, '/dist/'));
  if (existsSync(fileURLToPath(built))) return built;
  throw new MeetError(
    'MEET_INTERNAL',
    `${fileURLToPath(built)} does not exist; build it with: npm run build`,
  );
}
