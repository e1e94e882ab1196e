/** How far long work is: told on a terminal, as wide as that is, and nothing of it in a pipe. */
import { readdir, stat, truncate, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import type { TimedBlock } from '../../src/daemon/recording/matroska/segment-muxer.js';
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
import { PEOPLE, picture, recordedScene } from './recorded-people.js';

const CLEAR = '\r\x1b[K';
/** Of a file without any disk behind it. */
const HOLE_BYTES = 4 * 1024 ** 4;
const HOUR_US = 3_600_000_000;
const LONG_AGO = new Date('2026-01-01T00:00:00Z');
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

/**
 * A meeting whose first file was cut, with a hole behind it in which a reader looks for more for many
 * minutes: whatever comes meanwhile comes in the middle.
 */
async function endlessScene() {
  const scene = await recordedScene([]);
  const cut = makeSegment({ appends: halfSeconds(8), isClosed: false }).bytes;
  const path = await place(join(scene.folder, 'anna-0001.open.mkv'), cut);
  await truncate(path, HOLE_BYTES);
  await utimes(path, LONG_AGO, LONG_AGO);
  const startedAtUs = STARTED_AT_US + HOUR_US;
  const last = makeSegment({ number: 2, startedAtUs, appends: halfSeconds(8, startedAtUs) }).bytes;
  await place(join(scene.folder, 'anna-0002.mkv'), last);
  return scene;
}

/** Two pictures, one hour apart: a film of many minutes' work. */
async function longFilmScene() {
  const scene = await recordedScene([]);
  const payload = await picture(['#c04020', '#20c0a0'], 160, 90);
  const at = (atUs: number): TimedBlock[] => [{ track: 'screen', atUs, payload }];
  const appends = [at(STARTED_AT_US), at(STARTED_AT_US + HOUR_US)];
  await place(join(scene.folder, 'anna-0001.mkv'), makeSegment({ appends }).bytes);
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
    const { cwd } = await longFilmScene();
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
    const { cwd, folder } = await endlessScene();
    await using terminal = await open(args, 80, cwd);
    await terminal.until(() => BAR.test(terminal.received), 'the bar');
    terminal.type('\x03');
    await ended(terminal);
    expect(terminal.text()).toContain('code:130');
    expect(terminal.text()).not.toMatch(/MEET_|Error/u);
    expect(await readdir(cwd)).toEqual(['recordings']);
    expect((await readdir(folder)).sort()).toEqual(['anna-0001.open.mkv', 'anna-0002.mkv']);
    expect((await stat(join(folder, 'anna-0001.open.mkv'))).size).toBe(HOLE_BYTES);
  });
});
