import { describe, expect, it } from 'vitest';
import { collectGarbage } from '../setup/garbage.js';
import { NativeClient } from '../setup/native-client.js';
import { RunningDaemon, eventsNamed } from '../setup/running-daemon.js';
import { wireControl, wireRecord, wireSamples, wireSound } from '../setup/wire.js';
import { passed, publisher, viewer } from './relay-scene.js';

const FORMAT = { codec: 'pcm-s16le', sampleRateHz: 8000, channels: 1 };

function repeated(record: Buffer, count: number): Buffer {
  return Buffer.concat(Array.from({ length: count }, () => record));
}

describe('a flood of small records', () => {
  it.each([
    ['control records', wireControl({ type: 'hand', up: true })],
    ['records that are not valid', wireControl({ type: 'hand', up: 7 })],
    ['acknowledgements of nothing', wireControl({ type: 'ack', sequence: 1 })],
    ['unchanged pictures', wireRecord({ type: 1, flags: 2 })],
  ])('of %s is read at the pace of the limit, and told once a second', async (_, record) => {
    const limits = { 'small-records-per-second': 200 };
    const daemon = await RunningDaemon.start({ limits });
    const flooder = await publisher(daemon);
    const beganMs = performance.now();
    flooder.send(repeated(record, 600));
    await flooder.settled();
    // 200 at once, then 200 a second; up to 128 of the smallest come with one reading.
    expect(performance.now() - beganMs).toBeGreaterThan(1300);
    const told = eventsNamed(daemon, 'error').filter(({ code }) => code === 'MEET_FLOOD');
    expect(told.length).toBeGreaterThan(0);
    expect(told.length).toBeLessThan(5);
    expect(flooder.isClosed).toBe(false);
  });

  it('does not hold up anyone else', async () => {
    const daemon = await RunningDaemon.start({ limits: { 'small-records-per-second': 50 } });
    const flooder = await publisher(daemon, { name: 'flooder' });
    const healthy = await publisher(daemon, { name: 'healthy' });
    flooder.send(repeated(wireControl({ type: 'hand', up: true }), 10_000));
    await passed(healthy);
    const beganMs = performance.now();
    for (let round = 0; round < 20; round += 1) await passed(healthy);
    expect(performance.now() - beganMs).toBeLessThan(5000);
  });

  it('leaves a viewer alone that acknowledges every picture it gets', async () => {
    const limits = { 'small-records-per-second': 20 };
    const daemon = await RunningDaemon.start({ limits });
    const sharer = await publisher(daemon);
    const watcher = await viewer(daemon, { hello: { acks: true } });
    watcher.acknowledges = true;
    for (let sequence = 0; sequence < 100; sequence += 1) {
      sharer.sendPicture(
        { sequence, capturedAtUs: 1000 + sequence },
        Buffer.concat([Buffer.from('ffd8ffc0000b080030004001011100', 'hex'), Buffer.alloc(2000)]),
      );
      await watcher.media.several(sequence + 1);
    }
    expect(eventsNamed(daemon, 'error')).toEqual([]);
  });
});

describe('a publisher that lies', () => {
  it('about its clock in answers that nobody asked for changes nothing', async () => {
    const daemon = await RunningDaemon.start();
    const wallUs = (): number => Date.now() * 1000;
    const liar = await NativeClient.join(daemon.ports.screen, 'screen', {}, { wallUs });
    const watcher = await viewer(daemon);
    await passed(liar, watcher);
    const before = watcher.answers.entries.length;
    for (let round = 0; round < 200; round += 1) {
      const ahead = (round % 2) * 3_600_000_000;
      const at = wallUs() + ahead;
      liar.sendControl({ type: 'pong', id: 99, sentAtUs: at, receivedAtUs: at, answeredAtUs: at });
      liar.sendPicture({ sequence: round, capturedAtUs: wallUs() });
    }
    await passed(liar, watcher);
    const rosters = watcher.answers.entries.slice(before).filter(({ type }) => type === 'roster');
    expect(rosters.length).toBeLessThan(20);
    expect(JSON.stringify(rosters)).not.toMatch(/"clockOffsetUs":-?\d{10}/);
  });

  it('about the source of its sound leaves nothing behind in the daemon', async () => {
    const limits = { 'small-records-per-second': 1_000_000 };
    const daemon = await RunningDaemon.start({ limits });
    const kind = 'audio' as const;
    const liar = await publisher(daemon, { kind, hello: { format: FORMAT, acks: true } });
    await passed(liar);
    const [participant] = daemon.daemon.hub.participants;
    if (participant === undefined) throw new Error('nobody is here');
    // What the host has muted is thrown away as it came.
    daemon.daemon.hub.hold(participant, kind, true);
    const samples = wireSamples(1);
    const rounds = async (first: number, count: number): Promise<number> => {
      for (let round = first; round < first + count; round += 1) {
        const chunks = Array.from({ length: 1000 }, (_, at) =>
          wireSound({ source: 1 + round * 1000 + at, sequence: at }, samples),
        );
        liar.send(Buffer.concat(chunks));
        await passed(liar);
      }
      return heldBytes();
    };
    const before = await rounds(0, 20);
    const after = await rounds(20, 200);
    expect(after - before).toBeLessThan(4 * 1024 * 1024);
  }, 60_000);
});

function heldBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
