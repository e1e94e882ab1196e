/** Real microphones: a PulseAudio null sink that plays a tone, recorded by each backend. */
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arecordBackend } from '../../../src/capture/sound/arecord.js';
import { ffmpegMicrophoneBackend } from '../../../src/capture/sound/ffmpeg-microphone.js';
import { parecBackend } from '../../../src/capture/sound/parec.js';
import { soxBackend } from '../../../src/capture/sound/sox.js';
import type { Backend, Source } from '../../../src/capture/source.js';
import { needs } from '../../setup/programs.js';
import type { PulseServer } from '../../setup/pulse-server.js';
import { startPulseServer } from '../../setup/pulse-server.js';
import { largestStep, longestHoleMs, loudestFrequencyHz, rmsOf } from '../../setup/tone.js';
import { KeepingSink, contextWith, openSound } from './sound-bench.js';

const TONE_HZ = 440;
const AMPLITUDE = 0.3;
/** Frames at both ends of which the earliest tells the pace. */
const EDGE = 40;
const TWO_SECONDS = 100;
const FRAMES = TWO_SECONDS + EDGE;
const LONGEST_FRAMES = 8 * TWO_SECONDS + EDGE;
const RATE_MOST_OFF = 0.01;

interface Row {
  readonly backend: Backend;
  readonly device: string;
  readonly channels: number;
}

const ROWS: readonly Row[] = [
  { backend: parecBackend, device: 'mic.monitor', channels: 2 },
  { backend: arecordBackend, device: 'testmic', channels: 1 },
  { backend: soxBackend, device: 'mic.monitor', channels: 2 },
  { backend: ffmpegMicrophoneBackend, device: 'mic.monitor', channels: 2 },
  { backend: ffmpegMicrophoneBackend, device: 'testmic', channels: 1 },
];

describe.skipIf(needs('pulseaudio', 'sox', 'alsa', 'ffmpeg'))('a microphone', () => {
  let server: PulseServer;
  let env: PulseServer['env'];

  beforeAll(async () => {
    server = await startPulseServer();
    env = { ...server.env, ALSA_CONFIG_PATH: await writeAsoundConfig(server.socketPath) };
    await server.playTone(TONE_HZ, { amplitude: AMPLITUDE });
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  describe.each(ROWS)('$device recorded by $backend.name', ({ backend, device, channels }) => {
    it('keeps pitch, loudness and rate, in frames of 20 ms without a hole', async () => {
      const sink = new KeepingSink();
      const startedMs = performance.now();
      const source = await openSound(backend, contextWith(env), device, sink);
      try {
        const firstMs = performance.now() - startedMs;
        process.stdout.write(
          `${backend.name}: first frame of ${device} after ${firstMs.toFixed(0)} ms\n`,
        );
        await sink.frames(FRAMES);
        // A machine that is busy for a while looks like another rate: over a longer time it does not.
        while (rateOff(sink) >= RATE_MOST_OFF && sink.captured.length < LONGEST_FRAMES) {
          await sink.frames(sink.captured.length + TWO_SECONDS);
        }
      } finally {
        await source.close();
      }
      expect(source).toMatchObject({
        kind: 'audio',
        backend: backend.name,
        device,
        format: { codec: 'pcm-s16le', sampleRateHz: 48_000, channels },
      });
      expectTone(sink, source);
      expect(sink.faults).toEqual([]);
    });
  });

  function expectTone(sink: KeepingSink, source: Source): void {
    const frameBytes = sink.pcm(source).channels * 2 * 960;
    expect(new Set(sink.captured.map(({ payload }) => payload.length))).toEqual(
      new Set([frameBytes]),
    );
    expect(sink.captured.every(({ payload }) => payload.buffer.byteLength === frameBytes)).toBe(
      true,
    );
    const pcm = sink.pcm(source, 10);
    expect(loudestFrequencyHz(pcm)).toBeCloseTo(TONE_HZ, 0);
    expect(rmsOf(pcm)).toBeCloseTo(AMPLITUDE / Math.SQRT2, 2);
    expect(longestHoleMs(pcm)).toBeLessThan(1);
    expect(largestStep(pcm)).toBeLessThan(((2 * Math.PI * TONE_HZ * AMPLITUDE) / 48_000) * 1.2);
    expectRate(sink);
  }

  function expectRate(sink: KeepingSink): void {
    const times = sink.captured.map(({ capturedAtUs }) => capturedAtUs);
    const steps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(Math.min(...steps)).toBeGreaterThan(0);
    expect(sink.captured.every(({ encodedAfterUs }) => encodedAfterUs >= 0)).toBe(true);
    expect(rateOff(sink)).toBeLessThan(RATE_MOST_OFF);
  }
});

/**
 * The device's pace beside 50 frames a second, as a share. How late each frame came is counted from the
 * first; the least tells the pace, since a busy machine only ever makes frames later.
 */
function rateOff({ arrivedMs }: KeepingSink): number {
  const lateMs = arrivedMs.map((ms, index) => ms - index * 20);
  const gainMs = Math.min(...lateMs.slice(-EDGE)) - Math.min(...lateMs.slice(0, EDGE));
  return Math.abs(gainMs) / (20 * (lateMs.length - EDGE));
}

async function writeAsoundConfig(socketPath: string): Promise<string> {
  const path = join(dirname(socketPath), 'asound.conf');
  await writeFile(
    path,
    `</usr/share/alsa/alsa.conf>\npcm.testmic { type pulse device "mic.monitor" server "unix:${socketPath}" }\n`,
  );
  return path;
}
