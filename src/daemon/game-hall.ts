/**
 * Who plays tic-tac-toe with whom in the meeting. Owns the tables, at most one for a participant, the
 * connections that play, and how long an offer, a finished game and a lost player are waited for.
 */
import type { Clock } from '../transport/clock.js';
import { MeetError } from '../transport/errors.js';
import type { GameRecord, Play } from '../transport/play-control.js';
import { findParticipant } from './find-participant.js';
import { GameTable } from './game-table.js';
import type { Closing } from './game-table.js';
import type { Hub } from './hub.js';
import type { Participant } from './participant.js';

/** How long an offer waits for its answer, and a finished game for a revenge, in ms. */
export const ANSWER_MS = 60_000;
/** How long a player whose connection is lost may take to come back, in ms. */
export const PLAYER_AWAY_MS = 5000;
/** Offers of one participant in a minute. */
export const OFFERS_A_MINUTE = 10;
const MINUTE_MS = 60_000;

type Send = (record: GameRecord) => void;

export class GameHall {
  readonly #hub: Hub;
  readonly #clock: Clock;
  readonly #tables = new Map<Participant, GameTable>();
  /** Connections that play, by participant. */
  readonly #seats = new Map<Participant, Set<Send>>();
  /** What ends a wait: of a table for an answer, of a player for its return. */
  readonly #waits = new Map<GameTable | Participant, () => void>();
  /** When each participant made its newest offers, in ms; at most OFFERS_A_MINUTE. */
  readonly #offers = new WeakMap<Participant, number[]>();
  #nextTable = 1;

  constructor(hub: Hub, clock: Clock) {
    this.#hub = hub;
    this.#clock = clock;
    hub.subscribe({
      onLeft: (participant, reason) => {
        this.#onLeft(participant, reason);
      },
    });
  }

  /**
   * A connection of a participant plays from now on; it is told of a table that is there. Returns what
   * ends that.
   */
  sit(participant: Participant, send: Send): () => void {
    const sends = this.#seats.get(participant) ?? new Set();
    this.#seats.set(participant, sends.add(send));
    const table = this.#tables.get(participant);
    if (table !== undefined) {
      send(table.recordFor(participant));
      this.#setAway(table, participant, false);
    }
    return () => {
      sends.delete(send);
      if (sends.size === 0) this.#onSilent(participant);
    };
  }

  /** What a player wants. Throws MEET_USAGE, MEET_PLAY_MOVE or MEET_PLAY_BUSY where it may not. */
  act(by: Participant, record: Play): void {
    const { action } = record;
    if (action === 'offer') {
      this.#offer(by, record.target ?? '');
      return;
    }
    const table = this.#tables.get(by);
    if (table === undefined) throw new MeetError('MEET_USAGE', 'you sit at no table');
    actAt(table, by, action, record);
    this.#changed(table);
  }

