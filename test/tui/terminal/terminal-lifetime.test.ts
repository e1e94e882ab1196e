import { execFile } from 'node:child_process';
import { readdirSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { sampleJpeg } from '../pictures/sample-picture.js';
import { PtyTerminal } from './pty-terminal.js';
import { openFixture, tilesFrame } from './screen-fixture.js';
import { numberedJpeg, readNumber } from './numbered-picture.js';

const run = promisify(execFile);

/** The line's settings, as people see them. */
async function settings({ path }: PtyTerminal): Promise<string> {
  const { stdout } = await run('stty', ['-a', '-F', path]);
  return stdout;
}

describe('taking a terminal and giving it back', () => {
  it('uses the alternate screen without a cursor, and leaves no trace of it', async () => {
    const fixture = await openFixture({ columns: 40, rows: 6 });
    const { terminal, opened } = fixture;
    await terminal.until(() => terminal.emulator.buffer.active.type === 'alternate', 'the start');
    opened.screen.showFrame('\x1b[31mwords');
    await terminal.until(() => terminal.line(0) === 'words', 'words');
    await opened.close();
    await opened.close();
    await terminal.until(() => terminal.emulator.buffer.active.type === 'normal', 'the end');
    expect(terminal.text().trim()).toBe('');
    expect(terminal.received).toContain('\x1b[?25h');
    expect(terminal.received.lastIndexOf('\x1b[?7h')).toBeGreaterThan(
      terminal.received.lastIndexOf('\x1b[?7l'),
    );
    expect(fixture.atExit.size).toBe(0);
    await fixture[Symbol.asyncDispose]();
  });

  it('sends nothing more once it was given back', async () => {
    await using fixture = await openFixture({ columns: 40, rows: 12 });
    const { terminal, opened, atExit } = fixture;
    opened.screen.showFrame(tilesFrame(1, 30, 8));
    opened.screen.showPicture(0, await sampleJpeg({ width: 300, height: 200 }));
    expect(atExit.size).toBe(1);
    for (const atEnd of atExit) atEnd();
    opened.screen.showFrame('late');
    await opened.close();
    writeSync(terminal.fd, 'after');
    await terminal.until(() => terminal.received.includes('after'), 'the end');
    expect(terminal.received.slice(terminal.received.lastIndexOf('\x1b[?25h'))).not.toMatch(/late/);
    expect(terminal.emulator.buffer.active.type).toBe('normal');
  });

  it('leaves the settings of the line as they were', async () => {
    await using plain = await PtyTerminal.open({ columns: 40, rows: 6 });
    const untouched = await settings(plain);
    const fixture = await openFixture({ columns: 40, rows: 6 });
    const during = await settings(fixture.terminal);
    await fixture.opened.close();
    expect(during).toContain('-icanon');
    expect(untouched).not.toContain('-icanon');
    expect(await settings(fixture.terminal)).toBe(untouched);
    await fixture[Symbol.asyncDispose]();
  });

  it('takes a line that does not know its size for one of 80x24, until it is told', async () => {
    await using fixture = await openFixture({
      columns: 80,
      rows: 24,
      told: { columns: 0, rows: 0 },
    });
    const { terminal, opened } = fixture;
    expect([opened.screen.columns, opened.screen.rows]).toEqual([80, 24]);
    opened.screen.showFrame(`words${'\n'.repeat(23)}on the last row`);
    await terminal.until(() => terminal.line(23) === 'on the last row', 'the last row');
    fixture.resize(40, 10);
    expect([opened.screen.columns, opened.screen.rows]).toEqual([40, 10]);
  });

  it('says that the terminal is gone instead of failing later', async () => {
    const fixture = await openFixture({ columns: 40, rows: 6 });
    await fixture.terminal.hangUp();
    fixture.opened.screen.showFrame('to nobody');
    await fixture.gone;
    expect(fixture.faults.length).toBe(1);
    await fixture.opened.close();
    await fixture[Symbol.asyncDispose]();
  });
});

describe('a terminal that reads nothing for two seconds', () => {
  it('has the newest picture afterwards, and none that waited', async () => {
    await using fixture = await openFixture({ columns: 122, rows: 42 });
    const { terminal, opened } = fixture;
    const { screen } = opened;
    screen.showFrame(tilesFrame(1, 120, 38));
    const jpegs = await Promise.all(Array.from({ length: 64 }, (_, n) => numberedJpeg(n)));
    const shown = (): number => readNumber(terminal.cells(1, 1, 120, 38), 120);
    let offered = 0;
    const offer = (): void => {
      offered += 1;
      screen.showPicture(0, jpegs[offered % 64] ?? Buffer.alloc(0));
    };
    const feeding = setInterval(offer, 33);
    await terminal.until(() => shown() > 3, 'pictures');
    terminal.stop();
    const stoppedAt = offered;
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const framesWhileStopped = screen.figures.unacknowledged;
    clearInterval(feeding);
    const missed = offered - stoppedAt;
    // What was under way comes first; then nothing but the newest.
    const numbers: number[] = [];
    terminal.goOn();
    await terminal.until(
      () => {
        const number = shown();
        if (numbers.at(-1) !== number) numbers.push(number);
        return number === offered % 64;
      },
      `picture ${offered % 64}`,
    );
    expect(missed).toBeGreaterThan(30);
    expect(framesWhileStopped).toBeLessThanOrEqual(2);
    expect(numbers.length).toBeLessThanOrEqual(4);
  });

  it('is left within a second, and no shared memory stays behind', async () => {
    const fixture = await openFixture({ columns: 122, rows: 42 });
    const { screen } = fixture.opened;
    screen.showFrame(tilesFrame(1, 120, 38));
    fixture.terminal.stop();
    for (let n = 0; n < 10; n += 1) screen.showPicture(0, await numberedJpeg(n));
    const startedMs = performance.now();
    await fixture.opened.close();
    expect(performance.now() - startedMs).toBeLessThan(1500);
    await fixture[Symbol.asyncDispose]();
    expect(
      readdirSync('/dev/shm').filter((name) => name.startsWith(`meet-${process.pid}-`)),
    ).toEqual([]);
  });
});
