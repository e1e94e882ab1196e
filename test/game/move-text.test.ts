import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MoveReader, moveText, parseMoveLine } from '../../src/game/move-text.js';
import type { Move } from '../../src/game/tic-tac-toe.js';

const REFUSED: unknown = expect.objectContaining({ code: 'MEET_PLAY_MOVE' });
const square = fc.integer({ min: 0, max: 2 });
const move: fc.Arbitrary<Move> = fc.record({ row: square, column: square });
const space = fc.stringMatching(/^[ \t\r\n]{0,3}$/);

/** Cuts a text at these places, in any order. */
function cut(text: string, places: readonly number[]): Buffer[] {
  const bytes = Buffer.from(text);
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort(
    (a, b) => a - b,
  );
  let from = 0;
  return ends.map((end) => {
    const chunk = bytes.subarray(from, end);
    from = end;
    return chunk;
  });
}

describe('a move as text', () => {
  it('is three bytes without a line ending', () => {
    expect(moveText({ row: 2, column: 0 })).toBe('2,0');
    fc.assert(
      fc.property(move, (each) => {
        expect(moveText(each)).toMatch(/^[012],[012]$/);
        expect(parseMoveLine(moveText(each))).toEqual(each);
      }),
    );
  });

  it('is read with the white space that Python’s int() passes over', () => {
    fc.assert(
      fc.property(move, space, space, space, space, ({ row, column }, a, b, c, d) => {
        expect(parseMoveLine(`${a}${row}${b},${c}${column}${d}`)).toEqual({ row, column });
      }),
    );
  });

  it('is read the same wherever the bytes of one connection are cut, a move at a time', () => {
    const turns = fc.array(move, { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(turns, fc.array(fc.nat({ max: 3 }), { maxLength: 4 }), (moves, places) => {
        const reader = new MoveReader();
        const read = moves.flatMap((each) =>
          cut(moveText(each), places).flatMap((chunk) => reader.push(chunk)),
        );
        expect(read).toEqual(moves);
        expect(reader.isHalf).toBe(false);
      }),
    );
  });

  it('is read as several where several are glued into one chunk', () => {
    const read = new MoveReader().push(Buffer.from('0,01,1 2,2\n'));
    expect(read.map(moveText)).toEqual(['0,0', '1,1', '2,2']);
  });

  it.each([
    ...['', ' ', '0', '0,', ',0', '0;0', '3,0', '0,3', '-1,0', '0,12', '00,1', '0,0,0', '0 0'],
    ...['a,b', 'GET / HTTP/1.1', '0,0x', '0.0,0', '+0,0', '٠,٠', '０,０', '\u0000,0', '1,1 1,1'],
  ])('is refused where it is none: %j', (text) => {
    expect(() => parseMoveLine(text)).toThrow(REFUSED);
  });

  it.each(['0,12', '0,0x', '0,01,', '0,0GET'])(
    'counts for nothing where the rest of its chunk is no move: %j',
    (text) => {
      expect(() => new MoveReader().push(Buffer.from(text))).toThrow(REFUSED);
    },
  );

  it('is half until its last digit has come', () => {
    const reader = new MoveReader();
    const halves = ['1', ',', ' ', '2'].map((part) => {
      const moves = reader.push(Buffer.from(part));
      return [moves.length, reader.isHalf];
    });
    expect(halves).toEqual([
      [0, true],
      [0, true],
      [0, true],
      [1, false],
    ]);
  });

  it('quotes what was received, safe to show and short', () => {
    const hostile = Buffer.from(`\u001b[2J${'x'.repeat(100_000)}`);
    expect(() => new MoveReader().push(hostile)).toThrow(
      `"\\x1b[2J${'x'.repeat(20)}..." is no move: expected row,column from 0 to 2, such as 1,2`,
    );
  });

  it('throws nothing but its own error for any bytes, and keeps none of them', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (chunks) => {
        const reader = new MoveReader();
        try {
          for (const chunk of chunks) {
            for (const each of reader.push(chunk)) expect(moveText(each)).toMatch(/^[012],[012]$/);
          }
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: 'MEET_PLAY_MOVE' });
        }
      }),
    );
  });
});
