/**
 * What was typed, as names of keys. Owns the names ("enter", "ctrl-c", "z") and what counts as
 * pasted; does nothing with them.
 */
import type { Key } from 'ink';

/** Bracketed paste (DEC mode 2004) as Ink hands it on: its escape character is gone. */
export const PASTE_BEGIN = '[200~';
export const PASTE_END = '[201~';

/** Ink's names for keys without a character, and ours; the first that holds counts. */
const SPECIAL: readonly (readonly [keyof Key, string])[] = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pageup'],
  ['pageDown', 'pagedown'],
  ['return', 'enter'],
  ['escape', 'escape'],
  // What Ink calls delete is what most terminals send for the Backspace key (DEL, 0x7f).
  ['backspace', 'backspace'],
  ['delete', 'backspace'],
];

/** One key without a character of its own, or undefined where `input` is text. */
export function specialKey(input: string, key: Key): string | undefined {
  if (key.tab) return key.shift ? 'shift-tab' : 'tab';
  for (const [property, name] of SPECIAL) if (key[property] === true) return name;
  // A line feed is what Ctrl-J and some terminals' Enter send.
  if (input === '\n') return 'enter';
  if (key.ctrl) return `ctrl-${input}`;
  // Alt with a key means nothing here; its letter alone must not act.
  if (key.meta) return `alt-${input}`;
  return undefined;
}
