import { execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, truncateSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openToRead, readBoundedText, readText, readTextNow } from '../../src/cli/bounded-read.js';
import { EndingSignal } from '../../src/cli/io.js';
import { writePatiently } from '../../src/cli/patient-write.js';
import { systemClock } from '../../src/transport/clock.js';
import { scratch } from '../e2e/recorded.js';

/** Of a program that nobody ends. */
const NEVER = new AbortController().signal;
const SOON = { writerMs: 40, wordMs: 200 };

async function placeFor(name: string): Promise<string> {
  const folder = await scratch();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  return join(folder.path, name);
}

async function pipe(): Promise<string> {
  const path = await placeFor('pipe');
  execFileSync('mkfifo', [path]);
  return path;
}

function opened(path: string): number {
  const file = openToRead(path);
  onTestFinished(() => {
    closeSync(file);
  });
  return file;
}

describe('a file that is read', () => {
  it('is not waited for where it is a pipe that nobody opens', async () => {
    const file = opened(await pipe());
    const read = readText(file, 100, NEVER, SOON);
    await expect(read).rejects.toThrow('nobody wrote to this pipe in 0.04 s');
  });

  it('is not waited for where it is a pipe to which its writer says nothing', async () => {
    const path = await pipe();
    const file = opened(path);
    const writer = openSync(path, 'w');
    onTestFinished(() => {
      closeSync(writer);
    });
    const read = readText(file, 100, NEVER, SOON);
    await expect(read).rejects.toThrow('nobody wrote to this pipe in 0.2 s');
  });

  it('is read to its end where it is a pipe that somebody writes to late and in parts', async () => {
    const path = await pipe();
    const words = `sleep 0.1; exec 3>"${path}"; printf one >&3; sleep 0.1; printf two >&3`;
    const writer = spawn('sh', ['-c', words]);
    onTestFinished(() => void writer.kill());
    expect(await readBoundedText(path, 100, NEVER)).toBe('onetwo');
  });

  it.each(['/dev/zero', '/dev/full'])('is read no further than it may be: %s', async (path) => {
    const read = readBoundedText(path, 1000, NEVER);
    await expect(read).rejects.toThrow('it is larger than 1000 bytes');
    expect(() => readTextNow(opened(path), 1000)).toThrow('it is larger than 1000 bytes');
  });

  it('is read no further than it may be: a file of 5 GB without blocks', async () => {
    const path = await placeFor('large');
    writeFileSync(path, '');
    truncateSync(path, 5 * 1024 ** 3);
    const read = readBoundedText(path, 1000, NEVER);
    await expect(read).rejects.toThrow('it is larger than 1000 bytes');
  });

  it('is waited for no longer than its program is to run', async () => {
    const ending = new AbortController();
    const read = readText(opened(await pipe()), 100, ending.signal);
    const reason = new EndingSignal('SIGTERM');
    ending.abort(reason);
    await expect(read).rejects.toBe(reason);
  });
});

describe('a file that is written', () => {
  it('is not waited for where it is a pipe that nobody reads', async () => {
    const written = writePatiently(await pipe(), Buffer.from('x'), systemClock);
    await expect(written).rejects.toMatchObject({ code: 'ENXIO' });
  });

  it('is whole where it is a pipe that is read slowly', async () => {
    const path = await pipe();
    const bytes = Buffer.alloc(300_000, 'picture');
    const read = readFile(path);
    // It opens once somebody has opened it to write.
    const writer = openSync(path, 'w');
    const written = writePatiently(path, bytes, systemClock);
    await written;
    closeSync(writer);
    expect((await read).equals(bytes)).toBe(true);
  });

  it('is given up where it is a pipe whose reader has stopped', async () => {
    const path = await pipe();
    opened(path);
    let waitedMs = 0;
    const clock = {
      ...systemClock,
      sleep: (ms: number) => {
        waitedMs += ms;
        return Promise.resolve();
      },
    };
    const written = writePatiently(path, Buffer.alloc(1_000_000), clock);
    await expect(written).rejects.toThrow('nobody has read this pipe for 10 s');
    expect(waitedMs).toBe(10_000);
  });
});
