import { describe, expect, it } from 'vitest';
import { ManualClock } from '../setup/manual-clock.js';
import { WireServer } from '../setup/wire-server.js';
import { Sharing } from './sharing.js';

describe('a daemon that lets everyone in and falls', () => {
  it('is met less and less often, not twice a second for ever', async () => {
    const server = await WireServer.listen();
    const clock = new ManualClock();
    const sharing = new Sharing({ port: server.port, clock, random: () => 1 });
    await sharing.stream.start();
    const waits: number[] = [];
    for (let fall = 1; fall <= 20; fall += 1) {
      server.sockets.at(-1)?.destroy();
      const { retryInMs } = (await sharing.lost.several(fall))[fall - 1] ?? { retryInMs: 0 };
      waits.push(retryInMs);
      clock.advance(retryInMs);
      await sharing.opened.several(fall + 1);
    }
    expect(waits[0]).toBe(500);
    expect(waits.at(-1)).toBeGreaterThan(10_000);
  });

  it('is met soon again after a connection that held', async () => {
    const server = await WireServer.listen();
    const clock = new ManualClock();
    const sharing = new Sharing({ port: server.port, clock, random: () => 1 });
    await sharing.stream.start();
    for (let fall = 1; fall <= 10; fall += 1) {
      // Within the time in which unanswered pings end it.
      clock.advance(6000);
      server.sockets.at(-1)?.destroy();
      const lost = (await sharing.lost.several(fall))[fall - 1];
      expect(lost?.retryInMs).toBe(500);
      clock.advance(500);
      await sharing.opened.several(fall + 1);
    }
  });
});
