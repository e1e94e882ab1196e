import { basename, dirname, join, resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  PictureNumbers,
  pictureFileName,
  safeName,
  startStamp,
} from '../../../src/daemon/recording/recording-names.js';
import { STARTED_AT_US } from './frames.js';

const HOSTILE = [
  '..',
  '../../etc/passwd',
  '/etc/passwd',
  '.ssh',
  '-rf',
  'a\0b',
  'a\nb',
  '\u202egnp.exe',
  '\ud800',
  'C:\\windows',
  'ﷺ'.repeat(300),
  '..．．/',
];

describe('A name that a peer gave', () => {
  test('becomes one safe segment below the root, whatever it holds', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('.', '/', '\\', '-', '\0', 'a', 'É', '\ud800') }),
      fc.constantFrom(...HOSTILE),
    );
    fc.assert(
      fc.property(text, (name) => {
        const safe = safeName(name);
        expect(safe).toMatch(/^[a-z0-9_][a-z0-9._-]{0,39}$/);
        expect(safe).not.toMatch(/\.$|\.\./);
        const path = resolve('/root-of-all', safe);
        expect(dirname(path)).toBe('/root-of-all');
        expect(basename(join('/root-of-all', safe))).toBe(safe);
      }),
      { numRuns: 5000 },
    );
  });

  test.each([
    ['Lab 1', 'lab-1'],
    ['Ünal', 'unal'],
    ['kiosk.3_b', 'kiosk.3_b'],
    ['../../etc/passwd', 'etc-passwd'],
    ['会议', 'unnamed-63d30f1a'],
    ['会议 Lab 2', 'lab-2-5c42b85e'],
    ['', 'unnamed'],
    ['...', 'unnamed-ab5df625'],
    ['x'.repeat(90), 'x'.repeat(40)],
  ])('reads well: %j is %s', (name, safe) => {
    expect(safeName(name)).toBe(safe);
  });

  test('has a folder of its own when no Latin letter is in it', () => {
    const names = ['会议', '教室', 'Зал', 'Зал 2', 'हिन्दी', 'हिन्द', '🎉', '🎊', '!!!', '...'];
    expect(new Set(names.map(safeName)).size).toBe(names.length);
    expect(safeName('ЗАЛ')).toBe(safeName('зал'));
  });
});

test('A start is stamped in UTC, so that folders sort by time', () => {
  expect(startStamp(STARTED_AT_US)).toBe('20261123T121530Z');
});

test('A picture is named by its number and its capture time in milliseconds', () => {
  expect(pictureFileName('screen', 123, 1_795_436_130_123_456)).toBe(
    'screen/000000123-1795436130123.jpg',
  );
});

describe('The numbers of pictures', () => {
  test('are the sequence on the wire while that grows, gaps kept', () => {
    const numbers = new PictureNumbers();
    expect([0, 1, 2, 7, 8].map((sequence) => numbers.next(sequence))).toEqual([0, 1, 2, 7, 8]);
  });

  test('go on in step when a publisher begins anew', () => {
    const numbers = new PictureNumbers();
    expect([5, 6, 0, 1, 4].map((sequence) => numbers.next(sequence))).toEqual([5, 6, 7, 8, 11]);
  });

  test('keep nine digits when the wire has ten', () => {
    const numbers = new PictureNumbers();
    expect([4_294_967_295, 0, 1].map((sequence) => numbers.next(sequence))).toEqual([0, 1, 2]);
  });

  test('always grow, whatever a publisher sends', () => {
    const sequence = fc.oneof(fc.nat(20), fc.integer({ min: 0, max: 0xffff_ffff }));
    fc.assert(
      fc.property(fc.array(sequence), (sequences) => {
        const numbers = new PictureNumbers();
        let last = -1;
        for (const next of sequences) {
          const number = numbers.next(next);
          expect(number).toBeGreaterThan(last);
          last = number;
        }
      }),
    );
  });
});
