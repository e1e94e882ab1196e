/**
 * How long sound takes from SoundRoom.push to a sink's monitor. Owns its sound server, its recorder
 * and its bursts; the built program is what is measured.
 *
 *   node bench/measure/push-to-speaker.mjs [BURSTS]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const dist = process.env.MEET_DIST ?? new URL('../../dist', import.meta.url).pathname;
const { openOutput } = await import(join(dist, 'playback/open-output.js'));
const { SoundRoom } = await import(join(dist, 'playback/sound-room.js'));
const { systemClock } = await import(join(dist, 'transport/clock.js'));
const { makeFrame } = await import(join(dist, 'transport/frame.js'));

const FRAME_MS = 20;
const FORMAT = { codec: 'pcm-s16le', sampleRateHz: 48_000, channels: 1 };
/** A burst in each so many frames: 0.5 s. */
const BURST_EVERY = 25;
const LOUD = 2000;
const WARM_UP_FRAMES = 150;

/** Resolves with the delays in ms from push to heard, the recorder's own 5 ms included. */
export async function measurePushToSpeaker(bursts) {
  const folder = await mkdtemp(join(tmpdir(), 'meet-bench-'));
  const env = { ...process.env, HOME: folder, XDG_RUNTIME_DIR: folder };
  const socket = join(folder, 'native');
  env.PULSE_SERVER = `unix:${socket}`;
  env.PULSE_RUNTIME_PATH = join(folder, 'runtime');
  env.PULSE_STATE_PATH = join(folder, 'state');
  const server = spawn('pulseaudio', serverArgs(socket), { env, stdio: 'ignore' });
  await answers(socket);
  const recorder = spawn('parec', recorderArgs(), { env, stdio: ['ignore', 'pipe', 'ignore'] });
  const notices = [];
  const room = new SoundRoom({
    clock: systemClock,
    output: (pull) =>
      openOutput({
        ...{ clock: systemClock, pull, choice: 'pacat', device: 'spk', env },
        onNotice: (words) => notices.push(words),
      }),
  });
  try {
    const delays = await listen(room, recorder, bursts);
    return { delays, stats: room.stats(), notices };
  } finally {
    await room.close();
    for (const child of [recorder, server]) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  }
}

async function listen(room, recorder, bursts) {
  const delays = [];
  let pushedAtMs;
  recorder.stdout.on('data', (chunk) => {
    if (pushedAtMs === undefined || !isLoud(chunk)) return;
    delays.push(performance.now() - pushedAtMs);
    pushedAtMs = undefined;
  });
  const startedAtMs = performance.now();
  for (let sequence = 0; delays.length < bursts; sequence += 1) {
    const dueMs = startedAtMs + sequence * FRAME_MS;
    if (dueMs > performance.now()) await delay(dueMs - performance.now());
    const burst = sequence > WARM_UP_FRAMES && sequence % BURST_EVERY === 0;
    const capturedAtUs = Math.round(1.8e15 + sequence * FRAME_MS * 1000);
    const frame = makeFrame({ kind: 'audio', sequence, capturedAtUs, payload: payload(burst) });
    room.push(1, frame, FORMAT);
    if (burst) pushedAtMs = performance.now();
  }
  return delays;
}

function payload(loud) {
  const pcm = Buffer.alloc(FRAME_MS * 48 * 2);
  if (!loud) return pcm;
  for (let at = 0; at < pcm.length; at += 2) {
    pcm.writeInt16LE(Math.round(12_000 * Math.cos((at / 96_000) * 2 * Math.PI * 1000)), at);
  }
  return pcm;
}

function isLoud(chunk) {
  for (let at = 0; at + 1 < chunk.length; at += 2) {
    if (Math.abs(chunk.readInt16LE(at)) > LOUD) return true;
  }
  return false;
}

function serverArgs(socket) {
  return [
    ...['-n', '--daemonize=no', '--use-pid-file=no', '--exit-idle-time=-1', '--disable-shm=yes'],
    ...['--high-priority=no', '--realtime=no', '--log-target=null'],
    `--load=module-native-protocol-unix socket=${socket} auth-anonymous=1`,
    '--load=module-null-sink sink_name=spk',
  ];
}

function recorderArgs() {
  return ['--raw', '--latency-msec=5', '--format=s16le', '--rate=48000', '--device=spk.monitor'];
}

async function answers(path) {
  for (;;) {
    const socket = createConnection(path);
    const open = await new Promise((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    if (open) return;
    await delay(20);
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const { delays, stats, notices } = await measurePushToSpeaker(Number(process.argv[2] ?? 60));
  delays.sort((one, other) => one - other);
  const at = (share) => delays[Math.floor((delays.length - 1) * share)]?.toFixed(1);
  process.stdout.write(
    `push to speaker: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, most ${at(1)} ms\n`,
  );
  process.stdout.write(`${JSON.stringify({ stats, notices })}\n`);
}
