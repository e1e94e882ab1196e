/**
 * Plays by lines: one move `row,column` a line on standard input, each used when it is one's turn. Owns
 * when a line is read; the table judges the move.
 */
import type { PlayTable } from '../../game/game-view.js';
import { parseMoveLine } from '../../game/move-text.js';
import { MeetError, asMeetError } from '../../transport/errors.js';
import type { LineInput } from './line-input.js';
import type { PlayWriter } from './play-writer.js';

export interface LinePlayOptions {
  readonly table: PlayTable;
  readonly input: LineInput;
  readonly write: PlayWriter;
  /** Asks for a move where a person types it. */
  readonly prompt: () => void;
  readonly signal: AbortSignal;
}

/**
 * Resolves when the game is over, the table is closed or the signal aborts. A line that is no legal
 * move is refused with words, and the next one counts. Rejects with MEET_PLAYER_GONE when a move is
 * due and there is no line any more.
 */
export async function playByLines(options: LinePlayOptions): Promise<void> {
  const { table, input, signal } = options;
  const turns = new TurnWatch(table, signal);
  try {
    while (await turns.mine()) {
      options.prompt();
      const line = await Promise.race([input.next(), turns.over()]);
      if (line === OVER) return;
      if (line === undefined) await noMoreLines(table);
      else if (line.trim() !== '') await tryMove(options, line);
    }
  } finally {
    turns.close();
  }
}

async function tryMove({ table, write }: LinePlayOptions, line: string): Promise<void> {
  try {
    await table.act({ action: 'move', move: parseMoveLine(line) });
  } catch (thrown) {
    const { code, message } = asMeetError(thrown);
    write({ event: 'error', code, message: `refused: ${message}` });
  }
}

async function noMoreLines(table: PlayTable): Promise<never> {
  await table.act({ action: 'leave' }).catch(() => undefined);
  throw new MeetError(
    'MEET_PLAYER_GONE',
    'standard input ended before the game did: no move is left, one row,column a line was expected',
  );
}

const OVER = Symbol('over');

/** Waits for one's turn, or for the end of the game. */
class TurnWatch {
  readonly #table: PlayTable;
  readonly #signal: AbortSignal;
  readonly #wakers = new Set<() => void>();
  readonly #stop: () => void;

  constructor(table: PlayTable, signal: AbortSignal) {
    this.#table = table;
    this.#signal = signal;
    const wake = (): void => {
      for (const waker of [...this.#wakers]) waker();
    };
    const stopListening = table.listen(wake);
    signal.addEventListener('abort', wake);
    this.#stop = () => {
      stopListening();
      signal.removeEventListener('abort', wake);
    };
  }

  /** True when it is one's turn; false when there will be none. */
  async mine(): Promise<boolean> {
    await this.#until(() => this.#isOver || this.#isMine);
    return !this.#isOver;
  }

  async over(): Promise<typeof OVER> {
    await this.#until(() => this.#isOver);
    return OVER;
  }

  close(): void {
    this.#stop();
    this.#wakers.clear();
  }

  get #isOver(): boolean {
    const { state } = this.#table.view;
    return this.#signal.aborted || state === 'over' || state === 'closed';
  }

  get #isMine(): boolean {
    const { state, position, own } = this.#table.view;
    return state === 'playing' && position.turn === own;
  }

  #until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!holds()) return;
        this.#wakers.delete(look);
        resolve();
      };
      this.#wakers.add(look);
      look();
    });
  }
}
