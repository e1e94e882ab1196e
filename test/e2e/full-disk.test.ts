/** A disk that is full, again and again, below a real daemon: what is watched, what is kept. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { jpeg } from '../daemon/recording/frames.js';
import { segmentsIn } from '../daemon/recording/matroska-probe.js';
import { temporaryFolder } from '../daemon/recording/temporary-folder.js';
import { cannotMount, tinyDisk } from '../daemon/recording/tiny-disk.js';
import { countIfWhole } from '../daemon/recording/whole-segment.js';
import type { MeetProgram } from '../setup/meet-program.js';
import { quietEnv, startMeet } from '../setup/meet-program.js';
import { needs } from '../setup/programs.js';
import { WatchedShare } from './watched-share.js';

const TIMES = 20;
const OTHERS_BYTES = 600 * 1024;
const skip = (await cannotMount()) || needs('ffmpeg');

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
