import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startProgram } from '../../src/capture/child-program.js';
import { rejectionOf } from './rejection.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meet-child-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A Node program, so that what it does is the same everywhere. */
function node(script: string): { program: string; args: string[] } {
  return { program: process.execPath, args: ['-e', script] };
}

/** A zombie is gone: it only waits for its parent, which for an orphan is the system's first process. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return !/^(Z|$)/.test(stdout.trim());
}

describe('a child program', () => {
  test('gives its output and how it ended', async () => {
    const child = await startProgram(node('process.stdout.write("hello"); process.exitCode = 3'));
    expect(await text(child.stdout)).toBe('hello');
    expect(await child.ended).toEqual({ code: 3, signal: null });
  });

  test('gets its arguments untouched by any shell', async () => {
    const canary = join(folder, 'canary');
    const hostile = `; touch ${canary} $(touch ${canary}) \`touch ${canary}\``;
    const child = await startProgram({
      program: process.execPath,
      args: ['-p', 'process.argv[1]', hostile],
    });
    expect(await text(child.stdout)).toBe(`${hostile}\n`);
  });

  test('keeps the last 4 KiB of what it said, without control characters', async () => {
    const child = await startProgram(
      node('process.stderr.write("x".repeat(9000) + "\\u001b[31mlast\\u0007 words\\r\\nend\\n")'),
    );
    await child.ended;
    const tail = child.stderrTail();
    expect(tail.length).toBeLessThanOrEqual(4096);
    expect(tail).toMatch(/^x+\[31mlast words\nend$/);
  });

  test('takes input when asked to', async () => {
    const child = await startProgram({
      ...node('process.stdin.pipe(process.stdout)'),
      stdin: 'pipe',
    });
    child.stdin?.end('through');
    expect(await text(child.stdout)).toBe('through');
  });

  test('is gone once close resolves, however often it is called', async () => {
    const child = await startProgram(node('setInterval(() => {}, 1000)'));
    await Promise.all([child.close(), child.close()]);
    await child.close();
    expect(isAlive(child.pid)).toBe(false);
    expect(await child.ended).toEqual({ code: null, signal: 'SIGTERM' });
  });

  test('is killed when it ignores SIGTERM', async () => {
    const child = await startProgram(
      node('process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); console.log("up")'),
    );
    await once(child.stdout, 'data');
    await child.close();
    expect(await child.ended).toEqual({ code: null, signal: 'SIGKILL' });
    expect(isAlive(child.pid)).toBe(false);
  });

  test('ends at once though it is blocked by output that nobody reads', async () => {
    const child = await startProgram({ program: 'yes', args: [] });
    await once(child.stdout, 'readable');
    await child.close();
    expect(isAlive(child.pid)).toBe(false);
  });

  test('takes the programs that it started with it when it leads a group', async () => {
    const grandchild = 'setInterval(() => {}, 1000)';
    const child = await startProgram({
      ...node(
        `const { spawn } = require("node:child_process");
         console.log(spawn(process.execPath, ["-e", ${JSON.stringify(grandchild)}]).pid);
         process.on("SIGTERM", () => process.exit());`,
      ),
      group: true,
    });
    const pid = Number(String(await once(child.stdout, 'data')));
    expect(isAlive(pid)).toBe(true);
    await child.close();
    await vi.waitFor(() => {
      expect(isAlive(pid)).toBe(false);
    });
  });

  test('ends when its signal aborts', async () => {
    const abort = new AbortController();
    const child = await startProgram({
      ...node('setInterval(() => {}, 1000)'),
      signal: abort.signal,
    });
    abort.abort();
    expect((await child.ended).signal).toBe('SIGTERM');
  });

  test('is not started when the signal was aborted before', async () => {
    const start = startProgram({ ...node(''), signal: AbortSignal.abort() });
    await expect(start).rejects.toMatchObject({ code: 'MEET_CLOSED' });
  });

  test('that is missing is a coded error with the command that installs it', async () => {
    const path = join(folder, 'ffmpeg');
    const fault = await rejectionOf(startProgram({ program: path, args: [] }));
    expect(fault.code).toBe('MEET_PROGRAM_MISSING');
    expect(fault.message).toMatch(/"ffmpeg".*install it: .*ffmpeg/i);
  });

  test('that is not executable is a coded error', async () => {
    const path = join(folder, 'plain-file');
    await writeFile(path, 'text');
    await chmod(path, 0o600);
    const fault = await rejectionOf(startProgram({ program: path, args: [] }));
    expect(fault.code).toBe('MEET_PROGRAM_MISSING');
    expect(fault.message).toContain('chmod +x');
  });
});
