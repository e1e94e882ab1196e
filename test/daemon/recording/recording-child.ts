/**
 * A process that records until it is killed: `argv` is the root, a JPEG, and `flood` (pictures as
 * fast as the disk takes them) or `live` (15 a second, so that frames gather between writes).
 * Prints again and again how many bytes of sound it has offered, so that a test can compare.
 */
import { readFile } from 'node:fs/promises';
import { openFramesRecording } from '../../../src/daemon/recording/frames-recording.js';
import { systemRecordingFs } from '../../../src/daemon/recording/recording-fs.js';
import { systemClock } from '../../../src/transport/clock.js';
import { makeFrame } from '../../../src/transport/frame.js';
import { limitsWith } from '../../../src/transport/limits.js';

const [root = '', picturePath = '', pace = 'flood'] = process.argv.slice(2);
const isLive = pace === 'live';
const payload = await readFile(picturePath);
const recording = openFramesRecording({
  root,
  room: 'crash',
  participantName: 'child',
  startedAtUs: systemClock.wallUs(),
  fs: systemRecordingFs,
  clock: systemClock,
  limits: limitsWith({ 'disk-free-bytes': 0 }),
  onEvent: (event) => {
    if (event.state !== 'started') throw new Error(`unexpected: ${JSON.stringify(event)}`);
  },
  // Small, so that kills fall into the change from one file to the next too.
  wavMostBytes: 256 * 1024,
});

/** Real time for sound: 20 ms chunks by the clock. */
const SOUND = { codec: 'pcm-s16le', sampleRateHz: 44_100, channels: 2 } as const;
const CHUNK_BYTES = 882 * 4;
const beganMs = systemClock.now();
let sequence = 0;
let chunks = 0;
for (;;) {
  const dueChunks = Math.floor((systemClock.now() - beganMs) / 20);
  for (; chunks < dueChunks; chunks += 1) {
    const chunk = Buffer.alloc(CHUNK_BYTES, chunks % 256);
    const capturedAtUs = systemClock.wallUs();
    const frame = makeFrame({ kind: 'audio', sequence: chunks, capturedAtUs, payload: chunk });
    recording.offer(frame, SOUND, capturedAtUs);
  }
  process.stdout.write(`${chunks * CHUNK_BYTES}\n`);
  for (let burst = 0; burst < (isLive ? 1 : 10); burst += 1, sequence += 1) {
    const kind = sequence % 2 === 0 ? 'screen' : 'video';
    const capturedAtUs = systemClock.wallUs();
    const unchanged = sequence % 17 === 0;
    const parts = { kind, sequence, capturedAtUs } as const;
    const frame = makeFrame(unchanged ? parts : { ...parts, payload });
    recording.offer(frame, undefined, capturedAtUs);
  }
  await systemClock.sleep(isLive ? 66 : 5);
}
