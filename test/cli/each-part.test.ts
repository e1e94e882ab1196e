import { expect, test } from 'vitest';
import { eachPart } from '../../src/cli/rec/each-part.js';
import type { Part } from '../../src/daemon/recording/reading/part.js';
import { ManualClock } from '../setup/manual-clock.js';

function part(name: string): Part {
  return {
    ...{ path: `/rec/${name}`, format: 'mkv', roomFolder: 'main', room: 'main', meeting: 'x' },
    ...{ participant: 'Anna', who: 'anna', number: 1, state: 'closed', isSuspect: false },
    ...{ isRecovered: false, isPinned: false, startedAtUs: 0, durationUs: 0, sizeBytes: 1000 },
    ...{ modifiedAtUs: 0, kinds: [], words: '' },
  };
}

test('What is left is told by the work itself, not by the work before it', async () => {
  const clock = new ManualClock();
  let text = '';
  const stderr = { isTTY: true, columns: 100, write: (more: string) => (text += more) };
  const io = { stderr, clock, env: {}, ending: new AbortController().signal };
  const parts = [part('a-0001.mkv'), part('a-0002.mkv')];
  await eachPart(io, 'verify', parts, (_, { onProgress }) => {
    clock.advance(60_000);
    onProgress?.(500);
    return Promise.resolve();
  });
  expect(text).toMatch(/verify a-0001\.mkv \[#{6}-{18}\] {2}25 % {2}0:03:00 left/);
  expect(text).toMatch(/verify a-0002\.mkv \[#{18}-{6}\] {2}75 % {2}0:00:40 left/);
  expect(text.endsWith('\r\x1b[K')).toBe(true);
  text = '';
  await eachPart(io, 'recover', parts.slice(0, 1), (_, { onProgress }) => {
    clock.advance(2000);
    onProgress?.(500);
    return Promise.resolve();
  });
  expect(text).toMatch(/recover a-0001\.mkv .* 50 % {2}0:00:02 left/);
});

test('The bar is gone when the work fails', async () => {
  let text = '';
  const stderr = { isTTY: true, columns: 100, write: (more: string) => (text += more) };
  const io = { stderr, clock: new ManualClock(), env: {}, ending: new AbortController().signal };
  const failed = eachPart(io, 'verify', [part('a-0001.mkv')], (_, { onProgress }) => {
    onProgress?.(500);
    return Promise.reject(new Error('no'));
  });
  await expect(failed).rejects.toThrow('no');
  expect(text.endsWith('\r\x1b[K')).toBe(true);
});
