/**
 * One table of tic-tac-toe in the meeting: an offer, the games that follow it, its end. Owns the state
 * and checks every move; knows no connection and no time.
 *
 *   offered ──accept──> playing ──over──> over ──revenge by both──> playing
 *      └──────────── decline, leave, gone, unanswered ────────────> closed
 */
import type { Mark, Move, Position } from '../game/tic-tac-toe.js';
import { START, otherMark, play } from '../game/tic-tac-toe.js';
import type { ErrorCode } from '../transport/errors.js';
import { MeetError } from '../transport/errors.js';
import type { GameRecord } from '../transport/play-control.js';
import type { Participant } from './participant.js';

/** Why a table is closed, as each of its players reads it. */
export interface Closing {
  readonly code: ErrorCode;
  /** Who did it; undefined: nobody. */
  readonly by?: Participant;
  /** Of the one who did it: "you left". */
  readonly own: string;
  /** Of the other one, after its name; of both where nobody did it: "left". */
  readonly other: string;
}

export class GameTable {
  readonly number: number;
  readonly offerer: Participant;
  readonly asked: Participant;
  /** Players whose connections are lost. */
  readonly away = new Set<Participant>();
  #state: GameRecord['state'] = 'offered';
  #game = 1;
  /** Who is X in this game: the offerer first, then by turns. */
  #x: Participant;
  #position: Position = START;
  #revenge: Participant | undefined;
  #closing: Closing | undefined;

  constructor(number: number, offerer: Participant, asked: Participant) {
    this.number = number;
    this.offerer = offerer;
    this.asked = asked;
    this.#x = offerer;
  }

  get state(): GameRecord['state'] {
    return this.#state;
  }

  get players(): readonly Participant[] {
    return [this.offerer, this.asked];
  }

  opponentOf(participant: Participant): Participant {
    return participant === this.offerer ? this.asked : this.offerer;
  }

  /** Throws MEET_USAGE where this is not an offer to that participant. */
  accept(by: Participant): void {
    this.#mustBeAsked(by);
    this.#state = 'playing';
  }

  /** Throws MEET_USAGE where this is not an offer to that participant. */
  decline(by: Participant): void {
    this.#mustBeAsked(by);
    this.close({ code: 'MEET_PLAY_DECLINED', by, own: 'you declined', other: 'declined' });
  }

  /** Throws MEET_PLAY_MOVE where the move is not legal; the position then stays. */
  move(by: Participant, move: Move): void {
    if (this.#state !== 'playing') {
      throw new MeetError('MEET_PLAY_MOVE', `no move is due: the game is ${this.#state}`);
    }
    this.#position = play(this.#position, this.#markOf(by), move);
    if (this.#position.outcome !== undefined) this.#state = 'over';
  }

  /** Begins the next game once both want it. Throws MEET_USAGE where no game is over. */
  revenge(by: Participant): void {
    if (this.#state !== 'over') throw new MeetError('MEET_USAGE', 'no game is over yet');
    if (this.#revenge === undefined || this.#revenge === by) {
      this.#revenge = by;
      return;
    }
    this.#revenge = undefined;
    this.#x = this.opponentOf(this.#x);
    this.#position = START;
    this.#game += 1;
    this.#state = 'playing';
  }

  leave(by: Participant): void {
    if (this.#state !== 'offered') {
      this.close({ code: 'MEET_PLAYER_GONE', by, own: 'you left', other: 'left' });
    } else if (by === this.asked) this.decline(by);
    else {
      const words = { own: 'you took the offer back', other: 'took the offer back' };
      this.close({ code: 'MEET_PLAY_DECLINED', by, ...words });
    }
  }

  /** Idempotent: the first reason stays. */
  close(closing: Closing): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#closing = closing;
  }

  /** The table as one of its players is told of it. */
  recordFor(player: Participant): GameRecord {
    const opponent = this.opponentOf(player);
    const closing = this.#closing;
    return {
      type: 'game',
      table: this.number,
      number: this.#game,
      state: this.#state,
      offeredBy: player === this.offerer ? 'self' : 'opponent',
      participant: opponent.number,
      name: opponent.name,
      away: this.away.has(opponent),
      mark: this.#markOf(player),
      moves: [...this.#position.moves],
      revenge:
        this.#revenge === undefined ? 'none' : this.#revenge === player ? 'self' : 'opponent',
      ...(closing === undefined
        ? {}
        : { code: closing.code, reason: reasonFor(closing, player, opponent) }),
    };
  }

  #markOf(player: Participant): Mark {
    return player === this.#x ? 'X' : otherMark('X');
  }

  #mustBeAsked(by: Participant): void {
    if (this.#state === 'offered' && by === this.asked) return;
    throw new MeetError('MEET_USAGE', 'nobody offers you a game now');
  }
}

function reasonFor(closing: Closing, player: Participant, opponent: Participant): string {
  if (closing.by === player) return closing.own;
  return closing.by === undefined ? closing.other : `${opponent.name} ${closing.other}`;
}
