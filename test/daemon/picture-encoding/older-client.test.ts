import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { EventEmitter, once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PicturePool } from '../../../src/daemon/picture-encoding/picture-pool.js';
import { sharpCodec } from '../../../src/daemon/picture-encoding/jpeg-codec.js';
import { systemClock } from '../../../src/transport/clock.js';
import { feed } from '../../../src/transport/frame-reader.js';
import { limitsWith } from '../../../src/transport/limits.js';
import { encodeOlderVideoFrame } from '../../../src/transport/older/canonical-pickle.js';
import { OlderReader } from '../../../src/transport/older/older-reader.js';
import { OPENING_BYTES, sniffOpening } from '../../../src/transport/opening.js';
import type { StreamKind } from '../../../src/transport/stream-kind.js';
import { STREAM_KINDS } from '../../../src/transport/stream-kind.js';
import type { OlderClientLine } from '../../setup/older-client.js';
import { startOlderClient } from '../../setup/older-client.js';
import { needs } from '../../setup/programs.js';
import { likeness, plainPicture } from './likeness.js';

const limits = limitsWith();

function sha256(data: Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

/** The pixels of a C-contiguous uint8 array in a .npy file (numpy.lib.format, version 1). */
function npyPixels(file: string): Buffer {
  const bytes = readFileSync(file);
  return bytes.subarray(10 + bytes.readUInt16LE(8));
}

/** A server of one kind that keeps the bodies it reads. */
async function listen(kind: StreamKind) {
  const changes = new EventEmitter();
  const bodies: Buffer[] = [];
  const openings: string[] = [];
  const sockets: Socket[] = [];
  const onBody = (record: Buffer): void => {
    bodies.push(record.subarray(32));
  };
  const server = createServer((socket) => {
    const reader = new OlderReader({ kind, limits, onBody });
    sockets.push(socket);
    let start = Buffer.alloc(0);
    let decided = false;
    socket.on('data', (chunk) => {
      if (decided) {
        feed(reader, chunk);
        return;
      }
      start = Buffer.concat([start, chunk]);
      const opening = sniffOpening(kind, start.subarray(0, OPENING_BYTES), limits);
      decided = opening !== 'undecided';
      if (!decided) return;
      openings.push(opening);
      feed(reader, start);
    });
    socket.on('error', () => undefined);
    changes.emit('connection');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { kind, server, port, bodies, openings, sockets, changes };
}

type Listening = Awaited<ReturnType<typeof listen>>;

describe.skipIf(needs('python3', 'ffmpeg'))('a client of the older framing', () => {
  let folder = '';
  const open: Listening[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'meet-older-'));
  });
  afterAll(async () => {
    for (const { server, sockets } of open) {
      for (const socket of sockets) socket.destroy();
      server.close();
    }
    await rm(folder, { recursive: true });
  });

  /** All three listeners in the order of the kinds. */
  async function listeners() {
    const [screen, video, audio] = await Promise.all([
      listen('screen'),
      listen('video'),
      listen('audio'),
    ]);
    open.push(screen, video, audio);
    const ports: [number, number, number] = [screen.port, video.port, audio.port];
    return { screen, video, audio, ports };
  }

  function sent(lines: readonly OlderClientLine[], kind: StreamKind): string[] {
    return lines.flatMap((line) =>
      line.event === 'sent' && line.kind === kind ? [line.sha256] : [],
    );
  }

  it('is read to the byte on all three ports, silent at first and split at odd places', async () => {
    const { screen, video, audio, ports } = await listeners();
    const options = ['--frames', '4', '--chunks', '20', '--silent', '0.2', '--fps', '20'];
    const client = startOlderClient(ports, [...options, '--save', folder]);
    try {
      await client.ended;
    } finally {
      await client.close();
    }
    expect(screen.bodies.map(sha256)).toEqual(sent(client.lines, 'screen'));
    expect(audio.bodies.map(sha256)).toEqual(sent(client.lines, 'audio'));
    expect(client.lines.at(-1)).toEqual({
      event: 'done',
      audioSha256: sha256(Buffer.concat(audio.bodies)),
    });
    expect([screen.bodies.length, video.bodies.length, audio.bodies.length]).toEqual([4, 4, 20]);
    for (const { openings } of [screen, video, audio]) expect(openings).toEqual(['older']);
    await expectSamePictures(video.bodies);
  });

  it('gets pictures back on its video socket, with its own colours', async () => {
    const { video, ports } = await listeners();
    const bgr = plainPicture(200, 100);
    const client = startOlderClient(ports, ['--kinds', 'audio', '--chunks', '1', '--receive', '2']);
    try {
      if (video.sockets.length === 0) await once(video.changes, 'connection');
      const frame = encodeOlderVideoFrame(bgr, 200, 100);
      video.sockets[0]?.write(Buffer.concat([frame, frame]));
      await client.ended;
    } finally {
      await client.close();
    }
    const received = client.lines.filter((line) => line.event === 'received');
    expect(received.length).toBe(2);
    for (const line of received) {
      expect(line).toMatchObject({ width: 200, height: 100, dtype: 'uint8', sha256: sha256(bgr) });
    }
  });

  /** What the pool makes of each pickle is the picture that the client saved. */
  async function expectSamePictures(pickles: readonly Buffer[]): Promise<void> {
    const pool = new PicturePool({ clock: systemClock, limits });
    const codec = await sharpCodec();
    try {
      for (const [index, pickle] of pickles.entries()) {
        const jpeg = await new Promise<Buffer>((resolve, reject) => {
          const stream = pool.open('to-jpeg', {
            onPicture: ({ bytes }) => {
              resolve(bytes.subarray(32));
            },
            onRefused: reject,
          });
          stream.offer(Buffer.concat([Buffer.alloc(32), pickle]), 0);
        });
        const decoded = Buffer.alloc(640 * 480 * 3);
        await codec.decode(jpeg, limits, () => decoded);
        expect(likeness(decoded, npyPixels(join(folder, `sent-${index}.npy`)))).toBeGreaterThan(30);
      }
    } finally {
      await pool.close();
    }
  }

  it.each(['little', 'big'])('is understood in %s-endian order', async (order) => {
    const { video, ports } = await listeners();
    const options = ['--kinds', 'video', '--frames', '2', '--silent', '0', '--size', '64x48'];
    const client = startOlderClient(ports, [...options, '--byte-order', order]);
    try {
      await client.ended;
    } finally {
      await client.close();
    }
    expect(video.bodies.length).toBe(2);
    expect(STREAM_KINDS).toContain(video.kind);
  });
});
