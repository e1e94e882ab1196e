import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import {
  ATTRIBUTE,
  CellGrid,
  GraphemeTable,
  PALETTE,
  WIDE_TAIL,
  rgbColour,
} from '../../../src/tui/terminal/cell-grid.js';
import { drawInkFrame } from '../../../src/tui/terminal/ink-frame.js';
import { safeText } from '../../../src/tui/terminal/safe-text.js';
import { SgrStyle } from '../../../src/tui/terminal/sgr-style.js';

function draw(
  text: string,
  columns = 20,
  rows = 3,
  depth: '8' | '256' | 'truecolour' = 'truecolour',
) {
  const grid = new CellGrid(columns, rows);
  const table = new GraphemeTable();
  drawInkFrame(text, grid, new SgrStyle(depth), table);
  const line = (row: number): string =>
    Array.from(grid.code.subarray(row * columns, (row + 1) * columns), (code) =>
      code === WIDE_TAIL ? '' : table.textOf(code),
    )
      .join('')
      .trimEnd();
  return { grid, line };
}

describe("a frame of Ink's", () => {
  it('reads colours and attributes of each cell', () => {
    const { grid, line } = draw('a\x1b[1;31mb\x1b[22;38;2;1;2;3;48;5;200mc\x1b[0md\x1b[97;100me');
    expect(line(0)).toBe('abcde');
    expect([...grid.foreground.subarray(0, 5)]).toEqual([
      ...[0, PALETTE + 1, rgbColour(1, 2, 3), 0, PALETTE + 15],
    ]);
    expect([...grid.background.subarray(0, 5)]).toEqual([0, 0, PALETTE + 200, 0, PALETTE + 8]);
    expect([...grid.attributes.subarray(0, 4)]).toEqual([0, ATTRIBUTE.bold, 0, 0]);
  });

  it('turns colours that the terminal does not have into the nearest', () => {
    const few = draw('\x1b[38;2;250;10;10;48;2;250;10;10mx', 4, 1, '8').grid;
    expect(few.foreground[0]).toBe(PALETTE + 9);
    expect(few.background[0]).toBe(PALETTE + 1);
    const many = draw('\x1b[38;2;255;0;0mx', 4, 1, '256').grid;
    expect(many.foreground[0]).toBe(PALETTE + 196);
  });

  it('cuts what is beyond the screen, and half of a wide character', () => {
    const { line } = draw('abcdef\n日本語\nc\nd', 5, 3);
    expect([line(0), line(1), line(2)]).toEqual(['abcde', '日本', 'c']);
  });

  it('fills up to the next stop of a tab, or to the right edge', () => {
    expect(draw('a\tb').line(0)).toBe('a       b');
    expect(draw('123456789\tz', 10, 1).line(0)).toBe('123456789');
    expect(draw('1234567890\t\tz', 10, 1).line(0)).toBe('1234567890');
    expect(draw('日本語日\tz', 7, 1).line(0)).toBe('日本語');
  });

  it.each([
    ['日本語', 6],
    ['한국어', 6],
    ['é', 1],
    ['e\u0301', 1],
    ['👍', 2],
    ['👍🏽', 2],
    ['👨‍👩‍👧‍👦', 2],
    ['❤️', 2],
    ['1️⃣', 2],
    ['🇩🇪', 2],
    ['│─█▀', 4],
    ['Ω±√', 3],
    ['z\u0334\u0335\u0336\u0337\u0338\u0339\u033a', 1],
  ])('keeps the column after %s', (text, columns) => {
    const { grid } = draw(`${text}|`);
    expect(grid.code[columns]).toBe('|'.charCodeAt(0));
    expect(stringWidth(text)).toBe(columns);
  });

  it('cuts a character to what all terminals measure alike', () => {
    expect(draw('👨‍👩‍👧‍👦👍🏽🇩🇪').line(0)).toBe('👨👍DE');
    expect(Array.from(draw(`a${'\u0301\u0302'.repeat(50)}`).line(0)).length).toBeLessThan(6);
  });

  it('shows control characters as replacements and gives no sequence but SGR a meaning', () => {
    expect(draw('a\x07b\x9bc\x1b[2Jd\x1b]52;c;AAAA\x07e').line(0)).toBe('a\ufffdb\ufffdcde');
    expect(draw('a\x1bP+q544e\x1b\\b\x1b_Ga=d\x1b\\c\x1b[5nd\x1b[?1049l').line(0)).toBe('abcd');
    expect(draw('\x1b]0;never ends').line(0)).toBe('');
  });

  it('holds no control character in any cell, whatever the text', () => {
    const nasty = fc.array(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('\x1b[', '\x1b]', '\x1bP', '\x1b', '\x9b', '\x07', '\u202e', '🇩', '\u200d'),
      ),
    );
    fc.assert(
      fc.property(nasty, (parts) => {
        const { grid, line } = draw(parts.join(''), 30, 4);
        for (let row = 0; row < 4; row += 1) {
          expect(line(row)).not.toMatch(/[\0-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
        }
        for (const [at, code] of grid.code.entries()) {
          // A right half stands after something on the same row.
          if (code === WIDE_TAIL) expect(at % 30).toBeGreaterThan(0);
        }
      }),
    );
  });

  it('reads ten thousand hostile characters, and keeps to its grid', () => {
    const texts = ['\x1b[', '\x1b]8;;', 'a\u0301', '👨‍👩‍👧', '\x1b[38;5;', '\ue000'];
    for (const text of texts) {
      const drawn = draw(text.repeat(10_000), 200, 60);
      expect(JSON.stringify(drawn)).not.toMatch(/\\u001b|\\u009b/);
    }
  });
});

describe('text from others', () => {
  it('loses what could act on a terminal or on the layout', () => {
    expect(safeText('a\x1b[31m\u202eb\ue000\uf000\n\u2028c\ud800')).toBe(
      'a\ufffd[31m\ufffdb\ufffd\ufffd\ufffd\ufffdc\ufffd',
    );
  });

  it('stays as it is otherwise', () => {
    const text = 'Zoë 日本語 👨‍👩‍👧 ❤️ Ünïcode';
    expect(safeText(text)).toBe(text);
  });
});
