/**
 * A table over the older programs' wire: one TCP connection a game, X moves first, each move is the
 * text `row,column`. Owns the connection and checks the moves of both; draws nothing.
 *
 *   offered ──connection──> playing ──won or tie──> over ──revenge: a new connection──> playing
 *      └───────── a move that is none, or the other one vanished ──────> closed
 */
import type { Socket } from 'node:net';

import type { GameView, PlayRequest, PlayTable } from '../../game/game-view.js';
import { MoveReader, moveText } from '../../game/move-text.js';
import type { Move } from '../../game/tic-tac-toe.js';
import { START, otherMark, play, refusalOf } from '../../game/tic-tac-toe.js';
import type { Clock } from '../../transport/clock.js';
import type { ErrorCode } from '../../transport/errors.js';
import { MeetError, asMeetError, systemErrorCode } from '../../transport/errors.js';
import type { OlderSeat } from './older-seats.js';
import { opponentAddress } from './older-seats.js';

/** How long the rest of a move may take once it has begun, in ms. */
const HALF_MOVE_MS = 10_000;
/** How long the other end may take to close after the game, in ms. */
const FAREWELL_MS = 1000;
/** How often the system asks a silent player's machine whether it lives, in ms. */
const KEEPALIVE_MS = 10_000;

export interface OlderTableOptions {
  readonly seat: OlderSeat;
  readonly clock: Clock;
  /** Nobody sits opposite yet; `port`: where a player is waited for. */
  readonly onWaiting: (words: string, port: number | undefined) => void;
  /** What changes no view: a move that came after the end. */
  readonly onNotice: (words: string) => void;
}

export class OlderTable implements PlayTable {
  readonly #options: OlderTableOptions;
  readonly #listeners = new Set<() => void>();
  readonly #ending = new AbortController();
  #view: GameView;
  #socket: Socket | undefined;
  #cancelHalf: (() => void) | undefined;

  constructor(options: OlderTableOptions) {
    this.#options = options;
    this.#view = {
      ...{ state: 'offered', number: 1, offeredBy: 'self', opponent: '', away: false },
      ...{ own: options.seat.own, position: START, revenge: 'none', words: '' },
    };
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

  /** Resolves when somebody sits opposite; rejects with why nobody will. */
  async open(): Promise<void> {
    const socket = await this.#nextSocket();
    if (socket !== undefined) this.#begin(socket, 1);
  }

  act(request: PlayRequest): Promise<void> {
    try {
      this.#act(request);
      return Promise.resolve();
    } catch (thrown) {
      return Promise.reject(asMeetError(thrown));
    }
  }

  /** Idempotent; resolves when the socket is gone and what was said has been sent. */
  async close(): Promise<void> {
    this.#ending.abort(new MeetError('MEET_CLOSED', 'the table was left'));
    this.#cancelHalf?.();
    this.#listeners.clear();
    const socket = this.#socket;
    if (socket === undefined || socket.closed) return;
    socket.end();
    await new Promise<void>((resolve) => {
      const cancel = this.#options.clock.after(FAREWELL_MS, () => socket.destroy());
      // Without it a process that has nothing else to do would end before the timer.
      socket.ref();
      socket.once('close', () => {
        cancel();
        resolve();
      });
    });
  }

