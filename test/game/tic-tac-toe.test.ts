import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Move, Position } from '../../src/game/tic-tac-toe.js';
import {
  LINES,
  START,
  legalMoves,
  moveOnto,
  otherMark,
  play,
  refusalOf,
  replay,
  squareOf,
  winningSquares,
} from '../../src/game/tic-tac-toe.js';

const anyMove: fc.Arbitrary<Move> = fc.record({
  row: fc.integer({ min: -1, max: 3 }),
  column: fc.integer({ min: -1, max: 3 }),
});

/** A game of legal moves, chosen by numbers, to its end or to the last number. */
function gameOf(choices: readonly number[]): Position[] {
  const positions: Position[] = [START];
  for (const choice of choices) {
    const position = positions.at(-1) ?? START;
    const moves = legalMoves(position);
    const move = moves[choice % Math.max(1, moves.length)];
    if (position.turn === undefined || move === undefined) break;
    positions.push(play(position, position.turn, move));
  }
  return positions;
}

const choices = fc.array(fc.nat({ max: 1000 }), { minLength: 9, maxLength: 9 });

function count({ squares }: Position, mark: 'X' | 'O'): number {
  return squares.filter((held) => held === mark).length;
}

describe('tic-tac-toe', () => {
  it('has 255,168 games: X wins 131,184, O 77,904, and 46,080 are ties', () => {
    const results = { X: 0, O: 0, tie: 0 };
    const visit = (position: Position): void => {
      if (position.outcome !== undefined) results[position.outcome] += 1;
      else if (position.turn !== undefined) {
        for (const move of legalMoves(position)) visit(play(position, position.turn, move));
      }
    };
    visit(START);
    expect(results).toEqual({ X: 131_184, O: 77_904, tie: 46_080 });
    expect(results.X + results.O + results.tie).toBe(255_168);
  });

  it('ends every game after five to nine moves, and only then', () => {
    fc.assert(
      fc.property(choices, (chosen) => {
        const game = gameOf(chosen);
        const end = game.at(-1);
        expect(end?.outcome).toBeDefined();
        expect(end?.moves.length).toBeGreaterThanOrEqual(5);
        expect(end?.moves.length).toBeLessThanOrEqual(9);
        for (const before of game.slice(0, -1)) expect(before.outcome).toBeUndefined();
      }),
    );
  });

  it('never has X two ahead, nor O ahead at all', () => {
    fc.assert(
      fc.property(choices, (chosen) => {
        for (const position of gameOf(chosen)) {
          const ahead = count(position, 'X') - count(position, 'O');
          expect([0, 1]).toContain(ahead);
          if (position.outcome === undefined) expect(position.turn).toBe(ahead === 0 ? 'X' : 'O');
        }
      }),
    );
  });

  it('takes no move after the end, from nobody and onto no square', () => {
    fc.assert(
      fc.property(choices, anyMove, fc.constantFrom('X', 'O'), (chosen, move, mark) => {
        const end = gameOf(chosen).at(-1) ?? START;
        expect(legalMoves(end)).toEqual([]);
        expect(() => play(end, mark, move)).toThrow();
      }),
    );
  });

  it('takes a move exactly where it is legal, and changes nothing else', () => {
    fc.assert(
      fc.property(choices, fc.nat({ max: 8 }), anyMove, (chosen, at, move) => {
        const game = gameOf(chosen);
        const position = game[Math.min(at, game.length - 1)] ?? START;
        const before = structuredClone(position);
        for (const mark of ['X', 'O'] as const) {
          const legal =
            position.turn === mark &&
            legalMoves(position).some((each) => squareOf(each) === squareOf(move)) &&
            [0, 1, 2].includes(move.row) &&
            [0, 1, 2].includes(move.column);
          expect(refusalOf(position, mark, move) === undefined).toBe(legal);
          if (!legal) continue;
          const next = play(position, mark, move);
          expect(next.squares[squareOf(move)]).toBe(mark);
          expect(next.squares.filter((held, square) => held !== position.squares[square])).toEqual([
            mark,
          ]);
        }
        expect(position).toEqual(before);
      }),
    );
  });

  it('is replayed from its moves', () => {
    fc.assert(
      fc.property(choices, (chosen) => {
        for (const position of gameOf(chosen)) expect(replay(position.moves)).toEqual(position);
      }),
    );
  });

  it.each(LINES)('is won on the squares %i, %i and %i', (...line) => {
    for (const winner of ['X', 'O'] as const) {
      const lost = threeApart(line);
      let position = START;
      for (let at = 0; position.outcome === undefined; at += 1) {
        const mark = position.turn ?? 'X';
        const square = (mark === winner ? line : lost)[Math.floor(at / 2)] ?? 0;
        position = play(position, mark, moveOnto(square));
      }
      expect(position.outcome).toBe(winner);
      expect([...winningSquares(position)].sort()).toEqual([...line].sort());
    }
  });

  it('is won on two lines at once by one move', () => {
    // X takes all corners of the first row and column but the one where they meet, then that one.
    const squares = [1, 4, 2, 5, 3, 7, 6, 8, 0];
    const end = replay(squares.map(moveOnto));
    expect(end.outcome).toBe('X');
    expect([...winningSquares(end)].sort()).toEqual([0, 1, 2, 3, 6]);
  });

  it('says why a move is refused', () => {
    const position = replay([{ row: 1, column: 1 }]);
    expect(refusalOf(position, 'O', { row: 1, column: 1 })).toBe('1,1 is taken by X');
    expect(refusalOf(position, 'X', { row: 0, column: 0 })).toBe('0,0 came out of turn: O moves');
    expect(refusalOf(position, 'O', { row: 3, column: 0 })).toMatch(/^3,0 is not on the board/);
    expect(refusalOf(position, 'O', { row: 0.5, column: 0 })).toMatch(/not on the board/);
    expect(() => play(position, 'X', { row: 0, column: 0 })).toThrow(
      expect.objectContaining({ code: 'MEET_PLAY_MOVE' }) as Error,
    );
    expect(otherMark(otherMark('X'))).toBe('X');
  });
});

/** Three squares off a line that are no line themselves. */
function threeApart(line: readonly number[]): number[] {
  const others = [0, 1, 2, 3, 4, 5, 6, 7, 8].filter((square) => !line.includes(square));
  for (const left of others) {
    const three = others.filter((square) => square !== left).slice(0, 3);
    if (!LINES.some((each) => each.every((square) => three.includes(square)))) return three;
  }
  throw new Error('every three of them are a line');
}
