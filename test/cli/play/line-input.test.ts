import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { LINE_CHARACTERS, LineInput } from '../../../src/cli/play/line-input.js';

describe('lines of standard input', () => {
  it('come one by one, wherever they are cut, and the last one without its end', async () => {
    const stream = new PassThrough();
    const input = new LineInput(stream);
    for (const part of ['0,', '0\r', '\n1', ',1\n\n2,2']) stream.write(part);
    stream.end();
    const lines = [];
    for (let at = 0; at < 5; at += 1) lines.push(await input.next());
    expect(lines).toEqual(['0,0', '1,1', '', '2,2', undefined]);
  });

  it('are waited for, and end with the input or with whoever reads them', async () => {
    const stream = new PassThrough();
    const input = new LineInput(stream);
    const waiting = input.next();
    stream.write('1,2\n');
    expect(await waiting).toBe('1,2');
    const last = input.next();
    input.close();
    input.close();
    expect(await last).toBeUndefined();
    expect(stream.listenerCount('data') + stream.listenerCount('end')).toBe(0);
  });

  it('are cut where they are endless, and not read ahead without end', async () => {
    const stream = new PassThrough();
    const input = new LineInput(stream);
    stream.write(`${'x'.repeat(100_000)}\n`);
    expect(await input.next()).toBe('x'.repeat(LINE_CHARACTERS));
    let accepted = 0;
    while (accepted < 100_000 && stream.write('0,0\n0,0\n0,0\n0,0\n')) accepted += 1;
    // Its own buffer is full, so that whoever writes has to wait.
    await new Promise((resolve) => setImmediate(resolve));
    expect(stream.isPaused()).toBe(true);
    expect(await input.next()).toBe('0,0');
  });
});
