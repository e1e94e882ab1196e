/**
 * Tells a game in lines: for people and pipes, or as JSON. Owns the words, and what has been told; plays
 * nothing.
 */
import { boardText } from '../../game/board-text.js';
import type { GameView } from '../../game/game-view.js';
import { markOfMove, resultWords } from '../../game/game-view.js';
import { moveText } from '../../game/move-text.js';
import { otherMark, replay } from '../../game/tic-tac-toe.js';
import type { Clock } from '../../transport/clock.js';
import type { TextOut } from '../io.js';
import { printable } from '../printable.js';
import type { PlayEvent } from './play-events.js';

export type PlayWriter = (event: PlayEvent) => void;

export function jsonPlay(out: TextOut, clock: Clock): PlayWriter {
  return (event) => {
    const { event: name, ...data } = event;
    const at = new Date(clock.wallUs() / 1000).toISOString();
    out.write(`${JSON.stringify({ event: name, at, ...data })}\n`);
  };
}

/** Refused lines go to `err`; a game that failed says why when the program ends. */
export function plainPlay(out: TextOut, err: TextOut): PlayWriter {
  const line = (to: TextOut, words: string): void => {
    to.write(`${printable(words)}\n`);
  };
  return (event) => {
    switch (event.event) {
      case 'waiting':
        line(out, event.message);
        break;
      case 'game':
        line(
          out,
          `you are ${event.you}, ${event.opponent} is ${otherMark(event.you)}; X moves first`,
        );
        break;
      case 'move':
        line(out, `${event.mark} ${moveText(event)}  ${event.board}`);
        break;
      case 'error':
        line(err, event.message);
        break;
      case 'end':
        if (event.winner !== undefined) line(out, event.reason);
        break;
      case 'result':
        break;
    }
  };
}

/** Follows a view and tells what is new in it. */
export class PlayTeller {
  readonly #write: PlayWriter;
  #game = 0;
  #moves = 0;
  #hasResult = false;

  constructor(write: PlayWriter) {
    this.#write = write;
  }

  tell(view: GameView): void {
    if (view.state === 'offered') return;
    const { number, own, opponent, position } = view;
    // A table that was closed before its first game has none to tell.
    const begins = view.state === 'playing' || position.moves.length > 0;
    if (number !== this.#game && begins) {
      this.#game = number;
      this.#moves = 0;
      this.#hasResult = false;
      this.#write({ event: 'game', game: number, you: own, opponent });
    }
    while (this.#moves < position.moves.length) this.#tellMove(view);
    if (position.outcome === undefined || this.#hasResult) return;
    this.#hasResult = true;
    const { outcome } = position;
    const you = outcome === 'tie' ? 'tie' : outcome === own ? 'won' : 'lost';
    this.#write({ event: 'result', game: number, winner: outcome, you });
  }

  #tellMove({ number, own, position }: GameView): void {
    this.#moves += 1;
    const move = position.moves[this.#moves - 1];
    if (move === undefined) return;
    const mark = markOfMove(this.#moves);
    this.#write({
      event: 'move',
      ...{ game: number, move: this.#moves, mark, by: mark === own ? 'self' : 'opponent' },
      ...{ row: move.row, column: move.column },
      board: boardText(replay(position.moves.slice(0, this.#moves))),
    });
  }
}

/** The last line: who won. */
export function lastLine(view: GameView): string {
  return printable(resultWords(view) ?? view.words);
}
