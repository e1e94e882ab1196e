import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InputPart, TerminalReply } from '../../../src/tui/terminal/reply-parser.js';
import { ReplyParser } from '../../../src/tui/terminal/reply-parser.js';

/** What real terminals answered (xterm, kitty, iTerm2, WezTerm, tmux), and what is in it. */
const ANSWERS: readonly (readonly [bytes: string, reply: TerminalReply])[] = [
  ['\x1b[0n', { type: 'acknowledged' }],
  ['\x1b[3n', { type: 'other' }],
  ['\x1b[?64;1;2;4;22c', { type: 'attributes', values: [64, 1, 2, 4, 22] }],
  ['\x1b[?12;7R', { type: 'cursor', row: 12, column: 7 }],
  ['\x1b[>41;379;0c', { type: 'other' }],
  ['\x1b[?2026;2$y', { type: 'mode', mode: 2026, state: 2 }],
  ['\x1b[6;20;10t', { type: 'pixels', of: 'cell', width: 10, height: 20 }],
  ['\x1b[4;600;800t', { type: 'pixels', of: 'window', width: 800, height: 600 }],
  ['\x1bP>|XTerm(379)\x1b\\', { type: 'version', name: 'XTerm(379)' }],
  ['\x1bP1+r524742=382F382F38\x1b\\', { type: 'capability', valid: true, text: 'RGB=8/8/8' }],
  ['\x1bP0+r524742\x1b\\', { type: 'capability', valid: false, text: 'RGB' }],
  ['\x1b_Gi=31;OK\x1b\\', { type: 'kitty', keys: 'i=31', message: 'OK' }],
  ['\x1b_Gi=32;EBADF:no\x1b\\', { type: 'kitty', keys: 'i=32', message: 'EBADF:no' }],
  ['\x1b]1337;ReportCellSize=17.0;8.0\x1b\\', { type: 'iterm2', text: 'ReportCellSize=17.0;8.0' }],
  ['\x1b]11;rgb:0000/0000/0000\x07', { type: 'other' }],
  ['\x1b[<0;12;5M', { type: 'mouse', button: 0, column: 12, row: 5, released: false }],
  ['\x1b[<0;12;5m', { type: 'mouse', button: 0, column: 12, row: 5, released: true }],
];

/** What people type: letters, Alt, arrows, function keys (xterm, Linux console), UTF-8, pastes. */
const KEYS: readonly string[] = [
  ...['q', '\r', '\x03', '\x1b[A', '\x1bOP', '\x1b[[A', '\x1b[3~', '\x1b[1;5C', '\x1b[1;2R'],
  ...['\x1bx', 'häß', '日本', '👍', '\x1b[200~two\nlines\x1b[201~', '\x1b[Z', '\x7f', '\x1b[97;5u'],
];

function keysOf(parts: readonly InputPart[]): string {
  const bytes = parts.map((part) => (part.type === 'keys' ? part.bytes : Buffer.alloc(0)));
  return Buffer.concat(bytes).toString('utf8');
}

function repliesOf(parts: readonly InputPart[]): TerminalReply[] {
  return parts.flatMap((part) => (part.type === 'reply' ? [part.reply] : []));
}

describe('the answers of a terminal', () => {
  it.each(ANSWERS)('reads %j, split at every byte', (text, reply) => {
    const bytes = Buffer.from(`a${text}b`, 'latin1');
    for (let split = 0; split <= bytes.length; split += 1) {
      const parser = new ReplyParser();
      const parts = [
        ...parser.push(bytes.subarray(0, split)),
        ...parser.push(bytes.subarray(split)),
      ];
      expect(repliesOf(parts)).toEqual([reply]);
      expect(keysOf(parts)).toBe('ab');
      expect(parser.pending).toBeUndefined();
    }
  });

  it.each(KEYS.map((keys) => [keys]))('lets the keys %j through as they are', (keys) => {
    const bytes = Buffer.from(keys);
    for (let split = 0; split <= bytes.length; split += 1) {
      const parser = new ReplyParser();
      const parts = [
        ...parser.push(bytes.subarray(0, split)),
        ...parser.push(bytes.subarray(split)),
        ...parser.flush(),
      ];
      expect(keysOf(parts)).toBe(keys);
      expect(repliesOf(parts)).toEqual([]);
    }
  });

  it('keeps keys and answers apart in any mixture, cut anywhere', () => {
    const piece = fc.oneof(
      fc.constantFrom(...ANSWERS).map(([text, reply]) => ({ text, keys: '', reply })),
      fc.constantFrom(...KEYS).map((keys) => ({ text: keys, keys, reply: undefined })),
    );
    const mixtures = fc.tuple(fc.array(piece, { maxLength: 20 }), fc.array(fc.nat(200)));
    fc.assert(
      fc.property(mixtures, ([pieces, cuts]) => {
        const bytes = Buffer.from(pieces.map(({ text }) => text).join(''));
        const parser = new ReplyParser();
        const parts: InputPart[] = [];
        let at = 0;
        for (const cut of [...cuts.sort((a, b) => a - b), bytes.length]) {
          parts.push(...parser.push(bytes.subarray(at, Math.max(at, cut))));
          at = Math.max(at, cut);
        }
        parts.push(...parser.flush());
        expect(keysOf(parts)).toBe(pieces.map(({ keys }) => keys).join(''));
        expect(repliesOf(parts)).toEqual(pieces.flatMap(({ reply }) => reply ?? []));
      }),
    );
  });

  it('takes any bytes without throwing, holds a bounded number and answers again afterwards', () => {
    const noise = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 40 }),
        fc
          .constantFrom('\x1b', '\x1b[', '\x1bP', '\x1b_G', '\x1b]', '\x1b\\', '\x18')
          .map((text) => Uint8Array.from(Buffer.from(text, 'latin1'))),
      ),
    );
    fc.assert(
      fc.property(noise, (chunks) => {
        const parser = new ReplyParser();
        let given = 0;
        let taken = 0;
        for (const chunk of chunks) {
          taken += chunk.length;
          given += keysOf(parser.push(chunk).map(asLatin)).length;
        }
        given += keysOf(parser.flush().map(asLatin)).length;
        expect(given).toBeLessThanOrEqual(taken);
        expect(repliesOf(parser.push(Buffer.from('\x1b[0n')))).toEqual([{ type: 'acknowledged' }]);
      }),
    );
  });

  it('drops an endless answer instead of keeping or typing it', () => {
    const parser = new ReplyParser();
    parser.push(Buffer.from('\x1bP>|'));
    const megabyte = Buffer.alloc(1 << 20, 'q');
    expect(parser.push(megabyte)).toEqual([]);
    expect(parser.push(Buffer.from('\x1b\\x'))).toEqual([
      { type: 'reply', reply: { type: 'other' } },
      { type: 'keys', bytes: Buffer.from('x') },
    ]);
  });

  it('says whether what has begun may be a key', () => {
    const parser = new ReplyParser();
    parser.push(Buffer.from('\x1b'));
    expect(parser.pending).toBe('key');
    parser.push(Buffer.from('P'));
    expect(parser.pending).toBe('key');
    parser.push(Buffer.from('1+r'));
    expect(parser.pending).toBe('reply');
    expect(parser.flush()).toEqual([]);
    parser.push(Buffer.from('\x1bP'));
    expect(keysOf(parser.flush())).toBe('\x1bP');
  });
});

/** One character a byte, so that lengths can be compared. */
function asLatin(part: InputPart): InputPart {
  if (part.type !== 'keys') return part;
  return { type: 'keys', bytes: Buffer.from(part.bytes.map((byte) => byte & 0x7f)) };
}
