/**
 * Writes the one pickle that leaves this program: a uint8 array of shape (height, width, 3), framed
 * for the older video port. Owns its bytes; takes pixels only, never a peer's pickle.
 *
 * Protocol 3, which every Python 3 loads, and the module name of numpy 1, which numpy 2 still takes
 * without a warning (numpy/core/multiarray.py keeps `_reconstruct` for old pickles). No memo: every
 * value is written once.
 */
import { MeetError } from '../errors.js';

const CHANNELS = 3;
/** `struct.pack("Q", …)` on every machine that these programs run on. */
const LENGTH_BYTES = 8;

/** Opcodes: Lib/pickletools.py. `numpy.core.multiarray._reconstruct(numpy.ndarray, (0,), b'b')` */
const BEFORE_SHAPE = Buffer.concat([
  Buffer.from('\x80\x03cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n', 'latin1'),
  Buffer.from('K\x00\x85C\x01b\x87R(K\x01', 'latin1'),
]);
/** BININT height, BININT width, BININT1 3, TUPLE3 */
const SHAPE_BYTES = 5 + 5 + 2 + 1;
/** `numpy.dtype('u1', False, True)`, its state (3, '|', None, None, None, -1, -1, 0), C order. */
const AFTER_SHAPE = Buffer.concat([
  Buffer.from('cnumpy\ndtype\nX\x02\x00\x00\x00u1\x89\x88\x87R', 'latin1'),
  Buffer.from('(K\x03X\x01\x00\x00\x00|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89', 'latin1'),
]);
/** BINBYTES and its u32 length */
const PIXELS_HEAD_BYTES = 5;
/** TUPLE, BUILD, STOP */
const TAIL = Buffer.from('tb.', 'latin1');

const BININT = 0x4a;
const BININT1 = 0x4b;
const TUPLE3 = 0x87;
const BINBYTES = 0x42;

/** A whole frame of the older video framing, whose pixels the caller fills in. */
export interface OlderVideoFrame {
  /** u64 little-endian length, then the pickle. */
  readonly frame: Buffer;
  /** The pixels' place in `frame`: width * height * 3 bytes, rows of blue, green, red. */
  readonly bgr: Buffer;
}

/**
 * Makes a frame for a picture of that size, pixels not initialised. Throws MEET_INTERNAL for a size
 * that is not 1 to 65535 each way.
 */
export function allocateOlderVideoFrame(width: number, height: number): OlderVideoFrame {
  requireSide(width);
  requireSide(height);
  const pixelBytes = width * height * CHANNELS;
  const pixelsAt =
    LENGTH_BYTES + BEFORE_SHAPE.length + SHAPE_BYTES + AFTER_SHAPE.length + PIXELS_HEAD_BYTES;
  const frame = Buffer.allocUnsafeSlow(pixelsAt + pixelBytes + TAIL.length);
  frame.writeBigUInt64LE(BigInt(frame.length - LENGTH_BYTES), 0);
  let at = LENGTH_BYTES + BEFORE_SHAPE.copy(frame, LENGTH_BYTES);
  at = frame.writeUInt8(BININT, at);
  at = frame.writeInt32LE(height, at);
  at = frame.writeUInt8(BININT, at);
  at = frame.writeInt32LE(width, at);
  at = frame.writeUInt8(BININT1, at);
  at = frame.writeUInt8(CHANNELS, at);
  at = frame.writeUInt8(TUPLE3, at);
  at += AFTER_SHAPE.copy(frame, at);
  at = frame.writeUInt8(BINBYTES, at);
  frame.writeUInt32LE(pixelBytes, at);
  TAIL.copy(frame, pixelsAt + pixelBytes);
  return { frame, bgr: frame.subarray(pixelsAt, pixelsAt + pixelBytes) };
}

/**
 * The pickle alone, for `width * height * 3` bytes of pixels. Throws MEET_INTERNAL when the byte
 * count is another.
 */
export function encodePicturePickle(bgr: Buffer, width: number, height: number): Buffer {
  return encodeOlderVideoFrame(bgr, width, height).subarray(LENGTH_BYTES);
}

/** The pickle behind its length: what an older client reads from its video socket. */
export function encodeOlderVideoFrame(bgr: Buffer, width: number, height: number): Buffer {
  const { frame, bgr: pixels } = allocateOlderVideoFrame(width, height);
  if (bgr.length !== pixels.length) {
    throw new MeetError(
      'MEET_INTERNAL',
      `a picture of ${width}x${height} has ${pixels.length} bytes, got ${bgr.length}`,
    );
  }
  bgr.copy(pixels);
  return frame;
}

function requireSide(side: number): void {
  if (Number.isInteger(side) && side >= 1 && side <= 0xffff) return;
  throw new MeetError('MEET_INTERNAL', `a picture's side is ${side}, expected 1 to 65535`);
}
