import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Meeting } from './meeting.js';

let meeting: Meeting;
beforeEach(async () => {
  meeting = await Meeting.open();
});
afterEach(() => meeting[Symbol.asyncDispose]());

describe('meet snapshot', () => {
  it('is a whole JPEG on stdout, of a stream that nobody has watched, and leaves nobody', async () => {
    const { serve, ports } = await meeting.serve();
    await meeting.share(ports, 'kiosk', ['screen', 'video']);
    await meeting.still('kiosk');
    const shot = await run(['snapshot', 'kiosk/screen', '-o', '-']);
    expect(shot.exitCode).toBe(0);
    expect(shot.bytes.subarray(0, 2).toString('hex')).toBe('ffd8');
    expect(shot.bytes.subarray(-2).toString('hex')).toBe('ffd9');
    const { data, info } = await sharp(shot.bytes).raw().toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 1280, height: 720 });
    expect(new Set(data).size).toBeGreaterThan(50);
    await serve.event('left', ({ name }) => name === 'snapshot');
    await meeting.still('kiosk');
  });

  it('goes into a file, by name or number, of the camera where it is asked for', async () => {
    const { ports } = await meeting.serve();
    await meeting.share(ports, 'kiosk', ['video']);
    for (const target of ['kiosk', '1/video']) {
      const path = join(meeting.cwd, `${target.replace('/', '-')}.jpg`);
      const { exitCode, stderr } = await meeting.run('snapshot', target, '-o', path);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(await sharp(await readFile(path)).metadata()).toMatchObject({ width: 1280 });
      expect((await stat(path)).mode & 0o777).toBe(0o600);
    }
  });

  it('says that the host has stopped the stream', async () => {
    const { ports } = await meeting.serve();
    await meeting.share(ports, 'kiosk');
    await meeting.ctl('stop', 'kiosk');
    const { exitCode, stderr } = await meeting.run('snapshot', 'kiosk', '--wait', '1');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('its screen is stopped by the host');
  });
});

describe('meet snapshot of what is not there', () => {
  // These look and change nothing: one meeting is enough for all.
  let one: Meeting;
  beforeAll(async () => {
    one = await Meeting.open();
    const { ports } = await one.serve();
    await one.share(ports, 'kiosk');
  });
  afterAll(() => one[Symbol.asyncDispose]());

  it.each([
    [
      ['snapshot', 'kisok/screen', '--wait', '1'],
      2,
      'there is no participant "kisok" (did you mean "kiosk"?)',
    ],
    [
      ['snapshot', 'kiosk/video', '--wait', '1'],
      1,
      'no picture of kiosk came in 1 s: it shares no video',
    ],
    [['snapshot', 'kiosk/scren'], 2, '(did you mean "screen"?): NAME/screen or NAME/video'],
    [
      ['snapshot', 'kiosk', '-o', '/nowhere/at/all.jpg'],
      73,
      '/nowhere/at/all.jpg cannot be written',
    ],
  ])('says of %j why there is none, and ends with %i', async (args, code, words) => {
    const { exitCode, stderr, stdout } = await one.run(...args);
    expect({ exitCode, stdout }).toEqual({ exitCode: code, stdout: '' });
    expect(stderr).toContain(words);
  });
});

/** A command whose output is bytes. */
async function run(args: string[]): Promise<{ exitCode: number | null; bytes: Buffer }> {
  const bin = join(import.meta.dirname, '../../bin/meet.js');
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: meeting.cwd,
    env: meeting.env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const parts: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => parts.push(part));
  await once(child, 'close');
  return { exitCode: child.exitCode, bytes: Buffer.concat(parts) };
}
