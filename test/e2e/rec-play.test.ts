/** `meet rec play` as its user has it: in a terminal, with a speaker, and in a pipe. */
import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RECORDING_EVENT_SCHEMAS } from '../../src/cli/rec/recording-events.js';
import type { RecordingEventName } from '../../src/cli/rec/recording-events.js';
import { place } from '../daemon/recording/reading/made-segment.js';
import { recordSink, sounds } from '../playback/speakers.js';
import { quietEnv } from '../setup/meet-program.js';
import { needs } from '../setup/programs.js';
import { startPulseServer } from '../setup/pulse-server.js';
import { rmsOf } from '../setup/tone.js';
import type { PtyTerminal } from '../tui/terminal/pty-terminal.js';
import { openMeetTerminal } from './meet-terminal.js';
import type { Person } from './recorded-people.js';
import { PEOPLE, recordedScene, segmentOf } from './recorded-people.js';

const SIZE = { columns: 100, rows: 30 };
const [ANNA, BERT, CELIK] = PEOPLE;
/** Cells of one colour that are a picture and no accident. */
const CELLS_LEAST = 12;
const NEAR = 40;
const SILENCE = 0.001;
const TIMEOUT_MS = 60_000;

function openPlayer(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = quietEnv(),
): Promise<PtyTerminal> {
  return openMeetTerminal(['rec', 'play', 'latest', '--picture', 'quadrant', ...args], {
    ...{ ...SIZE, cwd, env },
    before: 'stty -a >before',
    after: 'code=$?; stty -a >after; echo "code:$code"; exec sleep 600',
  });
}

/** Whether both colours of somebody's picture are on the screen. */
function shows(terminal: PtyTerminal, person: Person | undefined): boolean {
  const { columns, rows } = terminal;
  const cells = terminal.cells(0, 0, columns, rows);
  return (person?.colours ?? []).every((colour) => {
    const wanted = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
    const isNear = (seen: readonly number[]): boolean =>
      seen.every((value, at) => Math.abs(value - (wanted[at] ?? 0)) < NEAR);
    const count = cells.filter(
      ({ foreground, background, character }) =>
        isNear(background) || (character !== ' ' && isNear(foreground)),
    ).length;
    return count >= CELLS_LEAST;
  });
}

async function until(terminal: PtyTerminal, words: RegExp): Promise<void> {
  await terminal.until(() => words.test(terminal.text()), String(words));
}

/** It has ended, with this code, and left the terminal as it was. */
async function gaveBack(terminal: PtyTerminal, cwd: string, code: number): Promise<void> {
  await until(terminal, /code:\d+/u);
  expect(terminal.text()).toContain(`code:${code}`);
  expect(terminal.emulator.buffer.active.type).toBe('normal');
  expect(terminal.received.lastIndexOf('\x1b[?25h')).toBeGreaterThanOrEqual(
    terminal.received.lastIndexOf('\x1b[?25l'),
  );
  // But for its size, which is the window's.
  const settings = async (when: string): Promise<string> =>
    (await readFile(join(cwd, when), 'utf8')).replace(/rows \d+; columns \d+/u, '');
  expect(await settings('after')).toBe(await settings('before'));
}

describe('meet rec play in a terminal', { timeout: TIMEOUT_MS }, () => {
  it('shows everybody at their time, pauses, seeks, changes speed, and gives the terminal back', async () => {
    const { cwd } = await recordedScene();
    await using terminal = await openPlayer(cwd, ['--no-play', '--speed', '0.25']);
    await until(terminal, /playing 0:00:0\d of 0:00:04, 0\.25 x/u);
    terminal.type(' ');
    await until(terminal, /paused/u);

    terminal.type('<');
    await until(terminal, /paused 0:00:00 of/u);
    await terminal.until(() => shows(terminal, ANNA) && shows(terminal, CELIK), 'the first two');
    expect(shows(terminal, BERT)).toBe(false);

    terminal.type('.');
    await until(terminal, /paused 0:00:04 of/u);
    await terminal.until(
      () => shows(terminal, BERT) && !shows(terminal, CELIK),
      'who is there last',
    );
    expect(shows(terminal, ANNA)).toBe(true);

    terminal.type('+');
    await until(terminal, /, 0\.5 x/u);
    terminal.type('+++-');
    await until(terminal, /, 1\.5 x/u);
    terminal.type(' ');
    await until(terminal, /the end 0:00:04/u);
    expect(terminal.text()).not.toMatch(/stale/u);

    terminal.type(',');
    await until(terminal, /0:00:00 of/u);
    await terminal.until(() => shows(terminal, CELIK), 'the beginning again');
    terminal.resize(60, 20);
    await terminal.until(() => shows(terminal, ANNA), 'a picture in a smaller window');

    terminal.type('q');
    await until(terminal, /Stop playing\?/u);
    terminal.type('y');
    await gaveBack(terminal, cwd, 0);
  });

  it('ends at once on Ctrl-C twice', async () => {
    const { cwd } = await recordedScene();
    await using terminal = await openPlayer(cwd, ['--no-play']);
    await terminal.until(() => shows(terminal, ANNA), 'a picture');
    terminal.type('\x03');
    await until(terminal, /Stop playing\?/u);
    terminal.type('\x03');
    await gaveBack(terminal, cwd, 0);
  });
});

