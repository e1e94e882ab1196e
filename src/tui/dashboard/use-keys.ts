/**
 * Keys from Ink to the dashboard's commands. Owns the subscription and what lies between the marks of
 * a bracketed paste; decides nothing.
 */
import { useInput } from 'ink';
import { useRef } from 'react';

import type { KeyCommands } from './key-commands.js';
import { PASTE_BEGIN, PASTE_END, specialKey } from './key-name.js';

/** Passes every key on while the component is mounted. */
export function useKeys(commands: KeyCommands): void {
  const pasting = useRef(false);
  useInput((input, key) => {
    if (input === PASTE_BEGIN || input === PASTE_END) {
      pasting.current = input === PASTE_BEGIN;
      return;
    }
    if (pasting.current) {
      commands.paste(key.return ? ' ' : input);
      return;
    }
    const special = specialKey(input, key);
    if (special !== undefined) commands.press(special);
    else if (input !== '') commands.type(input);
  });
}
