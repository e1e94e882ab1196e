/**
 * Pictures by kitty's graphics protocol: pixels by shared memory on this machine, compressed
 * elsewhere. Owns picture numbers (16 to 215, two for each slot) and the commands.
 *
 * Format: https://sw.kovidgoyal.net/kitty/graphics-protocol/. q=2 keeps the terminal from answering.
 */
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import type { Bitmap, PixelEncoder, PixelPlace } from './picture-encoder.js';
import type { SharedMemory } from './shared-memory.js';

const compress = promisify(deflate);

/** Bytes of base64 in one command (graphics protocol, "chunked data"). */
const CHUNK_CHARACTERS = 4096;
/** Numbers from 16 on are palette colours that placeholders can carry as `38;5;n`. */
const FIRST_NUMBER = 16;
/** Speed before size: a frame lives for a moment. */
const DEFLATE_LEVEL = 1;

export interface KittyOptions {
  /** Given when the terminal is on this machine and can read it. */
  readonly memory?: SharedMemory;
  /** The cells of a picture are placeholder characters, which move with text (tmux). */
  readonly placeholders: boolean;
  /** Puts one command into what carries it to the terminal, such as tmux's passthrough. */
  readonly wrap?: (command: string) => string;
}

/** Number of the picture of a slot; placeholders keep one, as cells name it. */
export function kittyNumber(slot: number, turn: number, placeholders: boolean): number {
  return FIRST_NUMBER + slot * 2 + (placeholders ? 0 : turn % 2);
}

export function kittyEncoder(options: KittyOptions): PixelEncoder {
  const wrap = options.wrap ?? ((command: string) => command);
  const command = (keys: string, payload = ''): string => wrap(`\x1b_G${keys};${payload}\x1b\\`);
  const remove = (number: number): string => command(`a=d,d=I,i=${number},q=2`);
  const transmit = async (bitmap: Bitmap, place: PixelPlace): Promise<string> => {
    const number = kittyNumber(place.slot, place.turn, options.placeholders);
    const how = options.placeholders ? 'U=1' : 'p=1,C=1';
    const keys =
      `a=T,q=2,f=24,s=${bitmap.width},v=${bitmap.height},i=${number},${how},` +
      `c=${place.columns},r=${place.rows}`;
    if (options.memory !== undefined) {
      const name = await options.memory.put(bitmap.rgb);
      return command(`${keys},t=s`, Buffer.from(name, 'latin1').toString('base64'));
    }
    const packed = await compress(bitmap.rgb, { level: DEFLATE_LEVEL });
    return chunks(`${keys},t=d,o=z`, packed.toString('base64'), command);
  };
  return {
    kind: 'pixels',
    mode: 'kitty',
    input: 'rgb',
    // Over a link half the pixels each way are a quarter of the bytes; the terminal enlarges them.
    wanted: ({ width, height }) =>
      options.memory === undefined
        ? { width: Math.ceil(width / 2), height: Math.ceil(height / 2) }
        : { width, height },
    async encode(picture, place) {
      if (picture.input !== 'rgb') throw new TypeError('kitty takes pixels, not a JPEG');
      const shown = await transmit(picture.bitmap, place);
      // The one before goes only when its successor is there: no blank between them.
      const before = kittyNumber(place.slot, place.turn + 1, false);
      return Buffer.from(options.placeholders ? shown : shown + remove(before), 'latin1');
    },
    erase: (slot) =>
      Buffer.from(
        remove(kittyNumber(slot, 0, options.placeholders)) +
          (options.placeholders ? '' : remove(kittyNumber(slot, 1, false))),
        'latin1',
      ),
    eraseAll() {
      options.memory?.removeAll();
      return Buffer.from(command('a=d,d=A,q=2'), 'latin1');
    },
  };
}

/** The first command carries the keys; m=1 says that more follow. */
function chunks(
  keys: string,
  payload: string,
  command: (keys: string, payload: string) => string,
): string {
  let out = '';
  for (let at = 0; at < payload.length; at += CHUNK_CHARACTERS) {
    const more = at + CHUNK_CHARACTERS < payload.length ? 1 : 0;
    const head = at === 0 ? `${keys},m=${more}` : `q=2,m=${more}`;
    out += command(head, payload.slice(at, at + CHUNK_CHARACTERS));
  }
  return out;
}

/** What carries a command through tmux: its escapes are doubled (tmux(1), allow-passthrough). */
export function wrapForTmux(command: string): string {
  return `\x1bPtmux;${command.replaceAll('\x1b', '\x1b\x1b')}\x1b\\`;
}
