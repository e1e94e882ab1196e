/**
 * What tests of real outputs need: tones pushed in real time, and what a sink plays, recorded. Owns
 * its timers and recorders; ends them all.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { SoundRoom } from '../../src/playback/sound-room.js';
import { programPath } from '../setup/programs.js';
import type { PulseServer } from '../setup/pulse-server.js';
import type { Pcm } from '../setup/tone.js';
import { loudestFrequencyHz, rmsOf, samplesOf } from '../setup/tone.js';
import type { ToneOptions } from './sound-frames.js';
import { ToneFrames } from './sound-frames.js';

const RATE_HZ = 48_000;
/** s16le stereo. */
const BYTES_PER_MS = 192;
const LEVEL_MS = 50;

/** Pushes a tone as a participant would send it, until it is stopped. */
export function speak(room: SoundRoom, participant: number, tone: ToneOptions): () => void {
  const frames = new ToneFrames(tone);
  const startedAtMs = performance.now();
  let sequence = 0;
  const timer = setInterval(() => {
    while (sequence * frames.packetMs <= performance.now() - startedAtMs) {
      room.push(participant, frames.frame(sequence), frames.format);
      sequence += 1;
    }
  }, 5);
  return () => {
    clearInterval(timer);
  };
}

export interface Recorder extends AsyncDisposable {
  /** Resolves with that much of what is played from now on. */
  record(ms: number): Promise<Pcm>;
  /** Resolves when so much of what is played, 50 ms by default, fulfils the condition. */
  until(condition: (heard: Pcm) => boolean, ms?: number): Promise<void>;
}

/** Records what a sink plays. */
export function recordSink(server: PulseServer, sink = 'spk'): Recorder {
  const args = ['--raw', '--latency-msec=10', '--format=s16le', '--rate=48000', '--channels=2'];
  const child = spawn(programPath('parec'), [...args, `--device=${sink}.monitor`], {
    env: server.env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const take = (ms: number): Promise<Pcm> => {
    const wanted = ms * BYTES_PER_MS;
    const chunks: Buffer[] = [];
    let size = 0;
    return new Promise((resolve) => {
      const onData = (chunk: Buffer): void => {
        chunks.push(chunk);
        size += chunk.length;
        if (size < wanted) return;
        child.stdout.off('data', onData);
        const bytes = Buffer.concat(chunks).subarray(0, wanted);
        resolve({ bytes, sampleRateHz: RATE_HZ, channels: 2 });
      };
      child.stdout.on('data', onData);
    });
  };
  child.stdout.resume();
  return {
    record: take,
    async until(condition, ms = LEVEL_MS) {
      while (!condition(await take(ms)));
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Whether a tone of about that frequency is heard. */
export function sounds(heard: Pcm, frequencyHz: number): boolean {
  return rmsOf(heard) > 0.02 && Math.abs(loudestFrequencyHz(heard) - frequencyHz) < 15;
}

/** How loud one frequency is in what was heard: the amplitude of its part, by correlation. */
export function shareOfTone(heard: Pcm, frequencyHz: number): number {
  const samples = samplesOf(heard);
  let sine = 0;
  let cosine = 0;
  samples.forEach((value, index) => {
    const turn = (2 * Math.PI * frequencyHz * index) / heard.sampleRateHz;
    sine += (2 * value * Math.sin(turn)) / samples.length;
    cosine += (2 * value * Math.cos(turn)) / samples.length;
  });
  return Math.hypot(sine, cosine);
}
