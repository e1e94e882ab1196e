/**
 * The dashboard's state and who is told when it changes. Owns the newest state and the pace of its
 * changes: a burst is one commit; decides nothing.
 */
import type { Clock } from '../../transport/clock.js';
import type { DashboardState } from './dashboard-state.js';

/** Least time between two commits: a whole frame costs Ink 10 to 20 ms at 120x40. */
export const COMMIT_EVERY_MS = 66;

export class StateStore {
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  #state: DashboardState;
  #shown: DashboardState;
  #shownAtMs = -Infinity;
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(clock: Clock, state: DashboardState) {
    this.#clock = clock;
    this.#state = state;
    this.#shown = state;
  }

  /** The newest state, which may not be on the screen yet. */
  get state(): DashboardState {
    return this.#state;
  }

  /** The state that the panels show; changes only when listeners are told. */
  readonly shown = (): DashboardState => this.#shown;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };

  /** Changes parts of the state; listeners hear of it at once or with the burst it belongs to. */
  set(changes: Partial<DashboardState>): void {
    const next = { ...this.#state, ...changes };
    if (sameValues(this.#state, next)) return;
    this.#state = next;
    if (this.#cancel !== undefined || this.#closed) return;
    const waitMs = Math.max(0, this.#shownAtMs + COMMIT_EVERY_MS - this.#clock.now());
    this.#cancel = this.#clock.after(waitMs, () => {
      this.#commit();
    });
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#listeners.clear();
  }

  #commit(): void {
    this.#cancel = undefined;
    if (sameValues(this.#shown, this.#state)) return;
    this.#shown = this.#state;
    this.#shownAtMs = this.#clock.now();
    for (const listener of this.#listeners) listener();
  }
}

function sameValues(left: DashboardState, right: DashboardState): boolean {
  return Object.entries(left).every(([name, value]) => Reflect.get(right, name) === value);
}
