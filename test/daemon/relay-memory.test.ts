import { describe, expect, it } from 'vitest';
import type { NativeClient, WireMedia } from '../setup/native-client.js';
import { RunningDaemon } from '../setup/running-daemon.js';
import { wireJpeg } from '../setup/wire.js';
import { passed, publisher, slowViewer, viewer } from './relay-scene.js';

const KIB = 1024;

/** A picture of which each byte tells its number; its size changes, too. */
function numbered(sequence: number): Buffer {
  const payload = wireJpeg(64, 48, (40 + (sequence % 5) * 17) * KIB);
  return payload.fill(sequence % 251, 16);
}

function damaged({ sequence, payload }: WireMedia): boolean {
  return !payload.equals(numbered(sequence));
}

async function send(sender: NativeClient, from: number, to: number): Promise<void> {
  for (let sequence = from; sequence < to; sequence += 1) {
    sender.sendPicture({ sequence }, numbered(sequence));
    // So many are under way as fit between the sockets, with stops in which memory goes round.
    if (sequence % 7 === 0) await passed(sender);
  }
  await passed(sender);
}

describe('pictures in memory that is used again', () => {
  it('reach viewers whole who are fast, slow, deaf for a while, late or leave', async () => {
    const daemon = await RunningDaemon.start({ keepsFrames: false });
    const sender = await publisher(daemon);
    const fast = await viewer(daemon, { name: 'fast' });
    const slow = await slowViewer(daemon, { name: 'slow' });
    const deaf = await viewer(daemon, { name: 'deaf' });
    const leaver = await viewer(daemon, { name: 'leaver' });
    await send(sender, 0, 60);
    deaf.raw.socket.pause();
    leaver.raw.socket.pause();
    await send(sender, 60, 200);
    leaver.raw.socket.destroy();
    slow.sendControl({ type: 'ack', sequence: 1, source: 1 });
    await send(sender, 200, 260);
    const late = await viewer(daemon, { name: 'late' });
    deaf.raw.socket.resume();
    await send(sender, 260, 300);
    await passed(fast, deaf, late);
    for (const client of [fast, slow, deaf, late]) {
      expect(client.media.entries.filter(damaged).map(({ sequence }) => sequence)).toEqual([]);
    }
    expect(fast.media.entries.length).toBe(300);
    expect(deaf.media.entries.at(-1)?.sequence).toBe(299);
    expect(late.media.entries[0]?.sequence).toBe(259);
  });

  it('keep the newest one whole for whoever comes, while others pass', async () => {
    const daemon = await RunningDaemon.start({ keepsFrames: false });
    const [first, second] = [await publisher(daemon), await publisher(daemon)];
    await send(first, 0, 5);
    await send(second, 0, 50);
    const late = await viewer(daemon);
    await passed(late);
    expect(late.media.entries.map(({ source, sequence }) => [source, sequence])).toEqual([
      [1, 4],
      [2, 49],
    ]);
    expect(late.media.entries.filter(damaged)).toEqual([]);
  });
});
