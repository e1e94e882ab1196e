import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SharedStream } from '../../src/capture/shared-stream.js';
import type { Source, SourceSink } from '../../src/capture/source.js';
import { MeetError } from '../../src/transport/errors.js';
import { limitsWith } from '../../src/transport/limits.js';
import { PublisherStream } from '../../src/transport/publisher-stream.js';
import { SteppedClock, settled } from './sound/stepped-clock.js';

/** Devices that open and close when the test says so; never two at once, as a real one. */
class Devices {
  readonly sinks: SourceSink[] = [];
  readonly #opening: ((result: 'opens' | MeetError) => void)[] = [];
  readonly #closing: (() => void)[] = [];
  /** Opened and not closed yet. */
  open = 0;
  attempts = 0;

  readonly opener = async (sink: SourceSink): Promise<Source> => {
    this.attempts += 1;
    this.sinks.push(sink);
    const result = await new Promise<'opens' | MeetError>((resolve) => {
      this.#opening.push(resolve);
    });
    if (result !== 'opens') throw result;
    this.open += 1;
    let closing: Promise<void> | undefined;
    return {
      kind: 'audio',
      backend: 'given',
      device: 'by the test',
      format: { codec: 'pcm-s16le', sampleRateHz: 48_000, channels: 1 },
      close: () =>
        (closing ??= new Promise<void>((resolve) => {
          this.#closing.push(resolve);
        }).then(() => {
          this.open -= 1;
        })),
    };
  };

  async opens(result: 'opens' | MeetError = 'opens'): Promise<void> {
    this.#opening.shift()?.(result);
    await settled();
  }

  async closes(): Promise<void> {
    this.#closing.shift()?.();
    await settled();
  }
}

const lost = new MeetError('MEET_DEVICE_LOST', 'pulled out');

describe('a shared stream', () => {
  let clock: SteppedClock;
  let devices: Devices;
  let publisher: PublisherStream;
  let stream: SharedStream;
  let told: string[];

  beforeEach(() => {
    clock = new SteppedClock();
    devices = new Devices();
    told = [];
    publisher = new PublisherStream({
      kind: 'audio',
      host: '127.0.0.1',
      port: 9,
      identity: { name: 'n', room: 'r', session: 's', software: 'test' },
      waitMs: 0,
      reconnect: true,
      limits: limitsWith(),
      clock,
      random: () => 0.5,
      events: { onOpen: () => undefined, onLost: () => undefined },
    });
    stream = new SharedStream({
      publisher,
      clock,
      random: () => 0.5,
      open: devices.opener,
      onLive: () => told.push('live'),
      onStalled: () => told.push('stalled'),
    });
  });

  afterEach(async () => {
    const closing = stream.close();
    for (let step = 0; step < 4; step += 1) {
      await devices.opens();
      await devices.closes();
    }
    await closing;
    await publisher.close();
    expect(devices.open).toBe(0);
  });

  it('lets its device go after 5 s without a daemon and opens it again with one', async () => {
    void stream.start();
    await settled();
    await devices.opens();
    stream.disconnected();
    await clock.run(4999);
    expect(stream.stats.live).toBe(true);
    await clock.run(1);
    expect(stream.stats.live).toBe(false);
    await devices.closes();
    stream.connected();
    await settled();
    await devices.opens();
    expect({ attempts: devices.attempts, open: devices.open }).toEqual({ attempts: 2, open: 1 });
    expect(told).toEqual(['live', 'live']);
  });

  it('does not open its device before the one that it let go is closed', async () => {
    void stream.start();
    await settled();
    await devices.opens();
    stream.disconnected();
    await clock.run(5000);
    stream.connected();
    await settled();
    expect(devices.attempts).toBe(1);
    await devices.closes();
    expect(devices.attempts).toBe(2);
  });

  it('opens its device once when the daemon comes back while it is being opened', async () => {
    void stream.start();
    await settled();
    stream.disconnected();
    await clock.run(5000);
    stream.connected();
    await settled();
    await devices.opens();
    await devices.opens();
    expect({ attempts: devices.attempts, open: devices.open }).toEqual({ attempts: 1, open: 1 });
  });

  it('opens its device again when the daemon comes back while an unwanted one closes', async () => {
    void stream.start();
    await settled();
    stream.disconnected();
    await clock.run(5000);
    await devices.opens();
    stream.connected();
    await devices.closes();
    await devices.opens();
    expect({ attempts: devices.attempts, open: devices.open }).toEqual({ attempts: 2, open: 1 });
    expect(stream.stats.live).toBe(true);
  });

  it('waits before it opens a device again that failed while it was opened', async () => {
    void stream.start();
    await settled();
    devices.sinks[0]?.onFault(lost);
    await devices.opens();
    expect(told).toEqual(['live', 'stalled']);
    await devices.closes();
    expect(devices.attempts).toBe(1);
    await clock.run(500);
    expect(devices.attempts).toBe(2);
  });

  it('is closed only when a device that failed is closed', async () => {
    void stream.start();
    await settled();
    await devices.opens();
    devices.sinks[0]?.onFault(lost);
    let closed = false;
    const closing = stream.close().then(() => {
      closed = true;
    });
    await settled();
    expect(closed).toBe(false);
    await devices.closes();
    await closing;
    expect(devices.open).toBe(0);
  });
});
