import { describe, expect, test } from 'vitest';
import { needs } from '../../setup/programs.js';
import { killDaemons } from './daemon-kills.js';
import { temporaryFolder } from './temporary-folder.js';

/** Fewer where the tests are run once more on another Node. */
const KILLS = Number(process.env.MEET_KILLS ?? 200);

describe.skipIf(needs('ffmpeg'))('A daemon', () => {
  test(`that is killed ${KILLS} times leaves all that was synced, read by ffmpeg as it is`, async () => {
    const figures = await killDaemons(await temporaryFolder(), KILLS);
    expect(figures.kills).toBe(KILLS);
    expect(figures.cut).toBeGreaterThan(KILLS);
    expect(figures.closed).toBeGreaterThan(KILLS / 20);
    expect(figures.acknowledgedBytes).toBeGreaterThan(0);
  }, 300_000);
});
