/**
 * What the roster and the figures change in the state. Owns the memory of what was read last, so that
 * words that came out the same change nothing; asks for no picture.
 */
import type { Meeting } from '../meeting.js';
import type { DashboardState } from './dashboard-state.js';
import { ownStreams } from './own-streams.js';
import { printable } from './printable-text.js';
import type { Tile, TileSources } from './tile.js';
import { peopleOf, tilesOf } from './tile.js';
import type { WaitingList } from './waiting-list.js';

export type StateChanges = { -readonly [K in keyof DashboardState]?: DashboardState[K] };

export class RosterReading {
  readonly #waitingList: WaitingList;
  #tilesText = '';
  #peopleText = '';

  constructor(waitingList: WaitingList) {
    this.#waitingList = waitingList;
  }

  /** All tiles there are now, and what of the state has changed. */
  read(
    state: DashboardState,
    meeting: Meeting,
    sources: TileSources,
  ): { readonly tiles: readonly Tile[]; readonly changes: StateChanges } {
    const tiles = tilesOf(meeting.roster, sources);
    const people = peopleOf(meeting.roster, sources);
    const changes: StateChanges = { room: printable(meeting.room, 128) };
    const tilesText = JSON.stringify(tiles);
    if (tilesText !== this.#tilesText) changes.tiles = tiles;
    this.#tilesText = tilesText;
    const peopleText = JSON.stringify(people);
    if (peopleText !== this.#peopleText) changes.people = people;
    this.#peopleText = peopleText;
    const own = ownStreams(meeting);
    if (own.join() !== state.own.join()) changes.own = own;
    Object.assign(changes, this.#waiting(state, meeting), withoutSubject(state, tiles));
    return { tiles, changes };
  }

  #waiting(state: DashboardState, meeting: Meeting): StateChanges {
    const waiting = this.#waitingList.shown(meeting.waiting);
    if (JSON.stringify(waiting) === JSON.stringify(state.waiting)) return {};
    // Whoever presses a key means the one that was shown, not another one.
    const isAnother = waiting[0]?.number !== state.waiting[0]?.number;
    const closes = state.dialog === 'waiting' && isAnother;
    return { waiting, ...(closes ? { dialog: 'none' as const } : {}) };
  }
}

/** The one whom a dialog is about has gone. */
function withoutSubject({ subject }: DashboardState, tiles: readonly Tile[]): StateChanges {
  if (subject === undefined) return {};
  if (tiles.some(({ participant }) => participant === subject.participant)) return {};
  return { subject: undefined, dialog: 'none' };
}
