import { rm } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { jpeg, pictureFrame, soundFrame } from './frames.js';
import { segmentsIn } from './matroska-probe.js';
import { matroska } from './matroska-recording.js';
import { TestRecording } from './test-recording.js';
import { countIfWhole } from './whole-segment.js';
import { cannotMount, tinyDisk } from './tiny-disk.js';

const skip = await cannotMount();
const TIMES = 20;
/** Many times what 1 MB holds. */
const MOST_TURNS = 200;

describe.skipIf(skip)('On a disk of 1 MB (needs root, to mount one), a recording', () => {
  test(`that fills it ${TIMES} times goes on each time there is room, and calls nothing closed that is not`, async () => {
    const disk = await tinyDisk();
    const run = new TestRecording(disk, { open: matroska() });
    const picture = await jpeg(160, 120);
    let sequence = 0;
    const half = async (): Promise<void> => {
      for (let at = 0; at < 8; at += 1, sequence += 1) {
        run.offer(pictureFrame('screen', sequence, picture));
        run.offer(soundFrame(sequence));
      }
      run.clock.advance(500);
      await run.settle(0);
    };
    let kept = 0;
    for (let time = 1; time <= TIMES; time += 1) {
      const before = run.recording.stats().screen.dropped;
      for (let turn = 0; run.recording.stats().screen.dropped === before; turn += 1) {
        if (turn > MOST_TURNS) throw new Error(`not full after ${turn} turns`);
        await half();
      }
      const stopped = await run.event('stopped', time);
      expect(stopped.code).toBe('MEET_DISK_FULL');
      for (const path of await segmentsIn(disk)) {
        kept += await countIfWhole(path);
        await rm(path);
      }
      run.clock.advance(1000);
      await run.event('resumed', time);
      await half();
    }
    const { counters } = await run.recording.close();
    for (const path of await segmentsIn(disk)) kept += await countIfWhole(path);
    const { screen, audio } = counters;
    expect(screen.written + screen.dropped).toBe(screen.offered);
    expect(audio.written + audio.dropped).toBe(audio.offered);
    expect(kept).toBe(screen.written + audio.written);
  }, 120_000);
});
