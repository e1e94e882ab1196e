/**
 * How the dashboard's texts look: attributes and the palette's colours as SGR, and the marks. Owns
 * these tables; knows nothing of a meeting. The compositor reads SGR and nothing else.
 *
 * Painted here and not by Ink's properties, since those ask the process's own environment for
 * colours, and the terminal that is drawn on may be another one.
 */

import { isUnicodeLocale } from '../terminal/locale.js';

export type Style = 'bold' | 'dim' | 'inverse' | 'good' | 'warn' | 'bad' | 'accent';

/** SGR numbers on and off (ECMA-48, 8.3.117). Colours of the palette follow the user's theme. */
const ATTRIBUTES: Partial<Record<Style, readonly [on: number, off: number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  inverse: [7, 27],
};
const COLOURS: Partial<Record<Style, readonly [on: number, off: number]>> = {
  good: [32, 39],
  warn: [33, 39],
  bad: [31, 39],
  accent: [36, 39],
};

/** Signs before words; every state has words or a sign of its own beside its colour. */
export interface Marks {
  readonly live: string;
  readonly waiting: string;
  readonly stale: string;
  readonly off: string;
  readonly stopped: string;
  readonly speaking: string;
  readonly hand: string;
  readonly muted: string;
  readonly focus: string;
  readonly rule: string;
  readonly bar: string;
  readonly corners: readonly [string, string, string, string];
  readonly caret: string;
}

const UNICODE_MARKS: Marks = {
  live: '●',
  waiting: '◌',
  stale: '◐',
  off: '○',
  stopped: '■',
  speaking: '»',
  hand: '^',
  muted: 'x',
  focus: '▸',
  rule: '─',
  bar: '│',
  corners: ['╭', '╮', '╰', '╯'],
  caret: '▏',
};

/** For the Linux console, whose fonts hold 256 or 512 characters, and for other character sets. */
const ASCII_MARKS: Marks = {
  live: '*',
  waiting: '.',
  stale: '~',
  off: 'o',
  stopped: '#',
  speaking: '>',
  hand: '^',
  muted: 'x',
  focus: '>',
  rule: '-',
  bar: '|',
  corners: ['+', '+', '+', '+'],
  caret: '_',
};

export interface Painter {
  readonly marks: Marks;
  /** The text with its attributes; colours are left out where none are wanted. */
  readonly paint: (text: string, ...styles: readonly Style[]) => string;
}

/** A painter for an environment: `NO_COLOR`, `TERM`, `LC_ALL`, `LC_CTYPE` and `LANG` are read. */
export function painterFor(env: Readonly<Record<string, string | undefined>>): Painter {
  const colours = (env['NO_COLOR'] ?? '') === '';
  const table = colours ? { ...ATTRIBUTES, ...COLOURS } : ATTRIBUTES;
  return {
    marks: drawsUnicode(env) ? UNICODE_MARKS : ASCII_MARKS,
    paint: (text, ...styles) => {
      if (text === '') return '';
      let painted = text;
      for (const style of styles) {
        const codes = table[style];
        if (codes !== undefined) painted = `\u001b[${codes[0]}m${painted}\u001b[${codes[1]}m`;
      }
      return painted;
    },
  };
}

function drawsUnicode(env: Readonly<Record<string, string | undefined>>): boolean {
  return env['TERM'] !== 'linux' && isUnicodeLocale(env);
}
