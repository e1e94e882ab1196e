import { describe, expect, it } from 'vitest';

import type { GameRecord } from '../../../src/transport/play-control.js';
import { FOUR, terminalSessions } from './session-fixture.js';

const open = terminalSessions();

const OFFER: GameRecord = {
  ...{ type: 'game', table: 1, number: 1, state: 'offered', offeredBy: 'opponent' },
  ...{ participant: 3, name: 'bob', away: false, mark: 'O', moves: [], revenge: 'none' },
};
const PLAYING: GameRecord = { ...OFFER, state: 'playing', moves: [{ row: 1, column: 1 }] };

describe('a game in the dashboard', () => {
  it('is offered to the focused one first, by number, or to nobody', async () => {
    const session = await open(FOUR);
    await session.shows('▸1 ada · screen');
    session.type('g');
    await session.shows('1  ada');
    await session.shows('3  eve');
    session.type('\u001b');
    await session.hides('1  ada');
    session.type('g');
    await session.shows('2  bob');
    session.type('2');
    await session.asked('offer game 3');
    await session.hides('2  bob');
    session.type('g');
    await session.shows('2  bob');
    session.type('9');
    await session.hides('2  bob');
    expect(session.askedAll().filter((asked) => asked.startsWith('offer'))).toHaveLength(1);
  });

  it('is told when it is offered, and answered when its user wants to', async () => {
    const session = await open(FOUR);
    await session.shows('▸1 ada · screen');
    session.script.say({ do: 'game', game: OFFER });
    await session.shows('bob offers a game (g)');
    session.type('g');
    await session.shows('bob offers you a game of tic-tac-toe');
    session.type('\u001b');
    await session.hides('yes, play');
    session.type('g');
    await session.shows('yes, play');
    session.type('n');
    await session.asked('play decline');
    await session.hides('yes, play');
    session.type('g');
    await session.shows('yes, play');
    session.type('y');
    await session.asked('play accept');
  });

  it('is drawn over the tiles and played by arrows and digits, only in turn', async () => {
    const session = await open(FOUR);
    await session.shows('▸1 ada · screen');
    session.script.say({ do: 'game', game: OFFER });
    session.script.say({ do: 'game', game: PLAYING });
    await session.shows(/4 │\[X\]│ 6/u);
    await session.shows('last move: X 1,1');
    session.type('\u001b[A');
    await session.shows('[2]');
    session.type('\r');
    await session.asked('play move 0,1');
    session.type('9');
    await session.shows('[9]');
    session.type(' ');
    await session.asked('play move 2,2');
    const moves = [...PLAYING.moves, { row: 2, column: 2 }];
    session.script.say({ do: 'game', game: { ...PLAYING, moves } });
    await session.shows('bob moves (X)');
    session.type('1\r');
    session.type('x');
    await session.asked('play leave');
    expect(session.askedAll().filter((asked) => asked.startsWith('play move'))).toHaveLength(2);
  });

  it('does not open over a message that is being typed', async () => {
    const session = await open(FOUR);
    await session.shows('▸1 ada · screen');
    session.type('t');
    await session.shows(' say: ');
    session.script.say({ do: 'game', game: PLAYING });
    await session.shows('your move (g)');
    session.type('g');
    await session.shows('say: g');
  });

  it('shows a result, a wish for a revenge, and why there is none', async () => {
    const session = await open(FOUR);
    await session.shows('▸1 ada · screen');
    session.script.say({ do: 'game', game: PLAYING });
    await session.shows('[X]');
    const squares = ['1,1', '0,0', '2,0', '0,1', '0,2'];
    const moves = squares.map((each) => ({ row: Number(each[0]), column: Number(each[2]) }));
    const over: GameRecord = { ...PLAYING, state: 'over', moves, revenge: 'opponent' };
    session.script.say({ do: 'game', game: over });
    await session.shows('X won (bob)');
    await session.shows('bob wants a revenge: r');
    expect(session.screen()).toMatch(/O │ O │\*X\*/u);
    session.type('r');
    await session.asked('play revenge');
    const closed = { state: 'closed', reason: 'bob left', code: 'MEET_PLAYER_GONE' } as const;
    session.script.say({ do: 'game', game: { ...over, ...closed, revenge: 'none' } });
    await session.shows(/X won \(bob\)[^]*bob left/u);
    session.type('\u001b');
    await session.hides('X won (bob)');
    session.type('g');
    await session.shows('Tic-tac-toe with');
  });

  it('is one line where there is no room for a board', async () => {
    const session = await open(FOUR, { columns: 30, rows: 6 });
    await session.shows('ada');
    session.script.say({ do: 'game', game: PLAYING });
    await session.shows('.../.X./... your move: you');
    session.type('1');
    session.type('\r');
    await session.asked('play move 0,0');
  });
});
