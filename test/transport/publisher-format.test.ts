import { expect, it } from 'vitest';
import { systemClock } from '../../src/transport/clock.js';
import type { ControlRecord } from '../../src/transport/control.js';
import { limitsWith } from '../../src/transport/limits.js';
import { PublisherStream } from '../../src/transport/publisher-stream.js';
import type { SoundFormat } from '../../src/transport/stream-kind.js';
import { startNativeServer, welcomeRecord } from '../setup/native-server.js';

const FORMAT: SoundFormat = { codec: 'pcm-s16le', sampleRateHz: 48_000, channels: 1 };

function publisherTo(port: number): PublisherStream {
  return new PublisherStream({
    kind: 'audio',
    host: '127.0.0.1',
    port,
    identity: { name: 'n', room: 'r', session: 'session-of-the-test', software: 'test' },
    waitMs: 0,
    reconnect: false,
    limits: limitsWith(),
    clock: systemClock,
    random: Math.random,
    events: { onOpen: () => undefined, onLost: () => undefined },
  });
}

it.each(['before hello', 'after hello and before welcome', 'after welcome'])(
  'a format that is known %s is told once, before the first frame',
  async (when) => {
    const said: (ControlRecord | 'media')[] = [];
    let onMedia: () => void = () => undefined;
    const media = new Promise<void>((resolve) => (onMedia = resolve));
    await using server = await startNativeServer('audio', {
      onControl(record, channel) {
        said.push(record);
        if (record.type !== 'hello') return;
        if (when === 'after hello and before welcome') publisher.setFormat(FORMAT);
        channel.sendControl(welcomeRecord());
      },
      onMedia() {
        said.push('media');
        onMedia();
      },
    });
    const publisher = publisherTo(server.port);
    if (when === 'before hello') publisher.setFormat(FORMAT);
    await publisher.start();
    if (when === 'after welcome') publisher.setFormat(FORMAT);
    publisher.send({ payload: Buffer.alloc(1920), capturedAtUs: 0, encodedAfterUs: 0 });
    await media;
    await publisher.close();
    const told = said.slice(0, said.indexOf('media')).filter((record) => {
      return record !== 'media' && 'format' in record;
    });
    expect(told).toEqual([expect.objectContaining({ format: FORMAT })]);
  },
);
