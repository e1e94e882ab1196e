/**
 * The order in which test files are run: the longest first, so that none of them is left over at the
 * end while the other workers have nothing to do. Owns that list; runs nothing.
 *
 * Vitest knows how long files took only where they ran before, and else begins with the largest: on a
 * fresh checkout the longest of all, which is one of the smallest, would come last.
 */
import type { TestSpecification } from 'vitest/node';
import { BaseSequencer } from 'vitest/node';

/** Files of more than about ten seconds, as measured on two cores, the longest first. */
export const LONG_FILES: readonly string[] = [
  'test/daemon/recording/daemon-kills.test.ts',
  'test/e2e/slow-viewers.test.ts',
  'test/e2e/hostile-daemon.test.ts',
  'test/e2e/full-disk.test.ts',
  'test/e2e/disk-faults.test.ts',
  'test/e2e/bridge.test.ts',
  'test/e2e/outages.test.ts',
  'test/e2e/missing-disk.test.ts',
  'test/man/readme.test.ts',
  'test/capture/sound/microphone-faults.test.ts',
  'test/e2e/admission.test.ts',
  'test/e2e/soak.test.ts',
  'test/e2e/file-names.test.ts',
  'test/e2e/toggles.test.ts',
  'test/e2e/bridge-faults.test.ts',
  'test/e2e/device-faults.test.ts',
  'test/e2e/sound.test.ts',
  'test/e2e/terminal-ends.test.ts',
  'test/playback/jitter-buffer.test.ts',
  'test/e2e/exit-codes.test.ts',
  'test/faults/storm.test.ts',
  'test/faults/far-crowd.test.ts',
  'test/faults/bridge-storm.test.ts',
  'test/faults/older-storm.test.ts',
  'test/faults/crowd.test.ts',
  'test/e2e/rec-segments.test.ts',
  'test/tui/dashboard/keys.test.ts',
  'test/e2e/rec-export-faults.test.ts',
  'test/e2e/play-meeting.test.ts',
  'test/capture/sound/microphone.test.ts',
  'test/e2e/status-events.test.ts',
  'test/faults/horde.test.ts',
  'test/e2e/command-line.test.ts',
  'test/repository/package.test.ts',
  'test/e2e/rec-play.test.ts',
  'test/fuzz/parsers.test.ts',
  'test/daemon/recording/mkv-clock-set.test.ts',
  'test/tui/dashboard/dashboard.test.ts',
  'test/e2e/sync-faults.test.ts',
  'test/daemon/recording/frames-recording-crash.test.ts',
  'test/playback/outputs.test.ts',
  'test/e2e/resizes.test.ts',
  'test/e2e/real-devices.test.ts',
  'test/capture/screen/ffmpeg-screen.test.ts',
  'test/daemon/floods.test.ts',
  'test/e2e/rec-export.test.ts',
];

/** For `test.sequence.sequencer`. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const others = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = LONG_FILES.findIndex((path) => moduleId.endsWith(`/${path}`));
      return at === -1 ? LONG_FILES.length : at;
    };
    return others.sort((one, other) => rank(one) - rank(other));
  }
}
