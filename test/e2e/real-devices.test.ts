import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pixelsOf, psnrDb } from '../capture/pictures/pixels.js';
import type { MeetProgram } from '../setup/meet-program.js';
import { portsText, quietEnv, startMeet } from '../setup/meet-program.js';
import { needs, programPath } from '../setup/programs.js';
import type { PulseServer } from '../setup/pulse-server.js';
import { startPulseServer } from '../setup/pulse-server.js';
import { loudestFrequencyHz, rmsOf } from '../setup/tone.js';
import type { XDisplayFixture } from '../setup/x-display.js';
import { startXDisplay } from '../setup/x-display.js';
import type { Recorded, Scratch } from './recorded.js';
import { durationMs, framesOf, pictureOf, readOnlyStay, scratch, soundOf } from './recorded.js';

const SHARED_SECONDS = 5;
const MOST_SOUND_DIFFERENCE_MS = 200;
const programs = [
  'xvfb',
  'xterm',
  'xclock',
  'imagemagick',
  'fswebcam',
  'pulseaudio',
  'sox',
] as const;

/** fswebcam's own picture of its bars, without the banner that it draws by default. */
async function ownBars(folder: string, width: number, height: number): Promise<Buffer> {
  const file = join(folder, 'bars.png');
  const args = ['-q', '-d', 'TEST:', '-r', `${width}x${height}`, '--no-banner', '--png', '1', file];
  await promisify(execFile)(programPath('fswebcam'), args);
  return await readFile(file);
}

/** Milliseconds from the stream's first `on` to its `off`, as the daemon told them. */
async function toldDurationMs(serve: MeetProgram): Promise<number> {
  const on = await serve.event('stream', ({ kind, state }) => kind === 'audio' && state === 'on');
  const off = await serve.event('stream', ({ kind, state }) => kind === 'audio' && state === 'off');
  return Date.parse(off.at) - Date.parse(on.at);
}

describe
  .skipIf(needs(...programs, 'ffmpeg'))
  .each([{ backend: 'ffmpeg' }, { backend: 'screenshot-desktop' }])(
  'a share of real devices, the screen by $backend',
  ({ backend }) => {
    let folder: Scratch;
    let display: XDisplayFixture;
    let pulse: PulseServer;
    let recorded: Recorded;
    let shot: Buffer;
    let toldMs: number;

    beforeAll(async () => {
      [folder, display, pulse] = await Promise.all([
        scratch(),
        startXDisplay(),
        startPulseServer(),
      ]);
      await Promise.all([display.startStaticPrograms(), pulse.playTone(440)]);
      shot = await display.shot();
      const { path: cwd } = folder;
      await using serve = startMeet(
        [
          'serve',
          '--json',
          '--ports',
          '0,0,0',
          '--record',
          join(cwd, 'kept'),
          '--format',
          'frames',
        ],
        { cwd },
      );
      const { ports } = await serve.event('ready');
      const devices = ['--screen', display.name, '--video', 'TEST:', '--audio', 'mic.monitor'];
      const how = ['--screen-backend', backend, '--duration', String(SHARED_SECONDS)];
      await using share = startMeet(
        ['share', '--json', '--ports', portsText(ports), ...devices, ...how],
        { cwd, env: quietEnv({ PULSE_SERVER: pulse.env['PULSE_SERVER'] }) },
      );
      const { exitCode, stderr } = await share.ended;
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      toldMs = await toldDurationMs(serve);
      await serve.end('SIGTERM');
      recorded = await readOnlyStay(join(cwd, 'kept'));
    });

    afterAll(async () => {
      await Promise.all([display.close(), pulse[Symbol.asyncDispose]()]);
      await folder[Symbol.asyncDispose]();
    });

    it('leaves an index that is true', () => {
      expect(recorded.faults).toEqual([]);
      expect(recorded.hasTornLine).toBe(false);
      expect(recorded.lines.at(-1)?.type).toBe('end');
    });

    it("keeps screen pictures that are ImageMagick's own shot of the display", async () => {
      const frames = framesOf(recorded, 'screen');
      const last = frames.at(-1);
      expect(last).toBeDefined();
      for (const frame of [frames[0], last]) {
        if (frame === undefined) continue;
        expect(await psnrDb(await pictureOf(recorded, frame), shot)).toBeGreaterThan(30);
      }
    });

    it('would notice a screen picture of something else', async () => {
      const [video] = framesOf(recorded, 'video');
      if (video === undefined) throw new Error('no camera picture was recorded');
      expect(await psnrDb(await pictureOf(recorded, video), shot)).toBeLessThan(20);
    });

    it("keeps camera pictures that are fswebcam's own bars", async () => {
      const frames = framesOf(recorded, 'video');
      expect(frames.length).toBeGreaterThan(0);
      for (const frame of [frames[0], frames.at(-1)]) {
        if (frame === undefined) continue;
        const picture = await pictureOf(recorded, frame);
        const { width, height } = await pixelsOf(picture);
        const bars = await ownBars(folder.path, width, height);
        expect(await psnrDb(picture, bars)).toBeGreaterThan(30);
      }
    });

    it('keeps the 440 Hz of the sound server, on both channels', async () => {
      const sound = await soundOf(recorded);
      for (const channel of [0, 1].slice(0, sound.channels)) {
        expect(loudestFrequencyHz(sound, channel)).toBeGreaterThan(439);
        expect(loudestFrequencyHz(sound, channel)).toBeLessThan(441);
        expect(rmsOf(sound, channel)).toBeGreaterThan(0.3);
      }
    });

    it('keeps as much sound as was shared', async () => {
      const soundMs = durationMs(await soundOf(recorded));
      expect(Math.abs(soundMs - toldMs)).toBeLessThanOrEqual(MOST_SOUND_DIFFERENCE_MS);
      expect(soundMs).toBeGreaterThan(SHARED_SECONDS * 1000 - 1000);
    });
  },
);
