/**
 * What keys do: from the name of a key in a scope to its command, and from characters to keys. Owns
 * the way there; the commands are view-, request- and play-commands.ts, the table of keys key-table.ts.
 */
import type { Meeting } from '../meeting.js';
import { boardFacts } from '../play/board-keys.js';
import { typed } from './chat-draft.js';
import type { Dashboard } from './dashboard.js';
import type { DashboardState } from './dashboard-state.js';
import { layoutFor } from './dashboard-state.js';
import type { Command, KeyFacts, KeyScope } from './key-table.js';
import { bindingOf } from './key-table.js';
import { playCommands } from './play-commands.js';
import { requestCommands } from './request-commands.js';
import { movementCommands, panelCommands } from './view-commands.js';

export class KeyCommands {
  readonly #dashboard: Dashboard;
  readonly #commands: Readonly<Record<Command, (key: string) => void>>;

  constructor(dashboard: Dashboard, meeting: Meeting, onQuit: () => void) {
    this.#dashboard = dashboard;
    this.#commands = {
      ...movementCommands(dashboard),
      ...panelCommands(dashboard, meeting, onQuit),
      ...requestCommands(dashboard, meeting),
      ...playCommands(dashboard, meeting),
    };
  }

  /** One key by its name, as key-name.ts gives it. True when it did something. */
  press(key: string): boolean {
    const { state } = this.#dashboard;
    const binding = bindingOf(scopeOf(state), key, keyFacts(state));
    if (binding === undefined) return false;
    this.#commands[binding.command](key);
    return true;
  }

  /**
   * Characters that came at once: typed into the message, or keys one after the other. What opens a
   * dialog ends them, so that no pasted text can also answer its question; but Ctrl-C always counts.
   */
  type(text: string): void {
    const before = this.#dashboard.state.dialog;
    const isLine = ONE_LINE.test(text);
    let room = KEYS_AT_ONCE_MAX;
    for (const run of text.match(KEYS_AND_TEXT) ?? []) {
      const control = controlKey(run);
      if (control !== undefined && this.#controls(control, isLine)) continue;
      const characters = Array.from(run);
      for (const [index, character] of characters.entries()) {
        if (scopeOf(this.#dashboard.state) === 'chat') {
          this.#draft((draft) => typed(draft, characters.slice(index).join('')));
          break;
        }
        if (this.#dashboard.state.dialog !== before || room === 0) break;
        room -= 1;
        this.press(control ?? character);
      }
    }
  }

  /** Text that the terminal says was pasted: for the message, and nothing else. */
  paste(text: string): void {
    if (scopeOf(this.#dashboard.state) === 'chat') this.#draft((draft) => typed(draft, text));
  }

  /**
   * Control characters amid others: true when that was all that they mean. `isLine`: what came is a
   * line with its Enter, as somebody types it over a slow link.
   */
  #controls(key: string, isLine: boolean): boolean {
    // Two in one read are two.
    if (key === 'ctrl-c') return this.press(key);
    // Several line breaks in one read were pasted: they become spaces, and send nothing.
    if (scopeOf(this.#dashboard.state) === 'chat' && (key !== 'enter' || isLine)) {
      this.press(key);
      return true;
    }
    return false;
  }

  #draft(make: (draft: string) => string): void {
    this.#dashboard.change({ draft: make(this.#dashboard.state.draft ?? '') });
  }
}

/** Keys in one read beyond this are a paste, which is not for the tiles. */
const KEYS_AT_ONCE_MAX = 16;
/** Text with one line break, at its end. */
const ONE_LINE = /^[^\r\n]+[\r\n]$/u;
/** A control character each, or the text between two of them. */
const KEYS_AND_TEXT = /\p{Cc}|\P{Cc}+/gu;

/** The key that a control character stands for (ECMA-48 C0 and DEL); undefined: it is none. */
function controlKey(character: string): string | undefined {
  const code = character.charCodeAt(0);
  if (code === 0x7f || code === 0x08) return 'backspace';
  if (code === 0x09) return 'tab';
  if (code === 0x0a || code === 0x0d) return 'enter';
  return code < 0x20 ? `ctrl-${String.fromCharCode(code + 0x60)}` : undefined;
}

/** Which keys are read now. */
export function scopeOf(state: DashboardState): KeyScope {
  if (state.dialog !== 'none') return state.dialog;
  return state.draft === undefined ? 'main' : 'chat';
}

/** What the key table asks of the state. */
export function keyFacts(state: DashboardState): KeyFacts {
  return {
    ...state.rights,
    tiles: state.tiles.length,
    pages: layoutFor(state).grid.pages,
    zoomed: state.zoomed,
    waiting: state.waiting.length,
    subjectKinds: state.subject?.streams.map(({ kind }) => kind) ?? [],
    board: boardFacts(state.game),
  };
}
