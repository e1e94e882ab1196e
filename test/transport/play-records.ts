/**
 * Of the control records of a game: some that are valid, and changes that make the first invalid. Owns
 * these rows of the table in control-records.ts.
 */
import type { GameRecord, Play } from '../../src/transport/play-control.js';

const GAME: GameRecord = {
  ...{ type: 'game', table: 1, number: 1, state: 'offered', offeredBy: 'opponent' },
  ...{ participant: 7, name: 'ada', away: false, mark: 'O', moves: [], revenge: 'none' },
};

interface Rows<Of> {
  readonly valid: readonly Of[];
  readonly invalid: readonly object[];
}

export const PLAY_RECORDS: { readonly play: Rows<Play>; readonly game: Rows<GameRecord> } = {
  play: {
    valid: [
      { type: 'play', id: 1, action: 'offer', target: 'ada' },
      { type: 'play', id: 2, action: 'move', row: 0, column: 2 },
      { type: 'play', id: 3, action: 'accept' },
      { type: 'play', id: 4, action: 'revenge' },
    ],
    invalid: [
      { id: undefined },
      { action: 'cheat' },
      { action: undefined },
      { row: 3 },
      { column: -1 },
      { row: 0.5 },
      { row: '1' },
      { target: 7 },
    ],
  },
  game: {
    valid: [
      GAME,
      {
        ...GAME,
        ...{ state: 'closed', offeredBy: 'self', mark: 'X', away: true, revenge: 'opponent' },
        ...{ moves: [{ row: 0, column: 2 }], reason: 'ada left', code: 'MEET_PLAYER_GONE' },
      },
    ],
    invalid: [
      { table: 0 },
      { number: 0 },
      { state: 'paused' },
      { mark: 'Y' },
      { moves: Array.from({ length: 10 }, () => ({ row: 0, column: 0 })) },
      { moves: [{ row: 3, column: 0 }] },
      { moves: [[0, 0]] },
      { participant: 0 },
      { revenge: true },
      { away: undefined },
      { offeredBy: 'ada' },
    ],
  },
};
