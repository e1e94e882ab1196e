import { describe, expect, it } from 'vitest';
import { GameFollower } from '../../src/game/game-follower.js';
import { lastMoveWords, resultWords, stateWords } from '../../src/game/game-view.js';
import type { GameRecord } from '../../src/transport/play-control.js';

const RECORD: GameRecord = {
  ...{ type: 'game', table: 1, number: 1, state: 'playing', offeredBy: 'self' },
  ...{ participant: 3, name: 'bob', away: false, mark: 'X', moves: [], revenge: 'none' },
};
const CHEAT: unknown = expect.objectContaining({ code: 'MEET_PLAY_MOVE' });

function moves(text: string): GameRecord['moves'] {
  const parts = text === '' ? [] : text.split(' ');
  return parts.map((part) => ({ row: Number(part[0]), column: Number(part[2]) }));
}

function follower(): GameFollower {
  return new GameFollower((text) => text.toUpperCase());
}

describe('a table that a daemon tells of', () => {
  it('is followed from the offer to the revenge, with words for each state', () => {
    const table = follower();
    const words = [
      { ...RECORD, state: 'offered' as const },
      RECORD,
      { ...RECORD, moves: moves('0,0') },
      { ...RECORD, moves: moves('0,0'), away: true },
      { ...RECORD, moves: moves('0,0 1,1 0,1 2,2 0,2'), state: 'over' as const },
      { ...RECORD, number: 2, mark: 'O' as const },
    ].map((record) => stateWords(table.take(record)));
    expect(words).toEqual([
      'waiting for BOB to answer',
      'your move: you are X',
      'BOB moves (O)',
      'BOB lost its connection; waiting for it',
      'X won (you)',
      'BOB moves (X)',
    ]);
  });

  it('has its names and reasons cleaned', () => {
    const view = follower().take({ ...RECORD, state: 'closed', reason: 'left', code: 'NEWER' });
    expect(view).toMatchObject({ opponent: 'BOB', words: 'LEFT', code: 'MEET_PLAYER_GONE' });
  });

  it.each([
    ['a taken square', '', '0,0 0,0'],
    ['a move after the end', '', '0,0 1,0 0,1 1,1 0,2 2,2'],
    ['a move that was taken back', '0,0 1,1', '0,0'],
    ['a move that was changed', '0,0 1,1', '0,0 2,2'],
    ['an end that is not told as one', '', '0,0 1,0 0,1 1,1 0,2'],
  ])('is not believed: %s', (_, before, now) => {
    const table = follower();
    const known = table.take({ ...RECORD, moves: moves(before) });
    expect(() => table.take({ ...RECORD, moves: moves(now) })).toThrow(CHEAT);
    expect(table.view).toBe(known);
  });

  it('is not believed to be over before its end', () => {
    expect(() => follower().take({ ...RECORD, state: 'over' })).toThrow(CHEAT);
  });

  it('may begin anywhere on a new connection, and at another table', () => {
    const table = follower();
    table.take({ ...RECORD, moves: moves('0,0 1,1') });
    expect(lastMoveWords(table.take({ ...RECORD, table: 2, moves: moves('2,2') }))).toBe('X 2,2');
    table.forget();
    expect(table.view).toBeUndefined();
    expect(resultWords(table.take(RECORD))).toBeUndefined();
  });
});