  #act(request: PlayRequest): void {
    const { state } = this.#view;
    if (request.action === 'move') this.#move(request.move);
    else if (request.action === 'leave') this.#leave();
    else if (request.action === 'revenge' && state === 'over') void this.#revenge();
    else throw new MeetError('MEET_USAGE', `"${request.action}" is not possible now`);
  }

  #move(move: Move): void {
    const { state, position, own } = this.#view;
    if (state === 'offered') throw new MeetError('MEET_PLAY_MOVE', 'nobody sits opposite yet');
    if (state === 'closed') throw new MeetError('MEET_PLAY_MOVE', 'the game has ended');
    const next = play(position, own, move);
    this.#socket?.write(moveText(move));
    this.#moved(next);
  }

  #leave(): void {
    this.#socket?.end();
    this.#shut('MEET_PLAYER_GONE', 'you left before the end of the game');
  }

  async #nextSocket(): Promise<Socket | undefined> {
    try {
      return await this.#options.seat.open(this.#ending.signal, (words, port) => {
        this.#change({ words });
        this.#options.onWaiting(words, port);
      });
    } catch (thrown) {
      if (this.#ending.signal.aborted) return undefined;
      throw thrown;
    }
  }

  async #revenge(): Promise<void> {
    if (this.#view.revenge === 'self') return;
    this.#change({ revenge: 'self' });
    try {
      const socket = await this.#nextSocket();
      if (socket !== undefined) this.#begin(socket, this.#view.number + 1);
    } catch (thrown) {
      const { code, message } = asMeetError(thrown);
      this.#shut(code, message);
    }
  }

  #begin(socket: Socket, number: number): void {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEPALIVE_MS);
    const reader = new MoveReader();
    const opponent = opponentAddress(socket);
    let fault: Error | undefined;
    socket.on('data', (chunk: Buffer) => {
      if (socket === this.#socket) this.#onData(reader, chunk);
    });
    socket.on('error', (error) => {
      fault = error;
    });
    const onGone = (): void => {
      if (socket === this.#socket) this.#onGone(fault);
    };
    socket.on('end', onGone);
    socket.on('close', onGone);
    this.#change({ ...{ state: 'playing', number, opponent, position: START }, revenge: 'none' });
    // It may have gone before anybody listened.
    if (socket.destroyed) onGone();
  }

  #onData(reader: MoveReader, chunk: Buffer): void {
    if (this.#view.state === 'closed') return;
    try {
      for (const move of reader.push(chunk)) this.#onMove(move);
      this.#mustNotBeHalf(reader);
    } catch (thrown) {
      const { message } = asMeetError(thrown);
      if (this.#view.state === 'over') this.#options.onNotice(`ignored: ${message}`);
      else this.#foul(message);
    }
  }

  #onMove(move: Move): void {
    const { position, own, state } = this.#view;
    const mark = otherMark(own);
    const refusal = refusalOf(position, mark, move);
    if (refusal !== undefined) throw new MeetError('MEET_PLAY_MOVE', refusal);
    if (state === 'playing') this.#moved(play(position, mark, move));
  }

  /** Bytes of a player who is not to move, or who sends half a move and no more. */
  #mustNotBeHalf(reader: MoveReader): void {
    this.#cancelHalf?.();
    if (!reader.isHalf) return;
    const { position, own } = this.#view;
    if (position.outcome !== undefined) {
      throw new MeetError('MEET_PLAY_MOVE', 'more came after the end of the game');
    }
    if (position.turn === own) {
      throw new MeetError('MEET_PLAY_MOVE', `a move began out of turn: ${own} moves`);
    }
    this.#cancelHalf = this.#options.clock.after(HALF_MOVE_MS, () => {
      this.#foul(`half a move came, and no rest of it in ${HALF_MOVE_MS / 1000} s`);
    });
  }

  #moved(position: GameView['position']): void {
    const over = position.outcome !== undefined;
    this.#change({ position, ...(over ? { state: 'over', words: '' } : {}) });
    // What the other one needs of the last move is sent before that.
    if (over) this.#socket?.end();
  }

  #foul(words: string): void {
    const { opponent, own } = this.#view;
    this.#shut('MEET_PLAY_MOVE', `${otherMark(own)} (${opponent}) broke the rules: ${words}`);
    this.#socket?.destroy();
  }

  #onGone(fault: Error | undefined): void {
    this.#cancelHalf?.();
    const { state, opponent, own } = this.#view;
    if (state !== 'playing') return;
    const why = fault === undefined ? '' : ` (${systemErrorCode(fault) ?? fault.message})`;
    const who = `${otherMark(own)} (${opponent})`;
    this.#shut('MEET_PLAYER_GONE', `${who} vanished before the end of the game${why}`);
  }

  /** The first reason stays. */
  #shut(code: ErrorCode, words: string): void {
    if (this.#view.state === 'closed') return;
    this.#cancelHalf?.();
    this.#change({ state: 'closed', code, words });
  }

  #change(changes: Partial<GameView>): void {
    this.#view = { ...this.#view, ...changes };
    for (const listener of this.#listeners) listener();
  }
}
