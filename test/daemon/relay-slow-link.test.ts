import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/transport/clock.js';
import { limitsWith } from '../../src/transport/limits.js';
import { ViewerSession } from '../../src/transport/viewer-session.js';
import { FaultProxy } from '../setup/fault-proxy.js';
import { Journal } from '../setup/journal.js';
import { newSession } from '../setup/native-client.js';
import { RunningDaemon } from '../setup/running-daemon.js';
import { publisher } from './relay-scene.js';
import { wireJpeg } from '../setup/wire.js';

const FPS = 30;
const PICTURE_BYTES = 20_000;
/**
 * Pictures that were made since the one that is shown; beyond this a link of half the speed shows more
 * than a few of the past. Counted and not timed: a machine that stands still makes none meanwhile.
 */
const FRESH = 12;
/** A busy machine needs longer to come to it; a window that stays too large never does. */
const PATIENT = { timeout: 60_000 };

describe('a viewer on a link of half the speed', () => {
  it(
    'sees new pictures soon, though its first round trip was measured while it was busy',
    PATIENT,
    async () => {
      const daemon = await RunningDaemon.start();
      const format = { codec: 'jpeg', width: 64, height: 48, fps: FPS };
      const sender = await publisher(daemon, { hello: { format } });
      const proxy = await FaultProxy.listen(daemon.ports.screen);
      onTestFinished(() => proxy.close());
      // Its program starts, and answers half a second late.
      proxy.faults.up = { latencyMs: 500 };
      proxy.faults.down = { bytesPerSecond: (PICTURE_BYTES * FPS) / 2 };
      const behind = new Journal<number>();
      let sequence = 0;
      const viewer = new ViewerSession({
        host: '127.0.0.1',
        ports: { ...daemon.ports, screen: proxy.port },
        kinds: ['screen'],
        identity: { name: 'slow', room: 'main', session: newSession(), software: 't' },
        waitMs: 0,
        reconnect: false,
        limits: limitsWith(),
        clock: systemClock,
        random: () => 0,
        events: {
          onFrame: (_, frame) => {
            behind.push(sequence - 1 - frame.sequence);
          },
          onRoster: () => undefined,
        },
      });
      onTestFinished(() => viewer.close());
      const timer = setInterval(() => {
        const capturedAtUs = systemClock.wallUs();
        sender.sendPicture({ sequence, capturedAtUs }, wireJpeg(64, 48, PICTURE_BYTES));
        sequence += 1;
      }, 1000 / FPS);
      onTestFinished(() => {
        clearInterval(timer);
      });
      await viewer.start();
      // From here on it is quick, and what it was given too much is on its way.
      await behind.first((pictures) => pictures > FRESH);
      proxy.faults.up = {};
      const from = behind.entries.length;
      await behind.several(from + FPS);
      const fresh = (): number => behind.entries.slice(-FPS).filter((each) => each < FRESH).length;
      await expect.poll(fresh, { ...PATIENT, interval: 50 }).toBeGreaterThan(FPS * 0.8);
    },
  );
});