  #offer(by: Participant, target: string): void {
    const asked = findParticipant(target, this.#hub.inRoom(by.room));
    if (asked === by) throw new MeetError('MEET_USAGE', 'one cannot play against oneself');
    const own = this.#tables.get(by);
    // Two who offer each other a game at once want the same.
    if (own?.state === 'offered' && own.offerer === asked) {
      own.accept(by);
      this.#changed(own);
      return;
    }
    this.#mustBeFree(by, asked, own);
    this.#spendOffer(by);
    if (own !== undefined) {
      own.leave(by);
      this.#changed(own);
    }
    const table = new GameTable(this.#nextTable, by, asked);
    this.#nextTable += 1;
    for (const player of table.players) this.#tables.set(player, table);
    this.#changed(table);
  }

  #mustBeFree(by: Participant, asked: Participant, own: GameTable | undefined): void {
    const busy = (words: string): MeetError => new MeetError('MEET_PLAY_BUSY', words);
    if (own !== undefined && own.state !== 'over') {
      throw busy(`you sit at a table with ${own.opponentOf(by).name}; leave it first`);
    }
    if ((this.#seats.get(asked)?.size ?? 0) === 0) {
      throw busy(`${asked.name} cannot play: it shows no dashboard of this version`);
    }
    const theirs = this.#tables.get(asked);
    if (theirs !== undefined && theirs !== own) {
      throw busy(`${asked.name} sits at a table with somebody else; try again later`);
    }
  }

  #spendOffer(by: Participant): void {
    const nowMs = this.#clock.now();
    const recent = (this.#offers.get(by) ?? []).filter((atMs) => nowMs - atMs < MINUTE_MS);
    if (recent.length >= OFFERS_A_MINUTE) {
      const words = `more than ${OFFERS_A_MINUTE} offers in a minute; wait a little`;
      throw new MeetError('MEET_PLAY_BUSY', words);
    }
    this.#offers.set(by, [...recent, nowMs]);
  }

  /** Tells both players; a table waits for an answer or a revenge, and a closed one is put away. */
  #changed(table: GameTable): void {
    this.#stopWaiting(table);
    if (table.state === 'offered') this.#expect(table, UNANSWERED);
    else if (table.state === 'over') this.#expect(table, NO_REVENGE);
    for (const player of table.players) {
      if (this.#tables.get(player) !== table) continue;
      if (table.state === 'closed') {
        this.#tables.delete(player);
        this.#stopWaiting(player);
      }
      this.#tell(table, player);
    }
  }

  #tell(table: GameTable, player: Participant): void {
    const record = table.recordFor(player);
    for (const send of this.#seats.get(player) ?? []) send(record);
  }

  #expect(table: GameTable, closing: Closing): void {
    this.#wait(table, ANSWER_MS, () => {
      table.close(closing);
      this.#changed(table);
    });
  }

  /** The last connection that plays is gone, though its participant may come back. */
  #onSilent(participant: Participant): void {
    this.#seats.delete(participant);
    const table = this.#tables.get(participant);
    if (table === undefined) return;
    this.#setAway(table, participant, true);
    this.#wait(participant, PLAYER_AWAY_MS, () => {
      this.#close(table, participant, 'vanished and did not come back');
    });
  }

  #onLeft(participant: Participant, reason: string): void {
    this.#seats.delete(participant);
    const table = this.#tables.get(participant);
    if (table !== undefined) this.#close(table, participant, `left the meeting (${reason})`);
  }

  #close(table: GameTable, by: Participant, other: string): void {
    table.close({ code: 'MEET_PLAYER_GONE', by, own: `you ${other}`, other });
    this.#changed(table);
  }

  #setAway(table: GameTable, player: Participant, away: boolean): void {
    this.#stopWaiting(player);
    if (table.away.has(player) === away) return;
    if (away) table.away.add(player);
    else table.away.delete(player);
    this.#tell(table, table.opponentOf(player));
  }

  #wait(what: GameTable | Participant, ms: number, run: () => void): void {
    this.#waits.set(
      what,
      this.#clock.after(ms, () => {
        this.#waits.delete(what);
        run();
      }),
    );
  }

  #stopWaiting(what: GameTable | Participant): void {
    this.#waits.get(what)?.();
    this.#waits.delete(what);
  }
}

function actAt(
  table: GameTable,
  by: Participant,
  action: Exclude<Play['action'], 'offer'>,
  { row, column }: Play,
): void {
  if (action !== 'move') {
    table[action](by);
    return;
  }
  if (row === undefined || column === undefined) {
    throw new MeetError('MEET_PLAY_MOVE', 'a move needs row and column, 0 to 2');
  }
  table.move(by, { row, column });
}

const UNANSWERED: Closing = {
  code: 'MEET_PLAY_DECLINED',
  own: '',
  other: `no answer came in ${ANSWER_MS / 1000} s`,
};
const NO_REVENGE: Closing = {
  code: 'MEET_PLAYER_GONE',
  own: '',
  other: 'nobody wanted a revenge',
};
