/**
 * A user of the older plain framing and its program: three connections, frames of all three kinds on
 * them, pictures back on the video one; when one of the three ends, the program is started again. Owns
 * the connections and counts what was said on each; its bytes are test/setup/wire.ts's.
 *
 * What it sends tells whose it is (`id`), of which start of the program, which number, and the phase of
 * the test: pictures by their size, the screen's and sound also by numbers in the bytes.
 */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { systemClock } from '../../src/transport/clock.js';
import { limitsWith } from '../../src/transport/limits.js';
import { encodePicturePickle } from '../../src/transport/older/canonical-pickle.js';
import { parsePicturePickle } from '../../src/transport/older/pickle-picture.js';
import type { StreamKind } from '../../src/transport/stream-kind.js';
import { STREAM_KINDS } from '../../src/transport/stream-kind.js';
import type { Random } from '../fuzz/random.js';
import { olderFrame, wireJpeg, wireSamples } from '../setup/wire.js';

const FRAME_EVERY_MS = 30;
/** From the last connection to the first frame, and from an end to the next start. */
const PAUSE_MS = 30;
const LENGTH_BYTES = 8;
const LIMITS = limitsWith();

/** What a frame says of itself. */
export interface Told {
  readonly id: number;
  readonly phase: number;
  /** Not of a camera's pictures, which come out as other bytes. */
  readonly start?: number;
  readonly number?: number;
}

/** A picture's size says whose it is, and of which phase. */
export function sizeFor(id: number, phase: number): { width: number; height: number } {
  return { width: 16 + 2 * phase, height: 16 + 2 * id };
}

export function toldBySize({ width, height }: { width: number; height: number }): Told {
  return { id: (height - 16) / 2, phase: (width - 16) / 2 };
}

/** Of the bytes of a screen's picture or of sound. */
export function toldByBytes(kind: 'screen' | 'audio', payload: Buffer): Told {
  const at = kind === 'screen' ? payload.length - 8 : 0;
  const [id = 0, phase = 0, start = 0, number = 0] = [0, 2, 4, 6].map((each) =>
    payload.readUInt16BE(at + each),
  );
  return { id, phase, start, number };
}

/** One connection of the three: where each frame ends in what was written. */
interface Written {
  readonly ends: number[];
  bytes: number;
}

export class OlderSharer {
  readonly id: number;
  phase = 0;
  /** By kind, one for each start of the program. */
  readonly written: Record<StreamKind, Written[]> = { screen: [], video: [], audio: [] };
  /** Newest phase of the picture that came back, and how many came. */
  shownPhase = -1;
  shownPictures = 0;
  /** What came back was no frame of the older framing. */
  fault: unknown;
  readonly #ports: Readonly<Record<StreamKind, number>>;
  readonly #random: Random;
  readonly #abort = new AbortController();
  #running: Promise<void> | undefined;

  constructor(id: number, ports: Readonly<Record<StreamKind, number>>, random: Random) {
    this.id = id;
    this.#ports = ports;
    this.#random = random;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Ends the program as its user does: what was written arrives. Resolves when nothing is left. */
  async close(): Promise<void> {
    this.#abort.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    try {
      for (;;) {
        await this.#live();
        await systemClock.sleep(PAUSE_MS + this.#random.below(PAUSE_MS), signal);
      }
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
    }
  }

  /** One start of the program, until one of its connections is gone. */
  async #live(): Promise<void> {
    const sockets: Socket[] = [];
    const end = new AbortController();
    for (const kind of STREAM_KINDS) sockets.push(await this.#open(kind, end));
    const stopping = AbortSignal.any([end.signal, this.#abort.signal]);
    await systemClock.sleep(PAUSE_MS, stopping).catch(() => undefined);
    const stop = systemClock.every(FRAME_EVERY_MS, () => {
      for (const [at, kind] of STREAM_KINDS.entries()) this.#send(kind, sockets[at]);
    });
    if (!stopping.aborted) await once(stopping, 'abort');
    stop();
    const left = sockets.filter(({ closed }) => !closed);
    const gone = left.map((socket) => once(socket, 'close'));
    for (const socket of left) {
      if (this.#abort.signal.aborted) socket.end();
      else socket.destroy();
    }
    await Promise.all(gone);
  }

  async #open(kind: StreamKind, end: AbortController): Promise<Socket> {
    const socket = connect({ port: this.#ports[kind], host: '127.0.0.1', noDelay: true });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      end.abort();
    });
    if (kind === 'video') this.#look(socket);
    else socket.resume();
    this.written[kind].push({ ends: [], bytes: 0 });
    await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
    return socket;
  }

  /** A program that writes to a full socket waits, and makes no frame. */
  #send(kind: StreamKind, socket: Socket | undefined): void {
    if (socket?.writable !== true || socket.writableNeedDrain) return;
    const written = this.written[kind].at(-1);
    if (written === undefined) return;
    const frame = olderFrame(kind, this.#body(kind, written.ends.length));
    written.bytes += frame.length;
    written.ends.push(written.bytes);
    socket.write(frame);
  }

  #body(kind: StreamKind, number: number): Buffer {
    const { width, height } = sizeFor(this.id, this.phase);
    if (kind === 'video') {
      return encodePicturePickle(Buffer.alloc(width * height * 3, 0x80), width, height);
    }
    const told = Buffer.alloc(8);
    const start = this.written[kind].length;
    for (const [at, value] of [this.id, this.phase, start, number].entries()) {
      told.writeUInt16BE(value, 2 * at);
    }
    if (kind === 'screen') return Buffer.concat([wireJpeg(width, height, 2000), told]);
    return Buffer.concat([told, wireSamples(1020)]);
  }

  #look(socket: Socket): void {
    let bytes = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      try {
        while (bytes.length >= LENGTH_BYTES) {
          const endsAt = LENGTH_BYTES + Number(bytes.readBigUInt64LE(0));
          if (bytes.length < endsAt) return;
          const picture = parsePicturePickle(bytes.subarray(LENGTH_BYTES, endsAt), LIMITS);
          this.shownPhase = toldBySize(picture).phase;
          this.shownPictures += 1;
          bytes = bytes.subarray(endsAt);
        }
      } catch (thrown) {
        this.fault ??= thrown;
      }
    });
  }
}
