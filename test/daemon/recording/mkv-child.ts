/**
 * A process that records several participants until it is killed. `argv`: the root, a JPEG, how many.
 * Writes a line `path bytes` for each sync that is done, at once: what it says is on disk, is there.
 */
import { readFile } from 'node:fs/promises';
import { writeSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { mkvRecorder } from '../../../src/daemon/recording/mkv-recorder.js';
import type { RecordingFs } from '../../../src/daemon/recording/recording-fs.js';
import { systemRecordingFs } from '../../../src/daemon/recording/recording-fs.js';
import { RootGuard } from '../../../src/daemon/recording/root-guard.js';
import { SyncTurns } from '../../../src/daemon/recording/sync-turns.js';
import { systemClock } from '../../../src/transport/clock.js';
import { makeFrame } from '../../../src/transport/frame.js';
import { limitsWith } from '../../../src/transport/limits.js';

const SOUND = { codec: 'pcm-s16le', sampleRateHz: 44_100, channels: 2 } as const;
const CHUNK_BYTES = 882 * 4;

const [root = '', picturePath = '', count = '4'] = process.argv.slice(2);
const payload = await readFile(picturePath);
const open = new Map<number, { path: string; bytes: number }>();

const fs: RecordingFs = {
  ...systemRecordingFs,
  open: async (path, flags, mode) => {
    const fd = await systemRecordingFs.open(path, flags, mode);
    open.set(fd, { path, bytes: 0 });
    return fd;
  },
  writev: async (fd, buffers, position) => {
    const bytes = await systemRecordingFs.writev(fd, buffers, position);
    const file = open.get(fd);
    if (file !== undefined) file.bytes = Math.max(file.bytes, position + bytes);
    return bytes;
  },
  fdatasync: async (fd) => {
    const { path, bytes } = open.get(fd) ?? { path: '', bytes: 0 };
    await systemRecordingFs.fdatasync(fd);
    if (path.endsWith('.mkv')) writeSync(1, `${path} ${bytes}\n`);
  },
};

const turns = new SyncTurns(systemClock);
const recorder = mkvRecorder({
  root,
  fs,
  turns,
  clock: systemClock,
  limits: limitsWith({ 'disk-free-bytes': 0 }),
  guard: new RootGuard({ fs, root, turns, newId: randomUUID }),
  software: 'meet test',
  // Short, so that kills fall into the change from one segment to the next too.
  segment: { ms: 1000, bytes: 2 * 1024 ** 3 },
  onEvent: ({ state, words }) => {
    if (state === 'stopped' || state === 'suspect') throw new Error(words);
  },
});

/** Real time: sound each 20 ms, a screen at 15 a second, a camera that is on every other second. */
async function record(name: string): Promise<void> {
  const stay = { room: 'crash', participantName: name, startedAtUs: systemClock.wallUs() };
  const recording = recorder.open(stay);
  const beganMs = systemClock.now();
  let chunks = 0;
  for (let sequence = 0; ; sequence += 1) {
    const atMs = systemClock.now() - beganMs;
    const capturedAtUs = systemClock.wallUs();
    for (; chunks < atMs / 20; chunks += 1) {
      const chunk = Buffer.alloc(CHUNK_BYTES, chunks % 256);
      const parts = { kind: 'audio', sequence: chunks, capturedAtUs, payload: chunk } as const;
      recording.offer(makeFrame(parts), SOUND, capturedAtUs);
    }
    const still = sequence % 17 === 0 && sequence > 0;
    const picture = still ? {} : { payload };
    const kinds = Math.floor(atMs / 1000) % 2 === 0 ? ['screen'] : ['screen', 'video'];
    for (const kind of kinds as ('screen' | 'video')[]) {
      const frame = makeFrame({ kind, sequence, capturedAtUs, ...picture });
      recording.offer(frame, undefined, capturedAtUs);
    }
    await systemClock.sleep(66);
  }
}

writeSync(1, 'ready 0\n');
await Promise.all(Array.from({ length: Number(count) }, (_, at) => record(`p${at}`)));
