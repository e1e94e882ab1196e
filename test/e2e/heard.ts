/**
 * What the speakers of a test's sound server play: how much of it is which tone, and waiting until it
 * is what it should be. Owns no server and no program.
 */
import { recordSink, shareOfTone } from '../playback/speakers.js';
import type { PulseServer } from '../setup/pulse-server.js';
import type { Pcm } from '../setup/tone.js';
import { rmsOf } from '../setup/tone.js';

const PATIENCE_MS = 20_000;
/** 50 ms of s16le stereo at 48 kHz: whole periods of both tones. */
const SLICE_BYTES = 9600;

/**
 * How much of all that is heard one tone is, from 0 to 1, by its power. What is held on a busy machine
 * is brought to its measure by a pitch that is up to half a percent off (drift-control.ts), 5 Hz of
 * 1000, so the nearest of five pitches counts.
 */
export function portion(heard: Pcm, toneHz: number): number {
  const pitches = [-0.005, -0.0025, 0, 0.0025, 0.005].map((off) => toneHz * (1 + off));
  return Math.max(...pitches.map((frequencyHz) => portionAt(heard, frequencyHz)));
}

/** Of 50 ms at a time: a pitch that changes is the same for so long. */
function portionAt(heard: Pcm, frequencyHz: number): number {
  const power = rmsOf(heard) ** 2;
  const slices = Math.floor(heard.bytes.length / SLICE_BYTES);
  let tone = 0;
  for (let at = 0; at < slices; at += 1) {
    const bytes = heard.bytes.subarray(at * SLICE_BYTES, (at + 1) * SLICE_BYTES);
    tone += shareOfTone({ ...heard, bytes }, frequencyHz) ** 2 / 2 / slices;
  }
  return power === 0 ? 0 : tone / power;
}

/** Resolves when the speakers play what is wished; fails with how much of each tone was heard last. */
export async function heardFrom(
  server: PulseServer,
  what: string,
  wished: (heard: Pcm) => boolean,
  tonesHz: readonly number[],
): Promise<Pcm> {
  const untilMs = performance.now() + PATIENCE_MS;
  await using speakers = recordSink(server);
  for (;;) {
    const heard = await speakers.record(400);
    if (wished(heard)) return heard;
    if (performance.now() < untilMs) continue;
    const parts = tonesHz.map((hz) => `${hz} Hz ${portion(heard, hz)}`);
    throw new Error(`never ${what}: rms ${rmsOf(heard)}, of it ${parts.join(', ')}`);
  }
}
