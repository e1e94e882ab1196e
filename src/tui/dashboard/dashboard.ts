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
import type { Meeting, Outcome } from '../meeting.js';
import { nextPictureMode } from '../pictures/picture-mode.js';
import type { Screen } from '../terminal/screen.js';
import { LevelFeed } from './level-feed.js';
import type { ChatLine, DashboardState } from './dashboard-state.js';
import { CHAT_LINES_MAX, firstState, layoutFor, pageOf, pictureTiles } from './dashboard-state.js';
import { timeOfDay } from './figure-words.js';
import { gameChange } from './game-state.js';
import { ownStreams } from './own-streams.js';
import { PictureFeed } from './picture-feed.js';
import { printable } from './printable-text.js';
import { StateStore } from './state-store.js';
import { WaitingList } from './waiting-list.js';
import type { Tile } from './tile.js';
import { peopleOf, tilesOf } from './tile.js';
import type { ZoomWish } from './zoom-memory.js';
import { ZoomMemory } from './zoom-memory.js';

/** How often figures and ages are asked for: one commit a second at most by them. */
export const FIGURES_EVERY_MS = 1000;
/** How long the answer to a request stays. */
const NOTICE_MS = 5000;
const NOTICE_UNITS_MAX = 200;
/** Longest chat message kept, in UTF-16 units. */
const CHAT_UNITS_MAX = 1000;
/** Requests that may be unanswered at a time. */
const ASKED_MAX = 8;

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
  readonly #options: DashboardOptions;
  readonly #feed: PictureFeed;
  readonly #levels: LevelFeed;
  readonly #stops: (() => void)[] = [];
  #tilesText = '';
  #peopleText = '';
  #selected = '';
  #asked = 0;
  #forgetNotice: (() => void) | undefined;
  /** The panels with the first tiles have been drawn. */
  #isDrawn = false;
  #closed = false;

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
          this.notice(words);
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
    this.#closed = true;
    for (const stop of this.#stops.splice(0)) stop();
    this.#forgetNotice?.();
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
    const sources = this.#sources();
    const tiles = tilesOf(meeting.roster, sources);
    const people = peopleOf(meeting.roster, sources);
    const changes: { -readonly [K in keyof DashboardState]?: DashboardState[K] } = {
      room: printable(meeting.room, 128),
      recording: recording?.(),
    };
    const tilesText = JSON.stringify(tiles);
    if (tilesText !== this.#tilesText) changes.tiles = tiles;
    this.#tilesText = tilesText;
    const peopleText = JSON.stringify(people);
    if (peopleText !== this.#peopleText) changes.people = people;
    this.#peopleText = peopleText;
    const waiting = this.waitingList.shown(meeting.waiting);
    if (JSON.stringify(waiting) !== JSON.stringify(this.state.waiting)) {
      changes.waiting = waiting;
      // Whoever presses a key means the one that was shown, not another one.
      const isAnother = waiting[0]?.number !== this.state.waiting[0]?.number;
      if (this.state.dialog === 'waiting' && isAnother) changes.dialog = 'none';
    }
    const { subject } = this.state;
    if (
      subject !== undefined &&
      !tiles.some(({ participant }) => participant === subject.participant)
    )
      Object.assign(changes, { subject: undefined, dialog: 'none' });
    const own = ownStreams(meeting);
    if (own.join() !== this.state.own.join()) changes.own = own;
    Object.assign(changes, this.zoomMemory.follow(this.state, tiles));
    this.#forgetPictures(tiles, meeting.roster);
    this.change(changes);
  }

  nextPictures(): void {
    const { screen } = this.#options;
    screen.pictureMode = nextPictureMode(screen.pictureMode, screen.able);
    this.change({});
    this.notice(`pictures: ${this.state.pictures}`);
  }

  repaint(): void {
    this.#options.screen.repaint();
  }

  /** Asks the meeting for something; its answer is shown when it comes. */
  ask(request: () => Promise<Outcome>): void {
    if (this.#asked >= ASKED_MAX) {
      this.notice('still waiting for an answer');
      return;
    }
    this.#asked += 1;
    request()
      .then(
        ({ ok, message }) => (ok ? message : `not done: ${message}`),
        (thrown: unknown) =>
          `not done: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      )
      .then((words) => {
        this.#asked -= 1;
        if (words !== '') this.notice(words);
      })
      .catch(() => undefined);
  }

  /** Shows a line for a while. */
  notice(words: string): void {
    if (this.#closed) return;
    this.#forgetNotice?.();
    this.store.set({ notice: printable(words, NOTICE_UNITS_MAX) });
    this.#forgetNotice = this.#options.clock.after(NOTICE_MS, () => {
      this.store.set({ notice: undefined });
    });
  }

  #sources(): Parameters<typeof tilesOf>[1] {
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
    if (notice !== undefined) this.notice(notice);
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
