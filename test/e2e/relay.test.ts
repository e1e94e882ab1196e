import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/transport/clock.js';
import { NativeClient } from '../setup/native-client.js';
import { startOlderClient } from '../setup/older-client.js';
import { needs } from '../setup/programs.js';
import { Meeting } from './meeting.js';

let meeting: Meeting;
beforeEach(async () => {
  meeting = await Meeting.open();
});
afterEach(() => meeting[Symbol.asyncDispose]());

describe('a share that nobody watches and nothing records', () => {
  it('captures nothing until a viewer comes, and nothing when it has left', async () => {
    const { ports } = await meeting.serve();
    const share = await meeting.share(ports, 'kiosk');
    const before = await meeting.still('kiosk');
    const wallUs = (): number => systemClock.wallUs();
    const watcher = await NativeClient.join(
      ports.screen,
      'screen',
      { role: 'subscribe' },
      { wallUs },
    );
    const frames = await watcher.media.several(8);
    expect((await meeting.stream('kiosk')).frames).toBeGreaterThan(before);
    const { width } = await sharp(frames.at(-1)?.payload).metadata();
    expect(width).toBe(1280);
    watcher.sendControl({ type: 'bye', reason: 'enough' });
    await watcher.closed;
    const after = await meeting.still('kiosk');
    expect(await meeting.still('kiosk')).toBe(after);
    expect(await meeting.stream('kiosk')).toMatchObject({ self: 'on', host: 'on' });
    expect((await share.end('SIGTERM')).exitCode).toBe(143);
  });

  it('captures when the daemon records', async () => {
    const kept = join(meeting.cwd, 'kept');
    const serve = meeting.start([
      'serve',
      '--json',
      '--stats',
      '--ports',
      '0,0,0',
      '--record',
      kept,
    ]);
    const { ports } = await serve.event('ready');
    await meeting.share(ports, 'kiosk');
    await serve.event('stats', ({ streams }) => streams.some(({ frames = 0 }) => frames > 10));
  });
});

describe.skipIf(needs('python3', 'ffmpeg'))('the older program', () => {
  it('is shown the camera of a share', async () => {
    const { serve, ports } = await meeting.serve();
    await meeting.share(ports, 'kiosk', ['video']);
    const three = [ports.screen, ports.video, ports.audio] as const;
    const client = startOlderClient(three, ['--kinds', 'none', '--silent', '0', '--receive', '3']);
    onTestFinished(() => client.close());
    await client.ended;
    const received = client.lines.filter((line) => line.event === 'received');
    expect(received).toMatchObject(
      Array.from({ length: 3 }, (_, frame) => ({
        frame,
        width: 1280,
        height: 720,
        dtype: 'uint8',
      })),
    );
    expect(new Set(received.map(({ sha256 }) => sha256)).size).toBe(3);
    expect(await serve.event('joined', ({ origin }) => origin === 'older')).toBeDefined();
  });
});
