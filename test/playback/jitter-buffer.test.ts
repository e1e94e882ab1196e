import { describe, expect, it } from 'vitest';
import type { Frame } from '../../src/transport/frame.js';
import { NullOutput } from '../../src/playback/null-output.js';
import { SoundRoom } from '../../src/playback/sound-room.js';
import { ManualClock } from '../setup/manual-clock.js';
import { xorshift } from './random.js';
import { ToneFrames } from './sound-frames.js';

const PACKET_MS = 20;
const TONE = { frequencyHz: 300, amplitude: 0.25 };
/** Largest step of the tone itself at 48 kHz: 2 pi f a / rate. */
const TONE_STEP = (2 * Math.PI * 300 * 0.25) / 48_000;

/** A room on a manual clock that keeps what it plays (left side). */
class Listening {
  readonly clock = new ManualClock();
  readonly tone = new ToneFrames(TONE);
  played: number[] = [];
  readonly room: SoundRoom;
  /** The device asks for nothing. */
  halted = false;

  constructor() {
    this.room = new SoundRoom({
      clock: this.clock,
      output: (pull) =>
        new NullOutput({
          clock: this.clock,
          pull: (block) => {
            if (this.halted) return;
            pull(block);
            for (let index = 0; index < block.length; index += 2)
              this.played.push(block[index] ?? 0);
          },
        }),
    });
  }

  get stats() {
    const [stats] = this.room.stats();
    if (stats === undefined) throw new Error('nothing was pushed');
    return stats;
  }

  push(frame: Frame): void {
    this.room.push(1, frame, this.tone.format);
  }

  /** Pushes packets `first` to `last`, each as late as told (ms), undefined for never. */
  play(first: number, last: number, lateMs: (sequence: number) => number | undefined = () => 0) {
    const startMs = this.clock.now();
    for (let sequence = first; sequence <= last; sequence += 1) {
      const late = lateMs(sequence);
      if (late === undefined) continue;
      const dueMs = startMs + (sequence - first) * PACKET_MS + late - this.clock.now();
      this.clock.after(Math.max(0, dueMs), () => {
        this.push(this.tone.frame(sequence));
      });
    }
    this.clock.advance((last - first + 1) * PACKET_MS);
  }

  /** The largest step between samples played since the last call of `listen`. */
  largestStep(): number {
    return this.played.reduce(
      (most, value, index) => Math.max(most, Math.abs(value - (this.played[index - 1] ?? value))),
      0,
    );
  }

  listen(): void {
    this.played = [];
  }
}

describe('what is held of a steady stream', () => {
  it('stays near 40 ms and is played without a step', () => {
    const listening = new Listening();
    listening.play(0, 99);
    listening.listen();
    listening.play(100, 499);
    expect(listening.stats).toMatchObject({ targetMs: 40, late: 0, concealed: 0, droppedMs: 0 });
    expect(listening.stats.bufferedMs).toBeLessThanOrEqual(50);
    expect(listening.largestStep()).toBeLessThan(TONE_STEP * 1.05);
  });
});

describe('a packet that is lost', () => {
  it('is concealed without a step, as long as it was', () => {
    const listening = new Listening();
    listening.play(0, 99);
    listening.listen();
    listening.play(100, 150, (sequence) => (sequence === 120 ? undefined : 0));
    const { concealed, concealedMs, late } = listening.stats;
    expect({ concealed, concealedMs, late }).toEqual({ concealed: 1, concealedMs: 20, late: 0 });
    expect(listening.largestStep()).toBeLessThan(TONE_STEP * 1.3);
    const loudest = listening.played.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(loudest).toBeLessThan(0.3);
  });

  it('and comes back after its turn is dropped and counted', () => {
    const listening = new Listening();
    listening.play(0, 99);
    listening.play(100, 150, (sequence) => (sequence === 120 ? 150 : 0));
    expect(listening.stats).toMatchObject({ concealed: 1, late: 1 });
  });
});

describe('packets in another order', () => {
  it('are put in order when their turn has not come', () => {
    const listening = new Listening();
    listening.play(0, 99);
    listening.listen();
    // Each second pair is swapped, so that the target rises by a packet and nothing is missing then.
    listening.play(100, 1100, (sequence) => (sequence % 4 === 0 ? 21 : 0));
    const before = listening.stats;
    listening.listen();
    listening.play(1101, 1300, (sequence) => (sequence % 4 === 0 ? 21 : 0));
    expect(listening.stats.late).toBe(before.late);
    expect(listening.stats.concealed).toBe(before.concealed);
    expect(listening.largestStep()).toBeLessThan(TONE_STEP * 1.05);
  });

  it('or twice are taken once', () => {
    const listening = new Listening();
    listening.play(0, 99);
    listening.push(listening.tone.frame(99));
    listening.push(listening.tone.frame(99));
    expect(listening.stats.late).toBe(2);
  });
});

