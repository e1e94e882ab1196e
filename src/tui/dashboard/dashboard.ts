/**
 * The dashboard without its drawing: hears the meeting, keeps the state, passes pictures and levels
 * to the screen. Owns the state and the timers; draws no text and reads no key.
 *
 *   meeting ──roster, chat, words──> state ──> panels (Ink)
 *      └─────pictures, levels──────> screen, past the panels
 */
import type { GameView } from '../../game/game-view.js';
import type { Clock } from '../../transport/clock.js';
import type { Chat } from '../../transport/chat-records.js';
import type { RosterEntry } from '../../transport/roster-records.js';
import type { Meeting } from '../meeting.js';
import { nextPictureMode } from '../pictures/picture-mode.js';
import type { Screen } from '../terminal/screen.js';
import { LevelFeed } from './level-feed.js';
import type { ChatLine, DashboardState } from './dashboard-state.js';
import { CHAT_LINES_MAX, firstState, layoutFor, pageOf, pictureTiles } from './dashboard-state.js';
import { timeOfDay } from './figure-words.js';
import { gameChange } from './game-state.js';
import { NOTICE_UNITS_MAX, Notices } from './notices.js';
import { PictureFeed } from './picture-feed.js';
import { printable } from './printable-text.js';
import { RosterReading } from './roster-reading.js';
import { StateStore } from './state-store.js';
import { WaitingList } from './waiting-list.js';
import type { Tile, TileSources } from './tile.js';
import type { ZoomWish } from './zoom-memory.js';
import { ZoomMemory } from './zoom-memory.js';

/** How often figures and ages are asked for: one commit a second at most by them. */
export const FIGURES_EVERY_MS = 1000;
/** Longest chat message kept, in UTF-16 units. */
const CHAT_UNITS_MAX = 1000;

export interface DashboardOptions {
  readonly meeting: Meeting;
  readonly screen: Screen;
  readonly clock: Clock;
  /** Whose tile is shown alone, as soon as it is there. */
  readonly focus?: ZoomWish;
  /** Words on the recording, where they are known; asked for with the figures. */
  readonly recording?: () => string | undefined;
}

export class Dashboard {
  readonly store: StateStore;
  readonly waitingList = new WaitingList();
  readonly zoomMemory: ZoomMemory;
  readonly notices: Notices;
  readonly #options: DashboardOptions;
  readonly #feed: PictureFeed;
  readonly #levels: LevelFeed;
  readonly #reading = new RosterReading(this.waitingList);
  readonly #stops: (() => void)[] = [];
  #selected = '';
  /** The panels with the first tiles have been drawn. */
  #isDrawn = false;

  constructor(options: DashboardOptions) {
    const { meeting, screen, clock } = options;
    this.#options = options;
    this.zoomMemory = new ZoomMemory(options.focus);
    this.#feed = new PictureFeed(screen, clock);
    this.#levels = new LevelFeed(meeting, screen);
    const { columns, rows } = screen;
    this.store = new StateStore(
      clock,
      firstState({ columns, rows, room: printable(meeting.room, 128), rights: meeting.rights }),
    );
    this.notices = new Notices(this.store, clock);
  }

