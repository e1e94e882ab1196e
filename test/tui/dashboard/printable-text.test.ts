import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';

import {
  fitCells,
  padCells,
  printable,
  tailCells,
  wrapCells,
} from '../../../src/tui/dashboard/printable-text.js';
import { DRAFT_UNITS_MAX, erased, typed } from '../../../src/tui/dashboard/chat-draft.js';
import { HOSTILE_TEXTS } from './hostile-texts.js';

describe('text of others', () => {
  it.each(HOSTILE_TEXTS)('keeps nothing that is not printable of %j', (text) => {
    expect(printable(text)).not.toMatch(/[\p{C}\u2028\u2029]/u);
  });

  it('keeps letters of all scripts, marks and emoji', () => {
    expect(printable('Zoë 漢字 кирилл 👍')).toBe('Zoë 漢字 кирилл 👍');
  });

  it('looks at no more than a few thousand characters', () => {
    expect(printable('x'.repeat(1_000_000)).length).toBe(4000);
  });
});

describe('a width in cells', () => {
  it.each(['plain', '漢字の名前', 'e\u0301e\u0301e\u0301e\u0301', '👍👍👍', ''])(
    'is met exactly by a padded %j',
    (text) => {
      for (let cells = 0; cells <= 12; cells += 1) {
        expect(stringWidth(padCells(text, cells))).toBe(cells);
        expect(stringWidth(fitCells(text, cells))).toBeLessThanOrEqual(cells);
        expect(stringWidth(tailCells(text, cells))).toBeLessThanOrEqual(cells);
      }
    },
  );

  it('breaks lines at spaces, and long words anywhere', () => {
    expect(wrapCells('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrapCells('abcdefghij k', 4)).toEqual(['abcd', 'efgh', 'ij k']);
    expect(wrapCells('漢字の', 1).every((line) => stringWidth(line) <= 1)).toBe(true);
  });
});

describe('a message being typed', () => {
  it('keeps a space at its end and makes one of a line break', () => {
    expect(typed('hello', ' ')).toBe('hello ');
    expect(typed('a', '\r\nb\nc')).toBe('a b c');
  });

  it('takes nothing that is not printable from a paste', () => {
    expect(typed('a', '\u001b[31mred\u0007')).toBe('a[31mred');
  });

  it('ends at its longest, on a whole character', () => {
    const long = typed('x'.repeat(DRAFT_UNITS_MAX - 1), '👍👍');
    expect(long).toBe('x'.repeat(DRAFT_UNITS_MAX - 1));
    expect(typed('', 'y'.repeat(10_000))).toHaveLength(DRAFT_UNITS_MAX);
  });

  it('loses a letter with its marks at once', () => {
    expect(erased('ab\u0323\u0301')).toBe('a');
    expect(erased('👍🏽')).toBe('');
    expect(erased('')).toBe('');
  });
});
