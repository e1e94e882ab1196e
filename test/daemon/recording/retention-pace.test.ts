/** When retention looks: soon where that may help, and not for ever where it does not. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RecordingFs } from '../../../src/daemon/recording/recording-fs.js';
import { systemRecordingFs } from '../../../src/daemon/recording/recording-fs.js';
import type { RetentionPolicy } from '../../../src/daemon/recording/retention-plan.js';
import { Retention } from '../../../src/daemon/recording/retention.js';
import { ManualClock } from '../../setup/manual-clock.js';
import { halfSeconds, makeSegment, place } from './reading/made-segment.js';
import { temporaryFolder } from './temporary-folder.js';

const FOLDER = 'main/20261123T121530Z';

/** A root with its marker whose looks are counted. */
class Scene {
  readonly root: string;
  readonly clock = new ManualClock();
  readonly retention: Retention;
  looks = 0;
  /** Called while it looks. */
  onLook: () => void = () => undefined;

  private constructor(root: string, policy: RetentionPolicy) {
    this.root = root;
    const fs: RecordingFs = {
      ...systemRecordingFs,
      statfs: async (path) => {
        this.looks += 1;
        this.onLook();
        return await systemRecordingFs.statfs(path);
      },
    };
    this.retention = new Retention({
      ...{ fs, root, clock: this.clock, policy },
      isInUse: () => true,
      onRemoved: () => undefined,
    });
  }

  static async open(policy: RetentionPolicy): Promise<Scene> {
    const root = await temporaryFolder();
    await writeFile(join(root, '.meet-recordings'), '');
    return new Scene(root, policy);
  }

  async segment(number: number): Promise<void> {
    const name = `anna-000${number}.mkv`;
    const { bytes } = makeSegment({ number, appends: halfSeconds(1) });
    await place(join(this.root, FOLDER, name), bytes);
  }

  /** Makes a call, and waits for the look that it begins, if it does. */
  async after(call: () => void): Promise<void> {
    call();
    await this.retention.settled();
  }
}

/** More than any disk has. */
const NEVER_FREE = { leastFreeBytes: 2 ** 60 };

describe('a disk on which too little is free', () => {
  it('is looked at once while nothing can go, and again when a segment has ended', async () => {
    const scene = await Scene.open(NEVER_FREE);
    for (let second = 0; second < 60; second += 1) {
      await scene.after(() => {
        scene.retention.noteFree(0);
      });
      scene.clock.advance(1000);
    }
    expect(scene.looks).toBe(1);
    await scene.segment(1);
    await scene.after(() => {
      scene.retention.hint();
    });
    expect(scene.looks).toBe(2);
    // That helped: once more, and then it is known to help no longer.
    for (let second = 0; second < 10; second += 1) {
      scene.clock.advance(1000);
      await scene.after(() => {
        scene.retention.noteFree(0);
      });
    }
    expect(scene.looks).toBe(3);
  });

  it('is looked at when a segment ended too soon after the last look, too', async () => {
    const scene = await Scene.open(NEVER_FREE);
    await scene.retention.run();
    await scene.segment(1);
    scene.retention.hint();
    expect(scene.looks).toBe(1);
    scene.clock.advance(2000);
    await scene.after(() => {
      scene.retention.noteFree(0);
    });
    expect(scene.looks).toBe(2);
  });

  it('is looked at as soon as that is so, though there was nothing to do before', async () => {
    const scene = await Scene.open({ leastFreeBytes: 1 });
    await scene.segment(1);
    await scene.retention.run();
    scene.clock.advance(2000);
    await scene.after(() => {
      scene.retention.noteFree(0);
    });
    expect(scene.looks).toBe(2);
    // The file system says that there is room: nothing went.
    scene.clock.advance(2000);
    await scene.after(() => {
      scene.retention.noteFree(0);
    });
    expect(scene.looks).toBe(2);
    scene.retention.noteFree(1);
    await scene.after(() => {
      scene.retention.noteFree(0);
    });
    expect(scene.looks).toBe(3);
  });

  it('is looked at for a recording that waits for room, unless that did not help', async () => {
    const scene = await Scene.open(NEVER_FREE);
    await scene.segment(1);
    await scene.retention.makeRoom();
    await scene.retention.makeRoom();
    await scene.retention.makeRoom();
    expect(scene.looks).toBe(2);
    scene.retention.noteEnded();
    await scene.retention.makeRoom();
    expect(scene.looks).toBe(3);
  });
});

it('The pause between two looks counts from the end of the first, however long that took', async () => {
  const scene = await Scene.open({ mostBytes: 1 });
  await scene.segment(1);
  scene.onLook = () => {
    scene.clock.advance(10_000);
  };
  await scene.retention.run();
  await scene.segment(2);
  await scene.after(() => {
    scene.retention.hint();
  });
  expect(scene.looks).toBe(1);
  scene.clock.advance(2000);
  await scene.after(() => {
    scene.retention.hint();
  });
  expect(scene.looks).toBe(2);
});