describe('jitter', () => {
  it('raises what is held until nothing is missing, and lets it fall slowly', () => {
    const listening = new Listening();
    const random = xorshift(7);
    const jitter = () => random() * 120;
    listening.play(0, 999, jitter);
    const raised = listening.stats;
    expect(raised.targetMs).toBeGreaterThan(120);
    expect(raised.targetMs).toBeLessThanOrEqual(170);
    listening.play(1000, 1499, jitter);
    expect(listening.stats.concealed - raised.concealed).toBeLessThanOrEqual(2);
    listening.play(1500, 1549);
    expect(listening.stats.targetMs).toBeGreaterThan(100);
    listening.play(1550, 3500);
    expect(listening.stats.targetMs).toBeLessThan(50);
    expect(listening.stats.bufferedMs).toBeLessThan(90);
  });

  it('of the first second, while programs load, is forgotten within seven seconds', () => {
    const listening = new Listening();
    listening.play(0, 49, (sequence) => 200 - (sequence % 10) * 20);
    expect(listening.stats.targetMs).toBeGreaterThan(150);
    listening.play(50, 399);
    expect(listening.stats.targetMs).toBeLessThan(60);
    expect(listening.stats.bufferedMs).toBeLessThan(100);
  });

  it('of seconds raises it to 500 ms and no further', () => {
    const listening = new Listening();
    const random = xorshift(3);
    listening.play(0, 1500, () => random() * 3000);
    expect(listening.stats.targetMs).toBe(500);
    expect(listening.stats.bufferedMs).toBeLessThanOrEqual(700);
  });
});

describe('what is held', () => {
  it('never exceeds the target by more than 200 ms, whatever comes at once', () => {
    const listening = new Listening();
    listening.play(0, 50);
    for (let sequence = 51; sequence < 400; sequence += 1) {
      listening.push(listening.tone.frame(sequence));
      const { bufferedMs, targetMs } = listening.stats;
      expect(bufferedMs).toBeLessThanOrEqual(targetMs + 200);
    }
    expect(listening.stats.droppedMs).toBeGreaterThan(6000);
  });

  it('comes back to the target within 3 s after the device has halted', () => {
    const listening = new Listening();
    listening.play(0, 99);
    listening.halted = true;
    listening.play(100, 107);
    listening.halted = false;
    expect(listening.stats.bufferedMs).toBeGreaterThan(150);
    listening.play(108, 258);
    expect(listening.stats.bufferedMs).toBeLessThan(100);
    expect(listening.stats.droppedMs).toBeGreaterThan(60);
  });

  it('is silent and forgotten when a publisher counts anew', () => {
    const listening = new Listening();
    listening.play(0, 99);
    const later = new ToneFrames({ ...TONE, startUs: 1.9e15 });
    listening.push(later.frame(0));
    listening.push(later.frame(1));
    expect(listening.stats.late).toBe(0);
    expect(listening.stats.bufferedMs).toBe(40);
  });
});

describe('a clock that runs 300 ppm faster or slower', () => {
  it.each([300, -300])(
    'by %d ppm is held for ten minutes',
    (ppm) => {
      const listening = new Listening();
      const frame = (sequence: number) => listening.tone.frame(sequence);
      const everyMs = PACKET_MS / (1 + ppm / 1e6);
      let sequence = 0;
      const held: number[] = [];
      const step = () => {
        listening.push(frame(sequence));
        sequence += 1;
        if (sequence > 3000 && sequence % 50 === 0) held.push(listening.stats.bufferedMs);
        listening.clock.after(sequence * everyMs - listening.clock.now(), step);
      };
      step();
      for (let second = 0; second < 600; second += 1) {
        listening.clock.advance(1000);
        listening.listen();
      }
      const { concealed, droppedMs, late, driftPpm } = listening.stats;
      expect({ concealed, droppedMs, late }).toEqual({ concealed: 0, droppedMs: 0, late: 0 });
      expect(Math.abs(driftPpm - ppm)).toBeLessThan(60);
      expect(Math.max(...held)).toBeLessThanOrEqual(60);
    },
    120_000,
  );
});
