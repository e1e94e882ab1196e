/**
 * Follows one table by the `game` records that a daemon sends of it. Owns the newest view and the check
 * that each record goes on from the one before by legal moves: a daemon is a peer like any other.
 */
import { MeetError, knownErrorCode } from '../transport/errors.js';
import type { GameRecord } from '../transport/play-control.js';
import type { GameView } from './game-view.js';
import { moveText } from './move-text.js';
import type { Move } from './tic-tac-toe.js';
import { replay } from './tic-tac-toe.js';

export class GameFollower {
  readonly #clean: (text: string) => string;
  #table: number | undefined;
  #view: GameView | undefined;

  /** `clean` makes names and reasons safe to show. */
  constructor(clean: (text: string) => string) {
    this.#clean = clean;
  }

  /** undefined: no table yet, or none any more. */
  get view(): GameView | undefined {
    return this.#view;
  }

  /** The connection is a new one: what the daemon says next needs not go on from what was. */
  forget(): void {
    this.#view = undefined;
    this.#table = undefined;
  }

  /** The daemon broke the rules: nothing more of this table counts. */
  close({ code, message }: MeetError): void {
    if (this.#view !== undefined) {
      this.#view = { ...this.#view, state: 'closed', code, words: message };
    }
  }

  /** Throws MEET_PLAY_MOVE where the moves are not legal, or not those known and further ones. */
  take(record: GameRecord): GameView {
    const { state, number, mark, away, code } = record;
    const position = replay(record.moves);
    const known = this.#table === record.table ? this.#view : undefined;
    if (known?.number === number && known.own === mark) goesOn(known.position.moves, record.moves);
    if (state === 'playing' && position.outcome !== undefined) {
      throw new MeetError('MEET_PLAY_MOVE', 'the daemon goes on with a game that is over');
    }
    if (state === 'over' && position.outcome === undefined) {
      throw new MeetError('MEET_PLAY_MOVE', 'the daemon ended a game that is not over');
    }
    this.#table = record.table;
    const opponent = this.#clean(record.name);
    this.#view = {
      ...{ state, number, position, opponent, own: mark, away },
      offeredBy: record.offeredBy,
      revenge: record.revenge,
      words: state === 'offered' ? offerWords(record, opponent) : this.#clean(record.reason ?? ''),
      ...(code === undefined ? {} : { code: knownErrorCode(code, 'MEET_PLAYER_GONE') }),
    };
    return this.#view;
  }
}

function offerWords({ offeredBy }: GameRecord, opponent: string): string {
  return offeredBy === 'self'
    ? `waiting for ${opponent} to answer`
    : `${opponent} offers you a game of tic-tac-toe`;
}

function goesOn(before: readonly Move[], now: readonly Move[]): void {
  const [known, said] = [before, now].map((moves) => moves.map(moveText).join(' '));
  if (`${said ?? ''} `.startsWith(known === '' ? '' : `${known ?? ''} `)) return;
  throw new MeetError(
    'MEET_PLAY_MOVE',
    `the daemon changed moves that were made: ${known ?? ''} became ${said ?? ''}`,
  );
}
