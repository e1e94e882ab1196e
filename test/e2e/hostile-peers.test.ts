import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { MeetProgram } from '../setup/meet-program.js';
import { portsText, startMeet } from '../setup/meet-program.js';
import { needs, python3Path } from '../setup/programs.js';
import type { Scratch } from './recorded.js';
import { eventually, readStay, scratch, staysIn } from './recorded.js';

const SCRIPT = fileURLToPath(new URL('./hostile-pickles.py', import.meta.url));
const PICKLE = z.object({ name: z.string(), base64: z.string() });
const OBEY = 'import pickle, sys; pickle.loads(sys.stdin.buffer.read())';
type Kind = 'screen' | 'video' | 'audio';

/** The older framing's length in front of a body. */
function framed(kind: Kind, body: Buffer, claimedBytes = body.length): Buffer {
  const length = Buffer.alloc(kind === 'video' ? 8 : 4);
  if (kind === 'video') length.writeBigUInt64LE(BigInt(claimedBytes));
  else length.writeUInt32BE(claimedBytes);
  return Buffer.concat([length, body]);
}

/** Sends bytes on a connection of their own and waits until the daemon has closed it. */
async function sendUntilClosed(port: number, bytes: Buffer): Promise<void> {
  const socket = createConnection({ host: '127.0.0.1', port });
  socket.on('error', () => undefined); // a reset is an end like any other
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(bytes);
  socket.resume();
  await closed;
}

describe.skipIf(needs('python3'))('peers that mean harm', () => {
  let folder: Scratch;
  let serve: MeetProgram;
  let share: MeetProgram;
  let ports: Record<Kind, number>;
  let canary: string;
  let pickles: Map<string, Buffer>;
  let honest: Record<Kind, Buffer>;

  beforeAll(async () => {
    folder = await scratch();
    canary = join(folder.path, 'canary');
    const { stdout } = await promisify(execFile)(python3Path(), [SCRIPT, canary]);
    const made = stdout.trim().split('\n');
    pickles = new Map(
      made.map((line) => {
        const { name, base64 } = PICKLE.parse(JSON.parse(line));
        return [name, Buffer.from(base64, 'base64')];
      }),
    );
    honest = {
      screen: await sharp({ create: { width: 64, height: 48, channels: 3, background: 'red' } })
        .jpeg()
        .toBuffer(),
      video: pickles.get('honest') ?? Buffer.alloc(0),
      audio: Buffer.alloc(4096),
    };
    const { path: cwd } = folder;
    const record = ['--record', join(cwd, 'kept'), '--format', 'frames'];
    serve = startMeet(['serve', '--json', '--stats', '--ports', '0,0,0', ...record], { cwd });
    ({ ports } = await serve.event('ready'));
    const sources = ['--screen', 'test', '--audio', 'test', '--name', 'healthy'];
    share = startMeet(['share', '--json', '--ports', portsText(ports), ...sources], { cwd });
    await share.event('ready');
  });

  afterAll(async () => {
    await share[Symbol.asyncDispose]();
    await serve[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  it('are closed for each pickle that is no picture, and nothing that it names is run', async () => {
    const hostile = [...pickles].filter(([name]) => name !== 'honest');
    expect(hostile.length).toBeGreaterThanOrEqual(16);
    await Promise.all(
      hostile.map(([, body]) => sendUntilClosed(ports.video, framed('video', body))),
    );
    await serve.event('error', ({ code }) => code === 'MEET_PICKLE_REFUSED');
    expect(existsSync(canary)).toBe(false);
  });

  it('would have had their command run by an unpickler that obeys', async () => {
    const running = promisify(execFile)(python3Path(), ['-c', OBEY]);
    running.child.stdin?.end(pickles.get('os.system'));
    await running;
    expect(existsSync(canary)).toBe(true);
    await rm(canary);
  });

  it.each([
    { what: 'a picture that is no JPEG', kind: 'screen', body: Buffer.alloc(1000, 7) },
    { what: 'a JPEG of 65535 by 65535 pixels', kind: 'screen', body: hugeJpeg() },
    { what: 'sound that ends within a sample', kind: 'audio', body: Buffer.alloc(4095) },
  ] as const)('are closed for $what', async ({ kind, body }) => {
    await sendUntilClosed(ports[kind], framed(kind, body));
  });

  it.each([
    { kind: 'screen', bytes: 16 * 1024 * 1024 + 1 },
    { kind: 'video', bytes: 32 * 1024 * 1024 + 1 },
    { kind: 'audio', bytes: 256 * 1024 + 1 },
  ] as const)('are closed for a $kind length of $bytes, on the length alone', async (claim) => {
    const { kind, bytes } = claim;
    const tooLong = framed(kind, Buffer.alloc(0), bytes);
    await sendUntilClosed(ports[kind], tooLong);
    await sendUntilClosed(ports[kind], Buffer.concat([framed(kind, honest[kind]), tooLong]));
    await serve.event('error', ({ code }) => code === 'MEET_FRAME_TOO_LARGE');
  });

  it.each([
    'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n',
    'SSH-2.0-OpenSSH_9.2\r\n',
    '\0\0\0\0\0\0\0\0',
  ])('are closed for an opening like %j', async (opening) => {
    await sendUntilClosed(ports.screen, Buffer.from(opening, 'latin1'));
  });

  it('leave nothing behind when they go in the middle of a frame', async () => {
    const whole = framed('video', honest.video);
    for (const cut of [1, 7, 9, 100, whole.length - 1]) {
      const socket = createConnection({ host: '127.0.0.1', port: ports.video });
      await once(socket, 'connect');
      socket.write(whole.subarray(0, cut));
      socket.end();
      socket.resume();
      await once(socket, 'close');
    }
    const at = new Date().toISOString();
    const later = await serve.event('stats', (stats) => stats.at > at);
    expect(later.process?.halfReceivedBytes).toBeLessThan(1024 * 1024);
  });

  it('do not keep an honest client of the same address away', async () => {
    const socket = createConnection({ host: '127.0.0.1', port: ports.video });
    socket.resume();
    socket.write(framed('video', honest.video));
    await serve.event('stats', ({ streams }) =>
      streams.some(
        ({ kind, name, frames }) => kind === 'video' && name !== 'healthy' && frames === 1,
      ),
    );
    socket.destroy();
  });

  it('are not noticed by a healthy share', async () => {
    const end = await share.end('SIGTERM');
    expect(end.exitCode).toBe(143);
    expect(share.events.filter(({ event }) => event === 'waiting')).toEqual([]);
    await serve.event('left', ({ name }) => name === 'healthy');
    await serve.end('SIGTERM');
    const kept = await eventually('the recording of the healthy share', async () =>
      (await staysIn(join(folder.path, 'kept'))).find((stay) => stay.endsWith('-healthy')),
    );
    const { lines, faults } = await readStay(kept);
    expect(faults).toEqual([]);
    expect(lines.filter(({ type }) => type === 'gap')).toEqual([]);
    expect(lines.filter(({ type }) => type === 'frame').length).toBeGreaterThan(10);
  });
});

/** Start of image and a baseline frame header (ITU-T T.81, B.2.2) of the largest size. */
function hugeJpeg(): Buffer {
  const header = 'ffd8ffc0001108ffffffff03012200021101031101ffda';
  return Buffer.concat([Buffer.from(header, 'hex'), Buffer.alloc(200), Buffer.from('ffd9', 'hex')]);
}
