/**
 * A move as text, `row,column`: on the older programs' wire, on standard input and in lines for
 * people. Owns the text and how a stream of bytes is cut into moves; knows no rule beyond 0 to 2.
 *
 *   "1,2"       what is written: three bytes, no line ending
 *   " 1, 2\n"   read as the same: the older programs read numbers with Python's int(), which passes
 *               over white space, and pass on what their player typed
 */
import { MeetError } from '../transport/errors.js';
import type { Move } from './tic-tac-toe.js';

/** What is quoted of a text that is no move. */
const QUOTED_BYTES = 24;
const DIGIT_0 = 0x30;
const DIGIT_2 = 0x32;
const COMMA = 0x2c;

export function moveText({ row, column }: Move): string {
  return `${row},${column}`;
}

/** Reads one line. Throws MEET_PLAY_MOVE where it is no move. */
export function parseMoveLine(line: string): Move {
  const bytes = Buffer.from(line, 'utf8');
  const [move, another] = new MoveReader().push(bytes);
  if (move === undefined || another !== undefined) throw noMove(bytes);
  return move;
}

/** Cuts the bytes of one connection into moves, however they come in chunks. */
export class MoveReader {
  #row: number | undefined;
  #comma = false;

  /** Whether a move has begun and not ended. */
  get isHalf(): boolean {
    return this.#row !== undefined;
  }

  /**
   * The moves that end in this chunk, mostly one. Throws MEET_PLAY_MOVE for bytes that are no move,
   * and then none of the chunk counts: `0,12` is not the move 0,1.
   */
  push(chunk: Uint8Array): Move[] {
    const moves: Move[] = [];
    for (const byte of chunk) {
      if (isWhiteSpace(byte)) continue;
      const move = this.#take(byte, chunk);
      if (move !== undefined) moves.push(move);
    }
    // A move that begins behind another one in one go is part of no move of somebody who waits.
    if (moves.length > 0 && this.isHalf) throw noMove(chunk);
    return moves;
  }

  #take(byte: number, chunk: Uint8Array): Move | undefined {
    if (this.#row !== undefined && !this.#comma) {
      if (byte !== COMMA) throw noMove(chunk);
      this.#comma = true;
      return undefined;
    }
    if (byte < DIGIT_0 || byte > DIGIT_2) throw noMove(chunk);
    const number = byte - DIGIT_0;
    if (this.#row === undefined) {
      this.#row = number;
      return undefined;
    }
    const move = { row: this.#row, column: number };
    this.#row = undefined;
    this.#comma = false;
    return move;
  }
}

/** What Python's int() passes over, of ASCII: space, \t, \n, \v, \f, \r. */
function isWhiteSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

function noMove(bytes: Uint8Array): MeetError {
  const text = Array.from(bytes.subarray(0, QUOTED_BYTES), shownByte).join('');
  const more = bytes.length > QUOTED_BYTES ? '...' : '';
  return new MeetError(
    'MEET_PLAY_MOVE',
    `"${text}${more}" is no move: expected row,column from 0 to 2, such as 1,2`,
  );
}

/** Printable ASCII as it is, anything else as `\\x1b`. */
function shownByte(byte: number): string {
  if (byte >= 0x20 && byte < 0x7f) return String.fromCharCode(byte);
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}
