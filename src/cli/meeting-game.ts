/**
 * The game of one who watches a meeting: what the daemon tells of its table, and its own moves. Owns
 * following the table by the rules; draws no board.
 */
import { GameFollower } from '../game/game-follower.js';
import type { GameView, PlayRequest } from '../game/game-view.js';
import { asMeetError } from '../transport/errors.js';
import type { GameRecord } from '../transport/play-control.js';
import type { ViewerSession } from '../transport/viewer-session.js';
import type { Outcome } from '../tui/meeting.js';
import { printable } from './printable.js';

/** A done request that shows by itself. */
const DONE: Outcome = { ok: true, message: '' };

export class MeetingGame {
  readonly #follower = new GameFollower(printable);
  readonly #viewer: Pick<ViewerSession, 'play'>;

  constructor(viewer: Pick<ViewerSession, 'play'>) {
    this.#viewer = viewer;
  }

  /** The table as this player sees it; undefined: it sits at none. */
  get view(): GameView | undefined {
    return this.#follower.view;
  }

  offer(participant: number): Promise<Outcome> {
    return outcomeOf(this.#viewer.play({ action: 'offer', target: String(participant) }));
  }

  play(request: PlayRequest): Promise<Outcome> {
    if (request.action !== 'move') return outcomeOf(this.#viewer.play(request));
    const { row, column } = request.move;
    return outcomeOf(this.#viewer.play({ action: 'move', row, column }));
  }

  /** What the daemon tells; undefined: it no longer knows of a table. One against the rules is left. */
  take(record: GameRecord | undefined): void {
    try {
      if (record === undefined) this.#follower.forget();
      else this.#follower.take(record);
    } catch (thrown) {
      this.#follower.close(asMeetError(thrown));
      this.#viewer.play({ action: 'leave' }).catch(() => undefined);
    }
  }
}

async function outcomeOf(done: Promise<void>): Promise<Outcome> {
  try {
    await done;
    return DONE;
  } catch (thrown) {
    return { ok: false, message: asMeetError(thrown).message };
  }
}
