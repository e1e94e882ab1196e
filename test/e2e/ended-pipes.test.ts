/** Programs that wait for a pipe which somebody holds open and says nothing to. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemErrorCode } from '../../src/transport/errors.js';
import { startMeet } from '../setup/meet-program.js';
import { scratch } from './recorded.js';

/** Opens it to write once somebody reads it; undefined: nobody does. */
function written(path: string): number | undefined {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (thrown) {
    if (systemErrorCode(thrown) === 'ENXIO') return undefined;
    throw thrown;
  }
}

describe('a program that waits for the words of a pipe', () => {
  it.each([
    { words: ['serve', '--config'], signal: 'SIGTERM', exitCode: 143 },
    {
      words: ['serve', '--no-record', '--cert', '/dev/null', '--key'],
      signal: 'SIGINT',
      exitCode: 130,
    },
    { words: ['share', '--screen', 'test', '--invite'], signal: 'SIGTERM', exitCode: 143 },
    { words: ['watch', '--host', '192.0.2.1', '--ca'], signal: 'SIGINT', exitCode: 130 },
  ] as const)(
    'ends at $signal, without a word: meet $words',
    async ({ words, signal, exitCode }) => {
      const { path: cwd } = await scratch();
      onTestFinished(() => rm(cwd, { recursive: true, force: true }));
      const path = join(cwd, 'pipe');
      execFileSync('mkfifo', [path]);
      await using program = startMeet([...words, path], { cwd });
      let writer: number | undefined;
      await expect.poll(() => (writer ??= written(path)), { timeout: 20_000 }).toBeDefined();
      onTestFinished(() => {
        if (writer !== undefined) closeSync(writer);
      });
      expect(await program.end(signal)).toMatchObject({ exitCode, signal: null, stderr: '' });
    },
  );
});
