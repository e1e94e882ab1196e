import { describe, expect, it } from 'vitest';
import { asciiStandIn } from '../../../src/tui/terminal/ascii-stand-ins.js';
import { sampleJpeg } from '../pictures/sample-picture.js';
import type { ScreenFixture } from './screen-fixture.js';
import { openFixture, tilesFrame } from './screen-fixture.js';

/** A terminal that takes each byte for a letter: the one behind é is in the third column. */
function latin1(output: string): string | undefined {
  const first = output.includes('\x1b[?6n') ? '\x1b[?1;1R\x1b[?1;3R' : '';
  const status = output.includes('\x1b[5n') ? '\x1b[0n' : '';
  const attributes = output.includes('\x1b[c') ? '\x1b[?1;2c' : '';
  return `${first}${status}${attributes}` || undefined;
}

/** All that came after the questions. */
function shownBytes({ terminal }: ScreenFixture): string {
  return terminal.received.slice(terminal.received.indexOf('\x1b[?1049h'));
}

describe('a terminal that reads no UTF-8', () => {
  it.each(['sextant', 'half', 'braille'] as const)(
    'gets ASCII alone, in pictures by %s as in texts',
    async (pictureMode) => {
      await using fixture = await openFixture({
        ...{ columns: 44, rows: 14, pictureMode },
        answer: latin1,
      });
      const { opened, terminal } = fixture;
      expect(opened.capabilities).toMatchObject({ utf8: false, able: ['half'] });
      opened.screen.showFrame(`${tilesFrame(1, 30, 8)}\n▸ Л é 漢字 ● … ok`);
      opened.screen.showPicture(0, await sampleJpeg({ width: 300, height: 200 }));
      await terminal.until(() => terminal.line(10) === '> ? e ? ?  * . ok', 'the words');
      await terminal.until(() => /48;2;\d+/u.test(shownBytes(fixture)), 'the picture');
      expect(terminal.line(0)).toMatch(/^-+$/u);
      expect(shownBytes(fixture)).toMatch(/^[\x1b\x07\x0d\x0a -~]*$/u);
    },
  );

  it('gets a sign for each dark or light cell where there are no colours', async () => {
    await using fixture = await openFixture({
      ...{ columns: 44, rows: 14, env: { NO_COLOR: '1' } },
      answer: latin1,
    });
    const { opened, terminal } = fixture;
    opened.screen.showFrame(tilesFrame(1, 30, 8));
    opened.screen.showPicture(0, await sampleJpeg({ width: 300, height: 200 }));
    await terminal.until(() => /[#]+ +[#]+/u.test(terminal.text()), 'the picture');
    expect(shownBytes(fixture)).toMatch(/^[\x1b\x07\x0d\x0a -~]*$/u);
  });
});

describe('what stands in for a character', () => {
  it('is always one printable character', () => {
    for (let code = 0x20; code < 0x3000; code += 1) {
      expect(asciiStandIn(String.fromCodePoint(code))).toMatch(/^[ -~]$/u);
    }
    for (const text of ['👩', 'e\u0301\u0302', '\ud800', '']) {
      expect(asciiStandIn(text)).toMatch(/^[ -~]$/u);
    }
  });

  it.each([
    ['é', 'e'],
    ['ﬁ', 'f'],
    ['①', '1'],
    ['█', '#'],
    ['─', '-'],
    ['│', '|'],
    ['╭', '+'],
    ['Л', '?'],
    ['a', 'a'],
  ])('is for %s %s', (text, standIn) => {
    expect(asciiStandIn(text)).toBe(standIn);
  });
});
