import { describe, expect, it } from 'vitest';
import { DeviceFeed, HUNG_MS } from '../../src/playback/device-feed.js';
import { ManualClock } from '../setup/manual-clock.js';

const BYTES_PER_MS = 192;
const REPORT_MS = 50;

interface DeviceOptions {
  /** Parts per million faster than our clock. */
  readonly ppm: number;
  readonly silent: boolean;
  /** Loudness of what is played, by the time in ms. */
  readonly loud?: (nowMs: number) => boolean;
  /** How late a report reaches us, by its number. */
  readonly lateMs?: (report: number) => number;
}

/** A device that takes samples at its own pace and says so as pacat does, or doesn't. */
class Device {
  readonly clock = new ManualClock();
  readonly feed: DeviceFeed;
  /** Milliseconds of sound that wait, and were taken. */
  waitingMs = 0;
  takenMs = 0;
  dryMs = 0;
  asks = true;
  readonly waited: number[] = [];

  constructor({ ppm, silent, loud = () => true, lateMs = () => 0 }: DeviceOptions) {
    const { clock } = this;
    this.feed = new DeviceFeed({
      ...{ clock, silent, deviceMs: 0 },
      pull: (block) => block.fill(loud(clock.now()) ? 0.5 : 0),
      write: (pcm) => {
        this.waitingMs += pcm.length / BYTES_PER_MS;
        return true;
      },
    });
    clock.every(1, () => {
      const wanted = this.asks ? 1 + ppm / 1e6 : 0;
      const taken = Math.min(wanted, this.waitingMs);
      this.dryMs += wanted - taken;
      this.waitingMs -= taken;
      this.takenMs += taken;
      this.waited.push(this.waitingMs);
    });
    let report = 0;
    clock.every(REPORT_MS, () => {
      if (silent) return;
      const { takenMs } = this;
      clock.after(lateMs((report += 1)), () => {
        this.feed.reported(takenMs);
      });
    });
  }
}

describe('a device that says what it took', () => {
  it.each([300, -300, 0])(
    '%d ppm off is fed for ten minutes, never dry, never more than 40 ms ahead',
    (ppm) => {
      const device = new Device({
        ppm,
        silent: false,
        lateMs: (report) => (report % 7 === 0 ? 9 : 1),
      });
      device.clock.advance(5000);
      device.dryMs = 0;
      for (let minute = 0; minute < 10; minute += 1) {
        device.waited.length = 0;
        device.clock.advance(60_000);
        expect(device.waited.reduce((most, ms) => Math.max(most, ms))).toBeLessThanOrEqual(40);
      }
      expect(device.dryMs).toBe(0);
    },
    120_000,
  );

  it('is given no more while it stands still, and is known to hang after 5 s', () => {
    const device = new Device({ ppm: 0, silent: false });
    device.clock.advance(2000);
    device.asks = false;
    device.clock.advance(HUNG_MS - 1000);
    expect(device.feed.hung).toBe(false);
    expect(device.waitingMs).toBeLessThanOrEqual(200);
    device.clock.advance(2000);
    expect(device.feed.hung).toBe(true);
    device.asks = true;
    device.clock.advance(3000);
    expect(device.feed.hung).toBe(false);
    expect(device.waitingMs).toBeLessThanOrEqual(40);
  });

  it('is fed on, hardly faster than the clock, when it takes whatever it is given at once', () => {
    const clock = new ManualClock();
    let takenMs = 0;
    const feed = new DeviceFeed({
      ...{ clock, silent: false, deviceMs: 0, pull: (block) => block.fill(0) },
      write(pcm) {
        takenMs += pcm.length / BYTES_PER_MS;
        const saidMs = takenMs;
        clock.after(1, () => {
          feed.reported(saidMs);
        });
        return true;
      },
    });
    clock.advance(3000);
    expect(takenMs).toBeGreaterThan(2900);
    expect(takenMs).toBeLessThanOrEqual(3000 * 1.05 + 100);
  });

  it('asks for nothing after it was stopped', () => {
    const device = new Device({ ppm: 0, silent: false });
    device.clock.advance(1000);
    device.feed.stop();
    const { takenMs, waitingMs } = device;
    device.clock.advance(1000);
    expect(device.takenMs).toBeCloseTo(takenMs + waitingMs, 3);
  });
});

describe('a device that says nothing', () => {
  it('and is slower than our clock is emptied in pauses, so that nothing piles up in twenty minutes', () => {
    // 10 s of speech, 3 s of pause.
    const loud = (nowMs: number) => nowMs % 13_000 < 10_000;
    const device = new Device({ ppm: -300, silent: true, loud });
    device.clock.advance(1_200_000);
    expect(device.waited.reduce((most, ms) => Math.max(most, ms))).toBeLessThan(60);
  }, 120_000);

  it('and is faster is filled again when it says that it ran dry', () => {
    const device = new Device({ ppm: 0, silent: true });
    device.clock.advance(1000);
    device.waitingMs = 0;
    device.feed.ranDry();
    expect(device.waitingMs).toBeGreaterThanOrEqual(20);
    expect(device.feed.underruns).toBe(1);
  });
});
