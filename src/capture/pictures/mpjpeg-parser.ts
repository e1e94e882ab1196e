/**
 * Reads ffmpeg's `-f mpjpeg`: JPEGs, each after a header with its exact length. Owns the state
 * machine and its bounds; never looks into a JPEG and never starts anything.
 *
 *   --ffmpeg CRLF  Content-type: image/jpeg CRLF  Content-length: N CRLF  CRLF  N bytes  CRLF --ffmpeg …
 *
 * Layout: libavformat/mpjpegenc.c, after RFC 2046, 5.1.
 */
import { MeetError } from '../../transport/errors.js';
import { LIMIT_TABLE } from '../../transport/limits.js';

/** What stands between two JPEGs is some 60 bytes; this much without a JPEG is not mpjpeg. */
const HEADER_MOST_BYTES = 1024;

const LINE_FEED = 0x0a;

export interface MpjpegSink {
  /** The first byte of a picture's body is about to be read. */
  onBegin(): void;
  /** A whole JPEG; the buffer is the caller's own. */
  onPicture(jpeg: Buffer): void;
}

export class MpjpegParser {
  readonly #sink: MpjpegSink;
  readonly #mostBytes: number;
  #state: 'header' | 'body' = 'header';
  #line = '';
  #headerBytes = 0;
  #length: number | undefined;
  #body: Buffer = Buffer.alloc(0);
  #filled = 0;

  /** `mostBytes` bounds one JPEG; nothing is allocated for a larger one. */
  constructor(sink: MpjpegSink, mostBytes: number = LIMIT_TABLE['jpeg-bytes'].default) {
    this.#sink = sink;
    this.#mostBytes = mostBytes;
  }

  /**
   * Takes the next bytes, however they were cut. Throws MEET_FRAME_MALFORMED or MEET_FRAME_TOO_LARGE;
   * the parser must not be used after that.
   */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      at = this.#state === 'header' ? this.#readHeader(chunk, at) : this.#readBody(chunk, at);
    }
  }

  #readHeader(chunk: Buffer, at: number): number {
    const feed = chunk.indexOf(LINE_FEED, at);
    const end = feed === -1 ? chunk.length : feed + 1;
    this.#headerBytes += end - at;
    if (this.#headerBytes > HEADER_MOST_BYTES) {
      throw malformed(`has ${this.#headerBytes} bytes between two pictures`);
    }
    this.#line += chunk.toString('latin1', at, end);
    if (feed !== -1) this.#endLine();
    return end;
  }

  #endLine(): void {
    const line = this.#line.trim();
    this.#line = '';
    const found = /^content-length:\s*(\d{1,10})$/i.exec(line);
    if (found !== null) this.#length = Number(found[1]);
    // Without a length the empty line is the one before a boundary.
    else if (line === '' && this.#length !== undefined) this.#beginBody(this.#length);
  }

  #beginBody(length: number): void {
    if (length === 0) throw malformed('has a picture of 0 bytes');
    if (length > this.#mostBytes) {
      throw new MeetError(
        'MEET_FRAME_TOO_LARGE',
        `ffmpeg's picture is ${length} bytes, limit is ${this.#mostBytes}; choose a smaller --size or --quality`,
      );
    }
    this.#state = 'body';
    this.#body = Buffer.allocUnsafeSlow(length);
    this.#filled = 0;
    this.#sink.onBegin();
  }

  #readBody(chunk: Buffer, at: number): number {
    const count = Math.min(this.#body.length - this.#filled, chunk.length - at);
    chunk.copy(this.#body, this.#filled, at, at + count);
    this.#filled += count;
    if (this.#filled === this.#body.length) this.#endBody();
    return at + count;
  }

  #endBody(): void {
    const jpeg = this.#body;
    this.#body = Buffer.alloc(0);
    this.#state = 'header';
    this.#headerBytes = 0;
    this.#length = undefined;
    this.#sink.onPicture(jpeg);
  }
}

function malformed(words: string): MeetError {
  return new MeetError(
    'MEET_FRAME_MALFORMED',
    `ffmpeg's output ${words}, expected multipart JPEG with Content-length headers`,
  );
}