  /** Listens from now on. */
  start(): void {
    const { meeting, screen, clock } = this.#options;
    this.#stops.push(
      meeting.listen({
        onPicture: (participant, frame) => {
          if (this.#feed.onPicture(participant, frame)) this.refresh();
        },
        onRoster: () => {
          this.refresh();
        },
        onChat: (chat) => {
          this.#onChat(chat);
        },
        onGame: (game) => {
          this.#onGame(game);
        },
        onConnection: (words) => {
          const clean = words === undefined ? undefined : printable(words, NOTICE_UNITS_MAX);
          this.store.set({ connection: clean });
        },
        onNotice: (words) => {
          this.notices.show(words);
        },
      }),
      screen.onResize((columns, rows) => {
        this.change({ columns, rows });
      }),
      clock.every(FIGURES_EVERY_MS, () => {
        this.refresh();
      }),
      this.#levels.start(clock, () => {
        this.refresh();
      }),
    );
    this.#awaitFirstDrawing();
    this.refresh();
  }

  /** Idempotent: no timer and no listener is left. */
  close(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.notices.close();
    this.store.close();
  }

  get state(): DashboardState {
    return this.store.state;
  }

  /** Changes the state, then what is shown and asked for because of it. */
  change(changes: Partial<DashboardState>): void {
    this.store.set(changes);
    this.#followState();
  }

  /** Reads roster and figures anew. Words that came out the same change nothing. */
  refresh(): void {
    const { meeting, recording } = this.#options;
    const { tiles, changes } = this.#reading.read(this.state, meeting, this.#sources());
    changes.recording = recording?.();
    Object.assign(changes, this.zoomMemory.follow(this.state, tiles));
    this.#forgetPictures(tiles, meeting.roster);
    this.change(changes);
  }

  nextPictures(): void {
    const { screen } = this.#options;
    screen.pictureMode = nextPictureMode(screen.pictureMode, screen.able);
    this.change({});
    this.notices.show(`pictures: ${this.state.pictures}`);
  }

  repaint(): void {
    this.#options.screen.repaint();
  }

  #sources(): TileSources {
    const { meeting } = this.#options;
    return {
      self: meeting.self,
      figures: meeting.figures(),
      sinceRecordMs: (key) => this.#feed.sinceRecordMs(key),
      isMutedHere: (participant) => meeting.isMutedHere(participant),
      isSpeaking: (participant) => meeting.level(participant).speaking,
    };
  }

  /**
   * The first panels take Ink a quarter of a second. Pictures that are asked for before would come
   * meanwhile and be missed, the first nine of a viewer's stay; so they are asked for after it.
   */
  #awaitFirstDrawing(): void {
    const { clock } = this.#options;
    const stop = this.store.subscribe(() => {
      stop();
      // Ink draws within this turn of the event loop.
      const cancel = clock.after(0, () => {
        this.#isDrawn = true;
        this.#followState();
      });
      this.#stops.push(cancel);
    });
    this.#stops.push(stop);
  }

  #onGame(game: GameView | undefined): void {
    const { changes, notice } = gameChange(this.state, game);
    this.change(changes);
    if (notice !== undefined) this.notices.show(notice);
  }

  #onChat(chat: Chat): void {
    const text = printable(chat.text, CHAT_UNITS_MAX);
    if (text === '') return;
    const line: ChatLine = {
      name: printable(chat.name ?? '', 128) || 'guest',
      text,
      time: timeOfDay(chat.atUs ?? 0),
    };
    const unseen = layoutFor(this.state).chatRows === 0;
    this.store.set({
      chat: [...this.state.chat, line].slice(-CHAT_LINES_MAX),
      unread: unseen ? this.state.unread + 1 : 0,
    });
  }

  #forgetPictures(tiles: readonly Tile[], roster: readonly RosterEntry[]): void {
    const off = tiles.filter(({ state }) => state.off).map(({ key }) => key);
    this.#feed.silence(new Set(off));
    this.#feed.keep(new Set(roster.length === 0 ? [] : tiles.map(({ key }) => key)));
  }

  /** Slots, the selection of pictures and their words follow page, zoom and roster. */
  #followState(): void {
    const { meeting, screen } = this.#options;
    const pictureless = screen.shownMode === 'none';
    const mode = screen.pictureMode;
    const pictures = mode === 'auto' ? `auto (${screen.shownMode})` : mode;
    this.store.set({ pictureless, pictures });
    const layout = layoutFor(this.state);
    const shown = pictureTiles(this.state, layout);
    const slots = this.#feed.place(shown.map(({ key }) => key));
    const page = this.state.zoomed ? this.state.page : pageOf(this.state, layout);
    const unread = layout.chatRows > 0 ? 0 : this.state.unread;
    this.store.set({ slots, page, unread });
    this.#levels.show(layout.rosterRows > 0 || layout.kind === 'names' ? this.state.people : []);
    const wanted = shown.flatMap(({ participant, kind }) =>
      kind === 'audio' ? [] : [{ participant, kind }],
    );
    const selected = JSON.stringify(wanted);
    if (!this.#isDrawn || selected === this.#selected) return;
    this.#selected = selected;
    meeting.select(wanted);
  }
}
