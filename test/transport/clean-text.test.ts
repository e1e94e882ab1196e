import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import {
  NAME_CELLS,
  NAME_CODE_POINTS,
  cleanName,
  cleanText,
} from '../../src/transport/clean-text.js';

/** Texts of all sorts, with more of what hurts than chance would give. */
const HOSTILE = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.string({ unit: 'grapheme', maxLength: 20 }),
      fc.constantFrom(
        '\u001b[2J',
        '\u009b31m',
        '\u202e',
        '\u2066',
        '\u200b',
        '\u200d',
        '\ufeff',
        '\ud800',
        '\udc00',
        '\u0301',
        '\u0323',
        'e',
        'ö',
        '\u1100',
        '\u1161',
        '\u11a8',
        '👩‍👩‍👧',
        '🇩🇪',
        '漢',
        '\r\n',
        '\t',
        '\u2028',
        '\u00a0',
        '\u0000',
        '\u007f',
        '\ue000',
        '\u{10ffff}',
        '\u{e0001}',
        '\u0344',
        '\u2126',
        '\ufb01',
      ),
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(''));

describe('cleanName', () => {
  it('gives from any text at most 64 code points and 32 cells in NFC, without category C', () => {
    fc.assert(
      fc.property(HOSTILE, (text) => {
        const name = cleanName(text);
        expect(name).not.toMatch(/\p{C}/u);
        expect(name).not.toMatch(/[\u2028\u2029]/u);
        expect(Array.from(name).length).toBeLessThanOrEqual(NAME_CODE_POINTS);
        expect(stringWidth(name)).toBeLessThanOrEqual(NAME_CELLS);
        expect(name.normalize('NFC')).toBe(name);
        expect(name.trim()).toBe(name);
        expect(name).not.toBe('');
        expect(name).not.toMatch(/\s\s/u);
      }),
      { numRuns: 2000 },
    );
  });

  it('leaves what it has cleaned as it is', () => {
    fc.assert(
      fc.property(HOSTILE, (text) => {
        const name = cleanName(text);
        expect(cleanName(name)).toBe(name);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['kiosk 3, lobby', 'kiosk 3, lobby'],
    ['Zoë', 'Zoë'],
    ['Zoe\u0308', 'Zo\u00eb'],
    ['e\u200b\u0301', '\u00e9'],
    ['\u001b[31mred\u001b[0m', '[31mred[0m'],
    ['\u009b2Jcleared', '2Jcleared'],
    ['\u202egnp.exe', 'gnp.exe'],
    ['\u2066abc\u2069', 'abc'],
    ['a\ud800b\udc00c', 'abc'],
    ['a\r\n\tb\u2028c', 'a b c'],
    ['\u0007\u0000', 'guest'],
    ['   ', 'guest'],
    ['', 'guest'],
    ['漢'.repeat(40), '漢'.repeat(16)],
    ['x'.repeat(10_000), 'x'.repeat(32)],
    ['\u0301'.repeat(10_000), ''],
  ])('makes of %j %j', (text, name) => {
    if (name === '') expect(Array.from(cleanName(text)).length).toBeLessThanOrEqual(64);
    else expect(cleanName(text)).toBe(name);
  });

  it('never cuts a character in two that is drawn as one', () => {
    const flags = '🇩🇪'.repeat(40);
    const name = cleanName(flags);
    expect(name).toBe('🇩🇪'.repeat(16));
    expect(cleanName(`${'x'.repeat(31)}漢`)).toBe('x'.repeat(31));
  });

  it('uses the word that it is given when nothing is left', () => {
    expect(cleanName('\u200b', 'main')).toBe('main');
  });
});

describe('cleanText', () => {
  it('keeps to the sizes that it is given', () => {
    expect(cleanText('the cable was pulled', 200, 200)).toBe('the cable was pulled');
    expect(cleanText('the cable was pulled', 3, 200)).toBe('the');
    expect(cleanText('the cable was pulled', 200, 9)).toBe('the cable');
  });

  it('looks at no more of a text than it may keep eightfold', () => {
    expect(cleanText('\u200b'.repeat(8 * 5) + 'late', 5, 5)).toBe('');
  });
});