describe.skipIf(needs('pulseaudio'))(
  'meet rec play with a speaker',
  { timeout: TIMEOUT_MS },
  () => {
    it('is heard, is silent while it stands still, and is heard again', async () => {
      const { cwd } = await recordedScene();
      await using server = await startPulseServer();
      await using speakers = recordSink(server);
      const { PULSE_SERVER, PULSE_RUNTIME_PATH, PULSE_STATE_PATH } = server.env;
      const pulse = { PULSE_SERVER, PULSE_RUNTIME_PATH, PULSE_STATE_PATH, PULSE_SINK: 'spk' };
      const args = ['--output', 'pacat', '--participant', 'Anna'];
      await using terminal = await openPlayer(cwd, args, quietEnv(pulse));
      await speakers.until((heard) => sounds(heard, 440));
      terminal.type(' ');
      await until(terminal, /paused|the end/u);
      await speakers.until((heard) => rmsOf(heard) < SILENCE);
      terminal.type(',');
      if (terminal.text().includes('paused')) terminal.type(' ');
      await speakers.until((heard) => sounds(heard, 440));
      process.kill(await terminal.childPid(), 'SIGTERM');
      await gaveBack(terminal, cwd, 143);
    });
  },
);

describe('meet rec play in a pipe', { timeout: TIMEOUT_MS }, () => {
  const FAST = ['--no-play', '--speed', '8'];

  it('tells each change as JSON, in order, and ends with the recording', async () => {
    const { rec } = await recordedScene();
    const { exitCode, stdout, stderr } = await rec(
      'play',
      'latest',
      '--json',
      '--no-play',
      '--speed',
      '4',
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => {
        const raw = JSON.parse(line) as { event: RecordingEventName };
        return RECORDING_EVENT_SCHEMAS[raw.event].parse(raw);
      });
    const told = events.map((event) => `${event.event} ${'name' in event ? event.name : ''}`);
    expect(told.filter((words) => /^(joined|left|end)/.test(words))).toEqual([
      ...['joined Anna', 'joined Çelik', 'joined Bert <3', 'left Çelik', 'end '],
    ]);
    const seconds = events.map((event) => event.seconds);
    expect(seconds).toEqual([...seconds].sort((one, other) => one - other));
    expect(seconds.at(-1)).toBeGreaterThan(3);
    expect(events.at(-1)?.at).toMatch(/^2026-11-23T12:15:3\d/);
  });

  it('plays what there is of one that was cut, or that is being written', async () => {
    const { rec, folder, cwd } = await recordedScene(PEOPLE.slice(0, 1));
    const path = join(folder, 'anna-0001.mkv');
    const whole = await readFile(path);
    await truncate(path, Math.floor(whole.length / 2));
    const cut = await rec('play', 'latest', ...FAST);
    expect(cut).toMatchObject({ exitCode: 0, stderr: '' });
    expect(cut.stdout).toContain('Anna: screen on');
    await rm(path);
    if (ANNA === undefined) throw new Error('nobody is there');
    const open = await segmentOf(ANNA);
    await place(join(folder, 'anna-0001.open.mkv'), open.subarray(0, open.length / 2), 0);
    expect((await rec('ls')).stdout).toMatch(/ open +Anna$/m);
    await place(join(folder, 'anna-0002.mkv'), Buffer.alloc(5000, 'noise'));
    const beside = await rec('play', 'latest', ...FAST);
    expect(beside.stdout).toContain('Anna: screen on');
    expect(beside.stderr).toMatch(/^left out: .*anna-0002\.mkv is no Matroska file.*\n$/);
    await writeFile(join(cwd, 'noise.mkv'), 'no recording at all');
    const noise = await rec('play', 'noise.mkv', ...FAST);
    expect(noise).toMatchObject({ exitCode: 65, stdout: '' });
    expect(noise.stderr).toContain('MEET_RECORDING_DAMAGED');
  });

  it('names the near meeting for a wrong one', async () => {
    const { rec } = await recordedScene(PEOPLE.slice(0, 1));
    const missed = await rec('play', 'lastest', ...FAST);
    expect(missed).toMatchObject({ exitCode: 2, stdout: '' });
    expect(missed.stderr).toContain('did you mean "latest"?');
  });
});
