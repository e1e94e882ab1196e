/**
 * A table in a meeting, for a player without a dashboard: joins as one more participant that watches
 * nothing, offers the game and follows what the daemon says of it. Owns that session; the daemon and
 * this side both check each move.
 */
import { GameFollower } from '../../game/game-follower.js';
import type { GameView, PlayRequest, PlayTable } from '../../game/game-view.js';
import { START, refusalOf } from '../../game/tic-tac-toe.js';
import type { ErrorCode } from '../../transport/errors.js';
import { MeetError, asMeetError } from '../../transport/errors.js';
import type { GameRecord, Play } from '../../transport/play-control.js';
import type { ViewerSession } from '../../transport/viewer-session.js';
import type { Io } from '../io.js';
import { printable } from '../printable.js';
import type { ViewerWish } from '../viewer.js';
import { createViewer } from '../viewer.js';

/** How often somebody who is not there yet, or is busy, is looked for while `--wait` lasts, in ms. */
const LOOK_EVERY_MS = 300;
/** What looking again may mend. */
const PASSING: readonly ErrorCode[] = ['MEET_USAGE', 'MEET_PLAY_BUSY'];

export interface MeetingTableWish extends Pick<
  ViewerWish,
  'host' | 'ports' | 'room' | 'name' | 'admissionMs' | 'security'
> {
  /** Name or number of whom to play with. */
  readonly target: string;
  /** How long to look for the daemon and for the other one, in ms. */
  readonly waitMs: number;
  /** What is waited for before the first game, each time that it changes. */
  readonly onWaiting: (words: string) => void;
}

export class MeetingTable implements PlayTable {
  readonly #io: Io;
  readonly #wish: MeetingTableWish;
  readonly #viewer: ViewerSession;
  readonly #follower = new GameFollower(printable);
  readonly #listeners = new Set<() => void>();
  readonly #closing = new AbortController();
  #view: GameView;

  constructor(io: Io, wish: MeetingTableWish) {
    const { target } = wish;
    this.#io = io;
    this.#wish = wish;
    this.#view = {
      ...{ state: 'offered', number: 1, offeredBy: 'self', opponent: printable(target) },
      ...{ own: 'X', position: START, away: false, revenge: 'none', words: 'joining the meeting' },
    };
    this.#viewer = createViewer(
      io,
      { ...wish, kinds: ['screen'], plays: true },
      {
        onFrame: () => undefined,
        onRoster: () => undefined,
        onWaiting: () => {
          this.#change({ words: 'waiting until the host lets you in' });
        },
        onGame: (record) => {
          if (record !== undefined) this.#onGame(record);
        },
      },
    );
    // Only the game is wanted: no publisher is to open its device for it.
    this.#viewer.select('screen', []);
  }

  get view(): GameView {
    return this.#view;
  }

  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /**
   * Joins and offers; resolves when the offer is made, or was met by one of the other. Rejects with why
   * it cannot be made.
   */
  async open(): Promise<void> {
    const { clock } = this.#io;
    const { target, waitMs } = this.#wish;
    await this.#viewer.start();
    this.#viewer.finished().catch((thrown: unknown) => {
      const { code, message } = asMeetError(thrown);
      this.#shut(code, message);
    });
    const untilMs = clock.now() + waitMs;
    for (;;) {
      try {
        await this.#viewer.play({ action: 'offer', target });
        return;
      } catch (thrown) {
        // The other one's own offer may have been met meanwhile.
        if (this.view.state !== 'offered') return;
        const leftMs = untilMs - clock.now();
        if (!PASSING.includes(asMeetError(thrown).code) || leftMs <= 0) throw thrown;
        this.#change({ words: `looking for ${printable(target)}` });
        await clock.sleep(Math.min(LOOK_EVERY_MS, leftMs), this.#closing.signal);
      }
    }
  }

  async act(request: PlayRequest): Promise<void> {
    if (request.action !== 'move') {
      await this.#viewer.play(request);
      return;
    }
    const { position, own, state } = this.#view;
    if (state === 'offered') throw new MeetError('MEET_PLAY_MOVE', 'the game has not begun');
    const refusal = refusalOf(position, own, request.move);
    if (refusal !== undefined) throw new MeetError('MEET_PLAY_MOVE', refusal);
    const { row, column } = request.move;
    await this.#viewer.play({ action: 'move', row, column });
  }

  /** Idempotent; leaves the meeting. */
  async close(): Promise<void> {
    this.#closing.abort(new MeetError('MEET_CLOSED', 'the table was left'));
    this.#listeners.clear();
    await this.#viewer.close('left the game');
  }

  #onGame(record: GameRecord): void {
    if (this.#view.state === 'closed') return;
    const wanted = this.#isWanted(record);
    // From the one who is wanted an offer is as good as one's own; others are told no at once.
    if (record.state === 'offered' && record.offeredBy === 'opponent') {
      this.#request({ action: wanted ? 'accept' : 'decline' });
    }
    if (!wanted) return;
    try {
      this.#change(this.#follower.take(record));
    } catch (thrown) {
      const { code, message } = asMeetError(thrown);
      this.#request({ action: 'leave' });
      this.#shut(code, message);
    }
  }

  #isWanted({ name, participant }: GameRecord): boolean {
    const { target } = this.#wish;
    return name === target || String(participant) === target;
  }

  /** What becomes of the table is told by a record; a refusal changes nothing. */
  #request(request: Omit<Play, 'type' | 'id'>): void {
    this.#viewer.play(request).catch(() => undefined);
  }

  #shut(code: ErrorCode, words: string): void {
    if (this.#view.state !== 'closed') this.#change({ state: 'closed', code, words });
  }

  #change(changes: Partial<GameView>): void {
    const { words } = this.#view;
    this.#view = { ...this.#view, ...changes };
    const { state, words: now } = this.#view;
    if (state === 'offered' && now !== words) this.#wish.onWaiting(now);
    for (const listener of this.#listeners) listener();
  }
}
