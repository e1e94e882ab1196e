import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { jsonEvents } from '../../src/cli/event-writer.js';
import { LINES_WAITING_BYTES, lineOut, lossWords } from '../../src/cli/line-out.js';
import { ManualClock } from '../setup/manual-clock.js';

/** A pipe whose reader takes nothing until it is told to read. */
class Pipe extends Writable {
  readonly lines: string[] = [];
  #next: (() => void) | undefined;
  #reads = false;

  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.lines.push(chunk.toString());
    if (this.#reads) done();
    else this.#next = done;
  }

  async read(): Promise<void> {
    this.#reads = true;
    const drained = new Promise((resolve) => this.once('drain', resolve));
    this.#next?.();
    await drained;
  }
}

describe('lines that nobody reads', () => {
  it('wait up to a bound, and are left out beyond it', () => {
    const pipe = new Pipe();
    const out = lineOut(pipe, lossWords);
    const line = `${'x'.repeat(99_999)}\n`;
    for (let count = 0; count < 200; count += 1) out.write(line);
    expect(pipe.writableLength).toBeLessThanOrEqual(LINES_WAITING_BYTES + line.length);
    expect(pipe.writableLength).toBeGreaterThan(LINES_WAITING_BYTES - line.length);
  });

  it('are counted, which is said when somebody reads again', async () => {
    const pipe = new Pipe();
    const emit = jsonEvents(pipe, new ManualClock());
    const message = 'x'.repeat(100_000);
    for (let count = 0; count < 60; count += 1) {
      emit({ event: 'error', code: 'MEET_PROTOCOL', message });
    }
    await pipe.read();
    const told = pipe.lines.length;
    emit({ event: 'end', exitCode: 0, reason: 'done' });
    expect(JSON.parse(pipe.lines.at(-2) ?? '')).toMatchObject({
      event: 'error',
      code: 'MEET_SLOW_PEER',
      message: expect.stringContaining(`${60 - told} events were left out`) as unknown,
    });
    expect(JSON.parse(pipe.lines.at(-1) ?? '')).toMatchObject({ event: 'end' });
  });
});
