import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { levelOf } from '../../src/tui/dashboard/level-feed.js';
import { METER_CELLS } from '../../src/tui/dashboard/panel-lines.js';
import { sinePcm, wavFile } from '../capture/sound/wav.js';
import { portsText } from '../setup/meet-program.js';
import { needs } from '../setup/programs.js';
import type { PulseServer } from '../setup/pulse-server.js';
import { startPulseServer } from '../setup/pulse-server.js';
import type { Pcm } from '../setup/tone.js';
import { rmsOf } from '../setup/tone.js';
import type { PtyTerminal } from '../tui/terminal/pty-terminal.js';
import { heardFrom, portion } from './heard.js';
import { openMeetTerminal } from './meet-terminal.js';
import { Meeting } from './meeting.js';

const ADA = { hz: 440, amplitude: 0.4 };
const BOB = { hz: 1000, amplitude: 0.2 };
/** A tone's share of all that is heard. */
const ALONE = 0.9;
const SILENCE = 0.001;
const PATIENT = { timeout: 20_000, interval: 100 };
/** One eighth of a cell to a full one; what is empty is blank. */
const EIGHTHS = '▏▎▍▌▋▊▉█';

let meeting: Meeting;
let server: PulseServer;
beforeEach(async () => {
  [meeting, server] = await Promise.all([Meeting.open(), startPulseServer()]);
});
afterEach(async () => {
  await meeting[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** A sharer of a tone, which is a whole number of periods, so that it loops without a click. */
async function shareTone(where: readonly string[], name: string, hz: number, amplitude: number) {
  const file = join(meeting.cwd, `${name}.wav`);
  await writeFile(file, wavFile({ samples: sinePcm(hz, 1000, { amplitude }) }));
  meeting.start(['share', '--audio', `file:${file}`, '--name', name, ...where]);
}

/** How far a participant's meter in the list of people goes, in eighths of a cell; NaN: it is not there. */
function meterOf(terminal: PtyTerminal, name: string): number {
  const line = new RegExp(`│ [ »] ${name}\\b[^${EIGHTHS}]*([${EIGHTHS}]*)$`, 'mu');
  const cells = line.exec(terminal.text())?.[1];
  if (cells === undefined) return NaN;
  return Array.from(cells).reduce((sum, cell) => sum + EIGHTHS.indexOf(cell) + 1, 0);
}

/** What the meter of a steady sine shows. */
function eighthsOf(amplitude: number): number {
  return Math.round(levelOf(amplitude / Math.SQRT2) * METER_CELLS * 8);
}

describe.skipIf(needs('pulseaudio'))('two tones in the dashboard of one who watches', () => {
  it('fall silent one by one when they are muted there, and stand in the meters as loud as they are', async () => {
    const { ports } = await meeting.serve();
    const where = ['--ports', portsText(ports)];
    const { PULSE_SERVER, PULSE_RUNTIME_PATH, PULSE_STATE_PATH } = server.env;
    const pulse = { PULSE_SERVER, PULSE_RUNTIME_PATH, PULSE_STATE_PATH, PULSE_SINK: 'spk' };
    await shareTone(where, 'ada', ADA.hz, ADA.amplitude);
    await using terminal = await openMeetTerminal(['watch', '--output', 'pacat', ...where], {
      ...{ columns: 110, rows: 30, cwd: meeting.cwd },
      env: { ...meeting.env, ...pulse },
    });
    const shows = (words: string): Promise<void> =>
      terminal.until(() => terminal.text().includes(words), words);
    const hears = (what: string, wished: (heard: Pcm) => boolean): Promise<Pcm> =>
      heardFrom(server, what, wished, [ADA.hz, BOB.hz]);
    await shows('ada · sound');
    await shareTone(where, 'bob', BOB.hz, BOB.amplitude);
    await shows('bob · sound');
    await shareTone(where, 'kim', BOB.hz, 0);
    await shows('kim · sound');
    await hears('both', (pcm) => portion(pcm, ADA.hz) > 0.5 && portion(pcm, BOB.hz) > 0.1);

    terminal.type('m');
    await shows('ada is muted here');
    await hears('bob alone', (pcm) => portion(pcm, BOB.hz) > ALONE);
    // Muted here or not, a meter shows what comes in.
    for (const [name, { amplitude }] of [
      ['ada', ADA],
      ['bob', BOB],
    ] as const) {
      const off = (): number => Math.abs(meterOf(terminal, name) - eighthsOf(amplitude));
      await expect.poll(off, PATIENT).toBeLessThanOrEqual(1);
    }
    expect(meterOf(terminal, 'kim')).toBe(0);

    terminal.type('\t');
    terminal.type('m');
    await shows('bob is muted here');
    await hears('nothing', (pcm) => rmsOf(pcm) < SILENCE);
    terminal.type('m');
    await shows('bob is heard again here');
    await hears('bob again', (pcm) => portion(pcm, BOB.hz) > ALONE);
    terminal.type('\t');
    terminal.type('\t');
    terminal.type('m');
    await shows('ada is heard again here');
    await hears('both again', (pcm) => portion(pcm, ADA.hz) > 0.5 && portion(pcm, BOB.hz) > 0.1);
    // Others are not told, and nothing of it is undone for them.
    expect(await meeting.stream('ada', 'audio')).toMatchObject({ self: 'on', host: 'on' });
  }, 120_000);
});
