/**
 * Everything that the panels show, as one immutable value. Owns the type, its beginning and what
 * follows from it (layout, page, focus); changes nothing by itself and draws nothing.
 */
import type { GameView } from '../../game/game-view.js';
import type { StreamKind } from '../../transport/stream-kind.js';
import type { Meeting, WaitingPerson } from '../meeting.js';
import type { Layout } from './layout.js';
import { FIRST_SQUARE } from '../play/board-keys.js';
import { layoutOf } from './layout.js';
import type { Person, Tile } from './tile.js';

export interface ChatLine {
  readonly name: string;
  readonly text: string;
  /** "14:02"; "" where the daemon did not say. */
  readonly time: string;
}

/** What stands over the tiles and takes the keys. */
export type Dialog =
  'none' | 'help' | 'quit' | 'host' | 'kick' | 'waiting' | 'players' | 'offer' | 'game';

export interface DashboardState {
  readonly columns: number;
  readonly rows: number;
  readonly room: string;
  /** What is wrong with the connection; undefined: nothing. */
  readonly connection: string | undefined;
  /** What is known of the recording: "recording", "recording stopped: disk full". */
  readonly recording: string | undefined;
  readonly rights: Meeting['rights'];
  readonly tiles: readonly Tile[];
  readonly people: readonly Person[];
  /** Who waits to be let in; the host alone sees it. */
  readonly waiting: readonly WaitingPerson[];
  /** This process's own streams in words: "screen on", "camera stopped by the host". */
  readonly own: readonly string[];
  /** Key of the focused tile; it may be gone. */
  readonly focus: string | undefined;
  readonly zoomed: boolean;
  readonly page: number;
  /** undefined: as the width allows. */
  readonly rosterWanted: boolean | undefined;
  readonly chatWanted: boolean | undefined;
  readonly dialog: Dialog;
  /** Participant that the host's menu is about. */
  readonly subject: Subject | undefined;
  /** The table that one sits at, or is asked to. */
  readonly game: GameView | undefined;
  /** Where the cursor is on the board, 0 to 8. */
  readonly square: number;
  /** Whom a game can be offered to, by number keys. */
  readonly players: readonly Player[];
  /** The chat message being typed; undefined: nothing is typed. */
  readonly draft: string | undefined;
  readonly chat: readonly ChatLine[];
  /** Messages that came while the chat was not shown. */
  readonly unread: number;
  /** Answer to the last request; goes away by itself. */
  readonly notice: string | undefined;
  /** Words on how pictures are shown: "auto (sextant)". */
  readonly pictures: string;
  /** No picture is shown at all, by wish or by nature. */
  readonly pictureless: boolean;
  /** Which picture slot each tile on the page has. */
  readonly slots: ReadonlyMap<string, number>;
}

/** Whom the host's menu is about, and what can be done. */
export interface Subject {
  readonly participant: number;
  readonly name: string;
  readonly streams: readonly { readonly kind: StreamKind; readonly stopped: boolean }[];
}

/** Somebody whom a game can be offered to. */
export interface Player {
  readonly participant: number;
  readonly name: string;
}

/** Messages kept for the panel; older ones are in the recording. */
export const CHAT_LINES_MAX = 100;

export function firstState(
  given: Pick<DashboardState, 'columns' | 'rows' | 'room' | 'rights'>,
): DashboardState {
  return {
    ...given,
    connection: undefined,
    recording: undefined,
    tiles: [],
    people: [],
    waiting: [],
    own: [],
    focus: undefined,
    zoomed: false,
    page: 0,
    rosterWanted: undefined,
    chatWanted: undefined,
    dialog: 'none',
    subject: undefined,
    game: undefined,
    square: FIRST_SQUARE,
    players: [],
    draft: undefined,
    chat: [],
    unread: 0,
    notice: undefined,
    pictures: '',
    pictureless: false,
    slots: new Map(),
  };
}

export function layoutFor(state: DashboardState): Layout {
  return layoutOf({
    columns: state.columns,
    rows: state.rows,
    tiles: state.tiles.length,
    zoomed: state.zoomed,
    roster: state.rosterWanted,
    chat: state.chatWanted,
  });
}

/** The focused tile: the one wanted, or the first; -1 when there is none. */
export function focusIndex(state: DashboardState): number {
  const index = state.tiles.findIndex(({ key }) => key === state.focus);
  return index === -1 && state.tiles.length > 0 ? 0 : index;
}

export function focusedTile(state: DashboardState): Tile | undefined {
  return state.tiles[focusIndex(state)];
}

/** The page shown, within what there is; the zoomed tile is a page of its own. */
export function pageOf(state: DashboardState, { grid }: Layout): number {
  const page = state.zoomed ? focusIndex(state) : state.page;
  return Math.max(0, Math.min(page, grid.pages - 1));
}

/** The tiles on the page shown. */
export function pageTiles(state: DashboardState, layout: Layout): readonly Tile[] {
  if (layout.kind !== 'full' || layout.grid.tilesAPage === 0) return [];
  const from = pageOf(state, layout) * layout.grid.tilesAPage;
  return state.tiles.slice(from, from + layout.grid.tilesAPage);
}

/** The tiles of the page that have a picture to show, or will have one. */
export function pictureTiles(state: DashboardState, layout: Layout): readonly Tile[] {
  if (state.pictureless) return [];
  return pageTiles(state, layout).filter(({ kind }) => kind !== 'audio');
}
