import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';

import { beginTurn } from '../../src/cli/file-turn.js';
import { scratch } from '../e2e/recorded.js';
import { compileProgram } from '../setup/compiled-program.js';
import { cannotMount } from '../daemon/recording/tiny-disk.js';

const skip = await cannotMount();
const PROGRAMS = 4;
const TURNS = 25;

async function folder(): Promise<string> {
  const made = await scratch();
  onTestFinished(() => made[Symbol.asyncDispose]());
  return made.path;
}

describe('a turn at a file', () => {
  it('is one program’s at a time: nothing that several write is lost', async () => {
    const path = await folder();
    const program = await compileProgram('test/cli/counting-turns.ts', join(path, 'program'));
    writeFileSync(join(path, 'number'), '0');
    const names = Array.from({ length: PROGRAMS }, (_, at) => `p${at}`);
    await Promise.all(
      names.map((name) =>
        promisify(execFile)(process.execPath, [program, path, name, String(TURNS)]),
      ),
    );
    expect(Number(readFileSync(join(path, 'number'), 'utf8'))).toBe(PROGRAMS * TURNS);
    const lines = readFileSync(join(path, 'admitted'), 'utf8').match(/^ed25519 /gm);
    expect(lines?.length).toBe(PROGRAMS * TURNS);
    expect(readdirSync(path).filter((name) => /lock|new/.test(name))).toEqual([]);
  });

  it('is taken from a program that was killed in its own', async () => {
    const path = join(await folder(), 'list');
    writeFileSync(`${path}.lock`, '');
    const end = beginTurn(path);
    expect(existsSync(`${path}.lock`)).toBe(true);
    end();
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it.skipIf(skip)(
    'is not waited for for ever where the lock of a killed program cannot be taken away',
    async () => {
      const path = join(await folder(), 'list');
      const lock = `${path}.lock`;
      mkdirSync(lock);
      // What is mounted cannot be moved, as a file of a disk that has become read-only cannot.
      await promisify(execFile)('mount', ['-t', 'tmpfs', 'meet-test', lock]);
      onTestFinished(async () => {
        await promisify(execFile)('umount', [lock]);
      });
      expect(() => beginTurn(path)).toThrow('EBUSY');
    },
  );
});
