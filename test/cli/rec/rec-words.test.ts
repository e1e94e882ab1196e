/** Words of `meet rec` that are wrong, and what is said of them. */
import { describe, expect, it } from 'vitest';
import { formOf } from '../../../src/cli/rec/export-form.js';
import { chooseTimes } from '../../../src/cli/rec/rec-selection.js';
import { recordingTime } from '../../../src/cli/rec/rec-values.js';
import type { Part } from '../../../src/daemon/recording/reading/part.js';

const STARTED_AT_US = 1_795_000_000_000_000;
const PART: Part = {
  ...{ path: '/r/main/20261118T120640Z/anna-0001.mkv', format: 'mkv', roomFolder: 'main' },
  ...{ room: 'main', meeting: '20261118T120640Z', participant: 'Anna', who: 'anna', number: 1 },
  ...{ startedAtUs: STARTED_AT_US, durationUs: 40_000_000, sizeBytes: 1, modifiedAtUs: 0 },
  ...{ kinds: [], state: 'closed', words: '', isPinned: false, isSuspect: false },
  isRecovered: false,
};

function timesOf(from: string | undefined, to: string | undefined): unknown {
  const read = (word: string | undefined) => (word === undefined ? undefined : recordingTime(word));
  try {
    const { fromUs, toUs } = chooseTimes(PART, [PART], { from: read(from), to: read(to) });
    return [(fromUs - STARTED_AT_US) / 1e6, (toUs - STARTED_AT_US) / 1e6];
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : thrown;
  }
}

describe('--from and --to', () => {
  it.each([
    ['1.5', '0:10', [1.5, 10]],
    ['20s', '0:00:30.25', [20, 30.25]],
    [undefined, '90s', [0, 40]],
    ['30', '20', /^--from 0:00:30 is not before --to 0:00:20; .* 0:00:00 to 0:00:40$/],
    ['1:02', undefined, /^--from 0:01:02 is not before the end; .* 0:00:40$/],
    ['1:02', '1:10', /^--from 0:01:02 is not before the end; /],
    [undefined, '0', /^--to 0:00:00 is not behind the beginning; /],
    ['0:99', undefined, /such as/],
    ['1:60:00', undefined, /such as/],
  ])('%s and %s', (from, to, expected) => {
    if (expected instanceof RegExp) expect(timesOf(from, to)).toMatch(expected);
    else expect(timesOf(from, to)).toEqual(expected);
  });
});

describe('the output of an export', () => {
  it.each([
    ['-', /nothing is written to stdout/],
    ['film.webm', /ends in "\.webm", which is not written here \(\.mp4 is\)/],
    ['film', /has no ending; expected \.mkv, /],
  ])('%s is refused', async (output, words) => {
    await expect(formOf(output)).rejects.toThrow(words);
  });
});
