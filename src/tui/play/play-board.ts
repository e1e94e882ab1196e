/**
 * A board on a screen without its drawing: follows the table, moves the cursor, asks before it leaves a
 * game. Owns this state and its keys; draws nothing.
 */
import type { GameView, PlayTable } from '../../game/game-view.js';
import { printable } from '../dashboard/printable-text.js';
import type { BoardCommand, BoardKey } from './board-keys.js';
import { BOARD_KEYS, FIRST_SQUARE, boardFacts, boardStep } from './board-keys.js';

export interface BoardState {
  readonly view: GameView;
  readonly cursor: number;
  /** Whether its user is asked to confirm the end. */
  readonly asking: boolean;
  /** Why the last key did nothing. */
  readonly notice: string | undefined;
  readonly columns: number;
  readonly rows: number;
}

/** How to leave `meet play`. */
export const QUIT_KEY = { keys: ['q', 'ctrl-c'], label: 'q', short: 'leave', words: 'leave' };
/** The answers to whether a game is to be left. */
export const YES_KEYS: readonly string[] = ['y', 'enter', 'ctrl-c'];
const NO_KEYS: readonly string[] = ['n', 'escape', 'q'];

const NOTICE_UNITS_MAX = 200;

export class PlayBoard {
  readonly #table: PlayTable;
  readonly #onQuit: () => void;
  readonly #listeners = new Set<() => void>();
  readonly #stop: () => void;
  #state: BoardState;

  constructor(table: PlayTable, size: { columns: number; rows: number }, onQuit: () => void) {
    this.#table = table;
    this.#onQuit = onQuit;
    const { columns, rows } = size;
    this.#state = {
      ...{ view: table.view, cursor: FIRST_SQUARE, asking: false, notice: undefined },
      ...{ columns, rows },
    };
    this.#stop = table.listen(() => {
      this.#onView(table.view);
    });
  }

  readonly state = (): BoardState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };

  /** Idempotent. */
  close(): void {
    this.#stop();
    this.#listeners.clear();
  }

  resize(columns: number, rows: number): void {
    this.#set({ columns, rows });
  }

  /** One key by its name, as key-name.ts gives it. */
  press(key: string): void {
    if (this.#state.asking) this.#answer(key);
    else if (QUIT_KEY.keys.includes(key)) this.#quit();
    else {
      const { view, cursor } = this.#state;
      const binding = keysNow(view).find(({ keys }) => keys.includes(key));
      if (binding !== undefined) this.#step(binding.command, key, cursor);
    }
  }

  #answer(key: string): void {
    if (YES_KEYS.includes(key)) this.#onQuit();
    else if (NO_KEYS.includes(key)) this.#set({ asking: false });
  }

  /** Only a game that goes on is worth a question. */
  #quit(): void {
    if (this.#state.view.state === 'playing') this.#set({ asking: true });
    else this.#onQuit();
  }

  #step(command: BoardCommand, key: string, cursor: number): void {
    const step = boardStep(command, key, cursor);
    if ('cursor' in step) {
      this.#set({ cursor: step.cursor, notice: undefined });
      return;
    }
    this.#set({ notice: undefined });
    this.#table.act(step.request).catch((thrown: unknown) => {
      const words = thrown instanceof Error ? thrown.message : String(thrown);
      this.#set({ notice: printable(`not done: ${words}`, NOTICE_UNITS_MAX) });
    });
  }

  #onView(view: GameView): void {
    const anew = view.number !== this.#state.view.number;
    const asking = this.#state.asking && view.state === 'playing';
    this.#set({ view, asking, notice: undefined, ...(anew ? { cursor: FIRST_SQUARE } : {}) });
  }

  #set(changes: Partial<BoardState>): void {
    this.#state = { ...this.#state, ...changes };
    for (const listener of this.#listeners) listener();
  }
}

/** The keys that do something at this table now. */
export function keysNow(view: GameView): readonly BoardKey[] {
  const facts = boardFacts(view);
  return BOARD_KEYS.filter(({ when }) => when === undefined || when(facts));
}
