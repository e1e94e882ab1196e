/**
 * The board as an Ink component. Owns its place on the screen and the way of keys to it; the lines are
 * made by play-lines.ts.
 */
import { Box, Text, useInput } from 'ink';
import type { ReactElement } from 'react';
import { useRef, useSyncExternalStore } from 'react';

import { PASTE_BEGIN, PASTE_END, specialKey } from '../dashboard/key-name.js';
import type { Painter } from '../dashboard/paint.js';
import type { PlayBoard } from './play-board.js';
import { playLines } from './play-lines.js';

interface PlayViewProps {
  readonly board: PlayBoard;
  readonly painter: Painter;
}

/** The whole screen; reads keys while it is mounted. */
export function PlayView({ board, painter }: PlayViewProps): ReactElement {
  const state = useSyncExternalStore(board.subscribe, board.state);
  const pasting = useRef(false);
  useInput((input, key) => {
    // Nothing that is pasted is meant for a board.
    if (input === PASTE_BEGIN || input === PASTE_END) pasting.current = input === PASTE_BEGIN;
    if (pasting.current || input === PASTE_END) return;
    const special = specialKey(input, key);
    if (special !== undefined) board.press(special);
    else for (const name of keysIn(input)) board.press(name);
  });
  return (
    <Box width={state.columns} height={state.rows} flexShrink={0}>
      <Text wrap="truncate">{playLines(state, painter).join('\n')}</Text>
    </Box>
  );
}

/** Keys in one read beyond this are a paste, which is not for a board. */
const KEYS_AT_ONCE_MAX = 16;
/** An arrow (Ink has taken the escape character of the first), or a single character. */
const KEY = /\u001b?[[O]([A-D])|[^]/gu;
const ARROWS: Readonly<Record<string, string>> = { A: 'up', B: 'down', C: 'right', D: 'left' };
const CONTROLS: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\u0003': 'ctrl-c',
  '\u001b': 'escape',
};

/** Keys that came in one read, each by its name. */
export function keysIn(input: string): string[] {
  return [...input.matchAll(KEY)]
    .slice(0, KEYS_AT_ONCE_MAX)
    .map(([character, arrow]) => ARROWS[arrow ?? ''] ?? CONTROLS[character] ?? character);
}
