/** How far long work is: told on a terminal, as wide as that is, and nothing of it in a pipe. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import {
  STARTED_AT_US,
  halfSeconds,
  makeSegment,
  place,
} from '../daemon/recording/reading/made-segment.js';
import { quietEnv } from '../setup/meet-program.js';
import { needs } from '../setup/programs.js';
import type { PtyTerminal } from '../tui/terminal/pty-terminal.js';
import { openMeetTerminal } from './meet-terminal.js';
import { PEOPLE, recordedScene } from './recorded-people.js';

const CLEAR = '\r\x1b[K';
/** Of 400 kB each: some hundred milliseconds of work at the least. */
const SEGMENTS = 250;
const TIMEOUT_MS = 60_000;
const BAR = /\d+ %/u;

function open(args: readonly string[], columns: number, cwd: string): Promise<PtyTerminal> {
  return openMeetTerminal(['rec', ...args], {
    ...{ columns, rows: 12, cwd, env: quietEnv({ NO_COLOR: '1' }) },
    // Ctrl-C is for all that run there; the shell goes on.
    before: 'trap : INT',
    after: 'echo "code:$?"; exec sleep 600',
  });
}

/** All bars that were drawn. */
function barsOf(terminal: PtyTerminal): string[] {
  return terminal.received
    .split(CLEAR)
    .filter((piece) => BAR.test(piece))
    .map((piece) => Buffer.from(piece.split('\r')[0] ?? '', 'utf8').toString('utf8'));
}

async function ended(terminal: PtyTerminal): Promise<void> {
  await terminal.until(() => /code:\d+/u.test(terminal.text()), 'its end');
}

/** A long meeting, so that reading it through takes its time. */
async function longScene() {
  const scene = await recordedScene([]);
  for (let number = 1; number <= SEGMENTS; number += 1) {
    const startedAtUs = STARTED_AT_US + (number - 1) * 4_000_000;
    const { bytes } = makeSegment({ number, startedAtUs, appends: halfSeconds(8, startedAtUs) });
    await place(join(scene.folder, `anna-${String(number).padStart(4, '0')}.mkv`), bytes);
  }
  return scene;
}

describe.skipIf(needs('ffmpeg'))('the progress bar', { timeout: TIMEOUT_MS }, () => {
  it.each([16, 24, 40, 100])('fits into %d columns, without colours', async (columns) => {
    const { cwd } = await recordedScene(PEOPLE.slice(0, 1));
    const args = ['export', 'latest', '-o', 'Übung 漢字.mp4', '--size', '320x180'];
    await using terminal = await open(args, columns, cwd);
    await ended(terminal);
    const bars = barsOf(terminal);
    expect(bars.length).toBeGreaterThan(0);
    for (const bar of bars) expect(stringWidth(bar), bar).toBeLessThan(columns);
    expect(terminal.received).not.toMatch(/\x1b\[[\d;]*m/u);
    // It is taken away at the end.
    expect(terminal.text()).not.toMatch(BAR);
    expect(terminal.text()).toContain('code:0');
  });

  it('is in no pipe, neither on stdout nor on stderr', async () => {
    const { rec } = await recordedScene(PEOPLE.slice(0, 1));
    const film = ['-o', 'film.mp4', '--size', '320x180'];
    for (const args of [['export', 'latest', ...film], ['verify'], ['recover', 'latest']]) {
      const { exitCode, stdout, stderr } = await rec(...args);
      expect({ exitCode, stderr }, args.join(' ')).toEqual({ exitCode: 0, stderr: '' });
      expect(stdout, args.join(' ')).not.toMatch(/[%\r\x1b]/u);
    }
  });
});

describe('Ctrl-C in the middle', { timeout: TIMEOUT_MS }, () => {
  it.skipIf(needs('ffmpeg'))('of a film ends with 130 and leaves nothing of it', async () => {
    const { cwd } = await recordedScene();
    await using terminal = await open(['export', 'latest', '-o', 'f.mp4', '--fps', '60'], 80, cwd);
    await terminal.until(() => BAR.test(terminal.received), 'the bar');
    terminal.type('\x03');
    await ended(terminal);
    expect(terminal.text()).toContain('code:130');
    expect(await readdir(cwd)).toEqual(['recordings']);
  });

  it.each([
    ['verify', ['verify']],
    ['recover', ['recover', 'latest']],
    ['export', ['export', 'latest', '-o', 'all.mkv']],
    ['export of pictures', ['export', 'latest', '-o', 'pictures/']],
  ])('of %s ends with 130, without a word and without a file', async (_, args) => {
    const { cwd, folder } = await longScene();
    const before = await readFile(join(folder, 'anna-0001.mkv'));
    await using terminal = await open(args, 80, cwd);
    await terminal.until(() => BAR.test(terminal.received), 'the bar');
    terminal.type('\x03');
    await ended(terminal);
    expect(terminal.text()).toContain('code:130');
    expect(terminal.text()).not.toMatch(/MEET_|Error/u);
    expect(await readdir(cwd)).toEqual(['recordings']);
    expect((await readdir(folder)).filter((name) => /recovered|part/u.test(name))).toEqual([]);
    expect(await readFile(join(folder, 'anna-0001.mkv'))).toEqual(before);
  });
});
