/** A disk that is full, again and again, below a real daemon: what is watched, what is kept. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { jpeg } from '../daemon/recording/frames.js';
import { segmentsIn } from '../daemon/recording/matroska-probe.js';
import { temporaryFolder } from '../daemon/recording/temporary-folder.js';
import { cannotMount, tinyDisk } from '../daemon/recording/tiny-disk.js';
import { countIfWhole } from '../daemon/recording/whole-segment.js';
import type { MeetProgram } from '../setup/meet-program.js';
import { quietEnv, startMeet } from '../setup/meet-program.js';
import { NativeClient } from '../setup/native-client.js';
import { needs } from '../setup/programs.js';

const TIMES = 20;
/** Half a second of pictures, which is one append, is well below half of the disk. */
const PAUSE_MS = 15;
const OTHERS_BYTES = 600 * 1024;
const PONGS = { wallUs: () => Date.now() * 1000 };
const skip = (await cannotMount()) || needs('ffmpeg');

/** A sharer and a viewer in step: the next picture goes when the last one has come. */
class WatchedShare {
  #sent = 0;

  readonly sharer: NativeClient;
  readonly viewer: NativeClient;
  readonly picture: Buffer;

  private constructor(sharer: NativeClient, viewer: NativeClient, picture: Buffer) {
    this.sharer = sharer;
    this.viewer = viewer;
    this.picture = picture;
  }

  static async join(port: number, picture: Buffer): Promise<WatchedShare> {
    const viewer = await NativeClient.join(
      port,
      'screen',
      { role: 'subscribe', name: 'viewer' },
      PONGS,
    );
    viewer.acknowledges = true;
    const sharer = await NativeClient.join(port, 'screen', { name: 'Kiosk' }, PONGS);
    return new WatchedShare(sharer, viewer, picture);
  }

  get sent(): number {
    return this.#sent;
  }

  async send(): Promise<void> {
    const sequence = this.#sent;
    this.#sent += 1;
    const fields = { sequence, capturedAtUs: Date.now() * 1000 };
    this.sharer.sendPicture(fields, this.picture);
    const seen = await this.viewer.media.first((media) => media.sequence === sequence, sequence);
    expect(seen.payload.equals(this.picture)).toBe(true);
    await delay(PAUSE_MS);
  }
}

function told(daemon: MeetProgram, state: string): number {
  return daemon.events.filter((each) => each.event === 'recording' && each.state === state).length;
}

describe.skipIf(skip)('On a disk of 1 MB (needs root, to mount one), a daemon', () => {
  it(`that fills it ${TIMES} times relays each picture, goes on recording, and calls nothing closed that is not`, async () => {
    const disk = await tinyDisk();
    // Somebody else's: less is to be filled each time.
    await writeFile(join(disk, 'others'), Buffer.alloc(OTHERS_BYTES));
    const cwd = await temporaryFolder();
    const args = ['--json', '--ports', '0,0,0', '--record', disk, '--limit', 'disk-free-bytes=0'];
    const env = quietEnv({ XDG_STATE_HOME: join(cwd, 'state') });
    await using daemon = startMeet(args, { program: 'meetd', cwd, env });
    const { ports } = await daemon.event('ready');
    const share = await WatchedShare.join(ports.screen, await jpeg(160, 120));
    let kept = 0;
    for (let time = 1; time <= TIMES; time += 1) {
      while (told(daemon, 'stopped') < time) await share.send();
      for (const path of await segmentsIn(disk)) {
        kept += await countIfWhole(path);
        await rm(path);
      }
      while (told(daemon, 'resumed') < time) await share.send();
    }
    const { exitCode } = await daemon.end();
    expect(exitCode).toBe(143);
    for (const path of await segmentsIn(disk)) kept += await countIfWhole(path);
    const stops = daemon.events.filter(
      (each) => each.event === 'recording' && each.state === 'stopped',
    );
    for (const stop of stops) expect(stop).toMatchObject({ code: 'MEET_DISK_FULL' });
    const ended = await daemon.event('recording', ({ state }) => state === 'ended');
    expect(ended.written + ended.dropped).toBe(share.sent);
    expect(ended.written).toBe(kept);
    expect(share.viewer.media.entries).toHaveLength(share.sent);
  }, 180_000);
});
